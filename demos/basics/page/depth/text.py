"""What the parts on deep networks draw and say: SVG and tables from plain results."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from demos.basics.settings import RULES
from demos.core import chart
from demos.core.page.theme import COOL, GREY, WARM

if TYPE_CHECKING:
    from demos.basics.depth.initial import Layer, Race

SHOWN = 6  # histograms in a row
LOW, HIGH = 1e-6, 1e4  # sizes outside are drawn at the edge
RULE_COLOURS = dict(zip(RULES, (GREY, "#a49d8f", "#4b9fb8", COOL, WARM), strict=True))


def number(value: float) -> str:
    """Three digits, and powers of ten where they would be zeros: "0.0123", "3.1 · 10⁻⁹"."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else "beyond all bounds"
    power = math.floor(math.log10(abs(value)))
    if -4 <= power < 5:
        return f"{value:.3g}"
    digits = str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{value / 10.0**power:.1f} · 10{digits}"


# ---- initialisation -------------------------------------------------------------------------------------------------


def layers(found: Sequence[Layer], rule: str, activation: str, factor: float) -> str:
    """Histograms of some layers, and below them the sizes of all, on a scale of powers of ten."""
    at = sorted({round(i * (len(found) - 1) / max(SHOWN - 1, 1)) for i in range(SHOWN)})
    last = found[-1].gradient or 1.0
    ups = [_histogram(found[i].activations, f"layer {found[i].number}", found[i].activation, COOL) for i in at]
    downs = [_histogram(found[i].gradients, f"layer {found[i].number}", found[i].gradient / last, WARM) for i in at]
    series = {
        "activations": [(float(layer.number), _within(layer.activation)) for layer in found],
        "gradients, last layer = 1": [(float(layer.number), _within(layer.gradient / last)) for layer in found],
    }
    colours = {"activations": COOL, "gradients, last layer = 1": WARM}
    if activation in ("none", "ReLU"):
        theory = f"theory: × {factor:.3f} per layer"
        series[theory] = [(float(layer.number), _within(factor**layer.number)) for layer in found]
        colours[theory] = GREY
    drawn = chart.lines(series, colours, across="hidden layer", up="size (root mean square)", logarithmic=True)
    return (
        f"<div class='hl-depth'><p><b>Activations</b>, from -3 to 3; they should stay wide</p>"
        f"<div class='hl-histograms'>{''.join(ups)}</div>"
        f"<p><b>Gradients</b>, as a multiple of the last layer's</p>"
        f"<div class='hl-histograms'>{''.join(downs)}</div>{drawn}</div>"
    )


def _within(size: float) -> float:
    return min(max(size, LOW), HIGH)


def _histogram(shares: Sequence[float], name: str, size: float, colour: str) -> str:
    top = max(shares) or 1.0
    bars = "".join(
        f"<rect x='{i}' width='1.02' y='{20 - 20 * share / top:.2f}' height='{20 * share / top:.2f}' fill='{colour}'/>"
        for i, share in enumerate(shares)
        if share
    )
    said = f"Histogram of {name}: size {number(size)}"
    drawing = f"<svg viewBox='0 0 25 20' preserveAspectRatio='none' role='img' aria-label='{said}'>{bars}</svg>"
    return f"<figure>{drawing}<figcaption>{name}<br>{number(size)}</figcaption></figure>"


def rules_table(sizes: dict[str, tuple[float, float, float]], activation: str, depth: int) -> str:
    """Rule to (variance, size of the activations in the last layer, of the gradients in the first)."""
    rows = "".join(
        f"<tr><th>{rule}</th><td>{number(variance)}</td><td>{number(up)}</td><td>{number(down)}</td></tr>"
        for rule, (variance, up, down) in sizes.items()
    )
    return (
        f"<div class='hl-scroll'><table><caption>All five rules, {depth} layers, {activation}, n = 64</caption>"
        "<tr><th>rule</th><th>variance of a weight</th><th>activations, last layer</th>"
        f"<th>gradients, first layer</th></tr>{rows}</table></div>"
    )


def race(step: Race, activation: str, depth: int) -> str:
    """The losses of the five rules against the step."""
    series = {
        f"{rule}: {100 * step.accuracies[rule]:.0f} %": [(x, min(y, 5.0)) for x, y in points if math.isfinite(y)]
        for rule, points in step.losses.items()
    }
    colours = {name: RULE_COLOURS[rule] for name, rule in zip(series, step.losses, strict=True)}
    drawn = chart.lines(series, colours, across=f"step ({depth} layers, {activation})", up="loss (nats)")
    return f"<div class='hl-depth'>{drawn}</div>"


def race_line(step: Race) -> str:
    """Who leads."""
    if step.step == 0:
        return f"Nothing is learned yet: one of ten by chance, a loss of {math.log(10):.2f}."
    best = max(step.accuracies, key=lambda rule: step.accuracies[rule])
    stuck = sum(share < 0.2 for share in step.accuracies.values())
    words = f"Step {step.step} of {step.total} · best: {best}, {100 * step.accuracies[best]:.0f} % of new digits right"
    return words + (f" · {stuck} of 5 still guess" if stuck else "")
