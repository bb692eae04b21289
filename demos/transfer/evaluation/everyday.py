"""What everyday photos look like to a network: what a photo that is none of the classes may look like.

A photo of something else is hard to tell by its distance alone: a few hundred photos of five flowers leave most of the
features' space empty, and other photos lie in the same part of it. Photos of other things, which a last layer learns to
tell from the classes, show where the others are (Hendrycks et al., "Deep Anomaly Detection with Outlier Exposure",
2019). Ours are parts of the example photos that installed packages carry: animals, people, buildings, machines, food
and surfaces, a few dozen pictures, which are looked at once in a process.
"""

import contextlib
import random
from collections.abc import Iterator, Sequence

from torch import Tensor

from demos.core.cache import once
from demos.core.data import samples
from demos.core.errors import DemoError
from demos.transfer import features
from demos.transfer.data import photos
from demos.transfer.data.photos import Photo

# No everyday photos, and one flower: what many teach must not be what others look like. (Noise and blank pages are told
# by their distance.)
LEFT_OUT = {"hubble", "tissue", "retina", "flower"}
PARTS = (1.0, 0.6, 0.35)  # of a photo's shorter side: the side of a square part, each at a place of its own
LARGE = ("vgg16",)  # by name: networks that would take longer for these photos than for the visitor's own


@once
def pictures() -> tuple[Photo, ...]:
    """Parts of example photos, the same ones every time; those of a package that no longer carries one are missing."""
    dice, found = random.Random(0), []
    for name in sorted({*samples.PHOTOS, *samples.TEXTURES} - LEFT_OUT):
        with contextlib.suppress(DemoError):
            image = samples.photo(name)
            for part in PARTS:
                side = round(min(image.size) * part)
                left, top = (round((long - side) * dice.random()) for long in image.size)
                found.append(photos.stored(image.crop((left, top, left + side, top + side))))
    return tuple(found)


def shown(network: features.Network) -> Sequence[Photo]:
    """The photos that the network is shown besides those to teach: none of a network that is too slow for it."""
    return () if network.name in LARGE else pictures()


def features_of(network: features.Network) -> Iterator[Tensor]:
    """(n, D) features of a few of the photos that are `shown` at a time, from the cache where they are there.

    Without the mirror image: half the time, and none the worse for it.
    """
    for _, batch in features.extract(shown(network), network, mirrored=False):
        yield batch
