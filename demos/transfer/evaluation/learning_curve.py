"""How many photos do I need? Accuracy against photos per class, measured on fewer, and drawn on to more.

Errors of classifiers fall as a power of the number of photos, error(n) = a n^-b + c (Hestness et al., "Deep Learning
Scaling is Predictable, Empirically", 2017; Cortes et al., "Learning Curves", 1994). How uncertain the fit is comes from
a bootstrap: the draws are drawn again, and the law is fitted to each. Draws are judged on the photos held back, or each
on those of its round; how far these may mislead is Wilson's interval. The two are taken for independent, and added as
such: in rounds, where part of the one is in the other, the band is a little too wide.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from demos.transfer.evaluation.intervals import wilson_of
from demos.transfer.evaluation.material import Sides, right

DRAWS, RESAMPLES = 6, 60
FURTHER = 4  # the curve goes on to so many times the photos


@dataclass(frozen=True)
class Curve:
    """Accuracy against photos per class that it learned from."""

    sizes: tuple[int, ...]
    draws: tuple[tuple[float, ...], ...]  # [size][draw]: accuracy
    judged: int  # photos, in all draws
    band: tuple[tuple[float, float, float, float], ...] = ()  # (photos, low, middle, high): 95 in 100 lie within

    def at(self, photos: float) -> tuple[float, float, float]:
        """(low, middle, high) accuracy at so many photos per class; the band must be there."""
        xs = np.array([row[0] for row in self.band])
        low, middle, high = (float(np.interp(photos, xs, [row[k] for row in self.band])) for k in (1, 2, 3))
        return low, middle, high

    def needed(self, accuracy: float) -> int | None:
        """Photos of each class with which the middle of the band reaches it; None beyond the band's end."""
        return next((math.ceil(row[0]) for row in self.band if row[2] >= accuracy), None)


def sizes(smallest: int) -> tuple[int, ...]:
    """1, 2, 4, ... photos of each class up to what the smallest class has."""
    found = [2**k for k in range(12) if 2**k < smallest]
    return (*found, smallest)


def measure(x: Tensor, found: Sides, draws: int = DRAWS) -> Iterator[Curve]:
    """One more size at each step, from (N, D) features; the last step has the band where there are three sizes."""
    random = torch.Generator().manual_seed(found.config.seed)
    rounds, judged = found.rounds, len(found.judged)
    of_class = [[learns[found.y[learns] == k] for k in range(found.classes)] for learns, _ in rounds]
    done: list[int] = []
    rows: list[tuple[float, ...]] = []
    for n in sizes(min(len(one) for classes in of_class for one in classes)):
        row = []
        for draw in range(math.ceil(draws / len(rounds)) * len(rounds)):  # every round as often
            which = draw % len(rounds)
            chosen = torch.cat([one[torch.randperm(len(one), generator=random)[:n]] for one in of_class[which]])
            held = rounds[which][1]
            row.append(right(x, found.y, found, chosen, held) / len(held))
        done.append(n)
        rows.append(tuple(row))
        yield Curve(tuple(done), tuple(rows), judged)
    if len(done) >= 3:
        yield Curve(tuple(done), tuple(rows), judged, extrapolated(done, rows, judged))


def law(photos: np.ndarray, a: float, b: float, c: float) -> np.ndarray:
    """The error at so many photos per class."""
    return a * photos**-b + c


def fitted(photos: Sequence[float], errors: Sequence[float]) -> tuple[float, float, float]:
    """(a, b, c) of least squares; c, where the curve ends, is 0 where there are fewer than five sizes to tell it by."""
    from scipy.optimize import curve_fit

    n, e = np.array(photos, float), np.array(errors, float)
    if e.max() <= 0:
        return 0.0, 1.0, 0.0
    if len(n) < 5:
        (a, b), _ = curve_fit(lambda n, a, b: law(n, a, b, 0), n, e, (max(e[0], 0.01), 0.5), bounds=([0, 0], [2, 3]))
        return float(a), float(b), 0.0
    start = (max(e[0], 0.01), 0.5, 0.01)
    (a, b, c), _ = curve_fit(law, n, e, start, bounds=([0, 0, 0], [2, 3, 1]), max_nfev=2000)
    return float(a), float(b), float(c)


def extrapolated(
    photos: Sequence[int], draws: Sequence[Sequence[float]], judged: int
) -> tuple[tuple[float, float, float, float], ...]:
    """(photos, low, middle, high) of the accuracy, up to `FURTHER` times the most photos.

    Args:
        draws: [size][draw] accuracies.
        judged: photos that they are measured on, in all.
    """
    random = np.random.default_rng(0)
    errors = 1 - np.array(draws)  # (S, D)
    grid = np.geomspace(1, FURTHER * max(photos), 60)
    lines = []
    for _ in range(RESAMPLES):
        again = random.integers(0, errors.shape[1], errors.shape)
        drawn = np.take_along_axis(errors, again, 1).mean(1)
        try:
            lines.append(1 - law(grid, *fitted(list(photos), drawn.tolist())))
        except RuntimeError:  # scipy found no optimum for this resample
            continue
    if not lines:
        return ()
    low, middle, high = np.clip(np.quantile(np.stack(lines), (0.025, 0.5, 0.975), axis=0), 0, 1)
    ends = np.array([wilson_of(share, judged) for share in middle])
    low = np.clip(middle - np.hypot(middle - low, middle - ends[:, 0]), 0, 1)
    high = np.clip(middle + np.hypot(high - middle, ends[:, 1] - middle), 0, 1)
    return tuple(zip(grid.tolist(), low.tolist(), middle.tolist(), high.tolist(), strict=True))
