"""Pictures that PSNR calls equal and eyes do not."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from demos.autoencoder import quality

# ---- PSNR lies ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class EqualPsnr:
    """A changed photo, its PSNR in dB and its SSIM."""

    title: str
    picture: Image.Image
    psnr: float
    ssim: float


def equal_psnr(photo: Image.Image, brighter: int = 16, seed: int = 0) -> list[EqualPsnr]:
    """Three pictures of the same PSNR, about 24 dB: one brighter by so many levels, one blurred, one noisy."""
    pixels = np.asarray(photo, np.float32)
    grain = np.random.default_rng(seed).normal(0, 1, pixels.shape)

    def as_picture(values: np.ndarray) -> Image.Image:
        return Image.fromarray(values.clip(0, 255).round().astype(np.uint8))

    first = as_picture(pixels + brighter)
    target = quality.psnr(photo, first)
    ways: dict[str, tuple[Callable[[float], Image.Image], float]] = {
        "Blurred": (lambda x: photo.filter(ImageFilter.GaussianBlur(x)), max(photo.size) / 4),
        "Noisy": (lambda x: as_picture(pixels + x * grain), 255.0),
    }
    pictures = [EqualPsnr("Brighter", first, target, quality.ssim(photo, first))]
    for title, (way, most) in ways.items():
        low, high = 0.0, most
        for _ in range(22):  # the error grows with x: bisect
            middle = (low + high) / 2
            low, high = (middle, high) if quality.psnr(photo, way(middle)) > target else (low, middle)
        picture = way(high)
        pictures.append(EqualPsnr(title, picture, quality.psnr(photo, picture), quality.ssim(photo, picture)))
    return pictures
