"""The page that inverts one layer: content alone, or style alone."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr

from demos.core.networks import choice
from demos.core.page import run as page_run
from demos.core.page.lesson import show_lesson
from demos.style import painting, selection
from demos.style.optimise import losses
from demos.style.page import text
from demos.style.page.paint import COMPUTE, QUIET, SKIP, Inputs, photo_in
from demos.style.selection import Styles
from demos.style.settings import PaintSettings

CONTENT_ONLY, STYLE_ONLY = "Content only: what is where", "Style only: which patterns"


@page_run.compute
def one_layer(photo: str | None, styles: Styles, kind: str, layer: str, network: str) -> Iterator[tuple[Any, str]]:
    yield SKIP, "Starting from noise"
    settings = PaintSettings(size=256, start="noise", steps=80, smoothness=0.5)
    if kind == CONTENT_ONLY:
        settings = replace(settings, style_strength=0.0, content_layer=layer, content_weight=1.0)
    else:
        settings = replace(settings, content_weight=0.0, layers={layer: 1.0})
    run = painting.paint(photo_in(photo), selection.active(styles)[:1], choice.load(network), settings)
    for shown in page_run.stream(run):
        yield shown.picture, text.status(shown)


def layers_page(inputs: Inputs) -> None:
    kind = gr.Radio([CONTENT_ONLY, STYLE_ONLY], value=STYLE_ONLY, label="Ask for", elem_id="layer-kind")
    layer = gr.Radio(list(losses.STYLE_LAYERS), value="relu3_1", label="of this layer alone", elem_id="layer")
    with gr.Row():
        go = gr.Button("Show what it knows", variant="primary", elem_id="one-layer")
        stop = gr.Button("Stop")
    picture = gr.Image(
        label="What it knows",
        format="jpeg",
        interactive=False,
        height=380,
        elem_id="layer-picture",
        elem_classes="hl-fill",
    )
    line = gr.Markdown("", elem_classes="hl-status", elem_id="layer-status")
    show_lesson("style/page/lesson_layers.md")
    run = go.click(
        one_layer, [inputs.photo, inputs.styles, kind, layer, inputs.network], [picture, line],
        api_name="layer_page", trigger_mode="once", **COMPUTE, **QUIET,
    )  # fmt: skip
    stop.click(None, cancels=[run])
