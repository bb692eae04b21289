"""Judging: noise is added to a clean photo, so that every cleaner can be measured; and two ways to be fooled."""

import importlib.util
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from demos.autoencoder import quality
from demos.autoencoder.denoise import network as denoise_network
from demos.autoencoder.denoise import noise, tiles
from demos.core.images import tensors

OURS, NOISY = "our autoencoder", "noisy"
CLEAN = 8.0  # sigma, of 255: a photo with more noise of its own is no truth to measure against; clean ones have under 6
# Takes 8-bit RGB as float32 (H, W, 3) 0..1 and the noise's sigma in 0..1.
Baseline = Callable[[np.ndarray, float], np.ndarray]


@dataclass(frozen=True)
class BaselineResult:
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


@torch.no_grad()
def own_noise(photo: Image.Image, network: denoise_network.Denoiser) -> float:
    """The noise that a photo has before any is added: sigma, of 255, in its plainest quarter, where no texture is."""
    x = tensors.to_tensor(photo)
    height, width = (side - side % network.multiple for side in x.shape[-2:])
    if not height or not width:
        return 0.0
    first = network.first.weight
    found = network.noise_map(x[..., :height, :width].to(first.device, first.dtype))
    return 255 * float(found.flatten().quantile(0.25))


def baselines() -> dict[str, Baseline]:
    """Every rival that is installed; BM3D's package is for non-commercial use, and nobody's duty to have."""
    installed: dict[str, Baseline] = {
        "median 3 x 3": _median,
        "non-local means": _non_local_means,
        "total variation": _total_variation,
    }
    if importlib.util.find_spec("pywt") is not None:
        installed["wavelet"] = _wavelet
    if importlib.util.find_spec("bm3d") is not None:
        installed["BM3D"] = _bm3d
    return installed


def compare(
    photo: Image.Image, kind: str, level: float, network: denoise_network.Denoiser | None, seed: int = 0
) -> Iterator[BaselineResult]:
    """The noisy photo, ours (where there is a network), then each rival; all of them see the same 8-bit pixels."""
    noisy = tensors.to_image(noise.add(tensors.to_tensor(photo), kind, level, seed))
    yield _result(NOISY, photo, noisy, 0.0)
    if network is not None:
        started = time.perf_counter()
        picture = tiles.denoised(noisy, network).picture
        yield _result(OURS, photo, picture, time.perf_counter() - started)
    # All but the median are told the true sigma, which ours has to find out.
    difference = np.asarray(noisy, np.float32) - np.asarray(photo, np.float32)
    pixels, sigma = np.asarray(noisy, np.float32) / 255, max(0.002, float(difference.std()) / 255)
    for name, rival in baselines().items():
        started = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cleaned = rival(pixels, sigma)
        picture = Image.fromarray((np.nan_to_num(cleaned).clip(0, 1) * 255).round().astype(np.uint8))
        yield _result(name, photo, picture, time.perf_counter() - started)


def _result(name: str, photo: Image.Image, picture: Image.Image, seconds: float) -> BaselineResult:
    return BaselineResult(name, picture, seconds, quality.psnr(photo, picture), quality.ssim(photo, picture))
