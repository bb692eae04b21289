"""Teaching, from photos to a validated classifier: the one generator behind the page, the API, tests and notebooks.

for progress in teach(photo_set, vgg.load()):
    print(progress.stage, progress.done, progress.total)
progress.classifier.predict(image)
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from demos.transfer import features, limits
from demos.transfer.classifier import Classifier, Report
from demos.transfer.data import photos, splits
from demos.transfer.data.photos import Photo, PhotoSet
from demos.transfer.evaluation import calibration, everyday, folds, unknown
from demos.transfer.evaluation.intervals import wilson
from demos.transfer.settings import HeadConfig
from demos.transfer.training import augmentation, fit


@dataclass(frozen=True)
class Progress:
    """Where a training is."""

    stage: str  # "looking" at the photos, "teaching" the last layer, "done"
    index: int
    total: int
    steps: tuple[fit.HeadStep, ...] = ()  # of the last layer so far: the curve
    classifier: Classifier | None = None  # the best so far


def teach(photo_set: PhotoSet, network: features.Network, config: HeadConfig | None = None) -> Iterator[Progress]:
    """Features of every photo, then the last layer; ends with stage "done" and the classifier that is kept.

    Raises:
        DemoError: fewer than two classes, a class without photos for both sides, or a number of `config` outside of
            its range.
    """
    config = limits.checked(config or HeadConfig())
    started = time.perf_counter()
    photos.check_ready(photo_set)
    train, validation = splits.split(photo_set, config.seed)
    train = augmentation.views(train, config)
    everything = [photo for photo, _ in train + validation]
    yield Progress("looking", 0, len(everything))
    batches = []
    for done, batch in features.extract(everything, network):
        batches.append(batch)
        yield Progress("looking", done, len(everything))
    others = []
    for batch in everyday.features_of(network):  # once in a process; then they are in the cache
        others.append(batch)
        yield Progress("looking", len(everything), len(everything))
    x, x_val = torch.cat(batches).split([len(train), len(validation)])
    y, y_val = (torch.tensor([label for _, label in side]) for side in (train, validation))

    def classifier(step: fit.HeadStep, crossed: Crossed | None = None) -> Classifier:
        counts = {
            name: (int((y == label).sum()), int((y_val == label).sum())) for label, name in enumerate(photo_set.names)
        }
        judged = crossed or Crossed([photo for photo, _ in validation], y_val, step.head.logits(x_val), 0)
        predicted = judged.logits.argmax(1)
        correct = int((predicted == judged.labels).sum())
        low, high = wilson(correct, len(predicted))
        report = Report(
            network=network.name,
            photos=counts,
            accuracy=correct / len(predicted),
            accuracy_low=low,
            accuracy_high=high,
            first_loss=step.first_validation_loss,
            kept_loss=step.best_validation_loss,
            kept_step=step.best_index,
            confusion=confusion(judged.labels, predicted, len(photo_set.classes)),
            seconds=time.perf_counter() - started,
            seed=config.seed,
            skipped=photo_set.skipped,
            notes=photo_set.notes,
            folds=judged.folds,
            predictions=remembered(judged.photos, judged.logits),
        )
        size = features.teaching_size(network)
        return Classifier(step.head, photo_set.names, network.name, network.teaching_cuts, size, report, mirrored=True)

    steps: list[fit.HeadStep] = []
    for step in fit.fit(x, y, x_val, y_val, len(photo_set.classes), config):
        steps.append(step)
        yield Progress("teaching", step.index, step.total, tuple(steps), classifier(step))
    kept = classifier(steps[-1])
    judged, truth = kept.head.logits(x_val), y_val
    held_back = [int((y_val == label).sum()) for label in range(len(photo_set.classes))]
    if folds.needed(photo_set, held_back):
        for found in cross(photo_set, network, replace(config, steps=max(1, steps[-1].best_index))):
            yield Progress("teaching", steps[-1].index, steps[-1].total, tuple(steps), kept)
            if found is not None:
                kept = classifier(steps[-1], found)
                judged, truth = found.logits, found.labels
    temperature = calibration.temperature(judged, truth)
    refusal = unknown.learn(torch.cat([x, x_val]), torch.cat([y, y_val]), torch.cat(others) if others else None)
    kept = replace(kept, temperature=temperature, unknown=refusal)
    yield Progress("done", steps[-1].index, steps[-1].index, tuple(steps), kept)


@dataclass(frozen=True)
class Crossed:
    """Photos, each judged by a layer that had not seen it, in `folds` rounds (0: by the layer that is kept)."""

    photos: list[Photo]
    labels: torch.Tensor  # (N,)
    logits: torch.Tensor  # (N, C)
    folds: int


def cross(photo_set: PhotoSet, network: features.Network, config: HeadConfig) -> Iterator[Crossed | None]:
    """Cross-validation over all photos; None while it goes on, and nothing else where a class cannot be divided."""
    everything = [(photo, label) for label, group in enumerate(photo_set.classes) for photo in group.photos]
    photos_, labels = [photo for photo, _ in everything], torch.tensor([label for _, label in everything])
    parts = folds.assign(labels.tolist(), folds.groups_of(photo_set), config.seed)
    if not len(parts):
        return

    def rows(some: list[Photo]) -> torch.Tensor:
        return torch.cat([batch for _, batch in features.extract(some, network)])

    def learn_from(chosen: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        views = augmentation.views([everything[i] for i in chosen], config)
        return rows([photo for photo, _ in views]), torch.tensor([label for _, label in views])

    for done in folds.rounds(rows(photos_), labels, parts, len(photo_set.classes), config, learn_from):
        yield None if done.index < done.total else Crossed(photos_, labels, done.logits, done.total)


def remembered(judged: Sequence[Photo], logits: torch.Tensor) -> dict[str, tuple[float, ...]]:
    """Digest to probabilities, rounded so that the file stays small; (N, C) logits of N photos."""
    rows = logits.softmax(1).tolist()
    return {photo.digest: tuple(round(p, 5) for p in row) for photo, row in zip(judged, rows, strict=True)}


def confusion(true: torch.Tensor, predicted: torch.Tensor, classes: int) -> tuple[tuple[int, ...], ...]:
    """[true class][predicted class]: how many photos, of labels (N,) each."""
    from sklearn.metrics import confusion_matrix  # here: it takes a second to import, and no page needs it to open

    counts = confusion_matrix(true.numpy(), predicted.numpy(), labels=range(classes))
    return tuple(tuple(row) for row in counts.tolist())
