"""A chart of lines as SVG: true numbers on both axes, every line with its colour and its name, on any width."""

import math
from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 560, 300
LEFT, RIGHT, TOP, BOTTOM = 68, 16, 14, 44
Points = Sequence[tuple[float, float]]


def lines(
    series: Mapping[str, Points], colours: Mapping[str, str], *, across: str, up: str, logarithmic: bool = False
) -> str:
    """The chart, with a legend below it; nothing where no series has a point.

    Args:
        series: name to its points (x, y) from left to right; one point alone is a large dot.
        across, up: what the axes show, with its unit.
        logarithmic: whether the upward axis goes by powers of ten; then all y are above 0.
    """
    points = [point for line in series.values() for point in line]
    if not points:
        return ""
    scale = math.log10 if logarithmic else float
    xs, ys = _across([x for x, _ in points]), _ticks([scale(y) for _, y in points], logarithmic)

    def at(x: float, y: float) -> tuple[float, float]:
        across = (x - xs[0]) / (xs[-1] - xs[0])
        upwards = (y - ys[0]) / (ys[-1] - ys[0])
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - upwards * (HEIGHT - TOP - BOTTOM)

    parts = []
    for y in ys:
        height = at(xs[0], y)[1]
        words = f"{round(10**y, 9):g}" if logarithmic else f"{y:g}"
        parts.append(f"<line x1='{LEFT}' x2='{WIDTH - RIGHT}' y1='{height:.1f}' y2='{height:.1f}' class='grid'/>")
        parts.append(f"<text x='{LEFT - 6}' y='{height + 4:.1f}' text-anchor='end'>{words}</text>")
    for x in xs:
        parts.append(f"<text x='{at(x, ys[0])[0]:.1f}' y='{HEIGHT - BOTTOM + 16}' text-anchor='middle'>{x:g}</text>")
    parts.append(f"<text x='{(LEFT + WIDTH) / 2:.0f}' y='{HEIGHT - 8}' text-anchor='middle'>{escape(across)}</text>")
    middle = (HEIGHT - BOTTOM + TOP) / 2
    parts.append(f"<text transform='translate(13 {middle:.0f}) rotate(-90)' text-anchor='middle'>{escape(up)}</text>")
    for name, line in series.items():
        places = [at(x, scale(y)) for x, y in line]
        path, colour = " ".join(f"{x:.1f},{y:.1f}" for x, y in places), colours[name]
        parts.append(f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='2'/>")
        if len(places) < 20:
            size = 6 if len(places) == 1 else 3
            parts += [f"<circle cx='{x:.1f}' cy='{y:.1f}' r='{size}' fill='{colour}'/>" for x, y in places]
    names = "".join(f"<span><i style='background:{colours[name]}'></i>{escape(name)}</span>" for name in series)
    said = escape(f"{up} against {across}: {', '.join(series)}", quote=True)
    drawing = f"<svg viewBox='0 0 {WIDTH} {HEIGHT}' role='img' aria-label='{said}'>{''.join(parts)}</svg>"
    return f"<div class='hl-chart'>{drawing}<p>{names}</p></div>"


def _across(values: Sequence[float]) -> list[float]:
    """Round numbers around all values, and whole ones where all are whole: there is no fifth of an epoch."""
    ticks = _ticks(values)
    if all(float(value).is_integer() for value in values) and ticks[1] - ticks[0] < 1:
        low, high = int(min(values)), int(max(values))
        return [float(x) for x in range(low, max(high, low + 1) + 1)]
    return ticks


def _ticks(values: Sequence[float], logarithmic: bool = False) -> list[float]:
    """Round numbers around all values; of logarithms, those of 1, 2 and 5 times powers of ten, or the powers alone."""
    low, high = min(values), max(values)
    if logarithmic:
        factors = (1, 2, 5) if high - low < 2 else (1,)
        powers = range(math.floor(low) - 1, math.ceil(high) + 2)
        marks = sorted(power + math.log10(factor) for power in powers for factor in factors)
        first = max(i for i, mark in enumerate(marks) if mark <= low + 1e-9)
        last = min(i for i, mark in enumerate(marks) if mark >= high - 1e-9 and i > first)
        return marks[first : last + 1]
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * k for k in (1, 2, 5, 10) if power * k >= rough)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(step * k, 10) for k in range(first, last + 1)]
