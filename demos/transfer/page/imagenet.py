"""The page on which the network names what it was trained to recognise."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from demos.core.data import samples
from demos.core.errors import DemoError
from demos.core.images.load import load_image
from demos.core.page.events import QUIET, into
from demos.core.page.lesson import show_code, show_lesson
from demos.core.page.photo_input import photo_input, which_photo
from demos.core.page.run import RunButton, Words
from demos.transfer.settings import EXAMPLES

WORDS = Words(
    "Loading the network",
    stopped="Stopped. What has arrived is kept, and the next try goes on from there.",
    failed="That did not work; the message says why. Choose another photo, or teach your own classes meanwhile.",
)
Step = tuple[str, list[tuple[str, float]] | None]


def classify(photo: str | None) -> Iterator[Step]:
    """Lines of what is happening, and the answer with the last of them."""
    from demos.transfer import imagenet

    if photo is None:
        raise DemoError("There is no photo to recognise. Drop one, or click an example.")
    yield from imagenet.steps(load_image(photo))


def promise() -> dict[str, Any]:
    """What a click will cost, said before it is made; the button can be pressed where it can work."""
    from demos.transfer import imagenet

    return {"line": imagenet.promise(), "go": gr.update(interactive=imagenet.possible())}


def new_photo() -> dict[str, Any]:
    """Another photo: the answer to the one before goes."""
    return promise() | {"said": None}


def page(tab: gr.Tab) -> None:
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            photo = photo_input(
                label="A photo", height=300, elem_id="recognise-photo", alt_text="The photo to recognise"
            )
            gr.Examples(
                [str(samples.PHOTOS[name].path()) for name in EXAMPLES], photo, label="Examples",
                elem_id="recognise-examples",
            )  # fmt: skip
            go = RunButton("Recognise it", "classify", elem_id="recognise", words=WORDS, interactive=False)
        with gr.Column(elem_classes="hl-out"):
            line = gr.Markdown("", elem_classes="hl-status", elem_id="recognise-status")
            said = gr.Label(label="It says", num_top_classes=5, elem_id="recognised")
            show_lesson("transfer/page/lesson_imagenet.md")
            show_code("demos.transfer.imagenet.top5", "demos.core.networks.vgg.VGG16")

    named = {"line": line, "go": go.start}
    tab.select(**into(promise, **named), api_name="recognise_promise", **QUIET)
    which_photo(photo).change(**into(new_photo, **named, said=said), api_name="recognise_new", **QUIET)

    def draw(step: Step) -> dict[Any, Any]:
        words, answer = step
        return {line: words} | ({said: dict(answer)} if answer else {})

    go.wire(classify, draw, inputs=[photo], outputs=[said], status=line)
