"""The training photos that lie nearest to a photo, as the last layer sees them: what taught it so."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor

from demos.transfer import features
from demos.transfer.classifier import Classifier
from demos.transfer.data import photos, splits
from demos.transfer.data.photos import Photo, PhotoSet
from demos.transfer.settings import HeadConfig
from demos.transfer.training import augmentation


@dataclass(frozen=True)
class Shelf:
    """A set as the last layer sees it: every photo with its label, its side and its standardised features."""

    photos: tuple[Photo, ...]  # training photos first, then those that were held back
    labels: Tensor  # (N,)
    z: Tensor  # (N, D), rows of length one
    training: int  # how many of them are training photos


@dataclass(frozen=True)
class Neighbour:
    """A training photo and how alike it is."""

    photo: Photo
    label: int
    similarity: float  # cosine of the angle between the standardised features, -1..1


def shelf(taught: Classifier, about: PhotoSet, network: features.Network | None = None) -> Shelf:
    """The photos that `taught` was taught and tested on; their features are remembered from the teaching.

    Raises:
        DemoError: the classifier's network is not to be had.
    """
    told = taught.report
    train, held_back = splits.split(about, told.seed, told.folds) if told else splits.split(about)
    group = [photo for photo, _ in train + held_back]
    z = _standardised(taught, group, network)
    return Shelf(tuple(group), torch.tensor([label for _, label in train + held_back]), z, len(train))


@dataclass(frozen=True)
class Lesson:
    """What the last layer was taught on: the training photos of a shelf and, where there were any, augmented views."""

    z: Tensor  # (M, D), rows of length one
    labels: Tensor  # (M,)
    of: Tensor  # (M,) the number, on the shelf, of the photo that a row is of


def lesson(taught: Classifier, there: Shelf, config: HeadConfig, network: features.Network | None = None) -> Lesson:
    """The rows of a run with these settings; views are drawn as they were then.

    Raises:
        DemoError: as `shelf`.
    """
    photos_, labels = there.photos[: there.training], there.labels[: there.training].tolist()
    taken = augmentation.views([*zip(photos_, labels, strict=True)], config)
    of = torch.arange(len(taken)) % len(photos_)  # the photos, then the first view of each, then the second...
    z = _standardised(taught, [view for view, _ in taken], network) if config.views else there.z[: there.training]
    return Lesson(z, torch.tensor([label for _, label in taken]), of)


def _standardised(taught: Classifier, group: Sequence[Photo], network: features.Network | None) -> Tensor:
    """(N, D), as the classifier takes them: at its own size, with the mirror image or without."""
    network, size = network or taught.loaded(), taught.input_size
    rows = [row for _, row in features.extract(group, network, taught.cuts, size=size, mirrored=taught.mirrored)]
    return taught.head.standardise(torch.cat(rows))


def standardised(taught: Classifier, image: Image.Image, network: features.Network | None = None) -> Tensor:
    """A photo as the last layer sees it: (D,), of length one."""
    return taught.head.standardise(taught.features_of([image], network))[0]


def place_of(there: Shelf, image: Image.Image) -> int | None:
    """The number on the shelf of a training photo with these pixels; None where it is none of them."""
    digest = photos.stored(image).digest
    return next((i for i in range(there.training) if there.photos[i].digest == digest), None)


def nearest(there: Shelf, z: Tensor, image: Image.Image | None = None, count: int = 5) -> list[Neighbour]:
    """The training photos nearest to features `z` (D,), the most alike first; the photo itself is not its neighbour.

    Args:
        image: the photo of `z`, which is left out where it is among the training photos.
    """
    own = place_of(there, image) if image is not None else None
    likeness = there.z[: there.training] @ z
    order = [i for i in likeness.argsort(descending=True).tolist() if i != own]
    return [Neighbour(there.photos[i], int(there.labels[i]), float(likeness[i])) for i in order[:count]]
