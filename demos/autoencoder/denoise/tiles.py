"""Cleaning a photo of any size: tile by tile, with what was found and what was taken away.

Tiles overlap by more than the network looks around, and only their middles are kept: no seam shows, and memory does not
grow with the photo.
"""

import math
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from demos.autoencoder import limits, memory
from demos.autoencoder.denoise import network as denoise_network
from demos.core.networks import files as network_files
from demos.core.networks import shipped

NETWORK = "denoiser"  # in the catalogue
TILE, MARGIN = 384, 64  # px of a tile's middle, and around it; multiples of every denoiser's `multiple`
# Chosen on training photos for the shipped network: python -m benchmarks.autoencoder --fit-estimate
FAINT = denoise_network.Faint(times=1.3, under=8, until=12)
SAMPLED_TILES = 20  # tiles whose noise is estimated beforehand: as long as cleaning one, so that Stop does not wait


@dataclass(frozen=True)
class DenoiseSettings:
    """How strongly a photo is denoised."""

    strength: float = 1.0  # 0 gives the photo; up to 1 a share of the residual; above 1 more noise than was estimated

    def check(self) -> None:
        """Raises DemoError for a strength that there is not."""
        limits.STRENGTH.checked(self.strength)


@dataclass(frozen=True)
class DenoiseStep:
    """A run so far: the photo with the tiles cleaned that are done, as later steps of the run will change it."""

    index: int
    total: int
    seconds: float
    pixels: np.ndarray  # (H, W, 3) bytes, one array for all steps: a copy for each tile would be gigabytes
    sigma: float  # estimated standard deviation of the noise over the tiles done, of 255

    @property
    def picture(self) -> Image.Image:
        """A copy of the whole as it is now."""
        return Image.fromarray(self.pixels)

    def preview(self, longest: int) -> Image.Image:
        """A copy whose longer side has at most so many px, made of every second, third ... pixel."""
        every = -(-max(self.pixels.shape[:2]) // longest)
        return Image.fromarray(np.ascontiguousarray(self.pixels[::every, ::every]))


@torch.no_grad()
def denoise_tiles(
    photo: Image.Image, network: denoise_network.Denoiser, settings: DenoiseSettings | None = None, tile: int = TILE
) -> Iterator[DenoiseStep]:
    """Cleans tile by tile; the last step has all of it. Closing the generator stops within one tile.

    A photo of 12 megapixels takes 0.3 GB beside the network's work on one tile, which is given back at the end.
    """
    settings = settings or DenoiseSettings()
    settings.check()
    where, dtype = network.first.weight.device, network.first.weight.dtype
    pixels = np.asarray(photo.convert("RGB"))
    height, width = pixels.shape[:2]
    below, right = -height % network.multiple, -width % network.multiple
    # The photo goes on as in a mirror, edge pixels twice: works down to a single row.
    padded = np.pad(pixels, ((0, below), (0, right), (0, 0)), mode="symmetric")
    result, power, area = pixels.copy(), 0.0, 0
    places = [(top, left) for top in range(0, height, tile) for left in range(0, width, tile)]
    yield DenoiseStep(0, len(places), 0.0, result, 0.0)  # claims the run before anything heavy
    started = time.monotonic()

    def cut_at(top: int, left: int) -> tuple[int, int, torch.Tensor]:
        y, x = max(0, top - MARGIN), max(0, left - MARGIN)
        cut = padded[y : top + tile + MARGIN, x : left + tile + MARGIN]
        batch = torch.from_numpy(cut.copy()).permute(2, 0, 1)[None].to(where, torch.float32) / 255
        return y, x, batch.to(dtype).contiguous(memory_format=torch.channels_last)

    limit = None
    if network.faint is not None and len(places) > 1:  # one limit from the whole photo: no tile differs
        sampled = random.Random(0).sample(places, min(len(places), SAMPLED_TILES))
        maps = (network.noise_map(cut_at(*place)[2])[..., ::4, ::4].flatten() for place in sampled)
        limit = network.faint.limit(torch.cat(list(maps))[None])
    try:
        for index, (top, left) in enumerate(places, 1):
            y, x, batch = cut_at(top, left)
            output = network(batch, settings.strength, limit=limit)
            bottom, end = min(top + tile, height), min(left + tile, width)
            middle = output.picture[0, :, top - y : bottom - y, left - x : end - x]
            if settings.strength > 0:
                eight_bits = middle.clamp(0, 1).mul(255).round().byte()
                result[top:bottom, left:end] = eight_bits.permute(1, 2, 0).cpu().numpy()
            noise = output.noise[0, 0, (top - y) // 2 : (bottom - y + 1) // 2, (left - x) // 2 : (end - x + 1) // 2]
            power, area = power + float(noise.square().sum()), area + noise.numel()
            sigma = 255 * math.sqrt(power / area)
            yield DenoiseStep(index, len(places), time.monotonic() - started, result, sigma)

    finally:
        memory.give_back()


def denoised(
    photo: Image.Image, network: denoise_network.Denoiser, settings: DenoiseSettings | None = None
) -> DenoiseStep:
    """The run to its end."""
    *_, last = denoise_tiles(photo, network, settings)
    return last


# ---- the trained network --------------------------------------------------------------------------------------------


def available() -> bool:
    """Whether the denoiser can be had now."""
    return network_files.available(NETWORK)


def load() -> denoise_network.Denoiser:
    """The shipped denoiser, frozen, on the chosen device in its fast precision; built once per process and shared.

    Raises:
        DemoError: the file is missing, damaged or not a denoiser.
    """
    return shipped.network(NETWORK, _build)


def _build(tensors: dict[str, torch.Tensor], metadata: dict[str, str]) -> denoise_network.Denoiser:
    network = denoise_network.build(tensors, metadata)
    network.faint = FAINT
    return network
