"""The page of the parameter grid: one photo, nine settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from demos.core.networks import choice
from demos.core.page.events import QUIET
from demos.core.page.run import RunButton, Words, remaining
from demos.style import selection
from demos.style.page.controls import Asked, Inputs, outdated
from demos.style.settings import PaintSettings

if TYPE_CHECKING:
    from demos.style import grid

CHANGED = "The photo or the style has changed meanwhile: press the button for the new one."


def grid_steps(asked: Asked) -> Iterator[grid.ParameterGrid]:
    """Nine small paintings, strength across and scale down."""
    from demos.style import grid
    from demos.style.optimise import targets

    styles = [targets.Style(style.picture(), style.share) for style in selection.active(asked.styles)]
    yield from grid.parameter_grid(asked.photo, styles, choice.load(asked.network), asked.settings)


def take_settings(event: gr.SelectData) -> tuple[float, float]:
    """(strength, scale) of the clicked one, for the controls."""
    from demos.style import grid

    clicked = grid.settings_of(event.index, PaintSettings())
    return clicked.style_strength, clicked.style_scale


def page(inputs: Inputs) -> None:
    go = RunButton(
        "Nine at once: strength across, scale down", "proof", elem_id="proof", words=Words("Nine small ones")
    )
    line = gr.Markdown("", elem_classes="hl-status", elem_id="proof-status")
    tiles = gr.Gallery(
        columns=3, show_label=False, allow_preview=False, interactive=False, format="jpeg", buttons=[],
        elem_id="sheet", elem_classes="hl-nine hl-moves", height="auto",
        label="Nine paintings: strength across, scale down", object_fit="contain",
    )  # fmt: skip
    gr.Markdown("A click takes its strength and scale; then press the big button.", elem_classes="hl-note")

    made_of = gr.State(None, time_to_live=3600)

    def draw(drawn: tuple[grid.ParameterGrid, tuple[Any, ...]]) -> dict[Any, Any]:
        from demos.style import grid

        step, started_with = drawn
        done = step.index == step.total
        words = "Click one to paint it in full." if done else remaining(step.index, step.total, step.seconds)
        return {tiles: [(picture, grid.title(i)) for i, picture in enumerate(step.pictures)], line: words} | {
            made_of: started_with
        }

    def start(*values: Any) -> Iterator[tuple[grid.ParameterGrid, tuple[Any, ...]]]:
        for step in grid_steps(inputs.read(values)):
            yield step, values[:2]  # photo and styles

    def finish(_: Any, started_with: tuple[Any, ...] | None, *now: Any) -> dict[Any, Any]:
        return {tiles: None, line: CHANGED} if outdated(started_with, now) else {line: gr.skip()}

    go.wire(
        start, draw, inputs=inputs.all(), outputs=[tiles, made_of], status=line, every=0.5,
        clear={tiles: None, made_of: None}, after=finish, after_inputs=[made_of, inputs.photo, inputs.styles],
        after_outputs=[tiles, line],
    )  # fmt: skip
    gr.on(
        [inputs.which_photo.change, inputs.styles.change], lambda: (None, ""), None, [tiles, line],
        api_name="clear_sheet", **QUIET,
    )  # fmt: skip
    taken = [inputs.settings["style_strength"], inputs.settings["style_scale"]]
    tiles.select(take_settings, None, taken, api_name="take_proof", **QUIET)
