"""What programs ask of this tab: the functions behind `/teach`, `/recognise`, `/export` ..., for notebooks too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from demos.core.cache import once
from demos.core.images.load import load_image
from demos.core.networks import choice
from demos.transfer.data import archive, example_sets, splits
from demos.transfer.settings import FIRST_SET, HeadConfig

if TYPE_CHECKING:
    from PIL import Image

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

    "none of these" is among them: at 0.5 or more for a photo that is of no class, near 0 for most others.

    Args:
        classifier: its file, or a zip of `/export`; without one, the classifier of the example set answers.
    """
    return _kept(classifier).answer(load_image(image)).shares()


def export(classifier: str | None = None, onnx: bool = True) -> str:
    """Packs a classifier that was taught and kept here into a zip that predicts the same on its own.

    In it: the last layer, the labels, the network where it is ours, `predict.py`, a model card.

    Args:
        classifier: its file, or a zip of this endpoint; without one, the classifier of the example set is packed.
        onnx: with all of it as an ONNX file, too.
    """
    from demos.transfer.export import bundle

    return str(bundle.write(_kept(classifier), onnx=bool(onnx)))


def recognise_many(photos: str | None = None, classifier: str | None = None) -> tuple[str, dict]:
    """Asks a classifier that was taught and kept here for every photo of a zip: a CSV, and the same as JSON.

    Args:
        photos: a zip of photos, or one photo; without one, photos of the example set that were held back.
        classifier: its file, or a zip of `/export`; without one, the classifier of the example set answers.
    """
    from demos.transfer.export import many

    taught = _kept(classifier)
    steps = many.classify([photos], taught) if photos else many.held_back(example_sets.load(FIRST_SET), taught)
    answers = list(steps)[-1]
    return str(many.as_csv(answers)), many.as_json(answers)


def _example() -> Image.Image:
    """The photo of the example set that the page opens with."""
    photo = splits.example(example_sets.load(FIRST_SET))
    assert photo is not None  # photos of every class are held back
    return photo.image


def _kept(classifier: str | None) -> Classifier:
    """The classifier in a kept file or zip, or that of the example set."""
    from demos.transfer.export import kept

    taught = kept.open_kept(classifier).classifier if classifier else first_result().classifier
    assert taught is not None
    return taught


def classify(image: str) -> dict[str, float]:
    """Asks the full VGG16 for ImageNet's five most probable classes of a photo, with their probabilities."""
    from demos.transfer import imagenet

    return dict(imagenet.top5(load_image(image)))


def explain(image: str | None = None, classifier: str | None = None) -> tuple[str, str]:
    """Grad-CAM of a photo: where the evidence for the most probable class lies, as a picture, and that class's name.

    The picture is the square that the network sees, in grey, warmer where more speaks for the class.

    Args:
        image: the photo; without one, a photo of the example set that was held back.
        classifier: its file, or a zip of `/export`; without one, the classifier of the example set answers.
    """
    from demos.transfer.explain import gradcam

    path, name = gradcam.explained(_kept(classifier), load_image(image) if image else _example())
    return str(path), name
