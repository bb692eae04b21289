"""Cross-validation: every photo is judged once, by a layer that had not seen it.

The photos are divided into parts; in each round one part is judged by a layer that learned from the others (Kohavi, "A
Study of Cross-Validation and Bootstrap for Accuracy Estimation", 1995: stratified). Photos that show the same stay in
one part.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from demos.transfer.data import duplicates
from demos.transfer.data.photos import PhotoSet
from demos.transfer.head import Head
from demos.transfer.settings import HeadConfig
from demos.transfer.training import fit

ROUNDS = 5
ENOUGH = 8  # photos held back of each class with which the split alone is used


@dataclass(frozen=True)
class Round:
    """One round is done."""

    index: int
    total: int
    logits: Tensor  # (N, C) of all photos; zeros where no round has judged yet


def needed(photo_set: PhotoSet, held_back: Sequence[int]) -> bool:
    """Whether the photos held back of each class are too few to judge by, and the photos came without sides."""
    sided = any(photo.split is not None for group in photo_set.classes for photo in group.photos)
    return not sided and min(held_back) < ENOUGH


def assign(labels: Sequence[int], groups: Sequence[str], seed: int = 0) -> np.ndarray:
    """(N,) the round in which each photo is judged, 0 to at most `ROUNDS` - 1: grouped and stratified.

    Fewer rounds where a class has fewer groups, so that every round learns from every class; empty where some class
    has one group only, and cannot be both learned and judged.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    y = np.array(labels)
    names = np.array(groups)
    rounds = min(ROUNDS, *(len(set(names[y == k])) for k in set(labels)))
    if rounds < 2:
        return np.zeros(0, int)
    found = np.zeros(len(y), int)
    splitter = StratifiedGroupKFold(rounds, shuffle=True, random_state=seed)
    for index, (_, judged) in enumerate(splitter.split(np.zeros(len(y)), y, names)):
        found[judged] = index
    for index in range(rounds):
        if set(y[found != index]) != set(labels):  # scikit-learn promises no photo of every class on both sides
            return np.zeros(0, int)
    return found


def groups_of(photo_set: PhotoSet) -> list[str]:
    """The group of each photo, in the order of the set."""
    alike = duplicates.groups(photo_set)
    return [alike[photo.digest] for group in photo_set.classes for photo in group.photos]


def learned(x: Tensor, y: Tensor, classes: int, config: HeadConfig) -> Head:
    """The layer after `config.steps` steps on (N, D) features, chosen by no photo but those it learns from."""
    config = replace(config, patience=config.steps)
    head: Head | None = None
    for step in fit.fit(x, y, x, y, classes, config):
        head = step.head
    assert head is not None
    return head


def rounds(
    x: Tensor,
    y: Tensor,
    parts: np.ndarray,
    classes: int,
    config: HeadConfig,
    learn_from: Callable[[np.ndarray], tuple[Tensor, Tensor]] | None = None,
) -> Iterator[Round]:
    """Judges each part by a layer that learned from the others.

    Args:
        x, y: (N, D) features and (N,) labels of all photos, (N,) `parts` from `assign`.
        config: its steps are taken in every round: no photo that is judged says when to stop.
        learn_from: the features and labels to learn from, of photos by index; theirs alone where none is given.
    """  # fmt: skip
    logits = torch.zeros(len(y), classes)
    total = int(parts.max()) + 1
    for index in range(total):
        judged, others = np.flatnonzero(parts == index), np.flatnonzero(parts != index)
        x_in, y_in = learn_from(others) if learn_from else (x[others], y[others])
        logits[judged] = learned(x_in, y_in, classes, config).logits(x[judged])
        yield Round(index + 1, total, logits.clone())
