"""Which photos show the same: copies of one photo in other sizes, and frames of one moment from a webcam.

A perceptual hash says of each of a small grey picture's 64 lowest frequencies whether it is above their median (Zauner,
"Implementation and Benchmarking of Perceptual Image Hash Functions", 2010, section 3.2.1). Copies differ in a few of
the 64 bits, other photos in about half of them. A tiny picture in colour has the last word: of simple drawings the
hashes can agree by chance.
"""

from dataclasses import dataclass

import numpy as np

from demos.core.cache import Cache
from demos.transfer.data.photos import Photo, PhotoSet

SIDE, KEPT = 32, 8  # px of the grey picture, and lowest frequencies kept on each axis
TINY = 16  # px of the picture in colour
# The difference is also at most this share of the picture's own contrast: of two plain walls nothing can be said.
OF_CONTRAST = 0.35
# (bits of 64, mean difference of the tiny pictures in grey levels of 255): at most, to be near. Measured: copies at
# half the size or JPEG quality 30 stay within (2, 1.3); the nearest two of 240 scanned digits are (4, 10.4) apart.
COPIES = (10, 8.0)
FRAMES = (8, 12.0)  # of two photos that came one after the other into one class

_remembered = Cache(20_000_000)


@dataclass(frozen=True)
class Print:
    """What is compared of a photo."""

    bits: np.ndarray  # (8,) uint8: 64 bits
    tiny: np.ndarray  # (256, 3) float32: TINY x TINY pixels in RGB, minus their mean
    contrast: float  # standard deviation of the tiny picture's channels, grey levels


def fingerprint(photo: Photo) -> Print:
    """The photo's perceptual hash and tiny picture; computed once for each digest."""
    return _remembered.get(photo.digest, lambda: _compute(photo), lambda found: found.tiny.nbytes + 400)


def _compute(photo: Photo) -> Print:
    from scipy.fft import dctn  # here: no page needs it to open

    grey = np.asarray(photo.image.convert("L").resize((SIDE, SIDE)), dtype=np.float64)
    low = dctn(grey, norm="ortho")[:KEPT, :KEPT].ravel()
    tiny = np.asarray(photo.image.convert("RGB").resize((TINY, TINY))).reshape(-1, 3).astype(np.float32)
    tiny -= tiny.mean()  # a little more light is the same photo
    return Print(np.packbits(low > np.median(low[1:])), tiny, float(tiny.std(0).mean()))


def distances(prints: list[Print]) -> np.ndarray:
    """(N, N) Hamming distances, 0 to 64 bits."""
    bits = np.stack([one.bits for one in prints]).view(np.uint64).ravel()
    return np.bitwise_count(bits[:, None] ^ bits[None])


def pairs(photos: list[Photo], classes: list[int]) -> list[tuple[int, int]]:
    """(i, j) with i < j of the photos that are near each other: copies, or frames of one moment.

    Args:
        classes: the label of each photo; frames come one after the other in one class.
    """
    if len(photos) < 2:
        return []
    prints = [fingerprint(photo) for photo in photos]
    bits = distances(prints)

    def near(i: int, j: int, most: float) -> bool:
        most = min(most, OF_CONTRAST * prints[i].contrast, OF_CONTRAST * prints[j].contrast)
        return float(np.abs(prints[i].tiny - prints[j].tiny).mean()) < most

    copies = [(int(i), int(j)) for i, j in np.argwhere(np.triu(bits <= COPIES[0], 1))]
    found = {(i, j) for i, j in copies if near(i, j, COPIES[1])}
    for i in range(len(photos) - 1):
        if classes[i] == classes[i + 1] and bits[i, i + 1] <= FRAMES[0] and near(i, i + 1, FRAMES[1]):
            found.add((i, i + 1))
    return sorted(found)


def groups(photo_set: PhotoSet) -> dict[str, str]:
    """Digest of every photo -> the smallest digest among the photos that are near it, or near one that is, and so on.

    Photos of one group show the same: they belong on one side of a split.
    """
    everything = [(photo, label) for label, group in enumerate(photo_set.classes) for photo in group.photos]
    parent = list(range(len(everything)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = i = parent[parent[i]]
        return i

    for i, j in pairs([photo for photo, _ in everything], [label for _, label in everything]):
        parent[root(j)] = root(i)
    smallest: dict[int, str] = {}
    for i, (photo, _) in enumerate(everything):
        smallest[root(i)] = min(smallest.get(root(i), photo.digest), photo.digest)
    return {photo.digest: smallest[root(i)] for i, (photo, _) in enumerate(everything)}
