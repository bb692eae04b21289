"""A classifier with its photos, taught once: the example set's first three classes."""

from dataclasses import replace

import pytest

from demos.core.networks import files as network_files
from demos.core.networks import vgg
from demos.transfer import teach
from demos.transfer.classifier import Classifier
from demos.transfer.data import example_sets
from demos.transfer.data.photos import PhotoSet


@pytest.fixture(scope="session")
def about() -> PhotoSet:
    things = example_sets.load("Things")
    return replace(things, classes=tuple(replace(group, photos=group.photos[:8]) for group in things.classes[:3]))


@pytest.fixture(scope="session")
def taught(about: PhotoSet) -> Classifier:
    if network_files.find("pocket-vgg16") is None:
        pytest.skip("needs weights/pocket_vgg16.safetensors")
    made = list(teach.teach(about, vgg.load(vgg.POCKET)))[-1].classifier
    assert made is not None
    return made
