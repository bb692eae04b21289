"""Batch normalisation, on the page: one feature's numbers, the rates a network bears, a digit and its neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from demos.basics import settings
from demos.basics.page.controls import first_opening
from demos.basics.page.depth import controls
from demos.core.choices import choose
from demos.core.page.events import QUICK, QUIET, SHORT, guard
from demos.core.page.lesson import show_code, show_lesson
from demos.core.page.run import RunButton, Words

if TYPE_CHECKING:
    from demos.basics.depth.normal import Scan


@guard
def look(place: str, batch: float, mode: str, seed: float) -> tuple[str, str]:
    """(drawing of one feature, table of neighbours) of a network that has learned a little."""
    from demos.basics.depth import normal

    place, mode = choose(place, settings.PLACES, "place"), choose(mode, settings.MODES, "mode")
    found = normal.look(place, settings.BATCH.checked(batch), mode, settings.SEED.checked(seed))
    return controls.feature(found, mode), controls.neighbours(found, mode)


def scan(place: str, batch: float, steps: float, seed: float) -> Iterator[tuple[Scan, str, int]]:
    """Pairs of networks at several rates as they learn, with where and with how many digits."""
    from demos.basics.depth import normal

    place, size = choose(place, settings.PLACES, "place"), settings.BATCH.checked(batch)
    for step in normal.scan(place, size, settings.NORM_STEPS.checked(steps), settings.SEED.checked(seed)):
        yield step, place, size


def page(root: gr.Blocks, tab: gr.Tab) -> None:
    gr.Markdown(
        "A good start does not last. Batch normalisation measures the signal anew in every layer, at every step.",
        elem_classes="hl-promise",
    )
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            sizes = settings.BATCH
            batch = gr.Slider(sizes.low, sizes.high, sizes.default, step=1, label="Digits in a batch",
                              elem_id="norm-batch")  # fmt: skip
            mode = gr.Radio(list(settings.MODES), value=settings.MODES[0], label="Mode", elem_id="norm-mode")
            place = gr.Radio(list(settings.PLACES), value=settings.PLACES[0], label="Where it stands",
                             elem_id="norm-place")  # fmt: skip
            go = RunButton("Try six learning rates", "norm", elem_id="norm-scan", words=Words("Drawing the weights"))
            with gr.Accordion("More", open=False):
                numbers = settings.NORM_STEPS
                steps = gr.Slider(numbers.low, numbers.high, numbers.default, step=20, label=numbers.name)
                seed = gr.Number(0, precision=0, label="Seed", elem_id="norm-seed")
        with gr.Column(elem_classes="hl-out"):
            table = gr.HTML("", elem_id="norm-rates", elem_classes=["hl-numbers", "hl-moves"], min_height=280)
            status = gr.Markdown("", elem_classes="hl-status", elem_id="norm-status")
            picture = gr.HTML("", elem_id="norm-picture", min_height=420)
            pairs = gr.HTML("", elem_classes="hl-numbers", elem_id="norm-neighbours")
            show_lesson("basics/page/depth/lessons/normalisation.md")
            show_code("demos.basics.depth.batch_norm.batch_norm", "demos.basics.depth.batch_norm.one_step")
    gr.on(
        [tab.select, place.input, mode.input, batch.change, seed.change], look, [place, batch, mode, seed],
        [picture, pairs], api_name="norm_look", trigger_mode="always_last", **QUICK, **QUIET,
    )  # fmt: skip

    def draw(shown: tuple[Scan, str, int]) -> dict[Any, Any]:
        step, where, size = shown
        return {table: controls.rates(step, where, size), status: controls.scan_line(step)}

    go.wire(
        scan, draw, inputs=[place, batch, steps, seed], outputs=[table], status=status,
        triggers=[first_opening(tab, "norm")], line=SHORT,
    )  # fmt: skip
