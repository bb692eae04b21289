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

    Photos that are held back choose the epoch that is kept and say how good it is. Where they would be few, both is
    done by cross-validation, and the layer that is kept learns from all photos for as many epochs.

    Raises:
        DemoError: fewer than two classes, a class without photos for both sides, or a number of `config` outside of
            its range.
    """
    config = limits.checked(config or HeadConfig())
    started = time.perf_counter()
    photos.check_ready(photo_set)
    learns, judged = splits.split(photo_set, config.seed)
    labels = range(len(photo_set.classes))
    parts = np.zeros(0, int)
    if folds.needed(photo_set, [sum(label == k for _, label in judged) for k in labels]):
        whole, _ = splits.split(photo_set, rounds=folds.ROUNDS)
        parts = folds.parts_of(photo_set, [photo for photo, _ in whole], [label for _, label in whole], config.seed)
        if len(parts):  # few photos: all are learned from, and all are judged, in rounds
            learns, judged = whole, []
    views = augmentation.views(learns, config)
    everything = [photo for photo, _ in views + judged]
    yield Progress("looking", 0, len(everything))
    batches = []
    for done, batch in features.extract(everything, network):
        batches.append(batch)
        yield Progress("looking", done, len(everything))
    others = []
    for batch in everyday.features_of(network):  # once in a process; then they are in the cache
        others.append(batch)
        yield Progress("looking", len(everything), len(everything))
    x, x_val = torch.cat(batches).split([len(views), len(judged)])
    y, y_val = (torch.tensor([label for _, label in side], dtype=torch.long) for side in (views, judged))
    truth = y[: len(parts)] if len(parts) else y_val

    def classifier(step: fit.HeadStep, logits: torch.Tensor) -> Classifier:
        predicted = logits.argmax(1)
        correct = int((predicted == truth).sum())
        low, high = wilson(correct, len(predicted))
        report = Report(
            network=network.name,
            photos={
                name: (sum(label == k for _, label in learns), sum(label == k for _, label in judged))
                for k, name in enumerate(photo_set.names)
            },
            accuracy=correct / len(predicted),
            accuracy_low=low,
            accuracy_high=high,
            first_loss=step.first_validation_loss,
            kept_loss=step.best_validation_loss,
            kept_step=step.best_index,
            confusion=confusion(truth, predicted, len(photo_set.classes)),
            seconds=time.perf_counter() - started,
            seed=config.seed,
            skipped=photo_set.skipped,
            notes=photo_set.notes,
            folds=int(parts.max()) + 1 if len(parts) else 0,
            predictions=remembered([photo for photo, _ in (learns if len(parts) else judged)], logits),
        )
        size = features.teaching_size(network)
        return Classifier(step.head, photo_set.names, network.name, network.teaching_cuts, size, report, mirrored=True)

    def taught() -> Iterator[tuple[fit.HeadStep, torch.Tensor]]:
        """Every epoch, with the logits of the photos that are judged, (N, C), of the best state so far."""
        if len(parts):
            yield from folds.fit_in_rounds(x, y, parts, len(labels), config)
            return
        for step in fit.fit(x, y, x_val, y_val, len(labels), config):
            yield step, step.head.logits(x_val)

    steps: list[fit.HeadStep] = []
    for step, logits in taught():
        steps.append(step)
        kept = classifier(step, logits)
        yield Progress("teaching", step.index, step.total, tuple(steps), kept)
    temperature = calibration.temperature(logits, truth)
    # Of the photos alone: by the views of a photo, its part would know it when it is judged.
    own, own_y = torch.cat([x[: len(learns)], x_val]), torch.cat([y[: len(learns)], y_val])
    refusal = unknown.learn(own, own_y, torch.cat(others) if others else None)
    kept = replace(kept, temperature=temperature, unknown=refusal)
    yield Progress("done", steps[-1].index, steps[-1].index, tuple(steps), kept)


def remembered(judged: Sequence[Photo], logits: torch.Tensor) -> dict[str, tuple[float, ...]]:
    """Digest to probabilities, rounded so that the file stays small; (N, C) logits of N photos."""
    rows = logits.softmax(1).tolist()
    return {photo.digest: tuple(round(p, 5) for p in row) for photo, row in zip(judged, rows, strict=True)}


def confusion(true: torch.Tensor, predicted: torch.Tensor, classes: int) -> tuple[tuple[int, ...], ...]:
    """[true class][predicted class]: how many photos, of labels (N,) each."""
    from sklearn.metrics import confusion_matrix  # here: it takes a second to import, and no page needs it to open

    counts = confusion_matrix(true.numpy(), predicted.numpy(), labels=range(classes))
    return tuple(tuple(row) for row in counts.tolist())
