"""Teaching, from photos to a validated classifier: the one generator behind the page, the API, tests and notebooks.

for progress in teach(photo_set, vgg.load()):
    print(progress.stage, progress.done, progress.total)
progress.classifier.predict(image)
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch

from demos.transfer import features, limits
from demos.transfer.classifier import Classifier, Report
from demos.transfer.data import photos, splits
from demos.transfer.data.photos import PhotoSet
from demos.transfer.evaluation import calibration, unknown
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
    x, x_val = torch.cat(batches).split([len(train), len(validation)])
    y, y_val = (torch.tensor([label for _, label in side]) for side in (train, validation))

    def classifier(step: fit.HeadStep) -> Classifier:
        counts = {
            name: (int((y == label).sum()), int((y_val == label).sum())) for label, name in enumerate(photo_set.names)
        }
        predicted = step.head.logits(x_val).argmax(1)
        correct = int((predicted == y_val).sum())
        low, high = wilson(correct, len(y_val))
        report = Report(
            network=network.name,
            photos=counts,
            accuracy=correct / len(y_val),
            accuracy_low=low,
            accuracy_high=high,
            first_loss=step.first_validation_loss,
            kept_loss=step.best_validation_loss,
            kept_step=step.best_index,
            confusion=confusion(y_val, predicted, len(photo_set.classes)),
            seconds=time.perf_counter() - started,
            seed=config.seed,
            skipped=photo_set.skipped,
            notes=photo_set.notes,
        )
        return Classifier(step.head, photo_set.names, network.name, network.teaching_cuts, network.input_size, report)

    steps: list[fit.HeadStep] = []
    for step in fit.fit(x, y, x_val, y_val, len(photo_set.classes), config):
        steps.append(step)
        yield Progress("teaching", step.index, step.total, tuple(steps), classifier(step))
    kept = classifier(steps[-1])
    temperature = calibration.temperature(kept.head.logits(x_val), y_val)
    refusal = unknown.learn(kept.head, x, y, x_val, y_val)
    kept = replace(kept, temperature=temperature, unknown=refusal)
    yield Progress("done", steps[-1].index, steps[-1].index, tuple(steps), kept)


def confusion(true: torch.Tensor, predicted: torch.Tensor, classes: int) -> tuple[tuple[int, ...], ...]:
    """[true class][predicted class]: how many photos, of labels (N,) each."""
    from sklearn.metrics import confusion_matrix  # here: it takes a second to import, and no page needs it to open

    counts = confusion_matrix(true.numpy(), predicted.numpy(), labels=range(classes))
    return tuple(tuple(row) for row in counts.tolist())
