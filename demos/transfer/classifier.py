"""A taught classifier: what it was taught on, what it says of a photo, and the one file that holds all of it.

The file is safetensors: tensors and a header of text. Opening one can run no code, whoever sent it, and everything
in it is checked before it is used.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import torch
from PIL import Image
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from demos.core.errors import DemoError
from demos.core.files import new_file
from demos.core.networks import squeezenext, vgg
from demos.core.networks.catalogue import SQUEEZENEXT
from demos.transfer import features
from demos.transfer.data import names, photos
from demos.transfer.evaluation.unknown import Unknown
from demos.transfer.head import Head
from demos.transfer.settings import NONE_OF_THESE

FORMAT, VERSION = "hidden-layers-classifier", 2
READABLE = ("1", "2")  # 1: no mirror image, no temperature, nothing unknown
MAX_BYTES = 50_000_000
# The `name` of a network -> how it is loaded, and its cuts.
NETWORKS: dict[str, tuple[Callable[[], features.Network], tuple[str, ...]]] = {
    "pocket-vgg16": (partial(vgg.load, vgg.POCKET), vgg.CUTS),
    "vgg16": (partial(vgg.load, vgg.FEATURES), vgg.CUTS),
    SQUEEZENEXT: (squeezenext.load, squeezenext.CUTS),
}


@dataclass(frozen=True)
class Report:
    """How the training went."""

    network: str
    photos: dict[str, tuple[int, int]]  # class -> (learned from, held back)
    accuracy: float  # of the photos held back, by the state that was kept; or of all, in the rounds
    accuracy_low: float  # Wilson's 95 % interval
    accuracy_high: float
    first_loss: float  # validation loss of the untrained layer, nats
    kept_loss: float  # validation loss of the state that was kept
    kept_step: int
    confusion: tuple[tuple[int, ...], ...]  # [true class][predicted class], the photos that were judged
    seconds: float
    skipped: tuple[str, ...] = ()  # a sentence for each photo that was left out
    notes: tuple[str, ...] = ()  # what was understood of the folders that one might not expect
    seed: int = 0  # of the split: `splits.split(photo_set, seed, folds)` gives the same sides again
    # Rounds of the cross-validation that accuracy, confusion and the epoch come from, while the layer learned from all
    # photos; 0: they come from the photos held back.
    folds: int = 0
    # Digest of each photo that was judged -> its classes' probabilities, before the temperature; of an old file none.
    predictions: dict[str, tuple[float, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """A file has lists where we have tuples, and may have anything where we have numbers, which a page shows.

        Raises TypeError or ValueError for what is no number.
        """
        for name in ("kept_step", "seed", "folds"):
            object.__setattr__(self, name, int(getattr(self, name)))
        for name in ("accuracy", "accuracy_low", "accuracy_high", "first_loss", "kept_loss", "seconds"):
            object.__setattr__(self, name, float(getattr(self, name)))
        photos_ = {str(name): (int(learned), int(held)) for name, (learned, held) in self.photos.items()}
        object.__setattr__(self, "photos", photos_)
        object.__setattr__(self, "confusion", tuple(tuple(int(count) for count in row) for row in self.confusion))
        told = {str(digest): tuple(float(p) for p in row) for digest, row in self.predictions.items()}
        object.__setattr__(self, "predictions", told)

    @property
    def judged(self) -> int:
        """How many photos the accuracy is a share of."""
        return sum(map(sum, self.confusion))


@dataclass(frozen=True)
class Answer:
    """What a classifier says of a photo."""

    label: str  # the most probable class, or `NONE_OF_THESE`
    probabilities: tuple[tuple[str, float], ...]  # of the classes, calibrated, the most probable first
    unknown: bool  # whether it is none of the classes
    distance: float  # from the classes: 0 for a middling photo of theirs; see `evaluation/unknown.py`
    none: float  # how sure it is of that, 0 to 1: at least 1/2 where it is unknown, near 0 for most photos of a class

    def shares(self) -> dict[str, float]:
        """`NONE_OF_THESE` and the classes, which share what it leaves in their proportions; they sum to one."""
        shared = {name: probability * (1 - self.none) for name, probability in self.probabilities}
        return dict(sorted(({NONE_OF_THESE: self.none} | shared).items(), key=lambda pair: -pair[1]))


@dataclass(frozen=True)
class Classifier:
    """A last layer with everything it needs to look at a new photo."""

    head: Head
    classes: tuple[str, ...]
    network: str  # `name` of the network of the features it was taught on
    cuts: tuple[str, ...]
    input_size: int
    report: Report | None = None
    temperature: float = 1.0  # probabilities are softmax(logits / temperature)
    unknown: Unknown | None = None  # what tells that a photo is none of the classes; None: never said
    mirrored: bool = False  # whether features are the mean of the photo's and its mirror image's

    def loaded(self) -> features.Network:
        """The network that it was taught on. Raises DemoError where that is not to be had."""
        return NETWORKS[self.network][0]()

    def features_of(self, images: Sequence[Image.Image], network: features.Network | None = None) -> Tensor:
        """(N, D) features of photos, as they were taken in teaching. Raises DemoError as `loaded` does."""
        network, stored = network or self.loaded(), [photos.stored(image) for image in images]
        groups = [stored[start : start + features.BATCH] for start in range(0, len(stored), features.BATCH)]
        size, mirrored = self.input_size, self.mirrored
        rows = [features.compute(group, network, self.cuts, size=size, mirrored=mirrored) for group in groups]
        return torch.cat(rows)

    def probabilities(self, x: Tensor) -> Tensor:
        """(N, D) features to (N, C) calibrated probabilities of the classes, each row summing to one."""
        return (self.head.logits(x) / self.temperature).softmax(1)

    def is_unknown(self, x: Tensor) -> Tensor:
        """(N, D) features to (N,) bool: whether a photo is none of the classes."""
        if self.unknown is None:
            return torch.zeros(len(x), dtype=torch.bool)
        return self.unknown.distance(x) >= self.unknown.threshold

    def distances(self, x: Tensor) -> Tensor:
        """(N, D) features to (N,): how far from the classes, in thresholds: from 1 on, a photo is none of them.

        All zero where nothing was learned of that.
        """
        return torch.zeros(len(x)) if self.unknown is None else self.unknown.distance(x) / self.unknown.threshold

    def predict(self, image: Image.Image, network: features.Network | None = None) -> list[tuple[str, float]]:
        """(class, probability) of a photo, the most probable first.

        Raises:
            DemoError: the network that it was taught on is not to be had.
        """
        probabilities = self.probabilities(self.features_of([image], network))[0].tolist()
        return sorted(zip(self.classes, probabilities, strict=True), key=lambda pair: -pair[1])

    def answer(self, image: Image.Image, network: features.Network | None = None) -> Answer:
        """What it says of a photo: the most probable class, or `NONE_OF_THESE`. Raises DemoError as `predict` does."""
        x = self.features_of([image], network)
        pairs = sorted(zip(self.classes, self.probabilities(x)[0].tolist(), strict=True), key=lambda pair: -pair[1])
        unknown = bool(self.is_unknown(x)[0])
        if self.unknown is None:
            return Answer(pairs[0][0], tuple(pairs), False, 0.0, 0.0)
        distance, none = float(self.unknown.distance(x)[0]), float(self.unknown.probability(x)[0])
        # Below the threshold it stays below the share of the first class, too: what stands on top is the label.
        none = max(none, 0.5) if unknown else min(none, 0.9 * pairs[0][1] / (1 + pairs[0][1]))
        return Answer(NONE_OF_THESE if unknown else pairs[0][0], tuple(pairs), unknown, distance, none)


def save(classifier: Classifier, path: Path) -> Path:
    """Writes the classifier as one file, and returns its path."""
    head, unknown, size = classifier.head, classifier.unknown, classifier.input_size
    tensors = {"mean": head.mean, "std": head.std, "weight": head.weight, "bias": head.bias}
    tensors |= unknown.tensors() if unknown else {}
    views = "mean of this square and its mirror image; " if classifier.mirrored else ""
    about = {
        "classes": classifier.classes,
        "network": classifier.network,
        "cuts": classifier.cuts,
        "input_size": size,
        "mirrored": classifier.mirrored,
        "temperature": classifier.temperature,
        "threshold": unknown.threshold if unknown else None,
        "preprocessing": f"upright sRGB; a shorter side above {photos.SHORT_SIDE} px shrunk to that (Lanczos); middle "
        f"square to {size} px (antialiased bilinear); RGB 0..1 minus ImageNet's mean, by its standard deviation; "
        f"average and maximum of each channel at the cuts, signed square root; {views}minus mean, by std, to length "
        "one: z; softmax((weight z + bias) / temperature)",
        "report": asdict(classifier.report) if classifier.report else None,
    }
    metadata = {"format": FORMAT, "version": str(VERSION), "classifier": json.dumps(about, ensure_ascii=False)}
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path, metadata)
    return path


def load(path: str | Path) -> Classifier:
    """The classifier in a file that `save` wrote.

    Raises:
        DemoError: another kind of file, damaged, of a newer version, or with tensors that do not fit.
    """
    path = Path(path)
    if not path.is_file():
        raise DemoError("The classifier's file is not there (any more). Choose it again.")
    if path.stat().st_size > MAX_BYTES:
        raise DemoError(
            f"This file is {path.stat().st_size / 1e6:.0f} MB; a classifier has at most 50. Choose another."
        )
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            # Copied: in the file they stand at any address, and sums round by it.
            tensors = {key: file.get_tensor(key).clone() for key in file.keys()}  # noqa: SIM118  (safe_open is no dict)
    except (SafetensorError, OSError, ValueError) as error:
        raise DemoError(
            "This is no classifier of Hidden Layers, or a damaged one. Choose the file you kept."
        ) from error
    if metadata.get("format") != FORMAT:
        raise DemoError("This safetensors file is no classifier of Hidden Layers. Choose the file you kept.")
    if metadata.get("version") not in READABLE:
        raise DemoError(
            f"This classifier has version {metadata.get('version')!r}; this app reads {' and '.join(READABLE)}. "
            "Update the app."
        )
    try:
        return _build(json.loads(metadata["classifier"]), tensors)
    except DemoError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise DemoError(
            "This classifier's file is damaged: its description does not fit. Choose another copy."
        ) from error


def _build(about: dict, tensors: dict[str, torch.Tensor]) -> Classifier:
    """Everything checked against everything else: a file is a stranger's until proved sound."""
    classes = tuple(names.clean_name(name) for name in about["classes"])
    cuts, size = tuple(about["cuts"]), int(about["input_size"])
    known = NETWORKS.get(about["network"], (None, ()))[1]
    if not cuts or not set(cuts) <= set(known) or not 32 <= size <= 512:
        raise ValueError("unknown network, cut or size")
    if not 2 <= len(classes) <= photos.MAX_CLASSES or len({names.key(name) for name in classes}) != len(classes):
        raise ValueError("classes")
    last = {name: tensors.pop(name) for name in ("mean", "std", "weight", "bias")}
    if any(t.dtype != torch.float32 or not torch.isfinite(t).all() for t in last.values()):
        raise ValueError("numbers")
    d = last["mean"].numel()
    shapes = {"mean": (d,), "std": (d,), "weight": (len(classes), d), "bias": (len(classes),)}
    if any(last[name].shape != shape for name, shape in shapes.items()) or bool((last["std"] <= 0).any()):
        raise ValueError("shapes")
    mirrored, temperature = about.get("mirrored", False), float(about.get("temperature", 1.0))
    if not isinstance(mirrored, bool) or not 0.01 <= temperature <= 100:
        raise ValueError("mirror image or temperature")
    unknown = Unknown.of(tensors, about.get("threshold"), d, len(classes))
    values = about.get("report")
    report = None
    if values is not None:
        said = {field: tuple(str(one) for one in values.get(field, ())) for field in ("skipped", "notes")}
        report = Report(**{**values, **said})
        counts, table = [count for pair in report.photos.values() for count in pair], report.confusion
        if tuple(report.photos) != classes or [len(row) for row in table] != [len(classes)] * len(classes):
            raise ValueError("classes of the report")
        if min(counts) < 0 or min(map(min, table)) < 0 or report.judged == 0 or report.folds < 0:
            raise ValueError("counts of the report")
        if any(len(row) != len(classes) for row in report.predictions.values()):
            raise ValueError("predictions of the report")
    head = Head(**last)
    return Classifier(head, classes, about["network"], cuts, size, report, temperature, unknown, mirrored)


def save_for_download(taught: Classifier) -> Path:
    """A file with a name that says what it knows."""
    words = "-".join(names.in_a_file_name(name) for name in taught.classes[:3])
    return save(taught, new_file(f"classifier-{words}.safetensors"))


def as_json(report: Report) -> dict:
    """The report of the API: plain values. The counts are of photos learned from, and of those that were judged.

    With `rounds` above 0 these are the same ones: each was judged once, in a cross-validation of so many rounds.
    """
    return {
        "network": report.network,
        "classes": list(report.photos),
        "counts": {
            name: {"training": learned, "validation": sum(judged)}
            for (name, (learned, _)), judged in zip(report.photos.items(), report.confusion, strict=True)
        },
        "accuracy": report.accuracy,
        "accuracy_95": [report.accuracy_low, report.accuracy_high],
        "validation_loss_first": report.first_loss,
        "validation_loss_kept": report.kept_loss,
        "kept_step": report.kept_step,
        "rounds": report.folds,
        "confusion": [list(row) for row in report.confusion],
        "seconds": round(report.seconds, 3),
        "skipped": list(report.skipped),
        "notes": list(report.notes),
    }
