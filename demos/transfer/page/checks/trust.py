"""The page that says how far the accuracy can be trusted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from demos.core.errors import DemoError
from demos.core.page import run
from demos.core.page.events import QUIET, guard, into
from demos.core.page.lesson import show_code, show_lesson
from demos.core.page.run import RunButton, Words
from demos.transfer import advice
from demos.transfer.data.photos import PhotoSet
from demos.transfer.page.checks import text
from demos.transfer.page.controls import Teaching

if TYPE_CHECKING:
    from demos.transfer.classifier import Classifier
    from demos.transfer.evaluation.calibration import Bin
    from demos.transfer.evaluation.control import Control
    from demos.transfer.evaluation.judged import Trade
    from demos.transfer.evaluation.layers import Layers
    from demos.transfer.evaluation.learning_curve import Curve

WORDS = Words("Measuring", stopped="Stopped. What is measured so far stays.")
NOT_TAUGHT = "Nothing is taught yet. Teach it on the first page, Your classes."
BINS = 5  # of a reliability plot of few photos
_pace: dict[str, float] = {}  # network to seconds per photo of the last measurement (`text.duration`)
CODE = (
    "demos.transfer.evaluation.control.control", "demos.transfer.evaluation.learning_curve.measure",
    "demos.transfer.evaluation.learning_curve.fitted", "demos.transfer.evaluation.layers.compare",
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """What is measured so far."""

    words: str
    taught: Classifier | None = None  # whose number it is
    control: Control | None = None
    curve: Curve | None = None
    layers: Layers | None = None
    reliability: tuple[Bin, ...] = ()
    trade: Trade | None = None

    @property
    def measured(self) -> tuple[Any, ...]:
        """What `text.drawn` draws."""
        return self.control, self.curve, self.reliability, self.trade, self.layers


# ---- what the events call -------------------------------------------------------------------------------------------


@guard
def opened(taught: Classifier | None, measured: Classifier | None) -> dict[str, Any]:
    """The interval in words, at once; charts of another classifier go."""
    if taught is None or taught.report is None:
        return {"status": NOT_TAUGHT, "numbers": "", "charts": ""}
    if taught is measured:
        return {"numbers": interval(taught)}
    return {
        "status": text.duration(
            taught.report.photos, _pace.get(taught.report.network), taught.report.network.startswith("pocket")
        ),
        "numbers": interval(taught),
        "charts": "",
    }


def interval(taught: Classifier) -> str:
    """The accuracy with how far it may be from the truth, as HTML."""
    told = taught.report
    assert told is not None
    how = (
        f"Each photo was judged once by a layer that had not seen it, in {told.folds} rounds."
        if told.folds
        else "They were held back: the layer had not seen them."
    )
    return (
        f"<p><strong>{round(told.accuracy * told.judged)} of {told.judged}</strong> photos are recognised "
        f"({told.accuracy:.0%}). {how}</p><p>{advice.interval(told)}</p>"
    )


def measure(about: PhotoSet | None, taught: Classifier | None) -> Iterator[Step]:
    """One check after the other, each as soon as it is measured."""
    from demos.transfer.evaluation import control, judged, layers, learning_curve, material

    began = time.monotonic()
    if about is None or taught is None:
        raise DemoError(NOT_TAUGHT)
    found = material.sides(about, taught)
    step = Step("Looking at the photos", taught)
    yield step
    network = taught.loaded()
    x = None
    for looked in material.look(found, network):
        step = replace(step, words=f"Looking at the photos: {looked.done} of {looked.total}")
        x = looked.x
        yield step
    assert x is not None
    for shuffled in control.control(x, found):
        step = replace(
            step,
            words=text.check(1, f"shuffled labels, {len(shuffled.shuffled)} of {shuffled.draws}"),
            control=shuffled,
        )
        yield step
    for curve in learning_curve.measure(x, found):
        step = replace(step, words=text.check(2, f"taught with {curve.sizes[-1]} photos of each class"), curve=curve)
        yield step
    step = replace(step, reliability=judged.reliability(about, taught, BINS), words=text.check(4, "other things"))
    yield step
    step = replace(step, trade=judged.trade(about, taught, found, x))
    yield step
    compared_since = time.monotonic()
    for compared in layers.compare(found, network):
        left = run.remaining(compared.done, compared.total, time.monotonic() - compared_since)
        step = replace(step, words=text.check(5, f"a network that learned nothing, {left}"), layers=compared)
        yield step
    seconds = time.monotonic() - began
    _pace[network.name] = seconds / (text.ALWAYS + about.count)
    yield replace(step, words=f"Measured in {seconds:.0f} s.")


# ---- the page -------------------------------------------------------------------------------------------------------


def page(tab: gr.Tab, teaching: Teaching) -> None:
    measured = gr.State(None, time_to_live=3600)  # the classifier that the charts are about
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            gr.Markdown("Is the percentage true? Five checks, one after the other.", elem_classes="hl-note")
            go = RunButton("Measure it", "trust", elem_id="trust", words=WORDS)
        with gr.Column(elem_classes="hl-out"):
            status = gr.Markdown("", elem_classes="hl-status", elem_id="trust-status")
            numbers = gr.HTML(elem_classes="hl-numbers", elem_id="trust-numbers")
            charts = gr.HTML(elem_classes="hl-numbers hl-trust", elem_id="trust-charts")
            show_lesson("transfer/page/checks/lesson_trust.md")
            show_code(*CODE)
    named = {"status": status, "numbers": numbers, "charts": charts}
    tab.select(inputs=[teaching.taught, measured], **into(opened, **named), api_name="trust_open", **QUIET)
    go.wire(
        measure, lambda step: {status: step.words, charts: text.drawn(*step.measured), measured: step.taught},
        inputs=[teaching.about, teaching.taught], outputs=[charts, measured], status=status, clear={charts: ""},
        every=0.5,
    )  # fmt: skip
