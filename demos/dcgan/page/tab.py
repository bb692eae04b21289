"""The DCGAN tab: a sheet of pictures that never existed, and eight things to do with them."""

import gradio as gr

from demos.core.page.events import QUICK, endpoint
from demos.core.page.photo_input import photo_input
from demos.dcgan import api
from demos.dcgan.page import current_sheet, find, inside, latent_space, live, sample, toy2d
from demos.dcgan.settings import FRAMES, STEPS, TRUNCATIONS, WAYS


def warm() -> None:
    """Called once in the background when the page is up."""
    from demos.dcgan import pretrained
    from demos.dcgan.explore import directions

    if pretrained.names():
        current_sheet.first_sheet()
        directions.directions(pretrained.load())


def build(root: gr.Blocks) -> None:
    """The tab's components and events, inside the current Blocks."""
    # The sheet and the current picture on it: what all pages below share.
    sheet = gr.State(None, time_to_live=3600)
    with gr.Tabs(overflow_behavior="wrap"):
        with gr.Tab("Sample") as sampling:
            sample.page(sheet, root, sampling)
        with gr.Tab("Walk") as walking:
            latent_space.walk_page(sheet, walking)
        with gr.Tab("Steer") as steer:
            latent_space.steer_page(sheet, steer)
        with gr.Tab("Find me") as finding:
            find.find_page(sheet, finding)
        with gr.Tab("Time machine") as time:
            inside.time_page(sheet, time)
        with gr.Tab("Inside") as inner:
            inside.inside_page(sheet, inner)
        with gr.Tab("Memorised or invented?") as memory:
            find.memory_page(sheet, memory)
        with gr.Tab("Train one now") as training:
            live.page(training)
        with gr.Tab("Two dimensions") as plane:
            toy2d.page(plane)
    _api()


def _api() -> None:
    """The endpoints for programs, on components that the page does not show."""
    with gr.Row(visible=False):
        model, way = gr.Textbox(""), gr.Textbox(WAYS[0])
        seed, count, stops = gr.Number(0), gr.Number(16), gr.Number(4)
        truncation, frames = gr.Number(TRUNCATIONS[1]), gr.Number(FRAMES)
        photo, steps = photo_input(), gr.Number(STEPS)
        gallery, image = gr.Gallery(format="png", buttons=[]), gr.Image(format="png", buttons=[])
        video = gr.Video(buttons=[])
        endpoint(api.sample, [model, seed, count, truncation], gallery, "sample", QUICK)
        endpoint(api.make_walk, [model, seed, stops, way, frames], video, "walk")
        endpoint(api.find, [photo, model, steps, seed], image, "find")
