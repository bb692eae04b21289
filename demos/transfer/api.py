"""What programs ask of this tab: the functions behind `/teach`, `/recognise` and `/classify`, for notebooks too."""

from pathlib import Path

from demos.core import arrival, images, vgg
from demos.core.choices import choose
from demos.core.once import once
from demos.transfer import archive, head, keep, readymade, recognise, report, teaching
from demos.transfer import classifier as classifiers
from demos.transfer.classifier import Classifier

FIRST_SET = "Materials"


@once
def first_result() -> teaching.Progress:
    """The first ready-made set, taught on the network that is there at once: what the page opens with."""
    return list(teaching.teach(readymade.get(FIRST_SET), vgg.load(vgg.POCKET)))[-1]


def teach(
    photos: str | Path, network: str = arrival.AUTOMATIC, optimiser: str = "L-BFGS", seed: float = 0
) -> tuple[dict, str]:
    """Teaches the photos of a zip with one folder per class.

    Returns the report (classes, counts, accuracy, losses, seconds, network) and the classifier as one safetensors file.

    Args:
        photos: the zip; folders train/ and val/ around the classes are honoured.
        network: one of `arrival.names()`.
        optimiser: one of `head.OPTIMISERS`.
        seed: decides which photos are held back, and the initial weights.
    """
    config = head.HeadConfig(optimiser=choose(optimiser, head.OPTIMISERS, "optimiser"), seed=int(seed))
    taught = list(teaching.teach(archive.from_zip(photos), arrival.load(network), config))[-1].classifier
    assert taught is not None  # "done" always carries a classifier
    assert taught.report is not None
    return report.as_json(taught.report), str(keep.write(taught))


def recognise_photo(image: str, classifier: str | None = None) -> dict[str, float]:
    """Asks a classifier that was taught and kept here for a photo's classes, with their probabilities.

    Without a file, the classifier of the example set answers.
    """
    taught: Classifier | None = classifiers.load(classifier) if classifier else first_result().classifier
    assert taught is not None
    return dict(taught.predict(images.load(image)))


def classify(image: str) -> dict[str, float]:
    """Asks the full VGG16 for ImageNet's five most probable classes of a photo, with their probabilities."""
    return dict(recognise.top5(images.load(image)))
