"""The page that says how far the accuracy can be trusted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from demos.core import chart
from demos.core.errors import DemoError
from demos.core.page import theme
from demos.core.page.events import QUIET, guard, into
from demos.core.page.lesson import show_code, show_lesson
from demos.core.page.run import RunButton, Words
from demos.transfer import advice
from demos.transfer.data.photos import PhotoSet
from demos.transfer.page.controls import Teaching

if TYPE_CHECKING:
    from torch import Tensor

    from demos.transfer.classifier import Classifier
    from demos.transfer.evaluation.control import Control
    from demos.transfer.evaluation.layers import Layers
    from demos.transfer.evaluation.learning_curve import Curve
    from demos.transfer.evaluation.material import Sides

WORDS = Words("Measuring", stopped="Stopped. What is measured so far stays.")
NOT_TAUGHT = "Nothing is taught yet. Teach it on the first page, Your classes."
BINS = 5  # of a reliability plot of few photos
CODE = (
    "demos.transfer.evaluation.control.control", "demos.transfer.evaluation.learning_curve.measure",
    "demos.transfer.evaluation.learning_curve.fitted", "demos.transfer.evaluation.layers.compare",
)  # fmt: skip
Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Trade:
    """What thresholds of none-of-these do: (own photos refused, unknowns caught), shares."""

    points: Points
    used: tuple[float, float]  # by the threshold in use
    own: int  # photos of one's own
    others: int  # pictures of other things


@dataclass(frozen=True)
class Step:
    """What is measured so far."""

    words: str
    control: Control | None = None
    curve: Curve | None = None
    layers: Layers | None = None
    reliability: Points = ()  # (said, right), shares
    trade: Trade | None = None


# ---- what the events call -------------------------------------------------------------------------------------------


@guard
def opened(taught: Classifier | None) -> dict[str, Any]:
    """The interval in words, at once."""
    if taught is None or taught.report is None:
        return {"status": NOT_TAUGHT, "numbers": ""}
    return {"status": "Press the button: it takes about half a minute.", "numbers": interval(taught)}


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
    from demos.transfer.evaluation import control, layers, learning_curve, material

    if about is None or taught is None:
        raise DemoError(NOT_TAUGHT)
    found = material.sides(about, taught)
    step = Step("Looking at the photos")
    yield step
    network = taught.loaded()
    x = None
    for looked in material.look(found, network):
        step = replace(step, words=f"Looking at the photos: {looked.done} of {looked.total}")
        x = looked.x
        yield step
    assert x is not None
    for shuffled in control.control(x, found):
        step = replace(step, words="Teaching shuffled labels", control=shuffled)
        yield step
    for curve in learning_curve.measure(x, found):
        step = replace(step, words=f"Teaching with {curve.sizes[-1]} photos of each class", curve=curve)
        yield step
    step = replace(step, reliability=reliability(about, taught), words="Comparing how sure it was with how right")
    yield step
    step = replace(step, trade=trade(about, taught, found, x), words="Looking at photos of other things")
    yield step
    for compared in layers.compare(found, network):
        words = f"Comparing with a network that learned nothing: {compared.done} of {compared.total} photos"
        step = replace(step, words=words, layers=compared)
        yield step
    yield replace(step, words="Measured.")


def reliability(about: PhotoSet, taught: Classifier) -> Points:
    """How sure it was, and how often that was right; none where there is too little to say."""
    import torch

    from demos.transfer.evaluation import calibration
    from demos.transfer.evaluation.judged import judged

    rows = judged(about, taught)
    if not rows:
        return ()
    bins = calibration.reliability(
        torch.tensor([row.probabilities for row in rows]), torch.tensor([row.true for row in rows]), BINS
    )
    return tuple((one.confidence, one.accuracy) for one in bins if one.count)


def trade(about: PhotoSet, taught: Classifier, found: Sides, x: Tensor) -> Trade | None:
    """What each threshold does with one's own photos and with others; None where nothing is learned of it."""
    from demos.transfer.evaluation import judged, unknown

    own = judged.left_out(about, found, x, taught.loaded())
    if taught.unknown is None or not len(own):
        return None
    others = taught.distances(taught.features_of(judged.strangers(about)))
    points = tuple((point.refused, point.caught) for point in unknown.trade_off(own, others))
    return Trade(points, (float((own >= 1).float().mean()), float((others >= 1).float().mean())), len(own), len(others))


# ---- how it is drawn ------------------------------------------------------------------------------------------------


def drawn(step: Step) -> dict[str, Any]:
    """Everything that is measured so far, as HTML."""
    parts = [
        control_drawn(step.control) if step.control else "",
        curve_drawn(step.curve) if step.curve else "",
        layers_drawn(step.layers) if step.layers and step.layers.trained else "",
        reliability_drawn(step.reliability) if step.reliability else "",
        trade_drawn(step.trade) if step.trade else "",
    ]
    return {"status": step.words, "charts": "".join(parts)}


def titled(title: str, words: str, drawing: str = "") -> str:
    return f"<h3>{title}</h3><p>{words}</p>{drawing}"


def control_drawn(found: Control) -> str:
    mean = sum(found.shuffled) / len(found.shuffled)
    verdict = (
        "<strong>Shuffled labels do as well: this accuracy says nothing.</strong> More photos are needed, or classes "
        "that look different."
        if found.as_good
        else "The accuracy comes from the labels, not from luck."
    )
    rows = "".join(
        f"<tr><th>{name}</th><td class='hl-bar'><i style='width:{share:.0%}'></i></td><td>{share:.0%}</td></tr>"
        for name, share in (("your labels", found.true), ("shuffled labels", mean), ("guessing", found.chance))
    )
    words = f"The same photos taught with labels that mean nothing, {len(found.shuffled)} times. {verdict}"
    return titled("Shuffled labels", words, f"<table>{rows}</table>")


def curve_drawn(found: Curve) -> str:
    means = [sum(row) / len(row) for row in found.draws]
    series: dict[str, Any] = {"measured (mean of the draws)": list(zip(found.sizes, means, strict=True))}
    colours = {"measured (mean of the draws)": theme.WARM}
    words = "Taught with fewer photos of each class, drawn by lot, and judged on the same photos held back."
    if found.band:
        low, middle, high = found.at(2 * found.sizes[-1])
        words += (
            f" With twice as many to learn from ({2 * found.sizes[-1]} of each class) expect {middle:.0%}, between "
            f"{low:.0%} and {high:.0%}."
        )
        for name, k, colour in (
            ("drawn on", 2, theme.COOL), ("95 in 100 lie above this", 1, theme.GREY), ("and below this", 3, theme.GREY),
        ):  # fmt: skip
            series[name], colours[name] = [(row[0], row[k]) for row in found.band], colour
    elif found.sizes[-1] < 3:
        words += " Three sizes are needed to draw it on to more."
    return titled(
        "How many photos do I need?", words,
        chart.lines(series, colours, across="photos of each class to learn from", up="accuracy"),
    )  # fmt: skip


def layers_drawn(found: Layers) -> str:
    names = {"trained network": (found.trained, theme.COOL), "random network": (found.random, theme.GREY)}
    series = {name: [(k + 1.0, a) for k, (_, a) in enumerate(rows)] for name, (rows, _) in names.items() if rows}
    colours = {name: colour for name, (_, colour) in names.items()}
    words = "The same last layer on the features of each depth, and on those of a network that has seen no photo."
    if found.random:
        best = max(found.trained, key=lambda pair: pair[1])
        other = max(found.random, key=lambda pair: pair[1])
        words += (
            f" Best are {best[0]} ({best[1]:.0%}); of the random network, {other[0]} ({other[1]:.0%}). What lies "
            "between is what was learned on other photos."
        )
    across = "depth: " + ", ".join(f"{k + 1} {cut}" for k, (cut, _) in enumerate(found.trained))
    return titled("Where does transfer come from?", words, chart.lines(series, colours, across=across, up="accuracy"))


def reliability_drawn(points: Points) -> str:
    series = {"as it should be": ((0.0, 0.0), (1.0, 1.0)), "as it was": points}
    colours = {"as it should be": theme.GREY, "as it was": theme.COOL}
    words = (
        "Photos that it was equally sure of, and how often it was right: on the grey line, a probability of 90 % is "
        "right 9 times in 10 (the field calls it calibrated)."
    )
    drawing = chart.lines(series, colours, across="how sure it was (probability)", up="how often it was right")
    return titled("Does 90 % mean 90 %?", words, drawing)


def trade_drawn(found: Trade) -> str:
    refused, caught = found.used
    words = (
        f"A photo far from all classes is called <em>none of these</em>. How far is too far? A stricter threshold "
        f"catches more unknowns and refuses more of your own photos. The one in use catches {caught:.0%} of "
        f"{found.others} pictures of other things (photos, drawings, surfaces, noise) and refuses {refused:.0%} of "
        f"{found.own} photos of yours, each judged by what was learned without it."
    )
    series = {"every threshold": found.points, "the one in use": (found.used,)}
    colours = {"every threshold": theme.COOL, "the one in use": theme.WARM}
    drawing = chart.lines(series, colours, across="own photos refused (share)", up="unknowns caught (share)")
    return titled("None of these", words, drawing)


# ---- the page -------------------------------------------------------------------------------------------------------


def page(tab: gr.Tab, teaching: Teaching) -> None:
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
    named = {"status": status, "numbers": numbers}
    tab.select(inputs=teaching.taught, **into(opened, **named), api_name="trust_open", **QUIET)
    parts = {"status": status, "charts": charts}
    go.wire(
        measure, lambda step: {parts[name]: value for name, value in drawn(step).items()},
        inputs=[teaching.about, teaching.taught], outputs=[charts], status=status, clear={charts: ""}, every=0.5,
    )  # fmt: skip
