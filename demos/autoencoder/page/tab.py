"""The autoencoder tab: clean a photo, squeeze one, watch one learn."""

import gradio as gr

from demos.autoencoder import api
from demos.autoencoder.compress import file as codec_file
from demos.autoencoder.denoise import tiles
from demos.autoencoder.page import clean, squeeze
from demos.autoencoder.page import learn as page_learn
from demos.autoencoder.page.clean import COMPUTE, QUIET
from demos.core.page import run
from demos.core.page.photo_input import photo_input


def warm() -> None:
    """Called once in the background when the page is up."""
    if tiles.available():
        api.first_cleaned()
    if codec_file.available():
        codec_file.load()
    api.first_training()


def build() -> None:
    """The tab's components and events, inside the current Blocks."""
    with gr.Tabs():
        with gr.Tab("Clean", id="clean"):
            cleaned, open_clean = clean.build()
        with gr.Tab("Squeeze", id="squeeze"):
            squeeze.build()
        with gr.Tab("Watch one learn", id="learn") as learn:
            learned, open_learn = page_learn.build()
    page = gr.context.Context.root_block
    assert page is not None
    page.load(run.guard(open_clean), None, cleaned, api_name="open_clean", **QUIET)
    learn.select(run.guard(open_learn), None, learned, api_name="open_learn", **QUIET)
    _api()


def _api() -> None:
    """The endpoints for programs, on components that the page does not show."""
    with gr.Row(visible=False):
        noisy, photo = photo_input(), photo_input()
        strength, quality = gr.Number(1.0), gr.Number(api.QUALITY)
        file, made = gr.File(type="filepath"), gr.File()
        pictures = [gr.Image(format="png") for _ in range(3)]
        figures = gr.JSON()
        buttons = [gr.Button() for _ in range(3)]
    buttons[0].click(run.compute(api.denoise), [noisy, strength], pictures[0], api_name="denoise", **COMPUTE)
    buttons[1].click(
        run.compute(api.compress), [photo, quality], [made, pictures[1], figures], api_name="compress", **COMPUTE
    )
    buttons[2].click(run.compute(api.decompress), file, pictures[2], api_name="decompress", **COMPUTE)
