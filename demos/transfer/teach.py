"""Teaching, from photos to a validated classifier: the one generator behind the page, the API, tests and notebooks.

for progress in teach(photo_set, vgg.load()):
    print(progress.stage, progress.done, progress.total)
progress.classifier.predict(image)
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from demos.core.networks import vgg
from demos.transfer import features, head
from demos.transfer.classifier import Classifier, Report
from demos.transfer.data import photos
from demos.transfer.data.photos import PhotoSet


@dataclass(frozen=True)
class Progress:
    """Where a training is."""

    stage: str  # "looking" at the photos, "teaching" the last layer, "done"
    index: int
    total: int
    steps: tuple[head.HeadStep, ...] = ()  # of the last layer so far: the curve
    classifier: Classifier | None = None  # the best so far


def teach(photo_set: PhotoSet, network: vgg.VGG16, config: head.HeadConfig | None = None) -> Iterator[Progress]:
    """Features of every photo, then the last layer; ends with stage "done" and the classifier that is kept.

    Raises:
        DemoError: fewer than two classes, or a class without photos for both sides.
    """
    config = config or head.HeadConfig()
    started = time.perf_counter()
    photos.check_ready(photo_set)
    train, validation = photos.split(photo_set, config.seed)
    everything = [photo for photo, _ in train + validation]
    yield Progress("looking", 0, len(everything))
    rows = []
    for done, found in features.extract(everything, network):
        rows.append(found)
        yield Progress("looking", done, len(everything))
    x, x_val = torch.cat(rows).split([len(train), len(validation)])
    y, y_val = (torch.tensor([label for _, label in side]) for side in (train, validation))

    def classifier(step: head.HeadStep) -> Classifier:
        counts = {
            name: (int((y == label).sum()), int((y_val == label).sum())) for label, name in enumerate(photo_set.names)
        }
        said = step.head.logits(x_val).argmax(1)
        right = int((said == y_val).sum())
        low, high = wilson(right, len(y_val))
        report = Report(
            network=network.name,
            photos=counts,
            accuracy=right / len(y_val),
            accuracy_low=low,
            accuracy_high=high,
            first_loss=step.first_validation_loss,
            kept_loss=step.best_validation_loss,
            kept_step=step.best_index,
            confusion=confusion(y_val, said, len(photo_set.classes)),
            seconds=time.perf_counter() - started,
            skipped=photo_set.skipped,
        )
        return Classifier(step.head, photo_set.names, network.name, features.CUTS, network.input_size, report)

    steps: list[head.HeadStep] = []
    for step in head.fit(x, y, x_val, y_val, len(photo_set.classes), config):
        steps.append(step)
        yield Progress("teaching", step.index, step.total, tuple(steps), classifier(step))
    yield Progress("done", steps[-1].index, steps[-1].index, tuple(steps), classifier(steps[-1]))


def confusion(true: torch.Tensor, said: torch.Tensor, classes: int) -> tuple[tuple[int, ...], ...]:
    """[true class][class said]: how many photos."""
    counts = torch.bincount(true * classes + said, minlength=classes * classes)
    return tuple(tuple(row) for row in counts.reshape(classes, classes).tolist())


def wilson(right: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share, honest for few photos too. Source: Wilson (1927)."""
    if total == 0:
        return 0.0, 1.0
    share = right / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return max(0.0, middle - half), min(1.0, middle + half)
