"""What the checks of an accuracy share: features and labels of the photos, and the side of each."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from demos.core.errors import DemoError
from demos.transfer import features
from demos.transfer.classifier import Classifier
from demos.transfer.data import splits
from demos.transfer.data.photos import Photo, PhotoSet
from demos.transfer.evaluation.folds import learned
from demos.transfer.settings import HeadConfig


@dataclass(frozen=True)
class Sides:
    """The photos of both sides, training first, and what a layer is taught with."""

    photos: tuple[Photo, ...]
    y: Tensor  # (N,) labels
    learn: int  # the first so many are learned from, the rest judged
    classes: int
    config: HeadConfig


@dataclass(frozen=True)
class Looking:
    """So many photos have been looked at; their features come with the last step."""

    done: int
    total: int
    x: Tensor | None = None  # (N, D)


def sides(photo_set: PhotoSet, taught: Classifier) -> Sides:
    """As the classifier was taught. Raises DemoError where that is not known, or the photos are others."""
    if taught.report is None or photo_set.names != taught.classes:
        raise DemoError("This classifier was not taught on these photos here. Teach it again, then measure.")
    train, validation = splits.split(photo_set, taught.report.seed)
    # No photo that is judged says when to stop, here; the step that was kept is a good number of steps.
    config = HeadConfig(seed=taught.report.seed, steps=min(15, max(5, taught.report.kept_step)))
    both = train + validation
    y = torch.tensor([label for _, label in both])
    return Sides(tuple(photo for photo, _ in both), y, len(train), len(photo_set.classes), config)


def look(found: Sides, network: features.Network, cuts: tuple[str, ...] = ()) -> Iterator[Looking]:
    """Features of all photos, a few at a time; what teaching has looked at is remembered."""
    batches = []
    for done, batch in features.extract(found.photos, network, cuts):
        batches.append(batch)
        last = done == len(found.photos)
        yield Looking(done, len(found.photos), torch.cat(batches) if last else None)


def accuracy(x: Tensor, found: Sides, y: Tensor | None = None, chosen: Tensor | None = None) -> float:
    """The share of the judged photos that a new last layer recognises.

    Args:
        x: (N, D) features, training photos first.
        y: (N,) other labels than their own.
        chosen: indices of the training photos to learn from; all where none are named.
    """
    y = found.y if y is None else y
    chosen = torch.arange(found.learn) if chosen is None else chosen
    head = learned(x[chosen], y[chosen], found.classes, replace(found.config))
    return float((head.logits(x[found.learn :]).argmax(1) == y[found.learn :]).float().mean())
