"""PSNR and SSIM agree with their definitions."""

import math

import numpy as np
import pytest
from PIL import Image

from demos.autoencoder import quality
from demos.core.errors import DemoError
from demos.core.images.load import fit


@pytest.mark.parametrize("size", [(160, 107), (7, 7), (33, 47)])
@pytest.mark.parametrize("spread", [2, 40])
def test_they_are_what_their_definitions_say(photo: Image.Image, size: tuple[int, int], spread: int) -> None:
    one = photo.resize(size)
    pixels = np.asarray(one) + np.random.default_rng(0).normal(0, spread, (size[1], size[0], 3))
    two = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    a, b = np.asarray(one, np.float64), np.asarray(two, np.float64)
    assert quality.psnr(one, two) == pytest.approx(10 * np.log10(255**2 / ((a - b) ** 2).mean()), abs=1e-9)
    assert quality.ssim(one, two) == pytest.approx(ssim_by_definition(a, b), abs=1e-9)


def ssim_by_definition(a: np.ndarray, b: np.ndarray) -> float:
    """Equation 13 of Wang et al. (2004) in every window of 7 x 7 px of every colour, and their mean."""
    x, y = (np.lib.stride_tricks.sliding_window_view(pixels, (7, 7), (0, 1)) for pixels in (a, b))
    mean_x, mean_y = x.mean((-2, -1)), y.mean((-2, -1))
    covariance = ((x - mean_x[..., None, None]) * (y - mean_y[..., None, None])).sum((-2, -1)) / 48
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    variances = x.var((-2, -1), ddof=1) + y.var((-2, -1), ddof=1)
    values = (2 * mean_x * mean_y + c1) * (2 * covariance + c2) / (mean_x**2 + mean_y**2 + c1) / (variances + c2)
    return float(values.mean())


def test_equal_pictures_are_without_error(photo: Image.Image) -> None:
    assert quality.psnr(photo, photo) == math.inf
    assert quality.ssim(photo, photo) == pytest.approx(1)
    strip = photo.crop((0, 0, 50, 2))
    assert quality.ssim(strip, strip) == 1


def test_two_sizes_are_one_sentence(photo: Image.Image) -> None:
    with pytest.raises(DemoError, match="160 x"):
        quality.psnr(photo, fit(photo, 80))
