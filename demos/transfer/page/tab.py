"""The transfer tab: teach VGG16 your own classes, try them, keep the classifier; or recognise ImageNet's 1,000."""

import gradio as gr

from demos.core.networks import choice
from demos.core.page import run
from demos.core.page.photo_input import photo_input
from demos.transfer import api
from demos.transfer.page import imagenet, teach

# ---- what the events call -------------------------------------------------------------------------------------------


def warm() -> None:
    """Called once in the background when the page is up."""
    api.first_result()
    choice.start()


# ---- the page -------------------------------------------------------------------------------------------------------


def build() -> None:
    """The tab's components and events, inside the current Blocks."""
    with gr.Tabs():
        with gr.Tab("Your classes"):
            teach.teach_page()
        with gr.Tab("ImageNet's 1,000 classes"):
            imagenet.imagenet_page()
    _api()


def _api() -> None:
    """The endpoints for programs, on components that the page does not show."""
    with gr.Row(visible=False):
        zipped, image, file = gr.File(type="filepath"), photo_input(), gr.File(type="filepath")
        network, optimiser, seed = gr.Textbox(choice.AUTOMATIC), gr.Textbox("L-BFGS"), gr.Number(0)
        told, kept, said, classes = gr.JSON(), gr.File(), gr.Label(), gr.Label()
        buttons = [gr.Button() for _ in range(3)]
    buttons[0].click(
        run.compute(api.teach), [zipped, network, optimiser, seed], [told, kept], api_name="teach", **teach.COMPUTE
    )
    buttons[1].click(run.compute(api.recognise_photo), [image, file], said, api_name="recognise", **teach.COMPUTE)
    buttons[2].click(run.compute(api.classify), image, classes, api_name="classify", **teach.COMPUTE)
