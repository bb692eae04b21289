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
from scipy.ndimage import gaussian_filter, sobel

from demos.autoencoder.denoise import network as denoise_network
from demos.core.errors import DemoError
from demos.core.networks import files as network_files
from demos.core.networks import shipped

NETWORK = "denoiser"  # in the catalogue
TILE, MARGIN = 384, 64  # px of a tile's middle, and around it; multiples of every denoiser's `multiple`
# Chosen on training photos for the shipped network: python -m benchmarks.autoencoder --fit-estimate
FAINT = denoise_network.Faint(times=1.3, under=8, until=12)
SAMPLED_TILES = 20  # tiles whose noise is estimated beforehand: as long as cleaning one, so that Stop does not wait
EDGES = 0.4  # correlation of what was taken away with the edges from which on the page says so


@dataclass(frozen=True)
class DenoiseSettings:
    """How strongly a photo is denoised."""

    strength: float = 1.0  # 0 gives the photo; up to 1 a share of the residual; above 1 more noise than was estimated

    def check(self) -> None:
        """Raises DemoError for a strength that there is not."""
        if not 0 <= self.strength <= denoise_network.STRONGEST:
            raise DemoError(
                f"A strength of {self.strength:g} is out of range. Choose one from 0 to {denoise_network.STRONGEST:g}."
            )


@dataclass(frozen=True)
class DenoiseStep:
    """A run so far; `picture` is the photo with the tiles cleaned that are done."""

    index: int
    total: int
    seconds: float
    picture: Image.Image
    sigma: float  # estimated standard deviation of the noise over the tiles done, of 255


@torch.no_grad()
def denoise_tiles(
    photo: Image.Image, network: denoise_network.Denoiser, settings: DenoiseSettings | None = None, tile: int = TILE
) -> Iterator[DenoiseStep]:
    """Cleans tile by tile; the last step has all of it. Closing the generator stops within one tile."""
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
    yield DenoiseStep(0, len(places), 0.0, photo, 0.0)  # claims the run before anything heavy
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
        yield DenoiseStep(index, len(places), time.monotonic() - started, Image.fromarray(result.copy()), sigma)


def denoised(
    photo: Image.Image, network: denoise_network.Denoiser, settings: DenoiseSettings | None = None
) -> DenoiseStep:
    """The run to its end."""
    return list(denoise_tiles(photo, network, settings))[-1]


# ---- what was taken away --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Residual:
    """What was taken away."""

    picture: Image.Image  # grey is nothing
    gain: float  # how many times it is enlarged
    edges: float  # correlation of its strength with the edges' strength, -1..1

    @property
    def holds_edges(self) -> bool:
        """Whether it is as strong where edges are that detail must have gone."""
        return self.edges > EDGES


def residual(photo: Image.Image, result: Image.Image) -> Residual:
    """Photo minus result. Noise knows nothing of the photo: where it is as strong as the edges are, it is detail."""
    before, after = (np.asarray(image.convert("RGB"), np.float32) for image in (photo, result))
    difference = before - after
    spread = float(difference.std())
    gain = min(20.0, 40 / spread) if spread > 0 else 1.0
    picture = Image.fromarray((128 + gain * difference).clip(0, 255).astype(np.uint8))
    grey = after.mean(2)
    edges = gaussian_filter(np.hypot(sobel(grey, 0), sobel(grey, 1)), 2)
    strength = np.sqrt(gaussian_filter((difference**2).mean(2), 2))
    flat = edges.std() < 1e-3 or strength.std() < 1e-3
    return Residual(picture, gain, 0.0 if flat else float(np.corrcoef(edges.ravel(), strength.ravel())[0, 1]))


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
