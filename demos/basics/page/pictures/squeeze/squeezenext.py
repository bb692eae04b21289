"""SqueezeNext, on the page: its block, and four networks side by side on a photo of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from demos.basics.page.controls import first_opening
from demos.basics.page.pictures.squeeze import text
from demos.core.page.events import SHORT
from demos.core.page.lesson import show_code, show_lesson
from demos.core.page.photo_input import photo_input
from demos.core.page.run import RunButton, Words

if TYPE_CHECKING:
    from demos.basics.pictures.compare import Comparison

EXAMPLE = "chelsea"


def measure(photo: str | None) -> Iterator[Comparison]:
    """The networks one after the other, on the visitor's photo or on the example."""
    from demos.basics.pictures import compare
    from demos.core.data import samples
    from demos.core.images.load import load_image

    yield from compare.compare(load_image(photo) if photo else samples.photo(EXAMPLE))


def page(root: gr.Blocks, tab: gr.Tab) -> None:
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            photo = photo_input(label="A photo of yours, or the example: a cat", height=220, elem_id="squeeze-photo")
            go = RunButton("Compare four networks", "squeeze", elem_id="squeeze-go", words=Words("Building the first"))
            gr.HTML(text.block())
        with gr.Column(elem_classes="hl-out"):
            bars = gr.HTML("", elem_classes="hl-moves", elem_id="squeeze-bars")
            status = gr.Markdown("", elem_classes="hl-status", elem_id="squeeze-status")
            numbers = gr.HTML(text.stages(), elem_classes=["hl-numbers", "hl-names"], elem_id="squeeze-numbers")
            show_lesson("basics/page/pictures/squeeze/lessons/squeezenext.md")
            show_code("demos.core.networks.squeezenext.Block", "demos.basics.pictures.compare.count")

    def draw(step: Comparison) -> dict[Any, Any]:
        return {bars: text.bars(step), status: text.line(step), numbers: text.table(step) + text.stages()}

    go.wire(
        measure, draw, inputs=[photo], outputs=[bars, numbers], status=status, triggers=[first_opening(tab, "squeeze")],
        line=SHORT,
    )  # fmt: skip
