"""Files to take home: named by what they know, in folders of their own, and gone after an hour."""

import os
import time
from pathlib import Path

import pytest
import torch

from demos.core import files
from demos.transfer import classifier
from demos.transfer.head import Head


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
