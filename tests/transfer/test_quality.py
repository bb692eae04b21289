"""How good a taught classifier is on photos that it never saw: floors a little below what the benchmark finds."""

import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from PIL import Image

from demos.core.networks import files as network_files
from demos.core.networks import vgg
from demos.transfer import api, teach
from demos.transfer.classifier import Classifier
from demos.transfer.data.photos import PhotoSet, read
from demos.transfer.evaluation import calibration

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(network_files.find("pocket-vgg16") is None, reason="needs weights/pocket_vgg16.safetensors"),
]
NAMES = ("ants", "bees")


def files(shared: Path, side: str, count: int) -> Iterator[tuple[int, list[Path]]]:
    for label, name in enumerate(NAMES):
        yield label, sorted((shared / "data" / "ants_bees" / side / name).glob("*.jpg"))[:count]


@pytest.fixture(scope="module")
def taught(shared: Path) -> Classifier:
    photo_set = PhotoSet()
    for label, paths in files(shared, "train", 50):
        photo_set = photo_set.add_class(NAMES[label]).add_photos(NAMES[label], [str(path) for path in paths])
    found = list(teach.teach(photo_set, vgg.load(vgg.POCKET)))[-1].classifier
    assert found is not None
    return found


def test_unseen_photos_of_the_classes(taught: Classifier, shared: Path) -> None:
    sides = list(files(shared, "val", 30))
    y = torch.tensor([label for label, paths in sides for _ in paths])
    x = taught.features_of([read(str(path)).image for _, paths in sides for path in paths])
    assert (taught.probabilities(x).argmax(1) == y).float().mean() >= 0.8
    assert taught.is_unknown(x).float().mean() <= 0.25
    assert calibration.expected_error(taught.probabilities(x), y) < 0.15


def test_photos_of_other_things(taught: Classifier, shared: Path) -> None:
    with tarfile.open(shared / "data" / "natural.tar.gz") as archive:
        members = [m for m in archive.getmembers() if m.isfile() and "coco" in m.name][:24]
        images = [read((m.name, archive.extractfile(m).read())).image for m in members]  # type: ignore[union-attr]
    assert taught.is_unknown(taught.features_of(images)).float().mean() >= 0.6


@pytest.mark.parametrize("image", [Image.new("RGB", (300, 200), "white"), Image.effect_noise((200, 200), 90)])
def test_blank_and_noise(taught: Classifier, image: Image.Image) -> None:
    """For what was taught of photos, and for the example set of drawings."""
    example = api.first_result().classifier
    assert example is not None
    assert taught.answer(image.convert("RGB")).unknown
    assert example.answer(image.convert("RGB")).unknown
