"""A classifier to take home: a zip that predicts what the page did, and comes back as what it was.

head.safetensors     the last layer, as `classifier.save` writes it
labels.json          the classes
network.safetensors  the network of the features, where it is ours (the full VGG16 is fetched from the Hub)
predict.py           runs on its own on photos and folders
README.md            the model card
model.onnx           where asked for: features and last layer in one
photos/, photos.json where asked for: the photos, at the size that the networks look at
"""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from demos.core import device
from demos.core.errors import DemoError
from demos.core.files import new_file
from demos.core.networks import files as network_files
from demos.transfer import classifier as classifiers
from demos.transfer.classifier import Classifier
from demos.transfer.data import names, splits
from demos.transfer.data.photos import PhotoSet
from demos.transfer.export import card

PREDICT = Path(__file__).with_name("predict.py")
HEAD, PHOTOS = "head.safetensors", "photos.json"
QUALITY = 90  # of the photos' JPEGs


@dataclass(frozen=True)
class Packing:
    """How far the packing is."""

    doing: str
    path: Path | None = None  # of the zip, at the end
    files: tuple[tuple[str, int], ...] = ()  # (name, bytes) of what is in it; photos/ as one


def pack(taught: Classifier, about: PhotoSet | None = None, *, onnx: bool = True) -> Iterator[Packing]:
    """Writes the zip; the last step has its path.

    Args:
        about: the photos that it was taught on, where they are to go with it.
        onnx: with `model.onnx`, which doubles the zip.

    Raises:
        DemoError: the network of the features is not here.
    """
    words = "-".join(names.in_a_file_name(name) for name in taught.classes[:3])
    path = new_file(f"classifier-{words}.zip")
    photos = list(_photos(taught, about)) if about else []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:  # weights and photos do not get smaller
        yield Packing("Packing the last layer and the network")
        archive.write(classifiers.save(taught, path.with_name(HEAD)), HEAD)
        path.with_name(HEAD).unlink()
        if taught.network != "vgg16":
            archive.write(network_files.path(taught.network), "network.safetensors")
        archive.writestr("labels.json", card.labels(taught, precision()))
        archive.writestr("predict.py", PREDICT.read_text(encoding="utf-8"))
        archive.writestr("README.md", card.write(taught, onnx, len(photos)))
        if onnx:
            yield Packing("Writing the ONNX file")
            from demos.transfer.export import onnx_file

            archive.write(onnx_file.write(taught, path.with_name("model.onnx")), "model.onnx")
            path.with_name("model.onnx").unlink()
        if photos:
            yield Packing(f"Packing {len(photos)} photos")
            for about_photo, content in photos:
                archive.writestr(about_photo["file"], content)
            archive.writestr(PHOTOS, json.dumps([told for told, _ in photos], ensure_ascii=False, indent=1))
    with zipfile.ZipFile(path) as archive:
        sizes: dict[str, int] = {}
        for member in archive.infolist():
            shown = "photos/" if member.filename.startswith("photos/") else member.filename
            sizes[shown] = sizes.get(shown, 0) + member.file_size
    yield Packing("Packed", path, tuple(sizes.items()))


def precision() -> str:
    """What `predict.py` is to compute in so that it rounds as the page did; GPUs' float16 has no place on a CPU."""
    name = str(device.current().dtype).removeprefix("torch.")
    return name if name == "bfloat16" else "float32"


def _photos(taught: Classifier, about: PhotoSet) -> Iterator[tuple[dict, bytes]]:
    """Each photo's (description, JPEG). Sides go along: a JPEG's pixels would be split in another way."""
    report = taught.report
    train, validation = splits.split(about, report.seed, report.folds) if report else splits.split(about)
    sides = [
        *((photo, label, None if report and report.folds else "train") for photo, label in train),
        *((p, label, "validation") for p, label in validation),
    ]
    for number, (photo, label, side) in enumerate(sides, start=1):
        file = io.BytesIO()
        photo.image.save(file, "JPEG", quality=QUALITY)
        told = {"file": f"photos/{number:04}.jpg", "class": about.names[label], "name": photo.name, "split": side}
        told["digest"] = photo.digest  # a JPEG's pixels are others: under this one its answer is remembered
        yield told, file.getvalue()


def write(taught: Classifier, about: PhotoSet | None = None, *, onnx: bool = True) -> Path:
    """`pack` in one go: the zip's path."""
    path = list(pack(taught, about, onnx=onnx))[-1].path
    if path is None:
        raise DemoError("Nothing was packed. Try again.")
    return path
