"""What a cleaning took away, as a picture, and whether it holds edges: strip by strip, so that memory does not grow."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter, sobel

EDGES = 0.4  # correlation of what was taken away with the edges from which on the page says so
STRIP, AROUND = 512, 12  # rows that are looked at together, and what the filters see of those above and below


@dataclass(frozen=True)
class Residual:
    """What was taken away."""

    picture: Image.Image  # grey is nothing
    gain: float  # how many times it is enlarged
    edges: float  # correlation of its strength with the edges' strength, -1..1

    @property
    def holds_edges(self) -> bool:
        """Whether it is as strong where edges are that detail must have gone."""
        return self.edges > EDGES


def residual(photo: Image.Image, result: Image.Image) -> Residual:
    """Photo minus result, of one size. Noise knows nothing of the photo: what is as strong as edges are is detail."""
    before, after = (np.asarray(image.convert("RGB")) for image in (photo, result))
    count, total, squares = before.size, 0.0, 0.0
    for rows in _strips(len(before)):
        difference = before[rows].astype(np.float32) - after[rows]
        total, squares = (
            total + float(difference.sum(dtype=np.float64)),
            squares + float(np.vdot(difference, difference)),
        )
    spread = math.sqrt(max(0.0, squares / count - (total / count) ** 2))
    gain = min(20.0, 40 / spread) if spread > 0 else 1.0
    shown, moments = np.empty_like(before), np.zeros(5)
    for rows in _strips(len(before)):
        shown[rows] = (128 + gain * (before[rows].astype(np.float32) - after[rows])).clip(0, 255).astype(np.uint8)
        moments += _moments(before, after, rows)
    x, y, xx, yy, xy = moments / (count / 3)
    spreads = math.sqrt(max(0.0, xx - x * x)), math.sqrt(max(0.0, yy - y * y))
    correlation = (xy - x * y) / (spreads[0] * spreads[1]) if min(spreads) > 1e-3 else 0.0
    return Residual(Image.fromarray(shown), gain, correlation)


def _strips(height: int) -> Iterator[slice]:
    for top in range(0, height, STRIP):
        yield slice(top, min(height, top + STRIP))


def _moments(before: np.ndarray, after: np.ndarray, rows: slice) -> np.ndarray:
    """Sums of x, y, x^2, y^2 and x y over rows: x the edges' strength in the result, y that of what was taken away."""
    top = max(0, rows.start - AROUND)
    wider = slice(top, rows.stop + AROUND)
    own = slice(rows.start - top, rows.stop - top)
    grey = after[wider].mean(2, dtype=np.float32)
    x = gaussian_filter(np.hypot(sobel(grey, 0), sobel(grey, 1)), 2)[own].astype(np.float64)
    difference = before[wider].astype(np.float32) - after[wider]
    y = np.sqrt(gaussian_filter((difference**2).mean(2), 2))[own].astype(np.float64)
    return np.array([x.sum(), y.sum(), np.vdot(x, x), np.vdot(y, y), np.vdot(x, y)])
