"""How far a picture is from another: PSNR and SSIM, on 8-bit RGB pictures of one size."""

import math

import numpy as np
from PIL import Image
from skimage import metrics

from demos.core.errors import DemoError

WINDOW = 7  # px of SSIM's window, scikit-image's default


def psnr(one: Image.Image, two: Image.Image) -> float:
    """Peak signal-to-noise ratio in dB over all pixels and colours: 10 log10(255^2 / mean squared error).

    Raises:
        DemoError: two sizes.
    """
    a, b = _pixels(one, two)
    with np.errstate(divide="ignore"):  # equal pictures: infinite
        return float(metrics.peak_signal_noise_ratio(a, b))


def ssim(one: Image.Image, two: Image.Image) -> float:
    """Structural similarity, the mean over windows of 7 x 7 px and over the colours; 1 for equal pictures.

    Source: Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity" (2004), equation 13,
    with a uniform window and unbiased variances. NaN where no window fits between pictures that differ.

    Raises:
        DemoError: two sizes.
    """
    a, b = _pixels(one, two)
    if min(a.shape[:2]) < WINDOW:
        return 1.0 if np.array_equal(a, b) else math.nan
    return float(metrics.structural_similarity(a, b, channel_axis=2))


def _pixels(one: Image.Image, two: Image.Image) -> tuple[np.ndarray, np.ndarray]:
    """Both as (H, W, 3) bytes."""
    if one.size != two.size:
        sizes = " and ".join(f"{image.width} x {image.height} px" for image in (one, two))
        raise DemoError(f"Pictures of {sizes} cannot be compared. Use two of one size.")
    return np.asarray(one.convert("RGB")), np.asarray(two.convert("RGB"))
