"""What the checks of an accuracy share: features and labels of the photos, and the side of each."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from demos.core.errors import DemoError
from demos.transfer import features
from demos.transfer.classifier import Classifier
from demos.transfer.data import splits
from demos.transfer.data.photos import Photo, PhotoSet
from demos.transfer.evaluation.folds import learned, parts_of
from demos.transfer.settings import HeadConfig

ROUNDS_UP_TO = 300  # photos; of more, every fourth is enough to judge by, and dozens of layers take their time


@dataclass(frozen=True)
class Sides:
    """The photos of both sides, training first, and what a layer is taught with."""

    photos: tuple[Photo, ...]
    y: Tensor  # (N,) labels
    learn: int  # the first so many are learned from, the rest judged
    classes: int
    config: HeadConfig
    held: tuple[tuple[Tensor, Tensor], ...] = ()  # (learned from, judged) of each round, where there are rounds

    @property
    def rounds(self) -> tuple[tuple[Tensor, Tensor], ...]:
        """Indices of the photos (learned from, judged): of both sides, or of each round of a cross-validation."""
        return self.held or ((torch.arange(self.learn), torch.arange(self.learn, len(self.y))),)

    @property
    def judged(self) -> Tensor:
        """Indices of the photos that are judged, once each."""
        return torch.cat([judged for _, judged in self.rounds])


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
    held: tuple[tuple[Tensor, Tensor], ...] = ()
    if taught.report.folds and len(both) <= ROUNDS_UP_TO:  # as for the report, each photo is judged once
        parts = torch.from_numpy(parts_of(photo_set, [photo for photo, _ in both], y.tolist(), config.seed))
        held = tuple(((parts != k).nonzero().flatten(), (parts == k).nonzero().flatten()) for k in parts.unique())
    return Sides(tuple(photo for photo, _ in both), y, len(train), len(photo_set.classes), config, held)


def look(found: Sides, network: features.Network, cuts: tuple[str, ...] = ()) -> Iterator[Looking]:
    """Features of all photos, a few at a time; what teaching has looked at is remembered."""
    batches = []
    for done, batch in features.extract(found.photos, network, cuts):
        batches.append(batch)
        last = done == len(found.photos)
        yield Looking(done, len(found.photos), torch.cat(batches) if last else None)


def accuracy(x: Tensor, found: Sides, y: Tensor | None = None) -> float:
    """The share of the judged photos that a new last layer recognises, one in each round.

    Args:
        x: (N, D) features, training photos first.
        y: (N,) other labels than their own.
    """
    y = found.y if y is None else y
    return sum(right(x, y, found, *one) for one in found.rounds) / len(found.judged)


def right(x: Tensor, y: Tensor, found: Sides, learns: Tensor, judged: Tensor) -> int:
    """How many of the `judged` photos a new last layer recognises that learned from others (both indices)."""
    head = learned(x[learns], y[learns], found.classes, found.config)
    return int((head.logits(x[judged]).argmax(1) == y[judged]).sum())
