"""Cross-validation: every photo is judged once, by a layer that had not seen it.

The photos are divided into parts; in each round one part is judged by a layer that learned from the others (Kohavi, "A
Study of Cross-Validation and Bootstrap for Accuracy Estimation", 1995: stratified). Photos that show the same stay in
one part.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from demos.transfer import limits
from demos.transfer.data import duplicates
from demos.transfer.data.photos import Photo, PhotoSet
from demos.transfer.data.splits import VALIDATION_SHARE
from demos.transfer.head import Head
from demos.transfer.settings import CROSS_VALIDATED, HeadConfig
from demos.transfer.training import fit

ROUNDS = 5
ENOUGH = CROSS_VALIDATED // VALIDATION_SHARE  # photos held back of each class with which the split alone is used


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
        # scikit-learn promises neither a photo of every class to learn from, nor one to judge.
        if set(y[found != index]) != set(labels) or not (found == index).any():
            return np.zeros(0, int)
    return found


def parts_of(photo_set: PhotoSet, photos: Sequence[Photo], labels: Sequence[int], seed: int = 0) -> np.ndarray:
    """`assign` for photos of a set, in their order; copies of one photo stay in one part."""
    alike = duplicates.groups(photo_set)
    return assign(labels, [alike[photo.digest] for photo in photos], seed)


def learned(x: Tensor, y: Tensor, classes: int, config: HeadConfig) -> Head:
    """The layer after `config.steps` steps on (N, D) features, chosen by no photo but those it learns from."""
    *_, last = fit.fit(x, y, x, y, classes, replace(config, patience=config.steps))
    return last.now


def fit_in_rounds(
    x: Tensor, y: Tensor, parts: np.ndarray, classes: int, config: HeadConfig
) -> Iterator[tuple[fit.HeadStep, Tensor]]:
    """Early stopping by cross-validation: a layer of every round and one on all photos learn side by side.

    After each epoch every photo is judged by the layer of the round that had not seen it. The number of epochs with the
    lowest loss over all photos is kept, and with it the layer on all photos: no photo is lost to validation.

    Args:
        x, y: (M, D) features and (M,) labels of N photos, then of a first view of each, a second...
        parts: (N,) from `assign`: the round in which a photo is judged.

    Yields:
        (the epoch as `fit.fit` has it, its validation loss and accuracy over all rounds; (N, C) logits of the photos in
        the best epoch so far, each by the layer that had not seen it).

    Raises:
        DemoError: as `fit.fit` does.
    """  # fmt: skip
    config = limits.checked(config)
    truth, part = y[: len(parts)], torch.from_numpy(parts)
    part_of_row = part[torch.arange(len(x)) % len(parts)]
    patient = replace(config, patience=config.steps)  # no round ends for itself
    rounds = []
    for index in range(int(parts.max()) + 1):
        judged, learns = (part == index).nonzero()[:, 0], part_of_row != index
        rounds.append((judged, fit.fit(x[learns], y[learns], x[judged], y[judged], classes, patient)))
    whole = fit.fit(x, y, x[: len(parts)], truth, classes, patient)
    first, best, best_index = 0.0, math.inf, 0
    for of_all in whole:
        logits = torch.zeros(len(parts), classes)
        for judged, run in rounds:
            logits[judged] = next(run).now.logits(x[judged])
        loss = F.cross_entropy(logits, truth).item()
        right = (logits.argmax(1) == truth).float().mean().item()
        if of_all.index == 0:
            first = loss
        if of_all.index <= 1 or loss < best:
            best, best_index, best_logits, head = loss, of_all.index, logits, of_all.now
        yield (
            replace(
                of_all, validation_loss=loss, validation_accuracy=right, best_index=best_index,
                best_validation_loss=best, first_validation_loss=first, head=head,
            ),
            best_logits,
        )  # fmt: skip
        if of_all.index - best_index >= config.patience:
            return
