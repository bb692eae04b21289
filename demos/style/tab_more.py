"""Beside painting: the instant mode with its webcam, one layer at a time, and the proof sheet."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr

from demos.core import arrival, lessons, runs, vgg
from demos.style import choices, instant, losses, optimise, painting, proof, show
from demos.style.choices import Styles
from demos.style.optimise import Settings
from demos.style.tab_paint import COMPUTE, QUIET, SKIP, Inputs, photo_in

CONTENT_ONLY, STYLE_ONLY = "Content only: what is where", "Style only: which patterns"
WEBCAM_SIDE = 320


# ---- what the events call -------------------------------------------------------------------------------------------


@runs.compute
def at_once(photo: str | None, styles: Styles, size: float, strength: float, kept: bool) -> Any:
    return stylise(photo_in(photo), styles, instant.Settings(size=int(size), strength=strength, keep_colours=kept))


@runs.compute
def from_webcam(frame: Any, styles: Styles, strength: float, kept: bool) -> Any:
    """A frame of the webcam as it comes (a PIL image), small enough to keep up."""
    if frame is None:
        return SKIP
    return stylise(frame, styles, instant.Settings(size=WEBCAM_SIDE, strength=strength, keep_colours=kept))


def stylise(image: Any, styles: Styles, settings: instant.Settings) -> Any:
    used = [(style.picture(), style.share) for style in choices.used(styles)]
    return instant.stylise(image, used, vgg.load(vgg.POCKET), instant.load(), settings)


@runs.compute
def one_layer(photo: str | None, styles: Styles, kind: str, layer: str, network: str) -> Iterator[tuple[Any, str]]:
    yield SKIP, "Starting from noise"
    settings = Settings(size=256, start="noise", steps=80, smoothness=0.5)
    if kind == CONTENT_ONLY:
        settings = replace(settings, style_strength=0.0, content_layer=layer, content_weight=1.0)
    else:
        settings = replace(settings, content_weight=0.0, layers={layer: 1.0})
    run = painting.paint(photo_in(photo), choices.used(styles)[:1], arrival.load(network), settings)
    for shown in runs.stream(run):
        yield shown.picture, show.status(shown)


@runs.compute
def proof_sheet(photo: str | None, styles: Styles, network: str, *controls: Any) -> Iterator[tuple[Any, str]]:
    yield SKIP, "Nine small ones"
    chosen = [optimise.Style(style.picture(), style.share) for style in choices.used(styles)]
    run = proof.sheet(photo_in(photo), chosen, arrival.load(network), choices.settings(*controls))
    for sheet in runs.stream(run, every=0.5):
        pictures = [(picture, proof.title(i)) for i, picture in enumerate(sheet.pictures)]
        done = sheet.index == sheet.total
        yield pictures, "Click one to paint it in full." if done else runs.remaining(sheet.index, sheet.total, 0)


def take_proof(event: gr.SelectData) -> tuple[float, float]:
    """(strength, scale) of the clicked one, for the controls."""
    found = proof.settings_of(event.index, Settings())
    return found.style_strength, found.style_scale


# ---- the page -------------------------------------------------------------------------------------------------------


def at_once_page(inputs: Inputs) -> None:
    with gr.Row():
        strength = gr.Slider(0, 1, 1, step=0.05, label="Strength", elem_id="instant-strength")
        kept = gr.Checkbox(False, label="Keep the photo's colours")
    go = gr.Button("Paint at once", variant="primary", elem_id="instant")
    picture = gr.Image(
        label="At once", format="jpeg", interactive=False, height=460, elem_id="instant-picture", elem_classes="hl-fill"
    )
    size = gr.Slider(128, 1024, 512, step=64, label="Size (px)")
    with gr.Accordion("From the webcam, as it comes", open=False):
        webcam = gr.Image(
            sources=["webcam"], streaming=True, type="pil", label="Webcam", height=240, elem_id="instant-webcam"
        )
        live = gr.Image(label="Live", format="jpeg", interactive=False, height=300, elem_id="live")
    lessons.lesson(__file__, "lesson_instant.md")
    lessons.code(instant.stylise)
    taken = [inputs.photo, inputs.styles, size, strength, kept]
    gr.on(
        [go.click, strength.release, kept.input, size.release], at_once, taken, picture,
        api_name="instant_page", trigger_mode="always_last", **COMPUTE, **QUIET,
    )  # fmt: skip
    webcam.stream(
        from_webcam, [webcam, inputs.styles, strength, kept], live, stream_every=0.2, time_limit=300,
        api_name="webcam_page", **COMPUTE, **QUIET,
    )  # fmt: skip


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
    lessons.lesson(__file__, "lesson_layers.md")
    run = go.click(
        one_layer, [inputs.photo, inputs.styles, kind, layer, inputs.network], [picture, line],
        api_name="layer_page", trigger_mode="once", **COMPUTE, **QUIET,
    )  # fmt: skip
    stop.click(None, cancels=[run])


def proof_page(inputs: Inputs, go_in_full: gr.Button) -> None:
    strength, scale = inputs.controls[1:3]
    with gr.Row():
        go = gr.Button("Nine at once: strength across, scale down", variant="primary", elem_id="proof")
        stop = gr.Button("Stop")
    line = gr.Markdown("", elem_classes="hl-status", elem_id="proof-status")
    grid = gr.Gallery(
        columns=3,
        show_label=False,
        allow_preview=False,
        interactive=False,
        format="jpeg",
        buttons=[],
        elem_id="sheet",
        height="auto",
    )
    gr.Markdown("A click takes its strength and scale; then press the big button.", elem_classes="hl-note")
    run = go.click(
        proof_sheet, [inputs.photo, inputs.styles, inputs.network, *inputs.controls], [grid, line],
        api_name="proof_page", trigger_mode="once", **COMPUTE, **QUIET,
    )  # fmt: skip
    stop.click(None, cancels=[run])
    grid.select(take_proof, None, [strength, scale], api_name="take_proof", **QUIET)
