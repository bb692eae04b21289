"""The page that inverts one layer: content alone, or style alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from demos.core.networks import choice
from demos.core.page.events import QUIET
from demos.core.page.lesson import show_lesson
from demos.core.page.run import RunButton, Words
from demos.style import selection
from demos.style.page import text
from demos.style.page.controls import Inputs, open_photo, outdated
from demos.style.selection import Styles
from demos.style.settings import STYLE_LAYERS, PaintSettings

if TYPE_CHECKING:
    from demos.style import painting

CONTENT_ONLY, STYLE_ONLY = "Content only: what is where", "Style only: which patterns"

CHANGED = "The photo, the style or the choice has changed meanwhile: press the button for the new one."


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
    made_of = gr.State(None, time_to_live=3600)
    asked = [inputs.photo, inputs.styles, kind, layer]

    def start(*values: Any) -> Iterator[tuple[painting.Painting, tuple[Any, ...]]]:
        for step in invert(*values):
            yield step, values[:-1]

    def finish(_: Any, started_with: tuple[Any, ...] | None, *now: Any) -> dict[Any, Any]:
        return {picture: None, line: CHANGED} if outdated(started_with, now) else {line: gr.skip()}

    go.wire(
        start, lambda step: {picture: step[0].picture, line: text.status(step[0]), made_of: step[1]},
        inputs=[*asked, inputs.network], outputs=[picture, made_of], status=line,
        clear={picture: None, made_of: None}, after=finish, after_inputs=[made_of, *asked],
        after_outputs=[picture, line],
    )  # fmt: skip
    gr.on(
        [inputs.which_photo.change, inputs.styles.change, kind.change, layer.change], lambda: (None, ""), None,
        [picture, line], api_name="clear_layer", **QUIET,
    )  # fmt: skip
