"""What was kept comes back as it was; what is hostile, damaged or made for other features is refused in a sentence."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from demos.core.errors import DemoError
from demos.core.networks import vgg
from demos.transfer import classifier as classifiers
from demos.transfer import teach
from demos.transfer.classifier import Classifier
from demos.transfer.data import splits
from demos.transfer.data.photos import PhotoSet
from demos.transfer.evaluation import judged
from demos.transfer.export import bundle, kept


def test_export_and_import_give_equal_logits(taught: Classifier, about: PhotoSet, tmp_path: Path) -> None:
    images = [group.photos[1].image for group in about.classes]
    logits = taught.head.logits(taught.features_of(images))
    for path in (classifiers.save(taught, tmp_path / "one.safetensors"), bundle.write(taught, onnx=False)):
        back = kept.open_kept(path)
        again = back.classifier.head.logits(back.classifier.features_of(images))
        assert float((again - logits).abs().max()) < 1e-5
        assert back.classifier.classes == taught.classes
        assert back.classifier.report == taught.report
        assert back.photo_set.count == 0
        assert back.photo_set.names == taught.classes
        assert kept.is_kept(path)


def test_the_photos_come_back_on_their_sides(taught: Classifier, about: PhotoSet) -> None:
    assert taught.report is not None
    back = kept.open_kept(bundle.write(taught, about, onnx=False)).photo_set
    assert back.names == about.names
    before, after = splits.split(about, taught.report.seed), splits.split(back, taught.report.seed)
    for old, new in zip(before, after, strict=True):
        assert [(p.name, label) for p, label in old] == [(p.name, label) for p, label in new]


@pytest.mark.parametrize("sides", [True, False], ids=["sides", "rounds"])
def test_what_was_said_of_the_photos_comes_back_with_them(taught: Classifier, about: PhotoSet, sides: bool) -> None:
    """The packed photos are JPEGs, whose pixels are others: each is the photo that was judged all the same."""
    if not sides:
        loose = [replace(g, photos=tuple(replace(p, split=None) for p in g.photos)) for g in about.classes]
        about = replace(about, classes=tuple(loose))
        made = list(teach.teach(about, vgg.load(vgg.POCKET)))[-1].classifier
        assert made is not None
        taught = made
    assert taught.report is not None
    assert (taught.report.folds == 0) == sides
    back = kept.open_kept(bundle.write(taught, about, onnx=False))
    told = {(one.photo.name, one.true, one.predicted): one.probabilities for one in judged.judged(about, taught)}
    again = judged.judged(back.photo_set, back.classifier)
    assert {(one.photo.name, one.true, one.predicted): one.probabilities for one in again} == told
    assert len(again) == taught.report.judged


def test_photos_of_which_nothing_is_remembered_are_a_sentence(taught: Classifier, about: PhotoSet) -> None:
    assert taught.report is not None
    strange = replace(taught, report=replace(taught.report, folds=5, predictions={"another": (1.0, 0.0, 0.0)}))
    with pytest.raises(DemoError, match="Teach them again"):
        judged.judged(about, strange)


def rewritten(source: Path, to: Path, **changed: bytes | None) -> Path:
    """A zip with some of its files changed, or without them."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(to, "w") as new:
        for name in old.namelist():
            content = changed.get(name.replace(".", "_"), old.read(name))
            if content is not None:
                new.writestr(name, content)
    return to


def test_a_zip_that_was_unpacked_and_packed_again_comes_back(taught: Classifier, tmp_path: Path) -> None:
    with zipfile.ZipFile(bundle.write(taught, onnx=False)) as old, zipfile.ZipFile(tmp_path / "a.zip", "w") as new:
        for name in old.namelist():
            new.writestr(f"my classifier/{name}", old.read(name))
    assert kept.open_kept(tmp_path / "a.zip").classifier.classes == taught.classes


def test_hostile_and_damaged_zips_are_refused(taught: Classifier, about: PhotoSet, tmp_path: Path) -> None:
    source = bundle.write(taught, about, onnx=False)
    outside = tmp_path / "outside.zip"
    with zipfile.ZipFile(rewritten(source, outside), "a") as archive:
        archive.writestr("../../evil.py", b"x")
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("head.safetensors", bytes(300_000_000))
    cases = {
        outside: "leads outside",
        bomb: "times its size",
        rewritten(source, tmp_path / "torn.zip", head_safetensors=b"torn"): "no classifier of Hidden Layers",
        rewritten(source, tmp_path / "other.zip", network_safetensors=b"other"): "another version of pocket-vgg16",
        rewritten(source, tmp_path / "told.zip", photos_json=b"[{}]"): "photos.json in the zip is damaged",
        rewritten(source, tmp_path / "deep.zip", photos_json=b"[" * 100_000): "photos.json in the zip is damaged",
    }
    for path, words in cases.items():
        with pytest.raises(DemoError, match=words):
            kept.open_kept(path)
    lying = [{"file": "../../etc/passwd", "class": taught.classes[0], "name": "x", "split": "train"}]
    lies = rewritten(source, tmp_path / "lies.zip", photos_json=json.dumps(lying).encode())
    assert kept.open_kept(lies).photo_set.count == 0


def of_network(path: Path, name: str, d: int = 4) -> Path:
    about = {"classes": ["a", "b"], "network": name, "cuts": ["pool5"], "input_size": 160}
    tensors = {"mean": torch.zeros(d), "std": torch.ones(d), "weight": torch.zeros(2, d), "bias": torch.zeros(2)}
    save_file(tensors, path, {"format": classifiers.FORMAT, "version": "2", "classifier": json.dumps(about)})
    return path


def test_a_head_for_other_features_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DemoError, match=r"features of 'resnet50', which is not in this app .*teach its photos here"):
        kept.open_kept(of_network(tmp_path / "a.safetensors", "resnet50"))
    with pytest.raises(DemoError, match="other features than pocket-vgg16 gives here"):
        kept.open_kept(of_network(tmp_path / "b.safetensors", "pocket-vgg16"))
    monkeypatch.setattr(kept.network_files, "available", lambda name: False)
    with pytest.raises(DemoError, match=r"features of 'vgg16', which is not on this machine yet.*59 MB"):
        kept.open_kept(of_network(tmp_path / "c.safetensors", "vgg16"))


def test_a_zip_of_photos_is_no_classifier(tmp_path: Path, taught: Classifier) -> None:
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("cats/1.jpg", b"x")
    assert not kept.is_kept(tmp_path / "photos.zip")
    assert not kept.is_kept(tmp_path / "nothing.zip")
    changed = replace(taught, report=None)
    assert kept.open_kept(classifiers.save(changed, tmp_path / "x.safetensors")).classifier.report is None
