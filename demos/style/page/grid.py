"""The page of the parameter grid: one photo, nine settings."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from demos.core.networks import choice
from demos.core.page import run as page_run
from demos.style import grid, selection
from demos.style.optimise import targets
from demos.style.page.paint import COMPUTE, QUIET, SKIP, Inputs, photo_in
from demos.style.selection import Styles
from demos.style.settings import PaintSettings


@page_run.compute
def grid_steps(photo: str | None, styles: Styles, network: str, *controls: Any) -> Iterator[tuple[Any, str]]:
    yield SKIP, "Nine small ones"
    chosen = [targets.Style(style.picture(), style.share) for style in selection.active(styles)]
    run = grid.parameter_grid(photo_in(photo), chosen, choice.load(network), selection.settings(*controls))
    for sheet in page_run.stream(run, every=0.5):
        pictures = [(picture, grid.title(i)) for i, picture in enumerate(sheet.pictures)]
        done = sheet.index == sheet.total
        yield pictures, "Click one to paint it in full." if done else page_run.remaining(sheet.index, sheet.total, 0)


def take_settings(event: gr.SelectData) -> tuple[float, float]:
    """(strength, scale) of the clicked one, for the controls."""
    found = grid.settings_of(event.index, PaintSettings())
    return found.style_strength, found.style_scale


def grid_page(inputs: Inputs, go_in_full: gr.Button) -> None:
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
        grid_steps, [inputs.photo, inputs.styles, inputs.network, *inputs.controls], [grid, line],
        api_name="proof_page", trigger_mode="once", **COMPUTE, **QUIET,
    )  # fmt: skip
    stop.click(None, cancels=[run])
    grid.select(take_settings, None, [strength, scale], api_name="take_proof", **QUIET)
