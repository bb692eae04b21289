"""The transfer tab: teach VGG16 your own classes, try them, keep the classifier; or recognise ImageNet's 1,000."""

import gradio as gr

from demos.core.networks import choice
from demos.core.page.events import QUICK, endpoint
from demos.core.page.photo_input import photo_input
from demos.transfer import api
from demos.transfer.page import imagenet, teach


def warm() -> None:
    """Called once in the background when the page is up."""
    api.first_result()
    choice.start()


def build(root: gr.Blocks) -> None:
    """The tab's components and events, inside the current Blocks."""
    with gr.Tabs(overflow_behavior="wrap"):
        with gr.Tab("Your classes"):
            teach.page(root)
        with gr.Tab("ImageNet's 1,000 classes") as tab:
            imagenet.page(tab)
    _api()


def _api() -> None:
    """The endpoints for programs, on components that the page does not show."""
    with gr.Row(visible=False):
        zipped, image, file = gr.File(type="filepath"), photo_input(), gr.File(type="filepath")
        network, optimiser, seed = gr.Textbox(choice.AUTOMATIC), gr.Textbox("L-BFGS"), gr.Number(0)
        report, taught, said, classes = gr.JSON(), gr.File(), gr.Label(), gr.Label()
        endpoint(api.teach, [zipped, network, optimiser, seed], [report, taught], "teach")
        endpoint(api.recognise_photo, [image, file], said, "recognise", QUICK)
        endpoint(api.classify, image, classes, "classify", QUICK)
