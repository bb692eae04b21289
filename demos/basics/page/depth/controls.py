"""What the part on batch normalisation draws: a feature's numbers, the rates it bears, a digit's neighbours."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PIL import Image

from demos.basics.settings import MODES, SCANNED
from demos.core import chart
from demos.core.page.theme import COOL, WARM

if TYPE_CHECKING:
    from demos.basics.depth.normal import Look, Scan


def feature(look: Look, mode: str) -> str:
    """The feature before and after on two lines of numbers, the formula with them, and the means over the training."""
    found = look.feature
    training = mode == MODES[0]
    used = (found.mean, found.variance) if training else (found.running_mean, found.running_variance)
    before = _dots(found.x, [("the batch", found.mean, found.variance, WARM),
                             ("running", found.running_mean, found.running_variance, COOL)], "x, before")  # fmt: skip
    after = _dots(found.y, [("β ± γ", found.beta, found.gamma**2, WARM if training else COOL)], "y, after")
    formula = (
        "<p>y = γ · (x − μ) / √(σ² + ε) + β, for the first digit of the batch:</p>"
        f"<p class='hl-formula'>{found.gamma:.3f} · ({found.x[0]:.3f} − {_signed(used[0])}) / "
        f"√({used[1]:.4f} + 0.00001) + {_signed(found.beta)} = <b>{found.y[0]:.3f}</b></p>"
        f"<p>μ and σ² are the {'batch’s own' if training else 'running ones'}: {mode} mode.</p>"
    )
    series = {"mean of each batch": look.means, "running mean": look.running}
    lines = chart.lines(series, {"mean of each batch": WARM, "running mean": COOL}, across="training step",
                        up="mean of the feature")  # fmt: skip
    return f"<div class='hl-depth'>{before}{after}{formula}{lines}</div>"


def _signed(value: float) -> str:
    return f"{value:.3f}" if value >= 0 else f"(−{-value:.3f})"


def _dots(values: Sequence[float], marks: Sequence[tuple[str, float, float, str]], name: str) -> str:
    """Values as dots on a line, and below it means ± standard deviations as bars."""
    ends = [*values, *(m - v**0.5 for _, m, v, _ in marks), *(m + v**0.5 for _, m, v, _ in marks)]
    low, high = min(ends), max(ends)
    at = lambda value: 10 + 340 * (value - low) / ((high - low) or 1)  # noqa: E731
    parts = ["<line x1='4' x2='356' y1='14' y2='14' class='grid'/>"]
    parts += [f"<circle cx='{at(x):.1f}' cy='14' r='5' fill='currentColor' opacity='.45'/>" for x in values]
    for i, (_, mean, variance, colour) in enumerate(marks):
        y, left, right = 30 + 12 * i, at(mean - variance**0.5), at(mean + variance**0.5)
        parts.append(f"<line x1='{left:.1f}' x2='{right:.1f}' y1='{y}' y2='{y}' stroke='{colour}' stroke-width='4'/>")
        parts.append(f"<circle cx='{at(mean):.1f}' cy='{y}' r='6' fill='{colour}'/>")
    words = "".join(
        f"<span><i style='background:{colour}'></i>{label}: {mean:.2f} ± {variance**0.5:.2f}</span>"
        for label, mean, variance, colour in marks
    )
    said = f"{name}: {len(values)} values from {min(values):.2f} to {max(values):.2f}"
    height = 24 + 14 * len(marks)
    drawing = f"<svg viewBox='0 0 360 {height}' role='img' aria-label='{said}'>{''.join(parts)}</svg>"
    return f"<div class='hl-chart'><p><b>{said}</b></p>{drawing}<p>{words}</p></div>"


def neighbours(look: Look, mode: str) -> str:
    """How sure the network is of one digit, beside five others in turn."""
    cells = "".join(
        f"<td>{_digit(n.ink, 'the neighbour')}<br><strong>{100 * n.probability:.1f} %</strong></td>"
        for n in look.neighbours
    )
    words = "the answer depends on the neighbour" if mode == MODES[0] else "the neighbour no longer matters"
    return (
        f"<table><caption>A batch of two, {mode} mode: how sure it is that {_digit(look.digit, 'the digit')} "
        f"is a {look.label}, beside each of these: {words}</caption><tr>{cells}</tr></table>"
    )


def _digit(ink: object, words: str) -> str:
    """A digit (8, 8), 0..1, as a picture in the text."""
    import numpy as np

    grey = Image.fromarray((255 - 255 * np.asarray(ink)).astype("uint8")).resize((32, 32), Image.Resampling.NEAREST)
    file = io.BytesIO()
    grey.save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode()
    return f"<img alt='{words}' width='32' height='32' style='display:inline' src='data:image/png;base64,{data}'>"


def rates(scan: Scan, place: str, batch: int) -> str:
    """The share named rightly at each rate, without and with, as bars."""
    rows = "".join(
        f"<tr><th>{rate:g}</th>{_bar(scan.without[rate])}{_bar(scan.evaluated[rate])}"
        f"<td>{100 * scan.in_training[rate]:.0f} %</td></tr>"
        for rate in SCANNED
    )
    return (
        f"<div class='hl-rates'><table><caption>New digits named rightly; batches of {batch}, {place}</caption>"
        "<tr><th>rate</th><th>without</th><th>with, evaluation</th><th>with, training</th></tr>"
        f"{rows}</table></div>"
    )


def _bar(share: float) -> str:
    return f"<td class='hl-rate'><i style='width:{100 * share:.0f}%'></i>{100 * share:.0f} %</td>"


def scan_line(scan: Scan) -> str:
    """How far, and the rates borne."""
    if scan.step == 0:
        return "Nothing is learned yet: one digit of ten by chance."
    alone = sum(share >= 0.8 for share in scan.without.values())
    helped = sum(share >= 0.8 for share in scan.evaluated.values())
    return (
        f"Step {scan.step} of {scan.total} · above 80 %: {helped} of {len(SCANNED)} rates with batch normalisation, "
        f"{alone} without"
    )
