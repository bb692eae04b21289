"""Judging: noise is added to a clean photo, so that every cleaner can be measured; and two ways to be fooled."""

import importlib.util
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from demos.autoencoder import denoise, measures, networks, noise
from demos.core import images

OURS, NOISY = "our autoencoder", "noisy"
# Takes 8-bit RGB as float32 (H, W, 3) 0..1 and the noise's sigma in 0..1.
Rival = Callable[[np.ndarray, float], np.ndarray]


@dataclass(frozen=True)
class Judged:
    """One cleaner's picture and figures against the clean photo."""

    name: str
    picture: Image.Image
    seconds: float
    psnr: float
    ssim: float


def _median(noisy: np.ndarray, sigma: float) -> np.ndarray:
    from scipy.ndimage import median_filter

    return median_filter(noisy, (3, 3, 1))


def _non_local_means(noisy: np.ndarray, sigma: float) -> np.ndarray:
    from skimage.restoration import denoise_nl_means

    return denoise_nl_means(
        noisy, patch_size=5, patch_distance=6, h=0.6 * sigma, sigma=sigma, fast_mode=True, channel_axis=2
    )


def _wavelet(noisy: np.ndarray, sigma: float) -> np.ndarray:
    from skimage.restoration import denoise_wavelet

    return denoise_wavelet(noisy, sigma=sigma, convert2ycbcr=True, rescale_sigma=True, channel_axis=2)


def _total_variation(noisy: np.ndarray, sigma: float) -> np.ndarray:
    from skimage.restoration import denoise_tv_chambolle

    return denoise_tv_chambolle(noisy, weight=max(0.005, 1.1 * sigma), channel_axis=2)


def _bm3d(noisy: np.ndarray, sigma: float) -> np.ndarray:
    from bm3d import bm3d_rgb

    return bm3d_rgb(noisy, sigma)


def rivals() -> dict[str, Rival]:
    """Every rival that is installed; BM3D's package is for non-commercial use, and nobody's duty to have."""
    found: dict[str, Rival] = {
        "median 3 x 3": _median,
        "non-local means": _non_local_means,
        "total variation": _total_variation,
    }
    if importlib.util.find_spec("pywt") is not None:
        found["wavelet"] = _wavelet
    if importlib.util.find_spec("bm3d") is not None:
        found["BM3D"] = _bm3d
    return found


def judge(
    photo: Image.Image, kind: str, level: float, network: networks.Denoiser | None, seed: int = 0
) -> Iterator[Judged]:
    """The noisy photo, ours (where there is a network), then each rival; all of them see the same 8-bit pixels."""
    noisy = images.to_image(noise.add(images.to_tensor(photo), kind, level, seed))
    yield _judged(NOISY, photo, noisy, 0.0)
    if network is not None:
        started = time.perf_counter()
        picture = denoise.cleaned(noisy, network).picture
        yield _judged(OURS, photo, picture, time.perf_counter() - started)
    difference = np.asarray(noisy, np.float32) - np.asarray(photo, np.float32)
    # The rivals are told the true sigma, which ours has to find out.
    pixels, sigma = np.asarray(noisy, np.float32) / 255, max(0.002, float(difference.std()) / 255)
    for name, rival in rivals().items():
        started = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = rival(pixels, sigma)
        picture = Image.fromarray((np.nan_to_num(found).clip(0, 1) * 255).round().astype(np.uint8))
        yield _judged(name, photo, picture, time.perf_counter() - started)


def _judged(name: str, photo: Image.Image, picture: Image.Image, seconds: float) -> Judged:
    return Judged(name, picture, seconds, measures.psnr(photo, picture), measures.ssim(photo, picture))


# ---- PSNR lies ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lie:
    title: str
    picture: Image.Image
    psnr: float
    ssim: float


def equal_psnr(photo: Image.Image, brighter: int = 16, seed: int = 0) -> list[Lie]:
    """Three pictures of the same PSNR, about 24 dB: one brighter by so many levels, one blurred, one noisy."""
    pixels = np.asarray(photo, np.float32)
    grain = np.random.default_rng(seed).normal(0, 1, pixels.shape)

    def as_picture(values: np.ndarray) -> Image.Image:
        return Image.fromarray(values.clip(0, 255).round().astype(np.uint8))

    first = as_picture(pixels + brighter)
    target = measures.psnr(photo, first)
    ways: dict[str, tuple[Callable[[float], Image.Image], float]] = {
        "Blurred": (lambda x: photo.filter(ImageFilter.GaussianBlur(x)), max(photo.size) / 4),
        "Noisy": (lambda x: as_picture(pixels + x * grain), 255.0),
    }
    found = [Lie("Brighter", first, target, measures.ssim(photo, first))]
    for title, (way, most) in ways.items():
        low, high = 0.0, most
        for _ in range(22):  # the error grows with x: bisect
            middle = (low + high) / 2
            low, high = (middle, high) if measures.psnr(photo, way(middle)) > target else (low, middle)
        picture = way(high)
        found.append(Lie(title, picture, measures.psnr(photo, picture), measures.ssim(photo, picture)))
    return found


# ---- the hallucination test -----------------------------------------------------------------------------------------


def chart(width: int = 640, height: int = 480) -> Image.Image:
    """A drawn resolution chart: a star, bars that grow finer, and text that grows smaller."""
    image = Image.new("RGB", (width, height), (235, 233, 226))
    draw = ImageDraw.Draw(image)
    centre, radius = (150, 150), 130
    box = (centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius)
    for i in range(36):
        draw.pieslice(box, 10 * i, 10 * i + 5, fill=(25, 25, 30))
    x = 310
    for period in (16, 12, 8, 6, 4, 3, 2):
        for i in range(4):
            left = x + i * period
            draw.rectangle((left, 30, left + period // 2 - 1 + period % 2, 130), fill=(25, 25, 30))
        x += 4 * period + 12
    for i, colour in enumerate([(180, 40, 40), (40, 140, 60), (40, 70, 170), (210, 160, 30)]):
        draw.rectangle((310 + 75 * i, 160, 370 + 75 * i, 280), fill=colour)
        draw.ellipse((325 + 75 * i, 190, 355 + 75 * i, 250), fill=(120, 120, 120))
    y = 300
    for size in (32, 24, 18, 14, 11, 9, 7):
        text = "Nothing is here that was not drawn: 0683 5 S B 8"
        draw.text((20, y), text, (25, 25, 30), font=ImageFont.load_default(size))
        y += size + 6
    return image
