"""Files to take home: named by what they know, in folders of their own, and gone after an hour."""

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from demos.core import device, files
from demos.core.errors import DemoError
from demos.core.networks import vgg
from demos.transfer import classifier
from demos.transfer.evaluation import unknown
from demos.transfer.head import Head
from demos.transfer.settings import NONE_OF_THESE


@pytest.fixture
def taught() -> classifier.Classifier:
    head = Head(torch.zeros(4), torch.ones(4), torch.zeros(2, 4), torch.zeros(2))
    return classifier.Classifier(head, ("my cat", "../../x"), "pocket-vgg16", ("pool5",), 224)


def test_a_file_is_named_by_its_classes_and_stays_in_its_folder(
    taught: classifier.Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "FOLDER", tmp_path)
    one, two = classifier.save_for_download(taught), classifier.save_for_download(taught)
    assert one.name == two.name == "classifier-mycat-x.safetensors"
    assert one.parent != two.parent
    assert one.parent.parent == tmp_path
    assert classifier.load(one).classes == taught.classes


def test_old_files_are_forgotten(
    taught: classifier.Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "FOLDER", tmp_path)
    old = classifier.save_for_download(taught)
    os.utime(old.parent, (time.time() - 4000,) * 2)
    new = classifier.save_for_download(taught)
    assert not old.exists()
    assert new.exists()


# ---- temperature, none of these, and the files of both versions ------------------------------------------------------

PHOTO = Image.effect_noise((90, 60), 60).convert("RGB")


@pytest.fixture(scope="module")
def network() -> vgg.VGG16:
    torch.manual_seed(3)
    return device.current().place(vgg.VGG16((4, 4, 4, 4, 8), name=vgg.POCKET, input_size=64))


@pytest.fixture
def whole() -> classifier.Classifier:
    random = torch.Generator().manual_seed(0)
    x = torch.randn(30, 16, generator=random) + 3 * (torch.arange(30) % 2)[:, None]
    head = Head(x.mean(0), x.std(0), torch.randn(2, 16, generator=random), torch.zeros(2))
    refusal = unknown.learn(x, torch.arange(30) % 2, torch.randn(20, 16, generator=random) * 5)
    return classifier.Classifier(head, ("cat", "dog"), "pocket-vgg16", ("pool5",), 96, None, 1.7, refusal, True)


def test_the_file_holds_temperature_none_of_these_and_the_mirror_image(
    whole: classifier.Classifier, network: vgg.VGG16, tmp_path: Path
) -> None:
    back = classifier.load(classifier.save(whole, tmp_path / "c.safetensors"))
    assert (back.temperature, back.mirrored, back.input_size) == (1.7, True, 96)
    assert back.answer(PHOTO, network) == whole.answer(PHOTO, network)
    x = whole.features_of([PHOTO] * 11, network)
    assert x.shape == (11, 16)
    assert torch.equal(back.is_unknown(x), whole.is_unknown(x))


def test_a_file_of_version_1_answers_as_it_did(
    whole: classifier.Classifier, network: vgg.VGG16, tmp_path: Path
) -> None:
    """Without mirror image, temperature and threshold, at the size that it names: written down by hand."""
    head = whole.head
    tensors = {"mean": head.mean, "std": head.std, "weight": head.weight, "bias": head.bias}
    about = {"classes": ["cat", "dog"], "network": "pocket-vgg16", "cuts": ["pool5"], "input_size": 64}
    path = tmp_path / "old.safetensors"
    save_file(tensors, path, {"format": classifier.FORMAT, "version": "1", "classifier": json.dumps(about)})
    old = classifier.load(path)
    square = PHOTO.crop((15, 0, 75, 60)).resize((64, 64), Image.Resampling.BILINEAR)
    pixels = torch.tensor(list(square.getdata())).float().T.reshape(1, 3, 64, 64) / 255
    with torch.no_grad():
        at = network.features(pixels.expand(8, -1, -1, -1), ["pool5"])["pool5"].float()[:1]
    x = torch.cat([at.mean((2, 3)), at.amax((2, 3))], 1).sqrt()
    torch.testing.assert_close(old.features_of([PHOTO], network), x, atol=2e-2, rtol=1e-2)
    expected = head.logits(x).softmax(1)[0, 0].item()
    assert dict(old.predict(PHOTO, network))["cat"] == pytest.approx(expected, abs=0.02)
    assert not old.answer(PHOTO, network).unknown


def test_none_of_these_stands_on_top_exactly_where_it_is_said(whole: classifier.Classifier, network: vgg.VGG16) -> None:
    assert whole.unknown is not None
    distance = whole.answer(PHOTO, network).distance
    for edge, refused in ((abs(distance) * 2 + 1, False), (max(1e-3, distance / 2), distance > 0)):
        said = replace(whole, unknown=replace(whole.unknown, threshold=edge)).answer(PHOTO, network)
        shares = said.shares()
        assert said.unknown == refused
        assert said.label == next(iter(shares))
        assert (said.label == NONE_OF_THESE) == (shares[NONE_OF_THESE] >= 0.5) == refused
        assert sum(shares.values()) == pytest.approx(1, abs=1e-5)
        first, second = (shares[name] for name, _ in said.probabilities)
        assert first / second == pytest.approx(said.probabilities[0][1] / said.probabilities[1][1], rel=1e-4)


def test_damaged_values_are_refused(whole: classifier.Classifier, tmp_path: Path) -> None:
    good = classifier.save(whole, tmp_path / "good.safetensors")
    with classifier.safe_open(good, "pt") as file:
        about = json.loads(file.metadata()["classifier"])
    tensors = load_file(good)
    bad: list[tuple[dict, dict]] = [
        ({}, {"temperature": 0}), ({}, {"temperature": float("nan")}), ({}, {"temperature": "hot"}),
        ({}, {"mirrored": "yes"}), ({}, {"threshold": None}), ({}, {"threshold": -1.0}), ({}, {"threshold": [1]}),
        ({"unknown.gain": -tensors["unknown.gain"]}, {}), ({"unknown.std": torch.zeros(16)}, {}),
        ({"unknown.centres": torch.zeros(3, 16)}, {}), ({"unknown.more": torch.zeros(1)}, {}),
    ]  # fmt: skip
    for torn, said in bad:
        path, note = tmp_path / "bad.safetensors", json.dumps(about | said)
        save_file(tensors | torn, path, {"format": classifier.FORMAT, "version": "2", "classifier": note})
        with pytest.raises(DemoError, match="damaged"):
            classifier.load(path)


@pytest.mark.parametrize(
    "change",
    [
        {"kept_step": "<img src=x onerror=alert(1)>"},
        {"folds": "<b>"},
        {"folds": -1},
        {"accuracy": "high"},
        {"photos": {"a": ["<b>", 1], "b": [1, 1]}},
        {"photos": {"a": [1, 1]}},
        {"confusion": [[0, 0], [0, 0]]},
        {"confusion": [[1]]},
        {"confusion": [[1, "<b>"], [0, 1]]},
        {"predictions": {"x": [1.0]}},
    ],
)
def test_a_report_of_a_strangers_file_has_numbers_that_fit_or_is_refused(change: dict, tmp_path: Path) -> None:
    """It is shown on the page: what is no number there may be anything."""
    head = Head(torch.zeros(4), torch.ones(4), torch.zeros(2, 4), torch.zeros(2))
    report = classifier.Report(
        "pocket-vgg16", {"a": (2, 1), "b": (2, 1)}, 1.0, 0.3, 1.0, 0.7, 0.1, 3, ((1, 0), (0, 1)), 1.0
    )
    sound = classifier.Classifier(head, ("a", "b"), "pocket-vgg16", ("pool5",), 224, report)
    path = classifier.save(sound, tmp_path / "c.safetensors")
    assert classifier.load(path).report == report
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    about = json.loads(metadata["classifier"])
    about["report"] |= change
    save_file(load_file(path), path, metadata | {"classifier": json.dumps(about)})
    with pytest.raises(DemoError, match="does not fit"):
        classifier.load(path)
