"""How far a picture is from another: PSNR and SSIM, on 8-bit RGB pictures of one size."""

import math

import numpy as np
from PIL import Image
from scipy.ndimage import uniform_filter

from demos.core.errors import DemoError

WINDOW = 7  # px of SSIM's window, as in scikit-image


def psnr(one: Image.Image, two: Image.Image) -> float:
    """Peak signal-to-noise ratio in dB over all pixels and colours: 10 log10(255^2 / mean squared error)."""
    a, b = _pixels(one, two)
    error = float(np.mean((a - b) ** 2))
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


def ssim(one: Image.Image, two: Image.Image) -> float:
    """Structural similarity, the mean over windows of 7 x 7 px and over the colours; 1 for equal pictures.

    Source: Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity" (2004), equation 13,
    with a uniform window and unbiased variances, as `skimage.metrics.structural_similarity` has it.
    """
    a, b = _pixels(one, two)
    if min(a.shape[:2]) < WINDOW:
        return 1.0 if np.array_equal(a, b) else math.nan  # no window fits
    return float(np.mean([_one_channel(a[..., k], b[..., k]) for k in range(3)]))


def _one_channel(a: np.ndarray, b: np.ndarray) -> float:
    count = WINDOW**2
    unbiased = count / (count - 1)
    mean_a, mean_b = uniform_filter(a, WINDOW), uniform_filter(b, WINDOW)
    var_a = unbiased * (uniform_filter(a * a, WINDOW) - mean_a**2)
    var_b = unbiased * (uniform_filter(b * b, WINDOW) - mean_b**2)
    both = unbiased * (uniform_filter(a * b, WINDOW) - mean_a * mean_b)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    found = (2 * mean_a * mean_b + c1) * (2 * both + c2) / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))
    rim = WINDOW // 2
    return float(found[rim:-rim, rim:-rim].mean())


def _pixels(one: Image.Image, two: Image.Image) -> tuple[np.ndarray, np.ndarray]:
    if one.size != two.size:
        sizes = " and ".join(f"{image.width} x {image.height} px" for image in (one, two))
        raise DemoError(f"Pictures of {sizes} cannot be compared. Use two of one size.")
    return np.asarray(one.convert("RGB"), np.float64), np.asarray(two.convert("RGB"), np.float64)
