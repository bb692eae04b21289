"""The DCGAN tab: a sheet of pictures that never existed, and eight things to do with them."""

from typing import Any

import gradio as gr

from demos.core.page import run
from demos.core.page.photo_input import photo_input
from demos.dcgan import api, pretrained, sampling
from demos.dcgan.explore import directions, interpolate, invert
from demos.dcgan.page import current_sheet, find, latent_space, sample, toy2d
from demos.dcgan.page import inside as page_inside
from demos.dcgan.page import live as page_live
from demos.dcgan.page.sample import COMPUTE


def warm() -> None:
    """Called once in the background when the page is up."""
    if pretrained.names():
        current_sheet.first_sheet()
        directions.directions(pretrained.load())


def build() -> None:
    """The tab's components and events, inside the current Blocks."""
    # The sheet and the current picture on it: what all pages below share.
    sheet = gr.State(None, time_to_live=3600)
    with gr.Tabs(overflow_behavior="wrap"):
        with gr.Tab("Sample"):
            sample.page(sheet)
        with gr.Tab("Walk") as walking:
            latent_space.walk_page(sheet, walking)
        with gr.Tab("Steer") as steer:
            latent_space.steer_page(sheet, steer)
        with gr.Tab("Find me"):
            find.find_page(sheet)
        with gr.Tab("Time machine") as time:
            page_inside.time_page(sheet, time)
        with gr.Tab("Inside") as inside:
            page_inside.inside_page(sheet, inside)
        with gr.Tab("Memorised or invented?") as memory:
            find.memory_page(sheet, memory)
        with gr.Tab("Train one now") as live:
            page_live.page(live)
        with gr.Tab("Two dimensions"):
            toy2d.page()
    _api()


def _api() -> None:
    """The endpoints for programs, on components that the page does not show."""
    with gr.Row(visible=False):
        model, way = gr.Textbox(""), gr.Textbox(interpolate.WAYS[0])
        seed, count, stops = gr.Number(0), gr.Number(16), gr.Number(4)
        truncation, frames = gr.Number(sampling.TRUNCATIONS[1]), gr.Number(interpolate.FRAMES)
        photo, steps = photo_input(), gr.Number(invert.STEPS)
        gallery, video, image = gr.Gallery(format="png"), gr.Video(), gr.Image(format="png")
        buttons = [gr.Button() for _ in range(3)]
    shared: dict[str, Any] = COMPUTE
    buttons[0].click(run.compute(api.sample), [model, seed, count, truncation], gallery, api_name="sample", **shared)
    buttons[1].click(run.compute(api.make_walk), [model, seed, stops, way, frames], video, api_name="walk", **shared)
    buttons[2].click(run.compute(api.find), [photo, model, steps, seed], image, api_name="find", **shared)
