"""Noise of every kind, on photos (N, 3, H, W) RGB 0..1; what comes out is float32 and, where sensors clip, clipped.

The five of a textbook stand in `KINDS`. `camera` follows a photo through a camera instead (as Brooks et al.,
"Unprocessing Images for Learned Raw Denoising", 2019, do): light is counted behind a Bayer filter, the colours in
between are guessed, and the picture is bent, shrunk and saved as JPEG. Such noise is correlated and signal-dependent,
and denoisers that know only Gaussian noise leave it where it is. `cameras` does so for a batch at once, on the device
that trains, with as many cameras as photos; JPEG and blur are then tensor operations instead of torchvision's.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.transforms.v2 import functional as transforms

from demos.autoencoder.denoise import batched_jpeg
from demos.autoencoder.limits import LEVELS
from demos.core.errors import DemoError
from demos.core.numbers import Real

GAMMA = 2.2
SOFTEST, REACH = 0.8, 2  # px: a drawn camera's smoothing at most, and how far it looks


def gaussian(photo: Tensor, sigma: float, random: torch.Generator) -> Tensor:
    """Adds N(0, sigma^2), sigma in 0..255. Not clipped: the papers' convention, and what sigma means."""
    return photo + sigma / 255 * _normal(photo, random)


def salt_and_pepper(photo: Tensor, percent: float, random: torch.Generator) -> Tensor:
    """So many per cent of the pixels become black or white."""
    chance = torch.rand(photo[:, :1].shape, generator=random).to(photo.device)
    share = percent / 100
    noisy = torch.where(chance < share / 2, torch.zeros_like(photo), photo)
    return torch.where(chance > 1 - share / 2, torch.ones_like(photo), noisy)


def poisson(photo: Tensor, photons: float, random: torch.Generator) -> Tensor:
    """Light as a camera counts it: white is so many photons, and a count of n varies by the root of n."""
    counts = torch.poisson((photo.clamp(0, 1) * photons).cpu(), generator=random).to(photo.device)
    return (counts / photons).clamp(0, 1)


def speckle(photo: Tensor, percent: float, random: torch.Generator) -> Tensor:
    """Noise in proportion to the brightness, as radar and ultrasound have it."""
    return (photo * (1 + percent / 100 * _normal(photo, random))).clamp(0, 1)


def jpeg(photo: Tensor, quality: float, random: torch.Generator | None = None) -> Tensor:
    """Saved as a JPEG and opened again. Nothing is drawn: the argument is there for the others' sake."""
    pixels = photo.detach().clamp(0, 1).mul(255).round().byte().cpu()
    return transforms.jpeg(pixels, round(quality)).to(photo.device).float() / 255


def _normal(photo: Tensor, random: torch.Generator) -> Tensor:
    return torch.randn(photo.shape, generator=random).to(photo.device)


@dataclass(frozen=True)
class Kind:
    """A textbook noise, its level's meaning, and the levels that make sense."""

    add: Callable[[Tensor, float, torch.Generator], Tensor]
    level: str
    limit: Real


KINDS: dict[str, Kind] = {
    "Gaussian": Kind(gaussian, "sigma, of 255", LEVELS["Gaussian"]),
    "Salt and pepper": Kind(salt_and_pepper, "per cent of the pixels", LEVELS["Salt and pepper"]),
    "Poisson": Kind(poisson, "photons of white", LEVELS["Poisson"]),
    "Speckle": Kind(speckle, "per cent of the brightness", LEVELS["Speckle"]),
    "JPEG": Kind(jpeg, "quality", LEVELS["JPEG"]),
}


def add(photo: Tensor, kind: str, level: float, seed: int = 0) -> Tensor:
    """A textbook noise; the same seed gives the same noise.

    Raises:
        DemoError: no such kind, or a level out of its range.
    """
    if kind not in KINDS:
        raise DemoError(f"There is no noise called {kind!r}. There are: {', '.join(KINDS)}.")
    chosen = KINDS[kind]
    level = chosen.limit.checked(level)
    return chosen.add(photo, level, torch.Generator().manual_seed(seed))


# ---- as a camera makes it -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Camera:
    """How a photo was taken; `drawn` gives a plausible one."""

    shot: float  # variance per unit of light (Poisson)
    read: float  # standard deviation of the electronics (Gaussian), light being 0..1
    gains: tuple[float, float]  # of red and blue, by the white balance
    mosaic: bool  # behind a Bayer filter
    soften: float  # standard deviation in px of the camera's own smoothing; 0 is none
    quality: int  # of the JPEG; 0 is none

    @classmethod
    def drawn(cls, random: torch.Generator) -> "Camera":
        """A plausible one, drawn on the CPU."""
        drawn = Cameras.drawn(torch.rand(1, Cameras.UNIFORMS, generator=random))
        return cls(
            shot=float(drawn.shot),
            read=float(drawn.read),
            gains=(float(drawn.gains[0, 0]), float(drawn.gains[0, 2])),
            mosaic=bool(drawn.mosaic),
            soften=float(drawn.soften),
            quality=int(drawn.quality),
        )


@dataclass(frozen=True)
class Cameras:
    """How each of N photos was taken: `Camera`'s fields, one value for each photo, on the photos' device."""

    UNIFORMS: ClassVar[int] = 7

    shot: Tensor  # (N, 1, 1, 1)
    read: Tensor  # (N, 1, 1, 1)
    gains: Tensor  # (N, 3, 1, 1), green's being 1
    mosaic: Tensor  # (N, 1, 1, 1) bool
    soften: Tensor  # (N, 1, 1, 1), at most SOFTEST
    quality: Tensor  # (N, 1, 1, 1), whole numbers

    @classmethod
    def drawn(cls, uniforms: Tensor) -> "Cameras":
        """Plausible ones, out of random numbers (N, UNIFORMS) in [0, 1)."""
        strength, ratio, red, blue, mosaic, soften, quality = uniforms[..., None, None, None].unbind(1)
        shot = 10 ** (-4.3 + 2.3 * strength)
        return cls(
            shot=shot,
            read=(shot * 10 ** (-1.5 + 1.5 * ratio)).sqrt() * 0.3,
            gains=torch.cat([1.2 + 1.2 * red, torch.ones_like(red), 1.2 + 1.0 * blue], 1),
            mosaic=mosaic < 0.8,
            soften=(2 * SOFTEST * soften - SOFTEST).clamp_min(0),
            quality=torch.where(quality < 0.2, torch.zeros_like(quality), (60 + 45 * (quality - 0.2)).round()),
        )


def camera(photo: Tensor, taken: Camera, random: torch.Generator) -> Tensor:
    """One photo (1, 3, H, W), RGB 0..1, taken once more by that camera; float32 in 0..1."""
    gains = torch.tensor([taken.gains[0], 1.0, taken.gains[1]], device=photo.device).view(1, 3, 1, 1)

    def blur(x: Tensor) -> Tensor:
        side = 2 * max(REACH, math.ceil(2.5 * taken.soften)) + 1
        return transforms.gaussian_blur(x, [side, side], [taken.soften, taken.soften]) if taken.soften > 0 else x

    exposed = _exposed(photo, taken.shot, taken.read, gains, _normal(photo, random))
    picture = _developed(photo, demosaicked(exposed) if taken.mosaic else exposed, gains, blur)
    return jpeg(picture, taken.quality) if taken.quality else picture


@torch.no_grad()
def cameras(photos: Tensor, taken: Cameras, normal: Tensor) -> Tensor:
    """Each photo taken once more by a camera of its own, without waiting for the device.

    Args:
        photos: (N, 3, H, W), RGB 0..1.
        taken: N cameras.
        normal: (N, 3, H, W) standard normal numbers.

    Returns:
        (N, 3, H, W) float32 in 0..1: `camera` of each photo, up to the rounding of the JPEG.
    """
    with torch.autocast(photos.device.type, enabled=False):  # bfloat16 would add a noise of its own
        exposed = _exposed(photos, taken.shot, taken.read, taken.gains, normal)
        exposed = torch.where(taken.mosaic, demosaicked(exposed), exposed)
        picture = _developed(photos, exposed, taken.gains, lambda x: blurred(x, taken.soften))
        compressed = batched_jpeg.compress(picture, taken.quality.flatten().clamp_min(1))
        return torch.where(taken.quality > 0, compressed, picture)


def _exposed(photo: Tensor, shot: Tensor | float, read: Tensor | float, gains: Tensor, normal: Tensor) -> Tensor:
    """The sensor's light (N, 3, H, W), noise and all, before the white balance; noise need not stay in 0..1."""
    raw = photo.clamp(0, 1) ** GAMMA / gains
    return raw + (shot * raw + read**2).sqrt() * normal


def _developed(photo: Tensor, exposed: Tensor, gains: Tensor, blur: Callable[[Tensor], Tensor]) -> Tensor:
    """The picture (N, 3, H, W) in 0..1 that a camera makes of the exposed sensor, smoothing by `blur`."""
    picture = blur((exposed * gains).clamp(0, 1)) ** (1 / GAMMA)
    # What is smooth in the photo is not to be sharpened: only the noise is the camera's.
    photo = photo.clamp(0, 1)
    return (picture + photo - blur(photo**GAMMA).clamp(0, 1) ** (1 / GAMMA)).clamp(0, 1)


def blurred(x: Tensor, sigma: Tensor) -> Tensor:
    """Photos (N, C, H, W), H and W over `REACH`, smoothed by a normal curve of `sigma` (N, 1, 1, 1), 0..SOFTEST px."""
    places = torch.arange(-REACH, REACH + 1, device=x.device)
    weights = torch.exp(-0.5 * (places / sigma.clamp_min(1e-3)) ** 2)  # (N, 1, 1, 2 REACH + 1)
    shares = (weights / weights.sum(3, keepdim=True)).split(1, 3)
    height, width = x.shape[2:]
    padded = F.pad(x, (REACH,) * 4, mode="reflect")
    across = torch.stack([share * padded[..., i : i + width] for i, share in enumerate(shares)]).sum(0)
    return torch.stack([share * across[..., i : i + height, :] for i, share in enumerate(shares)]).sum(0)


def demosaicked(light: Tensor) -> Tensor:
    """(N, 3, H, W) seen through a Bayer filter (RGGB), the missing colours interpolated: neighbours share noise."""
    mask = torch.zeros_like(light)
    mask[:, 0, 0::2, 0::2] = 1
    mask[:, 1, 0::2, 1::2] = 1
    mask[:, 1, 1::2, 0::2] = 1
    mask[:, 2, 1::2, 1::2] = 1
    kernel = light.new_tensor([[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]]).expand(3, 1, 3, 3)
    seen, weight = (F.conv2d(x, kernel, padding=1, groups=3) for x in (light * mask, mask))
    return torch.where(mask > 0, light, seen / weight)


def noise_level_map(difference: Tensor, window: int = 17) -> Tensor:
    """The noise map that training asks for: local root mean square of noisy minus clean, at half size.

    (N, 3, H, W) to (N, 1, H/2, W/2); known for any noise, however it came about.
    """
    power = F.avg_pool2d(difference.square().mean(1, keepdim=True), 2)
    return F.avg_pool2d(power, window, 1, window // 2, count_include_pad=False).sqrt()
