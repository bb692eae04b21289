"""The DCGAN tab: a sheet of pictures that never existed, and eight things to do with them."""

from typing import Any

import gradio as gr

from demos.core import look, runs
from demos.dcgan import (
    api,
    gans,
    inversion,
    sampling,
    steering,
    tab_find,
    tab_inside,
    tab_live,
    tab_moves,
    tab_plane,
    tab_sample,
    walk,
)  # fmt: skip
from demos.dcgan.tab_sample import COMPUTE


def warm() -> None:
    """Called once in the background when the page is up."""
    if gans.names():
        tab_sample.first_sheet()
        steering.directions(gans.load())


def build() -> None:
    """The tab's components and events, inside the current Blocks."""
    # The sheet and the current picture on it: what all pages below share.
    sheet = gr.State(None, time_to_live=3600)
    with gr.Tabs(overflow_behavior="wrap"):
        with gr.Tab("Sample"):
            tab_sample.page(sheet)
        with gr.Tab("Walk") as walking:
            tab_moves.walk_page(sheet, walking)
        with gr.Tab("Steer") as steer:
            tab_moves.steer_page(sheet, steer)
        with gr.Tab("Find me"):
            tab_find.find_page(sheet)
        with gr.Tab("Time machine") as time:
            tab_inside.time_page(sheet, time)
        with gr.Tab("Inside") as inside:
            tab_inside.inside_page(sheet, inside)
        with gr.Tab("Memorised or invented?") as memory:
            tab_find.memory_page(sheet, memory)
        with gr.Tab("Train one now") as live:
            tab_live.page(live)
        with gr.Tab("Two dimensions"):
            tab_plane.page()
    _api()


def _api() -> None:
    """The endpoints for programs, on components that the page does not show."""
    with gr.Row(visible=False):
        model, way = gr.Textbox(""), gr.Textbox(walk.WAYS[0])
        seed, count, stops = gr.Number(0), gr.Number(16), gr.Number(4)
        truncation, frames = gr.Number(sampling.TRUNCATIONS[1]), gr.Number(walk.FRAMES)
        photo, steps = look.photo_input(), gr.Number(inversion.STEPS)
        gallery, video, image = gr.Gallery(format="png"), gr.Video(), gr.Image(format="png")
        buttons = [gr.Button() for _ in range(3)]
    shared: dict[str, Any] = COMPUTE
    buttons[0].click(runs.compute(api.sample), [model, seed, count, truncation], gallery, api_name="sample", **shared)
    buttons[1].click(runs.compute(api.make_walk), [model, seed, stops, way, frames], video, api_name="walk", **shared)
    buttons[2].click(runs.compute(api.find), [photo, model, steps, seed], image, api_name="find", **shared)
