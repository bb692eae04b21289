"""What the two pages say and draw, as plain text and HTML; no gradio."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from demos.core import chart
from demos.core.page import theme

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from demos.transfer.data_card.card import DataCard
    from demos.transfer.evaluation.calibration import Bin
    from demos.transfer.evaluation.control import Control
    from demos.transfer.evaluation.judged import Trade
    from demos.transfer.evaluation.layers import Layers
    from demos.transfer.evaluation.learning_curve import Curve

FINE = "Nothing stands out in these photos. What was looked for stands below."
CROPPED = "The edges are cut off every photo: seven tenths of its width and height stay."
# How long the checks take: as long as so many photos take that are always looked at, and the visitor's own. Seconds per
# photo with the pocket VGG16, measured on two cores that did nothing else.
ALWAYS, PACE = 100, 0.026
TARGETS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)  # accuracies that one might want


# ---- the card -------------------------------------------------------------------------------------------------------


def found(count: int) -> str:
    """The line above the findings."""
    if count == 0:
        return FINE
    return f"{count} things to know before teaching. Choose one." if count > 1 else "One thing to know before teaching."


def counts(card: DataCard) -> str:
    """Photos of each class as bars, and what was looked for."""
    most = max((count for _, count in card.counts), default=0) or 1
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td class='hl-bar'><i style='width:{count / most:.0%}'></i></td>"
        f"<td>{count}</td></tr>"
        for name, count in card.counts
    )
    looked = "".join(f"<tr><th>{name}</th><td>{escape(said)}</td></tr>" for name, said in checks(card))
    return (
        f"<div class='hl-scroll'><table><caption>Photos of each class</caption>{rows}</table></div>"
        f"<table class='card-checks'><caption>What was looked for</caption>{looked}</table>"
    )


def checks(card: DataCard) -> list[tuple[str, str]]:
    """(what was looked for, what came of it)"""
    from demos.transfer.data_card.card import TITLES

    short = {finding.kind: finding.short for finding in card.findings}
    return [(title, short.get(kind, "none")) for kind, title in TITLES.items()] + [
        ("Told by the edges alone", edges(card))
    ]


def edges(card: DataCard) -> str:
    """How well the edges alone tell the classes apart."""
    seen = card.background
    if seen is None:
        return "tested with five photos of each class or more"
    kind = "more than" if seen.tells else "no better than"
    return (
        f"{seen.accuracy:.0%} of the photos ({seen.low:.0%} to {seen.high:.0%}), {kind} always naming the largest "
        f"class ({seen.chance:.0%})"
    )


# ---- the number -----------------------------------------------------------------------------------------------------


def duration(photos: Mapping[str, Sequence[int]], pace: float | None, pocket: bool) -> str:
    """How long the checks will take: by the last time, or a guess for the pocket network."""
    count = sum(sum(sides) for sides in photos.values())
    if pace is None and not pocket:
        return f"Press the button. Five checks of {count} photos: how long they take is said while it works."
    seconds = max(1, round((pace or PACE) * (ALWAYS + count)))
    how = "by how long it took last time" if pace else "where nothing else is at work"
    return f"Press the button: five checks of {count} photos take about {seconds} s, {how}."


def check(number: int, what: str) -> str:
    return f"Check {number} of 5: {what}"


def drawn(
    control: Control | None, curve: Curve | None, bins: tuple[Bin, ...], trade: Trade | None, layers: Layers | None
) -> str:
    """Everything that is measured so far, as HTML."""
    parts = [
        control_drawn(control) if control else "",
        curve_drawn(curve) if curve else "",
        reliability_drawn(bins) if bins else "",
        trade_drawn(trade) if trade else "",
        layers_drawn(layers, control.chance if control else None) if layers and layers.trained else "",
    ]
    return "".join(parts)


def titled(title: str, words: str, drawing: str = "") -> str:
    return f"<h3>{title}</h3><p>{words}</p>{drawing}"


def control_drawn(found: Control) -> str:
    mean, done = sum(found.shuffled) / len(found.shuffled), len(found.shuffled)
    if found.as_good:
        verdict = (
            f"<strong>Shuffled labels do as well ({max(found.shuffled):.0%} at best): this accuracy says nothing."
            "</strong> More photos are needed, or classes that look different."
        )
    elif done < found.draws:
        verdict = f"So far {done} of {found.draws} times."
    else:
        verdict = (
            f"They never reached it ({max(found.shuffled):.0%} at best). By luck alone that would happen at most "
            "1 time in 20: there is something to learn here, and it was learned."
        )
    rows = "".join(
        f"<tr><th>{name}</th><td class='hl-bar'><i style='width:{share:.0%}'></i></td><td>{share:.0%}</td></tr>"
        for name, share in (("your labels", found.true), ("shuffled, on average", mean), ("guessing", found.chance))
    )
    words = (
        f"The same photos taught with labels dealt out anew, which mean nothing, {found.draws} times; each time "
        f"{_judged(found.judged, found.rounds)}. Guessing: always naming the largest class. {verdict}"
    )
    return titled("Shuffled labels", words, f"<table>{rows}</table>")


def _judged(count: int, rounds: int) -> str:
    if rounds > 1:
        return f"all {count} photos are judged, in {rounds} rounds, by what the others taught"
    return f"the {count} photos held back are judged"


def percent(points: Sequence[tuple[float, float]], across: bool = False) -> list[tuple[float, float]]:
    """Shares upwards as percent, and those across too."""
    return [(100 * x if across else x, 100 * y) for x, y in points]


def curve_drawn(found: Curve) -> str:
    means = [sum(row) / len(row) for row in found.draws]
    measured = f"measured (mean of {len(found.draws[0])} draws)"
    series = {measured: percent(list(zip(found.sizes, means, strict=True)))}
    colours = {measured: theme.WARM}
    words = (
        f"Taught with fewer photos, as many of each class, drawn by lot; {found.judged} photos judge it, none of which "
        "it has learned from."
    )
    if found.band:
        low, middle, high = found.at(2 * found.sizes[-1])
        words += (
            f" With twice as many to learn from ({2 * found.sizes[-1]} of each class) expect {middle:.0%}, 95 times in "
            f"100 between {low:.0%} and {high:.0%}. {_wanted(found, means[-1])}"
        )
        band = [(row[0], row[1]) for row in found.band] + [(row[0], row[3]) for row in reversed(found.band)]
        middles = [(row[0], row[2]) for row in found.band]
        series |= {"drawn on": percent(middles), "95 in 100 lie within": percent(band)}
        colours |= {"drawn on": theme.COOL, "95 in 100 lie within": theme.GREY}
    elif found.sizes[-1] < 3:
        words += " Three sizes are needed to draw it on to more."
    return titled(
        "How many photos do I need?", words,
        chart.lines(series, colours, across="photos of each class to learn from", up="recognised (%)"),
    )  # fmt: skip


def _wanted(found: Curve, now: float) -> str:
    """Photos of each class for the next accuracy that one might want."""
    target = next((one for one in TARGETS if one > max(now, found.at(found.sizes[-1])[1]) + 0.005), None)
    if target is None:
        return "More hardly help."
    needed = found.needed(target)
    if needed is None:
        most = f"{target:.0%} is not reached with {round(found.band[-1][0])} of each class"
        helps = "other photos, or another network, will help more than more of the same"
        return f"{most}." if now >= 0.95 else f"{most}: {helps}."
    return f"{target:.0%} would take about {needed} of each class."


def layers_drawn(found: Layers, chance: float | None) -> str:
    series = {"trained network": found.trained, "random network": found.random}
    colours = {"trained network": theme.COOL, "random network": theme.WARM, "guessing": theme.GREY}
    lines = {name: [(k + 1.0, 100 * a) for k, (_, a) in enumerate(rows)] for name, rows in series.items() if rows}
    if chance is not None and len(found.trained) > 1:
        lines["guessing"] = [(1.0, 100 * chance), (float(len(found.trained)), 100 * chance)]
    words = (
        "The same last layer on the features of each depth of the network, and on those of a random one: the same "
        "layers, which have seen no photo."
    )
    if found.random:
        best = max(found.trained, key=lambda pair: pair[1])
        other = max(found.random, key=lambda pair: pair[1])
        more = round(100 * best[1]) - round(100 * other[1])  # as the sentence has them
        what = (
            f"{more} points that come from other photos, seen before yours. That is transfer."
            if more > 0
            else "on your photos nothing is gained by what was learned before."
        )
        words += (
            f" The trained network is best at {best[0]} ({best[1]:.0%}), the random one at {other[0]} "
            f"({other[1]:.0%}): {what}"
        )
    across = "depth: " + ", ".join(f"{k + 1} {cut}" for k, (cut, _) in enumerate(found.trained))
    drawing = chart.lines(lines, colours, across=across, up="recognised (%)")
    return titled("Where does transfer come from?", words, drawing)


def reliability_drawn(bins: Sequence[Bin]) -> str:
    total = sum(one.count for one in bins)
    off = sum(one.count * abs(one.accuracy - one.confidence) for one in bins) / total
    words = (
        "Each dot holds photos that it was about equally sure of; its number says how many. On the grey line a "
        "probability of 90 % is right 9 times in 10 (the field calls it calibrated). The upright lines say how far "
        f"chance may move a dot of so few photos. On average over all {total}, what it says and how often it is right "
        f"are {100 * off:.0f} points apart (expected calibration error; few photos make it look larger than it is)."
    )
    return titled("Does 90 % mean 90 %?", words, _dots(bins))


def _dots(bins: Sequence[Bin]) -> str:
    """The reliability plot: a dot for each bin, as large as it holds photos, with its Wilson interval."""
    from demos.transfer.evaluation.intervals import wilson

    left, right, top, bottom = 68, 544, 14, 256

    def x(share: float) -> float:
        return left + share * (right - left)

    def y(share: float) -> float:
        return bottom - share * (bottom - top)

    parts = []
    for k in range(6):
        at = k / 5
        parts.append(f"<line x1='{left}' x2='{right}' y1='{y(at):.1f}' y2='{y(at):.1f}' class='grid'/>")
        parts.append(f"<text x='{left - 6}' y='{y(at) + 4:.1f}' text-anchor='end'>{20 * k}</text>")
        parts.append(f"<text x='{x(at):.1f}' y='{bottom + 18}' text-anchor='middle'>{20 * k}</text>")
    parts.append(f"<text x='{(left + right) / 2:.0f}' y='292' text-anchor='middle'>how sure it was (%)</text>")
    parts.append(
        f"<text transform='translate(13 {(top + bottom) / 2:.0f}) rotate(-90)' text-anchor='middle'>right (%)</text>"
    )
    parts.append(f"<line x1='{x(0)}' y1='{y(0)}' x2='{x(1)}' y2='{y(1)}' stroke='{theme.GREY}' stroke-width='2'/>")
    most, told = max(one.count for one in bins), []
    for one in bins:
        low, high = wilson(round(one.accuracy * one.count), one.count)
        across, up, r = x(one.confidence), y(one.accuracy), 4 + 8 * (one.count / most) ** 0.5
        down = 16 if one.accuracy > 0.9 else -8 if one.accuracy < 0.1 else 5  # away from the frame and its numbers
        said = (
            f"{one.count} photo{'' if one.count == 1 else 's'}: {one.confidence:.0%} sure, {one.accuracy:.0%} right "
            f"(chance: {low:.0%} to {high:.0%})"
        )
        told.append(said)
        parts.append(
            f"<g><title>{said}</title><line x1='{across:.1f}' x2='{across:.1f}' y1='{y(low):.1f}' y2='{y(high):.1f}' "
            f"stroke='{theme.COOL}' stroke-width='2'/><circle cx='{across:.1f}' cy='{up:.1f}' r='{r:.1f}' "
            f"fill='{theme.COOL}'/><text x='{across - r - 4:.1f}' y='{up + down:.1f}' "
            f"text-anchor='end'>{one.count}</text></g>"
        )
    label = f"How often it was right against how sure it was. {'; '.join(told)}."
    return (
        f"<div class='hl-chart'><svg viewBox='0 0 560 300' role='img' aria-label='{label}'>{''.join(parts)}</svg>"
        f"<p><span><i style='background:{theme.GREY}'></i>as it should be</span>"
        f"<span><i style='background:{theme.COOL}'></i>as it was, with the number of photos</span></p></div>"
    )


def trade_drawn(found: Trade) -> str:
    refused, caught = found.used
    words = (
        f"A photo far from all classes is called <em>none of these</em>. How far is too far? A stricter threshold "
        f"catches more unknowns and refuses more of your own photos. The one in use catches {caught:.0%} of "
        f"{found.others} pictures of other things (photos, drawings, surfaces, noise) and refuses {refused:.0%} of "
        f"{found.own} photos of yours, each judged by what was learned without it."
    )
    series = {
        "every threshold": percent(found.points, across=True),
        "the one in use": percent((found.used,), across=True),
    }
    colours = {"every threshold": theme.COOL, "the one in use": theme.WARM}
    drawing = chart.lines(series, colours, across="own photos refused (%)", up="unknowns caught (%)")
    return titled("None of these", words, drawing)
