"""How sharp and how large a photo is, and what is at its edges.

Sharpness is the variance of the Laplacian (Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy", 2000).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from demos.core.cache import Cache
from demos.core.images.load import digest
from demos.transfer.data.photos import Photo

TINY = 64  # px of the shorter side
EDGE = 0.15  # the share of each side that is its edge
# Variance of the Laplacian, in grey levels of 255 squared. Below the first a photo is blurred whatever the others are;
# below the second where it is also a tenth of the median of the set.
BLANK, SOFT, TENTH = 6.0, 100.0, 0.1

_remembered = Cache(10_000_000)


@dataclass(frozen=True)
class Look:
    """What is measured of a photo."""

    sharpness: float  # variance of the Laplacian
    short_side: int  # px
    edges: np.ndarray  # (D,) float32: colours and gradients of the outer 15 %


def look(photo: Photo) -> Look:
    """Measured once for each digest."""
    return _remembered.get(photo.digest, lambda: _measure(photo), lambda found: found.edges.nbytes + 300)


def _measure(photo: Photo) -> Look:
    from scipy.ndimage import laplace

    grey = np.asarray(photo.image.convert("L"), dtype=np.float32)
    sharpness = float(laplace(grey).var()) if min(grey.shape) > 2 else 0.0
    return Look(sharpness, min(photo.image.size), _edges(photo))


def _edges(photo: Photo) -> np.ndarray:
    """Of each of the four edges: mean and deviation of each colour, and of the gradient along and across."""
    side = 64
    rgb = np.asarray(photo.image.convert("RGB").resize((side, side)), dtype=np.float32) / 255
    width = round(EDGE * side)
    grey = rgb.mean(2)
    down, right = np.abs(np.diff(grey, axis=0, append=grey[-1:])), np.abs(np.diff(grey, axis=1, append=grey[:, -1:]))
    planes = np.dstack([rgb, down, right])
    numbers = []
    # Each strip is cut before its numbers are taken: nothing of the middle comes in.
    for strip in (planes[:width], planes[-width:], planes[width:-width, :width], planes[width:-width, -width:]):
        numbers += [strip.mean((0, 1)), strip.std((0, 1))]
    return np.concatenate(numbers)


def is_blurred(one: Look, median: float) -> bool:
    """Absolutely, or beside the other photos of the set, whose median sharpness is given."""
    return one.sharpness < BLANK or (one.sharpness < SOFT and one.sharpness < TENTH * median)


def median(values: Sequence[float]) -> float:
    return float(np.median(values)) if len(values) else 0.0


def middle(photo: Photo) -> Photo:
    """The photo without its edges."""
    width, height = photo.image.size
    x, y = round(EDGE * width), round(EDGE * height)
    cut = photo.image.crop((x, y, width - x, height - y))
    return replace(photo, image=cut, digest=digest(cut))


def only_edges(image: Image.Image) -> Image.Image:
    """What the look at the edges sees of it: the middle is covered with grey."""
    width, height = image.size
    x, y = round(EDGE * width), round(EDGE * height)
    covered = image.copy()
    covered.paste((128, 128, 128), (x, y, width - x, height - y))
    return covered
