"""What the pages of sequences draw: charts and tables as HTML, from plain numbers."""

from html import escape
from typing import TYPE_CHECKING

from demos.basics.settings import LAGS, NETWORKS, RACE_STEPS, SWEPT
from demos.core import chart

if TYPE_CHECKING:
    from demos.basics.sequences.gradients import Sizes
    from demos.basics.sequences.race import Look, Reach

# Warm for the two that forget, cool for the two with gates; grey for what is no network.
COLOURS = dict(zip(NETWORKS, ("#dd8a52", "#b4450f", "#1f6f8b", "#62b0c8"), strict=True))
PALE = {f"{name} before": colour + "66" for name, colour in COLOURS.items()}  # the same hues, for what was
GREY = "#8a857b"
CHANCE = "without looking"


def race_chart(look: "Look") -> str:
    """The four's errors on sequences that they have not learnt from, against steps of learning."""
    end = max(20.0, *(line[-1][0] for line in look.errors.values()))
    base = [(end * k / 24, look.task.baseline) for k in range(25)]  # many points: a plain line, without dots
    series = {**look.errors, CHANCE: base}
    return chart.lines(
        series, COLOURS | {CHANCE: GREY}, across=f"steps of learning · {look.task.name}, lag {look.task.lag}",
        up=look.task.measure,
    )  # fmt: skip


def race_line(look: "Look", over: bool) -> str:
    """The status line."""
    if not over:
        return f"Step {look.step} of {look.steps} · {look.seconds:.0f} s · solved by {len(look.solved)} of 4"
    names = [name for name in NETWORKS if name in look.solved]
    who = "Nobody" if not names else "All four" if len(names) == 4 else " and ".join(names) if len(names) < 3 else (
        f"{names[0]}, {names[1]} and {names[2]}"
    )  # fmt: skip
    words = f"**{who} solved it** at a lag of {look.task.lag} ({look.step} steps of learning, {look.seconds:.0f} s)."
    offered = LAGS[look.task.name]
    if not names and look.task.lag > offered:
        return f"{words} With a lag of {offered} and {RACE_STEPS[look.task.name].default} steps some do."
    return words if names else f"{words} More steps (under *More*) may do."


def race_numbers(look: "Look") -> str:
    """A table: error, at which step solved, seconds of learning."""
    rows = "".join(
        f"\n| {name} | {look.errors[name][-1][1]:.3f} | "
        f"{f'step {look.solved[name]}' if name in look.solved else 'not yet'} | {look.spent[name]:.1f} |"
        for name in NETWORKS
    )
    head = f"| | {look.task.measure} | solved (at most {look.task.solved:.3f}) | s |\n|---|---|---|---|"
    return f"{head}{rows}\n| {CHANCE} | {look.task.baseline:.3f} | | |"


# ---- how far back ---------------------------------------------------------------------------------------------------

WIDTH, ROW, LEFT, RIGHT, TOP = 560, 44, 96, 92, 8


def reach_bars(reach: "Reach") -> str:
    """A bar for each network: the largest lag that it solved; each swept lag is as far from the next."""
    gap = (WIDTH - LEFT - RIGHT) / len(SWEPT)
    bottom = TOP + ROW * len(NETWORKS)
    parts = []
    for place, lag in enumerate(SWEPT, 1):
        x = LEFT + gap * place
        parts.append(f"<line x1='{x:.0f}' x2='{x:.0f}' y1='{TOP}' y2='{bottom}' class='grid'/>")
        parts.append(f"<text x='{x:.0f}' y='{bottom + 18}' text-anchor='middle'>{lag}</text>")
    for row, name in enumerate(NETWORKS):
        y, lag = TOP + ROW * row, reach.solved[name]
        length = gap * (SWEPT.index(lag) + 1) if lag in SWEPT else 0
        words = f"{lag} steps" if lag else "none" if name in reach.failed else ""
        if name == reach.tried:
            words = f"{reach.lag}?"
        parts.append(f"<text x='{LEFT - 8}' y='{y + 27}' text-anchor='end'>{escape(name)}</text>")
        parts.append(
            f"<rect x='{LEFT}' y='{y + 9}' width='{length:.0f}' height='{ROW - 18}' rx='3' fill='{COLOURS[name]}'/>"
        )
        parts.append(f"<text x='{LEFT + length + 6:.0f}' y='{y + 27}'>{words}</text>")
    parts.append(
        f"<text x='{(LEFT + WIDTH - RIGHT) / 2:.0f}' y='{bottom + 38}' text-anchor='middle'>solved up to this lag, "
        "in steps</text>"
    )
    said = "Solved up to a lag of: " + ", ".join(f"{name} {reach.solved[name]}" for name in NETWORKS)
    return (
        f"<div class='hl-chart'><svg viewBox='0 0 {WIDTH} {bottom + 48}' role='img' aria-label='{said}'>"
        f"{''.join(parts)}</svg></div>"
    )


def reach_line(reach: "Reach") -> str:
    """The status line."""
    if reach.over:
        far = max(reach.solved.values())
        best = [name for name in NETWORKS if reach.solved[name] == far]
        return f"**Measured in {reach.seconds:.0f} s.** Farthest back: {' and '.join(best)}, {far} steps."
    return f"{reach.tried} tries a lag of {reach.lag} · {reach.seconds:.0f} s"


def reach_numbers(reach: "Reach", steps: int) -> str:
    """A table: solved, and not solved any more."""
    head = f"| | solved up to lag | not within {steps} steps of learning at |\n|---|---|---|"
    return head + "".join(
        f"\n| {name} | {reach.solved[name] or '-'} | {reach.failed.get(name, '-')} |" for name in NETWORKS
    )


# ---- gradients ------------------------------------------------------------------------------------------------------

FLOOR, CEILING = 1e-9, 1e9  # what is smaller or larger is not drawn
NOTES = (8, 10)  # steps after which the notes say that a recurrent network has forgotten
BEFORE = "before learning"
MARKED = "8 to 10 steps back"


def gradient_chart(sizes: "Sizes") -> str:
    """The size of dL/dx_t against steps back, on powers of ten; after learning, and before it in the same chart."""
    now = sizes.now or sizes.before
    series: dict[str, list[tuple[float, float]]] = {}
    if sizes.now:
        series = {f"{name} before": _drawn(sizes.before[name]) for name in NETWORKS}
    series |= {name: _drawn(now[name]) for name in NETWORKS}
    elman = f"rho^k: Elman by rule ({_short(sizes.rule[1])}^k)"
    series[elman] = _drawn(sizes.rule)
    heights = [y for line in series.values() for _, y in line]
    low, high = min(heights), max(heights)
    frame = [(NOTES[0], low), (NOTES[0], high), (NOTES[1], high), (NOTES[1], low), (NOTES[0], low)]
    series[MARKED] = [(float(x), y) for x, y in frame] * 4  # many points: no dots
    return chart.lines(
        series, COLOURS | PALE | {elman: GREY, MARKED: "#cfc9bc"}, across="k, steps back from the answer",
        up="size of dL/dx, last step = 1", logarithmic=True,
    )  # fmt: skip


def _drawn(sizes: list[float]) -> list[tuple[float, float]]:
    """Up to where a size leaves what can be drawn; at least the first, and many points, so that there are no dots."""
    line = []
    for k, size in enumerate(sizes):
        if not FLOOR <= size <= CEILING:
            break
        line.append((float(k), size))
    line = line or [(0.0, 1.0)]
    return line + [line[-1]] * max(0, 20 - len(line))


def _short(number: float) -> str:
    return f"{number:.3g}" if 0.001 <= number < 10_000 or number == 0 else f"{number:.0e}".replace("e-0", "e-")


def gradient_line(sizes: "Sizes") -> str:
    """The status line."""
    back = len(sizes.rule) - 1
    if not sizes.now:
        elman, lstm = sizes.before[NETWORKS[1]][back], sizes.before[NETWORKS[2]][back]
        return (
            f"Fresh networks, {back} steps back: Elman **{_short(elman)}**, LSTM **{_short(lstm)}** of the last step."
        )
    if sizes.step < sizes.steps:
        return f"Step {sizes.step} of {sizes.steps} · {sizes.seconds:.0f} s · they learn to add over {back} steps"
    return f"**Measured again** after {sizes.step} steps of learning, {sizes.seconds:.0f} s. {change_line(sizes)}"


def change_line(sizes: "Sizes") -> str:
    """What learning did to the first step's size, for those three that see it."""
    back = len(sizes.rule) - 1
    parts = []
    for name in NETWORKS[1:]:
        was, is_ = sizes.before[name][back], sizes.now[name][back]
        word = "grew" if is_ > 1.5 * was else "shrank" if is_ < was / 1.5 else "stayed"
        parts.append(f"{name} {word} ({_short(was)} to {_short(is_)})")
    return f"What {back} steps back counts: {', '.join(parts)}. Pale lines: before learning."


def gradient_numbers(sizes: "Sizes") -> str:
    """A table: what 9 steps back and the first step count, before and now."""
    back = len(sizes.rule) - 1
    head = f"| of the last step's size | 9 back | {back} back |"
    if not sizes.now:
        rows = "".join(f"\n| {n} | {_short(v[9])} | {_short(v[back])} |" for n, v in sizes.before.items())
        return f"{head}\n|---|---|---|{rows}"
    rows = "".join(
        f"\n| {n} | {_short(v[9])} | {_short(v[back])} | {_short(sizes.before[n][back])} | {sizes.errors[n]:.3f} |"
        for n, v in sizes.now.items()
    )
    return f"{head} {back} back, {BEFORE} | error at adding |\n|---|---|---|---|---|{rows}"
