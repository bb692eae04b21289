"""The page that inverts one layer: content alone, or style alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import gradio as gr

from demos.core.networks import choice
from demos.core.page.events import QUIET
from demos.core.page.lesson import show_lesson
from demos.core.page.run import RunButton, Words
from demos.style import selection
from demos.style.page import text
from demos.style.page.controls import Inputs, open_photo
from demos.style.selection import Styles
from demos.style.settings import STYLE_LAYERS, PaintSettings

if TYPE_CHECKING:
    from demos.style import painting

CONTENT_ONLY, STYLE_ONLY = "Content only: what is where", "Style only: which patterns"


def invert(photo: str | None, styles: Styles, kind: str, layer: str, network: str) -> Iterator[painting.Painting]:
    """Paints from noise towards one layer's activations, or towards their Gram matrix."""
    from demos.style import painting

    settings = PaintSettings(size=256, start="noise", steps=80, smoothness=0.5)
    if kind == CONTENT_ONLY:
        settings = replace(settings, style_strength=0.0, content_layer=layer, content_weight=1.0)
    else:
        settings = replace(settings, content_weight=0.0, layers={layer: 1.0})
    yield from painting.paint(open_photo(photo), selection.active(styles)[:1], choice.load(network), settings)


def page(inputs: Inputs) -> None:
    kind = gr.Radio([CONTENT_ONLY, STYLE_ONLY], value=STYLE_ONLY, label="Ask for", elem_id="layer-kind")
    layer = gr.Radio(
        list(STYLE_LAYERS), value="relu3_1", label="of this layer alone", elem_id="layer",
        info="relu3_1 is the first convolution of the third block of VGG16, after its ReLU. The deeper, the coarser.",
    )  # fmt: skip
    go = RunButton("Show what it knows", "layer", elem_id="one-layer", words=Words("Starting from noise"))
    picture = gr.Image(
        label="What it knows", format="jpeg", interactive=False, height=380, elem_id="layer-picture",
        elem_classes="hl-fill hl-moves", buttons=["download", "fullscreen"], alt_text="What one layer knows",
    )  # fmt: skip
    line = gr.Markdown("", elem_classes="hl-status", elem_id="layer-status")
    show_lesson("style/page/lesson_layers.md")
    go.wire(
        invert, lambda step: {picture: step.picture, line: text.status(step)},
        inputs=[inputs.photo, inputs.styles, kind, layer, inputs.network], outputs=[picture], status=line,
        clear={picture: None},
    )  # fmt: skip
    gr.on(
        [inputs.photo.change, inputs.styles.change, kind.change, layer.change], lambda: (None, ""), None,
        [picture, line], api_name="clear_layer", **QUIET,
    )  # fmt: skip
