"""Small networks with random weights and two small photos: enough for every property but beauty."""

import pytest
import torch
from PIL import Image
from torch import nn

from demos.autoencoder.compress import network as codec_network
from demos.autoencoder.denoise import network as denoise_network
from demos.core.data import samples
from demos.core.images.load import fit


@pytest.fixture(scope="session")
def denoiser() -> denoise_network.Denoiser:
    torch.manual_seed(0)
    network = denoise_network.Denoiser((8, 12, 16), (1, 1, 1), (8, 2))
    nn.init.kaiming_normal_(network.last.weight)  # a residual that one sees
    network.last.weight.data *= 0.3
    return network.eval().requires_grad_(False)


@pytest.fixture(scope="session")
def small_codec() -> codec_network.Codec:
    torch.manual_seed(0)
    return codec_network.Codec((8, 12, 16), 16, 1).eval().requires_grad_(False)


@pytest.fixture(scope="session")
def photo() -> Image.Image:
    return fit(samples.photo("china"), 160)
