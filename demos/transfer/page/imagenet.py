"""The page on which the network names what it was trained to recognise."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from demos.core.data import samples
from demos.core.errors import DemoError
from demos.core.images.load import load_image
from demos.core.networks import vgg
from demos.core.page import run
from demos.core.page.lesson import show_code, show_lesson
from demos.core.page.photo_input import photo_input
from demos.transfer import imagenet
from demos.transfer.page import teach


@run.compute
def classify(photo: str | None) -> Iterator[tuple[Any, Any]]:
    if photo is None:
        raise DemoError("There is no photo to recognise. Drop one, or click an example.")
    image = load_image(photo)
    for line, said in run.stream(imagenet.steps(image)):
        yield line, dict(said) if said else teach.SKIP


def not_recognised(halted: bool) -> tuple[Any, ...]:
    line = "Stopped. What has arrived is kept, and the next try goes on from there." if halted else imagenet.promise()
    return line, *teach.idle()


def imagenet_page() -> None:
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            photo = photo_input(label="A photo", height=300, elem_id="recognise-photo")
            gr.Examples(
                [str(samples.PHOTOS[name].path()) for name in imagenet.EXAMPLES],
                photo,
                label="Examples",
                elem_id="recognise-examples",
            )
            go = gr.Button("Recognise it", variant="primary", elem_classes="hl-go", elem_id="recognise")
            stop = gr.Button("Stop", visible=False, elem_classes="hl-stop")
        with gr.Column(elem_classes="hl-out"):
            line = gr.Markdown(imagenet.promise(), elem_classes="hl-status", elem_id="recognise-status")
            said = gr.Label(label="It says", num_top_classes=5, elem_id="recognised")
            show_lesson("transfer/page/lesson_imagenet.md")
            show_code(imagenet.top5, vgg.VGG16)
    halted = gr.State(False)
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "undocumented"}
    begin = go.click(teach.busy, None, [go, stop, halted], api_name="begin_recognising", **quiet)
    run = begin.then(
        classify, photo, [line, said], api_name="classify_page", trigger_mode="once", **teach.COMPUTE, **quiet
    )
    run.success(teach.idle, None, [go, stop], api_name="end_recognising", **quiet)
    run.failure(not_recognised, halted, [line, go, stop], api_name="end_recognising_early", **quiet)
    stop.click(lambda: True, None, halted, cancels=[run], queue=False, api_name="stop_recognising", **quiet)
