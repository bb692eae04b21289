"""PSNR and SSIM agree with scikit-image."""

import math

import numpy as np
import pytest
from PIL import Image
from skimage import metrics

from demos.autoencoder import quality
from demos.core.errors import DemoError
from demos.core.images.load import fit


@pytest.mark.parametrize("size", [(160, 107), (7, 7), (33, 47)])
@pytest.mark.parametrize("spread", [2, 40])
def test_they_agree_with_scikit_image(photo: Image.Image, size: tuple[int, int], spread: int) -> None:
    one = photo.resize(size)
    pixels = np.asarray(one) + np.random.default_rng(0).normal(0, spread, (size[1], size[0], 3))
    two = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    a, b = np.asarray(one), np.asarray(two)
    assert quality.psnr(one, two) == pytest.approx(metrics.peak_signal_noise_ratio(a, b), abs=1e-9)
    expected = metrics.structural_similarity(a, b, channel_axis=2)
    assert quality.ssim(one, two) == pytest.approx(expected, abs=1e-9)


def test_equal_pictures_are_without_error(photo: Image.Image) -> None:
    assert quality.psnr(photo, photo) == math.inf
    assert quality.ssim(photo, photo) == pytest.approx(1)
    strip = photo.crop((0, 0, 50, 2))
    assert quality.ssim(strip, strip) == 1


def test_two_sizes_are_one_sentence(photo: Image.Image) -> None:
    with pytest.raises(DemoError, match="160 x"):
        quality.psnr(photo, fit(photo, 80))
