"""The transfer tab: teach VGG16 your own classes, check, understand and keep the classifier; or recognise 1,000."""

import gradio as gr

from demos.core.networks import choice
from demos.core.page.events import QUICK, SHORT, endpoint
from demos.core.page.photo_input import photo_input
from demos.transfer import api
from demos.transfer.page import imagenet, teach, text
from demos.transfer.page.checks import card, trust
from demos.transfer.page.home import folder, keep
from demos.transfer.page.training import training
from demos.transfer.page.why import mistakes, photo


def warm() -> None:
    """Called once in the background when the page is up."""
    api.first_result()
    choice.start()


def build(root: gr.Blocks) -> None:
    """The tab's components and events, inside the current Blocks."""
    with gr.Tabs(overflow_behavior="wrap"):
        with gr.Tab("Your classes"):
            teaching, go, parts = teach.page()
        with gr.Tab(text.CHECK) as tab:
            card_page = card.page(tab, teaching)
        with gr.Tab(text.TRUST) as tab:
            trust.page(tab, teaching)
        with gr.Tab(text.MISTAKES) as tab:
            mistakes_page = mistakes.page(tab, teaching)
        with gr.Tab(text.WHY) as tab:
            photo.page(tab, teaching)
        with gr.Tab("Training") as tab:
            training.page(tab, teaching)
        with gr.Tab(text.HOME) as tab:
            keep.page(tab, teaching)
        with gr.Tab(text.MANY) as tab:
            folder.page(tab, teaching)
        with gr.Tab("ImageNet's 1,000 classes") as tab:
            imagenet.page(tab)
    run = teach.wire(root, teaching, go, parts, [card_page["again"], mistakes_page["again"]])
    card.refresh(card_page, teaching, run)
    mistakes.refresh(mistakes_page, teaching, run)
    _api()


def _api() -> None:
    """The endpoints for programs, on components that the page does not show."""
    with gr.Row(visible=False):
        zipped, image, file = gr.File(type="filepath"), photo_input(), gr.File(type="filepath")
        network, optimiser, seed = gr.Textbox(choice.AUTOMATIC), gr.Textbox("L-BFGS"), gr.Number(0)
        report, taught, said, classes = gr.JSON(), gr.File(), gr.Label(), gr.Label()
        heat, of_class = gr.Image(type="filepath", format="png"), gr.Textbox()
        endpoint(api.teach, [zipped, network, optimiser, seed], [report, taught], "teach")
        endpoint(api.recognise_photo, [image, file], said, "recognise", QUICK)
        endpoint(api.classify, image, classes, "classify", QUICK)
        onnx, packed, table, answers = gr.Checkbox(True), gr.File(), gr.File(), gr.JSON()
        endpoint(api.export, [file, onnx], packed, "export", SHORT)
        endpoint(api.recognise_many, [zipped, file], [table, answers], "recognise_many")
        endpoint(api.explain, [image, file], [heat, of_class], "explain", QUICK)
