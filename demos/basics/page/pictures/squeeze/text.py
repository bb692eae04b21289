"""What SqueezeNext's page draws: its block, and networks side by side as bars and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demos.basics.settings import FLOWERS

if TYPE_CHECKING:
    from demos.basics.pictures.compare import Comparison, Measured

# (operation, channels after it as a share of C, weights as a share of C²)
WAY = (
    ("1×1", "C/2", "0.5"), ("1×1", "C/4", "0.125"), ("1×3", "C/2", "0.375"),
    ("3×1", "C/2", "0.75"), ("1×1", "C", "0.5"),
)  # fmt: skip
STAGES = (32, 64, 128, 256)
VERSIONS = (("1.0-SqNxt-23", (6, 6, 8, 1)), ("1.0-SqNxt-23v5", (2, 4, 14, 1)))


def block() -> str:
    """The block as a drawing: what comes in goes five narrow steps, and is added to what came out."""
    widths = {"C": 120, "C/2": 60, "C/4": 30}
    parts, y = [], 34
    parts.append("<rect x='100' y='8' width='120' height='18' rx='4' class='hl-cool'/>")
    parts.append("<text x='232' y='22'>C channels come in</text>")
    for operation, channels, weights in WAY:
        wide = widths[channels]
        parts.append(f"<rect x='{160 - wide / 2:g}' y='{y + 14}' width='{wide}' height='18' rx='4' class='hl-warm'/>")
        parts.append(f"<line x1='160' x2='160' y1='{y - 8}' y2='{y + 14}' class='hl-line'/>")
        parts.append(f"<text x='232' y='{y + 28}'>{operation} to {channels}: {weights} C² weights</text>")
        y += 40
    parts.append(f"<path d='M100 17 H60 V{y + 8} H148' class='hl-line' fill='none'/>")
    parts.append(f"<line x1='160' x2='160' y1='{y - 8}' y2='{y - 4}' class='hl-line'/>")
    parts.append(f"<circle cx='160' cy='{y + 8}' r='12' class='hl-cool'/><text x='154' y='{y + 13}'>+</text>")
    parts.append(f"<text x='232' y='{y + 13}'>added: 2.25 C² in all</text>")
    said = "The block: 1 by 1 to half, 1 by 1 to a quarter, 1 by 3, 3 by 1, 1 by 1 back to all channels, plus the input"
    return _drawing(f"40 0 430 {y + 28}", said, parts)


def stages() -> str:
    """How both published networks distribute their blocks over the stages."""
    head = "".join(f"<th>{width} channels</th>" for width in STAGES)
    rows = "".join(
        f"<tr><th>{name}</th>{''.join(f'<td>{count}</td>' for count in blocks)}</tr>" for name, blocks in VERSIONS
    )
    return (
        "<div class='hl-scroll'><table><caption>Blocks in each stage; every stage halves the picture</caption>"
        f"<tr><th></th>{head}</tr>{rows}</table></div>"
    )


def table(step: Comparison) -> str:
    """Everything measured, a row for each network; the smallest of each column is marked."""
    if not step.networks:
        return ""
    columns = (
        ("Parameters", lambda one: one.parameters, lambda value: f"{value / 1e6:.1f} M"),
        ("Multiply-adds", lambda one: one.multiply_adds, lambda value: f"{value / 1e6:,.0f} M"),
        ("Layers", lambda one: one.layers, str),
        ("Time", lambda one: one.milliseconds, lambda value: f"{value:.0f} ms"),
        ("Memory", lambda one: one.megabytes, lambda value: f"{value:.0f} MB"),
    )
    head = "".join(f"<th>{title}</th>" for title, _, _ in columns)
    rows = []
    for one in step.networks:
        cells = []
        for title, value, words in columns:
            least = title != "Layers" and value(one) == min(value(other) for other in step.networks)
            cells.append(f"<td{' class=right' if least else ''}>{words(value(one))}</td>")
        share = FLOWERS[one.name]
        cells.append(f"<td>{'not measured' if share is None else f'{100 * share:.1f} %'}</td>")
        rows.append(f"<tr><th>{one.name}</th>{''.join(cells)}</tr>")
    return (
        "<div class='hl-scroll'><table><caption>One photo of 224 x 224 px; the least of each column is marked</caption>"
        f"<tr><th></th>{head}<th>Flowers right</th></tr>{''.join(rows)}</table></div>"
    )


def bars(step: Comparison) -> str:
    """Multiply-adds and time, each as a share of the largest: they do not go together."""
    if not step.networks:
        return ""
    parts, y = [], 4
    most = max(one.multiply_adds for one in step.networks), max(one.milliseconds for one in step.networks)
    for one in step.networks:
        parts.append(f"<text x='0' y='{y + 14}'>{one.name}</text>")
        for place, (value, words) in enumerate(_bar(one, most)):
            kind, top = ("hl-cool", "hl-warm")[place], y + 20 + 20 * place
            parts.append(f"<rect x='0' y='{top}' width='{max(2, 260 * value):.1f}' height='16' rx='3' class='{kind}'/>")
            parts.append(f"<text x='{max(2, 260 * value) + 6:.1f}' y='{top + 13}'>{words}</text>")
        y += 68
    said = "; ".join(f"{one.name}: {', '.join(words for _, words in _bar(one, most))}" for one in step.networks)
    return _drawing(f"0 0 460 {y}", said, parts)


def _drawing(box: str, said: str, parts: list[str]) -> str:
    svg = f"<svg viewBox='{box}' role='img' aria-label='{said}'>{''.join(parts)}</svg>"
    return f"<div class='hl-block'>{svg}</div>"


def _bar(one: Measured, most: tuple[int, float]) -> tuple[tuple[float, str], ...]:
    return (
        (one.multiply_adds / most[0], f"{one.multiply_adds / 1e6:,.0f} M multiply-adds"),
        (one.milliseconds / most[1], f"{one.milliseconds:.0f} ms"),
    )


def line(step: Comparison) -> str:
    """How far it is, and in the end who was fastest and why."""
    if len(step.networks) < step.total:
        return f"network {step.index + 1} of {step.total}"
    fastest = min(step.networks, key=lambda one: one.milliseconds)
    by_name = {one.name: one for one in step.networks}
    ours, first = by_name["SqueezeNext"], step.networks[0]
    work = first.multiply_adds / ours.multiply_adds
    faster = first.milliseconds / ours.milliseconds
    words = f"SqueezeNext multiplies {work:.0f} times less than {first.name} and is {faster:.0f} times faster here. "
    if fastest is ours:
        return words + "It is the fastest of the four on this machine."
    return (
        f"{words}The fastest here is **{fastest.name}**: SqueezeNext has {ours.layers} small layers, one after the "
        "other, and a processor spends more time on fetching what each needs than on multiplying."
    )
