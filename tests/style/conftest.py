"""A small VGG16 with random weights and two small pictures: enough for every property but beauty."""

import pytest
import torch
from PIL import Image

from demos.core.data import samples
from demos.core.images.load import fit
from demos.core.networks import vgg


@pytest.fixture(scope="session")
def network() -> vgg.VGG16:
    torch.manual_seed(0)
    return vgg.VGG16((4, 8, 8, 16, 16), name="small").eval().requires_grad_(False)


@pytest.fixture(scope="session")
def photo() -> Image.Image:
    return fit(samples.photo("china"), 200)


@pytest.fixture(scope="session")
def style() -> Image.Image:
    return fit(samples.photo("hubble"), 200)
