"""What would help after a result that is not good, or not sure: read off the counts, in sentences."""

import math
from typing import TYPE_CHECKING

from demos.transfer.data.splits import VALIDATION_SHARE
from demos.transfer.settings import CROSS_VALIDATED

if TYPE_CHECKING:  # the page's words load no torch
    from demos.transfer.classifier import Report

GOOD = 0.9  # a share of photos right that needs no advice
ENOUGH = 20  # photos of a class with which features from a trained network mostly do well
SURE = 0.1  # half the width of an interval that one can call sure
Z = 1.96  # of 95 %


def sentences(report: "Report") -> list[str]:
    """What to do next, the most helpful first; none after a good and sure result.

    The three that matter: too few photos of a class (with the number that is missing), a network that sees little, and
    two classes that are taken for each other.
    """
    weak = report.accuracy < GOOD or no_better_than_guessing(report)
    told = []
    if weak:
        told += [*_more_photos(report), *_mixed_up(report)]
        if report.network.startswith("pocket"):
            told.append(
                "The real VGG16 tells more things apart than the pocket one: choose it under More once it is here "
                "(59 MB, fetched from the Internet)."
            )
    if not told or not weak:
        told += _surer(report)
    return told


def interval(report: "Report") -> str:
    """How far the accuracy may be from the truth, and with how many more photos it would be half as far."""
    more = to_halve(report)
    words = f"The truth lies between {report.accuracy_low:.0%} and {report.accuracy_high:.0%} (95 times in 100)"
    return f"{words}: {more} more photos per class would halve that." if more else f"{words}."


def to_halve(report: "Report") -> int:
    """Photos of each class, learned and held back, that half the interval takes; 0 where it is narrow.

    At the same accuracy and the same share of photos that are judged.
    """
    from demos.transfer.evaluation.intervals import wilson

    width = report.accuracy_high - report.accuracy_low
    if width <= SURE or report.judged == 0:
        return 0
    needed = report.judged
    while True:
        low, high = wilson(round(report.accuracy * needed), needed)
        if high - low <= width / 2:
            break
        needed += max(1, needed // 50)
    return _more(report, needed)


def _more(report: "Report", needed: int) -> int:
    """Photos of each class that it takes until so many are judged: all in rounds, of many a quarter."""
    classes, total = len(report.photos), sum(sum(sides) for sides in report.photos.values())
    if report.folds:
        each = needed / classes
        return math.ceil((each if each < CROSS_VALIDATED else VALIDATION_SHARE * each) - total / classes)
    return math.ceil((needed - report.judged) * total / report.judged / classes)


def no_better_than_guessing(report: "Report") -> bool:
    """Whether always naming the largest class might do as well: its share lies within Wilson's interval or above."""
    judged = [sum(row) for row in report.confusion]
    return report.accuracy_low <= max(judged) / sum(judged)


def needed_to_be_sure(share: float) -> int:
    """Held-back photos with which 95 % of results lie within `SURE` of the truth (Wald; at least as for 0.9)."""
    share = min(max(share, 0.1), 0.9)
    return math.ceil(Z * Z * share * (1 - share) / (SURE * SURE))


def _more_photos(report: "Report") -> list[str]:
    counts = {name: sum(sides) for name, sides in report.photos.items()}
    missing = {name: ENOUGH - count for name, count in counts.items() if count < ENOUGH}
    if not missing:
        return []
    if len(missing) == len(counts) > 3:
        return [f"More photos: {ENOUGH} of each class make a good start, and there are {_span(counts)} now."]
    few = sorted(missing, key=lambda name: -missing[name])[:3]
    wanted = "; ".join(f"{missing[name]} more of {name} ({counts[name]} now)" for name in few)
    return [f"More photos: {ENOUGH} of each class make a good start. That is {wanted}."]


def _span(counts: dict[str, int]) -> str:
    low, high = min(counts.values()), max(counts.values())
    return str(low) if low == high else f"{low} to {high}"


def _mixed_up(report: "Report") -> list[str]:
    names = list(report.photos)
    pairs = [
        (count, sum(row), true, said)
        for true, row in enumerate(report.confusion)
        for said, count in enumerate(row)
        if true != said and count
    ]
    if not pairs:
        return []
    count, total, true, said = max(pairs, key=lambda pair: (pair[0] / pair[1], pair[0]))
    verb, photos = "is" if count == 1 else "are", "photos" if report.folds else "held-back photos"
    return [
        f"{count} of {total} {photos} of {names[true]} {verb} taken for {names[said]}. Photograph both in "
        "front of the same backgrounds, and each in front of several: else the background is learned."
    ]


def _surer(report: "Report") -> list[str]:
    held_back = report.judged
    if report.accuracy_high - report.accuracy_low <= 2 * SURE + 0.05:
        return []
    needed = needed_to_be_sure(report.accuracy)
    more = _more(report, needed)
    if more <= 0:
        return []
    return [
        f"{held_back} photos are few to judge by. With about {more} more of each class the figure would be right "
        f"within {SURE:.0%}."
    ]
