"""What programs ask of this tab: the functions behind `/teach`, `/recognise` and `/classify`, for notebooks too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from demos.core.cache import once
from demos.core.images.load import load_image
from demos.core.networks import choice
from demos.transfer.data import archive, example_sets
from demos.transfer.settings import FIRST_SET, HeadConfig

if TYPE_CHECKING:
    from demos.transfer import teach as transfer_teach
    from demos.transfer.classifier import Classifier


@once
def first_result() -> transfer_teach.Progress:
    """The first ready-made set, taught on the network that is there at once: what the page opens with."""
    from demos.core.networks import vgg
    from demos.transfer import teach as transfer_teach

    return list(transfer_teach.teach(example_sets.load(FIRST_SET), vgg.load(vgg.POCKET)))[-1]


def teach(
    photos: str | Path, network: str = choice.AUTOMATIC, optimiser: str = "L-BFGS", seed: int = 0
) -> tuple[dict, str]:
    """Teaches the photos of a zip with one folder per class.

    Returns the report (classes, counts, accuracy, losses, seconds, network, what was left out, notes) and the
    classifier as one safetensors file.

    Args:
        photos: the zip; folders train/ and val/ around the classes are honoured.
        network: one of `choice.names_for_features()`.
        optimiser: one of `settings.OPTIMISERS`.
        seed: decides which photos are held back, and the initial weights; 0 to 2,147,483,647.
    """
    from demos.transfer import classifier as transfer_classifier
    from demos.transfer import teach as transfer_teach

    config = HeadConfig(optimiser=optimiser, seed=seed)  # checked where the teaching begins
    taught = list(transfer_teach.teach(archive.from_zip(photos), choice.load_for_features(network), config))[
        -1
    ].classifier
    assert taught is not None  # "done" always carries a classifier
    assert taught.report is not None
    return transfer_classifier.as_json(taught.report), str(transfer_classifier.save_for_download(taught))


def recognise_photo(image: str, classifier: str | None = None) -> dict[str, float]:
    """Asks a classifier that was taught and kept here for a photo's classes, with their probabilities.

    Without a file, the classifier of the example set answers.
    """
    from demos.transfer import classifier as transfer_classifier

    taught: Classifier | None = transfer_classifier.load(classifier) if classifier else first_result().classifier
    assert taught is not None
    return dict(taught.predict(load_image(image)))


def classify(image: str) -> dict[str, float]:
    """Asks the full VGG16 for ImageNet's five most probable classes of a photo, with their probabilities."""
    from demos.transfer import imagenet

    return dict(imagenet.top5(load_image(image)))
