"""Noise of every kind, on photos (N, 3, H, W) RGB 0..1; what comes out is float32 and, where sensors clip, clipped.

The five of a textbook stand in `KINDS`. `camera` follows a photo through a camera instead (as Brooks et al.,
"Unprocessing Images for Learned Raw Denoising", 2019, do): light is counted behind a Bayer filter, the colours in
between are guessed, and the picture is bent, shrunk and saved as JPEG. Such noise is correlated and signal-dependent,
and denoisers that know only Gaussian noise leave it where it is.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from demos.core.errors import DemoError

GAMMA = 2.2


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
    return torch.stack([_through_jpeg(one, round(quality)) for one in photo]).to(photo.device)


def _through_jpeg(photo: Tensor, quality: int) -> Tensor:
    pixels = photo.detach().clamp(0, 1).mul(255).round().byte().permute(1, 2, 0).cpu().numpy()
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    with Image.open(file) as image:
        return torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255


def _normal(photo: Tensor, random: torch.Generator) -> Tensor:
    return torch.randn(photo.shape, generator=random).to(photo.device)


@dataclass(frozen=True)
class Kind:
    """A textbook noise, its level's meaning, and the levels that make sense."""

    add: Callable[[Tensor, float, torch.Generator], Tensor]
    level: str
    lowest: float
    highest: float
    usual: float


KINDS: dict[str, Kind] = {
    "Gaussian": Kind(gaussian, "sigma, of 255", 0, 75, 25),
    "Salt and pepper": Kind(salt_and_pepper, "per cent of the pixels", 0, 50, 5),
    "Poisson": Kind(poisson, "photons of white", 2, 255, 40),
    "Speckle": Kind(speckle, "per cent of the brightness", 0, 75, 20),
    "JPEG": Kind(jpeg, "quality", 1, 95, 15),
}


def add(photo: Tensor, kind: str, level: float, seed: int = 0) -> Tensor:
    """A textbook noise; the same seed gives the same noise.

    Raises:
        DemoError: no such kind, or a level out of its range.
    """
    if kind not in KINDS:
        raise DemoError(f"There is no noise called {kind!r}. There are: {', '.join(KINDS)}.")
    found = KINDS[kind]
    if not found.lowest <= level <= found.highest:
        raise DemoError(
            f"{kind} noise of {level:g} ({found.level}) cannot be made. "
            f"Choose from {found.lowest:g} to {found.highest:g}."
        )
    return found.add(photo, level, torch.Generator().manual_seed(seed))


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
        strength, ratio, red, blue, mosaic, soften, quality = torch.rand(7, generator=random).tolist()
        shot = 10 ** (-4.3 + 2.3 * strength)
        return cls(
            shot=shot,
            read=(shot * 10 ** (-1.5 + 1.5 * ratio)) ** 0.5 * 0.3,
            gains=(1.2 + 1.2 * red, 1.2 + 1.0 * blue),
            mosaic=mosaic < 0.8,
            soften=max(0.0, 1.6 * soften - 0.8),
            quality=0 if quality < 0.2 else round(60 + 45 * (quality - 0.2)),
        )


def camera(photo: Tensor, taken: Camera, random: torch.Generator) -> Tensor:
    """One photo (1, 3, H, W) taken once more, by that camera; H and W even."""
    light = photo.clamp(0, 1) ** GAMMA
    gains = torch.tensor([taken.gains[0], 1.0, taken.gains[1]], device=photo.device).view(1, 3, 1, 1)
    raw = light / gains
    noisy = raw + (taken.shot * raw + taken.read**2).sqrt() * _normal(photo, random)
    if taken.mosaic:
        noisy = demosaicked(noisy)
    picture = (noisy * gains).clamp(0, 1)
    if taken.soften > 0:
        picture = _blurred(picture, taken.soften)
    picture = picture ** (1 / GAMMA)
    if taken.soften > 0:  # what is smooth in the photo is not to be sharpened: only the noise is the camera's
        picture = picture + photo - _blurred(light, taken.soften).clamp(0, 1) ** (1 / GAMMA)
    return jpeg(picture, taken.quality) if taken.quality else picture.clamp(0, 1)


def real_looking(photos: Tensor, random: torch.Generator) -> Tensor:
    """Each photo by a camera of its own."""
    return torch.cat([camera(photo[None], Camera.drawn(random), random) for photo in photos])


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


def _blurred(x: Tensor, sigma: float) -> Tensor:
    reach = max(1, round(2.5 * sigma))
    line = torch.exp(-0.5 * (torch.arange(-reach, reach + 1, device=x.device) / sigma) ** 2)
    line = (line / line.sum()).to(x.dtype)
    padded = F.pad(x, (reach,) * 4, mode="replicate")
    across = F.conv2d(padded, line.view(1, 1, 1, -1).expand(3, 1, 1, -1), groups=3)
    return F.conv2d(across, line.view(1, 1, -1, 1).expand(3, 1, -1, 1), groups=3)


def noise_level_map(difference: Tensor, window: int = 17) -> Tensor:
    """The noise map that training asks for: local root mean square of noisy minus clean, at half size.

    (N, 3, H, W) to (N, 1, H/2, W/2); known for any noise, however it came about.
    """
    power = F.avg_pool2d(difference.square().mean(1, keepdim=True), 2)
    return F.avg_pool2d(power, window, 1, window // 2, count_include_pad=False).sqrt()
