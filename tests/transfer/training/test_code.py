"""The program on the page is run as it stands, and finds the layer of the run."""

import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from demos.core.networks import vgg
from demos.transfer import teach
from demos.transfer.data import archive, example_sets
from demos.transfer.data.photos import PhotoSet
from demos.transfer.settings import HeadConfig
from demos.transfer.training import code
from tests.server import ROOT


@pytest.fixture(scope="module")
def few() -> PhotoSet:
    """Three classes of eight photos."""
    whole = example_sets.load("Things")
    return _first(whole, list(whole.names[:3]), 6)


def _first(whole: PhotoSet, names: list[str], count: int) -> PhotoSet:
    gone = [p.digest for group in whole.classes for i, p in enumerate(group.photos) if i >= count]
    for name in set(whole.names) - set(names):
        whole = whole.remove_class(name)
    return whole.without(gone)


@pytest.fixture(scope="module")
def alone(few: PhotoSet) -> PhotoSet:
    """The same without sides: they are judged in rounds."""
    classes = [replace(g, photos=tuple(replace(p, split=None) for p in g.photos)) for g in few.classes]
    return replace(few, classes=tuple(classes))


@pytest.mark.parametrize(
    "config",
    [
        HeadConfig(seed=3),
        HeadConfig(optimiser="Adam", batch_size=8, dropout=0.2, initialisation="Zero", steps=12, weight_decay=0.01),
        HeadConfig(optimiser="SGD", views=2, initialisation="Normal, deviation 1/√n", steps=15, learning_rate=2),
    ],
    ids=["as the page opens", "adam in batches", "sgd on views"],
)
def test_the_very_text_finds_the_same_layer(
    few: PhotoSet,
    config: HeadConfig,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    taught = list(teach.teach(few, vgg.load(vgg.POCKET), config))[-1].classifier
    assert taught is not None
    assert taught.report is not None
    program = code.as_code(config, taught)
    assert "demos" not in program
    written = [line for line in program.splitlines() if line and not line.startswith("#")]
    assert sum(code.count(program)) == len(written)
    if config == HeadConfig(seed=3):
        assert code.count(program) == (8, 12, 19)
    found = _run(program, code.as_folder(few, taught), tmp_path, monkeypatch)
    torch.testing.assert_close(found["weight"], taught.head.weight, atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(found["bias"], taught.head.bias, atol=1e-3, rtol=1e-3)
    assert found["best"] == taught.report.kept_step
    photos = [photo.image for photo in _held_back(few, config.seed)]
    ours = taught.probabilities(taught.features_of(photos))
    torch.testing.assert_close(found["probabilities"], ours, atol=1e-3, rtol=0)
    assert f"{round(taught.report.accuracy * len(photos))} of {len(photos)} held-back photos" in capsys.readouterr().out


@pytest.mark.parametrize(
    "config",
    [HeadConfig(seed=2), HeadConfig(optimiser="SGD", views=1, steps=15, learning_rate=2)],
    ids=["plain", "sgd"],
)
def test_the_very_text_finds_the_layer_of_the_rounds(
    alone: PhotoSet, config: HeadConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes as many epochs as the rounds chose, on all photos."""
    taught = list(teach.teach(alone, vgg.load(vgg.POCKET), config))[-1].classifier
    assert taught is not None
    assert taught.report is not None
    assert taught.report.folds == 5
    found = _run(code.as_code(config, taught), code.as_folder(alone, taught), tmp_path, monkeypatch)
    torch.testing.assert_close(found["weight"].detach(), taught.head.weight, atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(found["bias"].detach(), taught.head.bias, atol=1e-3, rtol=1e-3)
    assert found["best"] == taught.report.kept_step
    assert len(found["y"]) == alone.count * (1 + config.views)


def _run(program: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict:
    """What the program's names are after it has run beside its photos and weights."""
    with zipfile.ZipFile(folder) as file:
        file.extractall(tmp_path)
    (tmp_path / "weights").mkdir()
    shutil.copy(ROOT / "weights/pocket_vgg16.safetensors", tmp_path / "weights")
    monkeypatch.chdir(tmp_path)
    found: dict = {"__name__": "__main__"}
    exec(compile(program, "program.py", "exec"), found)
    return found


def _held_back(photo_set: PhotoSet, seed: int) -> list:
    from demos.transfer.data import splits

    return [photo for photo, _ in splits.split(photo_set, seed)[1]]


def test_the_folder_is_a_zip_that_can_be_dropped_here(few: PhotoSet) -> None:
    """The sides are those of the run, and no pixel has changed."""
    taught = list(teach.teach(few, vgg.load(vgg.POCKET)))[-1].classifier
    assert taught is not None
    back = archive.from_zip(code.as_folder(few, taught))
    assert back.count == few.count
    theirs = {photo.digest for group in back.classes for photo in group.photos if photo.split == "validation"}
    assert theirs == {photo.digest for photo in _held_back(few, 0)}


def test_the_program_of_the_real_network_compiles() -> None:
    torch.manual_seed(0)
    taught = list(teach.teach(_first(example_sets.load("Things"), ["apple", "fish"], 4), vgg.load(vgg.POCKET)))[-1]
    assert taught.classifier is not None

    class Real(type(taught.classifier)):  # type: ignore[misc]
        def loaded(self) -> vgg.VGG16:
            return vgg.VGG16()

    real = Real(**vars(taught.classifier))
    program = code.as_code(HeadConfig(), real)
    compile(program, "program.py", "exec")
    assert "timm/vgg16.tv_in1k" in program
