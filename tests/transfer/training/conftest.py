"""Three classes of eight digits, and the network that looks at them: enough to train something in a second."""

import pytest

from demos.core.networks import vgg
from demos.transfer.data import example_sets
from demos.transfer.data.photos import PhotoSet


@pytest.fixture(scope="session")
def network() -> vgg.VGG16:
    return vgg.load(vgg.POCKET)


@pytest.fixture(scope="session")
def digits() -> PhotoSet:
    whole = example_sets.load("Digits")
    for name in whole.names[3:]:
        whole = whole.remove_class(name)
    return whole.without([p.digest for group in whole.classes for p in group.photos[8:]])
