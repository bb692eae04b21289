"""The autoencoder tab: clean a photo, squeeze one, watch one learn."""

import gradio as gr

from demos.autoencoder import api, compress, denoise, tab_clean, tab_learn, tab_squeeze
from demos.autoencoder.tab_clean import COMPUTE, QUIET
from demos.core import look, runs


def warm() -> None:
    """Called once in the background when the page is up."""
    if denoise.available():
        api.first_cleaned()
    if compress.available():
        compress.load()
    api.first_training()


def build() -> None:
    """The tab's components and events, inside the current Blocks."""
    with gr.Tabs():
        with gr.Tab("Clean", id="clean"):
            cleaned, open_clean = tab_clean.build()
        with gr.Tab("Squeeze", id="squeeze"):
            tab_squeeze.build()
        with gr.Tab("Watch one learn", id="learn") as learn:
            learned, open_learn = tab_learn.build()
    page = gr.context.Context.root_block
    assert page is not None
    page.load(runs.guard(open_clean), None, cleaned, api_name="open_clean", **QUIET)
    learn.select(runs.guard(open_learn), None, learned, api_name="open_learn", **QUIET)
    _api()


def _api() -> None:
    """The endpoints for programs, on components that the page does not show."""
    with gr.Row(visible=False):
        noisy, photo = look.photo_input(), look.photo_input()
        strength, quality = gr.Number(1.0), gr.Number(api.QUALITY)
        file, made = gr.File(type="filepath"), gr.File()
        pictures = [gr.Image(format="png") for _ in range(3)]
        figures = gr.JSON()
        buttons = [gr.Button() for _ in range(3)]
    buttons[0].click(runs.compute(api.denoise), [noisy, strength], pictures[0], api_name="denoise", **COMPUTE)
    buttons[1].click(
        runs.compute(api.compress), [photo, quality], [made, pictures[1], figures], api_name="compress", **COMPUTE
    )
    buttons[2].click(runs.compute(api.decompress), file, pictures[2], api_name="decompress", **COMPUTE)
