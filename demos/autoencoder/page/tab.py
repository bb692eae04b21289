"""The autoencoder tab: clean a photo, squeeze one, watch one learn."""

import gradio as gr

from demos.autoencoder import api
from demos.autoencoder.page import clean, learn, squeeze
from demos.autoencoder.settings import QUALITY
from demos.core.page.events import SHORT, endpoint
from demos.core.page.photo_input import photo_input


def warm() -> None:
    """Called once in the background when the page is up."""
    from demos.autoencoder.compress import file as codec_file
    from demos.autoencoder.denoise import tiles

    if tiles.available():
        api.first_cleaned()
    if codec_file.available():
        codec_file.load()
    api.first_training()


def build(root: gr.Blocks) -> None:
    """The tab's components and events, inside the current Blocks."""
    with gr.Tabs(overflow_behavior="wrap"):
        with gr.Tab("Clean", id="clean"):
            clean.build(root)
        with gr.Tab("Squeeze", id="squeeze"):
            squeeze.build()
        with gr.Tab("Watch one learn", id="learn") as learning:
            learn.build(learning)
    _api()


def _api() -> None:
    """The endpoints for programs, on components that the page does not show."""
    with gr.Row(visible=False):
        photo, picture = photo_input(), gr.Image(format="png", buttons=[])  # endpoints may share what nobody sees
        strength, quality = gr.Number(1.0), gr.Number(QUALITY)
        file, compressed = gr.File(type="filepath"), gr.File()
        figures = gr.JSON()
        endpoint(api.denoise, [photo, strength], picture, "denoise", SHORT)
        endpoint(api.compress, [photo, quality], [compressed, picture, figures], "compress", SHORT)
        endpoint(api.decompress, file, picture, "decompress", SHORT)
