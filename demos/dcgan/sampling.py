"""Latent vectors from a seed, and sheets of pictures from them.

The numbers are drawn on the CPU in one order, whatever device the generator runs on: the same seed gives the same
pictures everywhere, within the rounding of that device's precision.
"""

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from demos.core.errors import DemoError
from demos.core.images import recipe, sheets, tensors
from demos.core.images.load import square_crop
from demos.dcgan.pretrained import Gan
from demos.dcgan.settings import MOST, TRUNCATIONS

SEEDS = 2**31
KEY = "hidden-layers-dcgan"  # of the text chunk of a kept sheet


def latents(seed: int, count: int, latent: int, truncation: float = TRUNCATIONS[1]) -> Tensor:
    """(count, latent) numbers of a normal distribution cut off at +-`truncation` standard deviations.

    Cut off by way of the distribution's quantiles, so that a vector moves smoothly as the truncation changes, and the
    first pictures of a sheet stay what they are when more are asked for. Truncation: Brock et al., "BigGAN" (2019),
    section 3.1, who draw again instead.

    Raises:
        DemoError: a count, a truncation or a seed out of range.
    """
    if not 1 <= count <= MOST:
        raise DemoError(f"A sheet of {count} pictures cannot be made. Ask for 1 to {MOST}.")
    if not TRUNCATIONS[0] <= truncation <= TRUNCATIONS[1]:
        raise DemoError(
            f"A truncation of {truncation:g} is out of range. Choose one from {TRUNCATIONS[0]:g} (all alike) to "
            f"{TRUNCATIONS[1]:g} (all there is)."
        )
    if not 0 <= seed < SEEDS:
        raise DemoError(f"{seed} cannot be a seed. Choose a whole number from 0 to {SEEDS - 1}.")
    uniform = torch.rand(MOST, latent, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)[:count]
    outside = 0.5 * math.erfc(truncation / math.sqrt(2))  # the share beyond the cut, on one side
    return torch.special.ndtri((outside + uniform * (1 - 2 * outside)).clamp(1e-12, 1 - 1e-12)).float()


def usual_length(latent: int, truncation: float) -> float:
    """The root mean square length of vectors of `latent` numbers cut off at +-`truncation`; about 10 for 100, uncut."""
    density = math.exp(-(truncation**2) / 2) / math.sqrt(2 * math.pi)
    return math.sqrt(latent * (1 - 2 * truncation * density / math.erf(truncation / math.sqrt(2))))


# ---- sheets ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sheet:
    """Pictures with the latent vectors that they came from. Plain arrays: a visitor's state lies on the CPU."""

    gan: str
    z: np.ndarray  # (N, latent) float32
    pixels: np.ndarray  # (N, size, size, 3) bytes
    scores: tuple[float, ...] = ()  # the discriminator's, 0..1; () where there is none
    chosen: int = 0
    seed: int = 0
    truncation: float = TRUNCATIONS[1]
    # How far the nearest real photo is, 1 being usual between real ones (see `explore/nearest.py`); () for unknown.
    distances: tuple[float, ...] = ()
    best_first: bool = False  # whether the pictures are in the order of these

    def __len__(self) -> int:
        return len(self.z)

    def picture(self, index: int | None = None) -> Image.Image:
        """The chosen picture, or another."""
        return Image.fromarray(self.pixels[self.chosen if index is None else index])

    def latent(self, index: int | None = None) -> Tensor:
        """(1, latent): the chosen picture's, or another's."""
        return torch.from_numpy(self.z[self.chosen if index is None else index])[None]

    def choose(self, index: int) -> "Sheet":
        """The same sheet with the picture nearest to `index` chosen."""
        return replace(self, chosen=max(0, min(int(index), len(self) - 1)))


def sheet(gan: Gan, seed: int = 0, count: int = 16, truncation: float = TRUNCATIONS[1]) -> Sheet:
    """`count` pictures of a generator, in the order of their latent vectors."""
    return sheet_from_latents(gan, latents(seed, count, gan.latent, truncation), seed=seed, truncation=truncation)


def sheet_from_latents(gan: Gan, z: Tensor, **settings: float) -> Sheet:
    """The sheet of given latent vectors (N, latent)."""
    pictures = generate(gan, z)
    drawn = Sheet(gan.name, z.numpy(), as_bytes(pictures), tuple(realness(gan, pictures) or ()))
    return replace(drawn, **settings)  # type: ignore[arg-type]


def as_bytes(pictures: Tensor) -> np.ndarray:
    """(N, 3, H, W) in 0..1 to (N, H, W, 3) bytes."""
    return pictures.mul(255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()


def target(gan: Gan, photo: Image.Image) -> Tensor:
    """A visitor's photo as the generator would have it: (1, 3, size, size), RGB 0..1; grey where it makes grey."""
    square = tensors.to_tensor(square_crop(photo, gan.config.shape.size))
    return square.mean(1, keepdim=True).expand(-1, 3, -1, -1) if gan.config.shape.channels == 1 else square


# ---- sheets to take home --------------------------------------------------------------------------------------------


def write_png(sheet: Sheet) -> Path:
    """The sheet, twice as large, as a PNG with its settings inside."""
    settings = {"model": sheet.gan, "seed": sheet.seed, "count": len(sheet), "truncation": sheet.truncation}
    settings["best_first"] = sheet.best_first
    return recipe.write(sheets.contact_sheet(sheet.pixels), KEY, settings, "dreamt.png")


def read_settings(path: str | Path) -> tuple[str, int, int, float, bool]:
    """(model, seed, count, truncation, best first) inside a PNG that was kept here.

    Raises:
        DemoError: not a picture, or one without (sound) settings.
    """
    name, seed, count, truncation, best_first = recipe.read(
        path, KEY, _settings,
        missing="Drop a sheet that was kept here, as the file itself.", instead="Dream up a new sheet.",
    )  # fmt: skip
    latents(seed, count, 1, truncation)  # raises for what is out of range
    return name, seed, count, truncation, best_first


def _settings(values: dict[str, Any]) -> tuple[str, int, int, float, bool]:
    name, seed, count = str(values["model"])[:100], int(values["seed"]), int(values["count"])
    return name, seed, count, float(values["truncation"]), values.get("best_first") is True


# ---- pictures -------------------------------------------------------------------------------------------------------


@torch.inference_mode()
def generate(gan: Gan, z: Tensor) -> Tensor:
    """Latent vectors (N, latent) to pictures (N, 3, size, size), RGB 0..1, float32 on the CPU; one pass for all."""
    weight = next(gan.folded_generator.parameters())
    return to_rgb01(gan.folded_generator(z.to(weight.device, weight.dtype)))


def to_rgb01(pictures: Tensor) -> Tensor:
    """A generator's pictures (N, C, H, W) in -1..1 as (N, 3, H, W) in 0..1, float32 on the CPU."""
    return (pictures.detach().float().cpu() * 0.5 + 0.5).clamp(0, 1).expand(-1, 3, -1, -1)


@torch.inference_mode()
def realness(gan: Gan, pictures: Tensor) -> list[float] | None:
    """How sure the discriminator is that each is a photo, 0..1; None where there is none.

    Args:
        pictures: (N, 3, size, size), RGB 0..1.
    """
    if gan.discriminator is None:
        return None
    return torch.sigmoid(gan.discriminator(to_network_range(gan, pictures))).tolist()


def to_network_range(gan: Gan, pictures: Tensor) -> Tensor:
    """Pictures (N, 3, size, size) in 0..1 as the networks have them: their channels, -1..1."""
    if gan.config.shape.channels == 1:
        pictures = pictures.mean(1, keepdim=True)
    return pictures.float().cpu() * 2 - 1
