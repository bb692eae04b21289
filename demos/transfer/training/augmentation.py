"""More training photos out of those that are there: flips, crops and other light.

A view is made of its photo when its pixels are asked for, and not kept: the features are, by the view's own digest.
The ranges are those of Krizhevsky et al., "ImageNet Classification with Deep Convolutional Neural Networks" (2012,
section 4.1) and Szegedy et al., "Going Deeper with Convolutions" (2015, section 6), gentler: what is in the photo must
stay in it.
"""

import hashlib
import math
import random

from PIL import Image
from torchvision.transforms.v2 import functional as transform

from demos.transfer.data.photos import SHORT_SIDE, Photo
from demos.transfer.settings import HeadConfig

AREA = (0.5, 1.0)  # of the photo that a crop keeps
RATIO = (3 / 4, 4 / 3)  # a crop's width by its height
LIGHT = (0.7, 1.3)  # factors of brightness, contrast and saturation


class View(Photo):
    """An augmented picture of a photo: a `Photo` whose pixels are computed each time they are asked for."""

    def __init__(self, photo: Photo, number: int, seed: int) -> None:
        words = f"view {number} with seed {seed} of {photo.digest}"
        own = {"of": photo, "name": f"{photo.name}, view {number}", "split": photo.split}
        for name, value in (own | {"digest": hashlib.sha256(words.encode()).hexdigest()}).items():
            object.__setattr__(self, name, value)  # a photo is frozen

    @property
    def image(self) -> Image.Image:  # type: ignore[override]
        return augmented(self.of.image, random.Random(self.digest))  # type: ignore[attr-defined]


def views(train: list[tuple[Photo, int]], config: HeadConfig) -> list[tuple[Photo, int]]:
    """The training photos with their labels, and `config.views` augmented views of each behind them.

    The same photo, number and seed give the same view, whatever else is in the set.
    """
    made = [
        (View(photo, number, config.seed), label) for number in range(1, config.views + 1) for photo, label in train
    ]
    return [*train, *made]


def augmented(image: Image.Image, draw: random.Random) -> Image.Image:
    """A random crop of the picture, resized to a square of `SHORT_SIDE` px; every other one flipped; in other light."""
    ratio = math.exp(draw.uniform(*map(math.log, RATIO)))
    area = draw.uniform(*AREA) * min(image.size) ** 2  # of the middle square: what the network would see of the photo
    width = min(image.width, round(math.sqrt(area * ratio)))
    height = min(image.height, round(math.sqrt(area / ratio)))
    left = _within(draw, image.width, min(image.size), width)
    top = _within(draw, image.height, min(image.size), height)
    image = transform.resized_crop(image, top, left, height, width, [SHORT_SIDE, SHORT_SIDE])
    if draw.random() < 0.5:
        image = transform.horizontal_flip(image)
    for change in (transform.adjust_brightness, transform.adjust_contrast, transform.adjust_saturation):
        image = change(image, draw.uniform(*LIGHT))
    return image


def _within(draw: random.Random, side: int, square: int, length: int) -> int:
    """Where a crop of this length begins: in the middle square as far as it fits, and in the picture always."""
    spare = max(0, square - length)
    return min(side - length, max(0, (side - max(square, length)) // 2 + draw.randint(0, spare)))
