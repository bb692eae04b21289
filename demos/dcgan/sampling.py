"""Latent vectors from a seed, and sheets of pictures from them.

The numbers are drawn on the CPU in one order, whatever device the generator runs on: the same seed gives the same
pictures everywhere, within the rounding of that device's precision.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from demos.core.errors import DemoError
from demos.core.images import recipe, sheets, tensors
from demos.core.images.load import square_crop
from demos.dcgan import file_format
from demos.dcgan.pretrained import Gan
from demos.dcgan.settings import MOST, TRUNCATIONS

SEEDS = 2**31
CUT = 3.0  # standard deviations; 0.3 % of a normal distribution's numbers lie further out
KEY, FORMAT = "hidden-layers-dcgan", 2  # of the text chunk of a kept sheet
FURTHEST_OUT = 100.0  # what no number of a latent vector is


def latents(seed: int, count: int, latent: int) -> Tensor:
    """(count, latent) numbers of a normal distribution, none further out than +-3 standard deviations.

    Drawn by way of the distribution's quantiles, so that the first pictures of a sheet stay what they are when more
    are asked for.

    Raises:
        DemoError: a count or a seed out of range.
    """
    if not 1 <= count <= MOST:
        raise DemoError(f"A sheet of {count} pictures cannot be made. Ask for 1 to {MOST}.")
    if not 0 <= seed < SEEDS:
        raise DemoError(f"{seed} cannot be a seed. Choose a whole number from 0 to {SEEDS - 1}.")
    uniform = torch.rand(MOST, latent, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)[:count]
    outside = 0.5 * math.erfc(CUT / math.sqrt(2))  # the share beyond the cut, on one side
    return torch.special.ndtri((outside + uniform * (1 - 2 * outside)).clamp(1e-12, 1 - 1e-12)).float()


# ---- truncation -----------------------------------------------------------------------------------------------------


def good(gan: Gan) -> Tensor:
    """(8, latent): vectors whose pictures look most real, by their numbers in the generator's config.

    Number n is the vector n % 64 of seed n // 64. A generator whose config names none has the first eight of seed 0:
    truncated, its pictures are alike, but nobody has looked whether they are good.
    """
    numbers = gan.config.good or range(file_format.GOOD)
    return torch.stack([latents(number // MOST, MOST, gan.latent)[number % MOST] for number in numbers])


def truncate(z: Tensor, truncation: float, towards: Tensor) -> Tensor:
    """Latent vectors (N, latent), each mixed with the one of `towards` (M, latent) whose direction is nearest.

    psi z + sqrt(1 - psi^2) c, c as long as z, and the sum brought to that length, too: the generator was trained on
    the shell where normal vectors lie (`explore/interpolate.py`). The truncation of Brock et al., "BigGAN" (2019),
    section 3.1, which allows small numbers only, leaves that shell, and a DCGAN's pictures turn grey there. Towards a
    good vector instead of zero: Karras et al., "StyleGAN" (2019), appendix B, towards the mean of w.

    Raises:
        DemoError: a truncation out of range.
    """
    if not TRUNCATIONS[0] <= truncation <= TRUNCATIONS[1]:
        raise DemoError(
            f"A truncation of {truncation:g} is out of range. Choose one from {TRUNCATIONS[0]:g} (safe and alike) to "
            f"{TRUNCATIONS[1]:g} (all there is)."
        )
    if truncation == 1:
        return z
    length, directions = z.norm(dim=1, keepdim=True), torch.nn.functional.normalize(towards, dim=1)
    nearest = directions[(z @ directions.T).argmax(1)]  # (N, latent)
    mixed = truncation * z + math.sqrt(1 - truncation**2) * length * nearest
    return mixed / mixed.norm(dim=1, keepdim=True).clamp_min(1e-6) * length


def usual_length(latent: int) -> float:
    """The root mean square length of vectors of `latent` numbers from `latents`; about 10 for 100."""
    density = math.exp(-(CUT**2) / 2) / math.sqrt(2 * math.pi)
    return math.sqrt(latent * (1 - 2 * CUT * density / math.erf(CUT / math.sqrt(2))))


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
    # Places whose vectors came from elsewhere: found for a photo, steered.
    changed: tuple[int, ...] = ()

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
    z = truncate(latents(seed, count, gan.latent), truncation, good(gan))
    return sheet_from_latents(gan, z, seed=seed, truncation=truncation)


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


@dataclass(frozen=True)
class Kept:
    """What makes a kept sheet again."""

    model: str
    seed: int
    count: int
    truncation: float
    best_first: bool
    changed: Mapping[int, tuple[float, ...]] = field(default_factory=dict)  # place: vector, as in `Sheet.changed`


def write_png(sheet: Sheet) -> Path:
    """The sheet, twice as large, as a PNG with its settings inside."""
    changed = {str(place): [round(float(x), 5) for x in sheet.z[place]] for place in sheet.changed}
    settings = {"format": FORMAT, "model": sheet.gan, "seed": sheet.seed, "count": len(sheet), "changed": changed}
    settings |= {"truncation": sheet.truncation, "best_first": sheet.best_first}
    return recipe.write(sheets.contact_sheet(sheet.pixels), KEY, settings, "dreamt.png")


def read_settings(path: str | Path) -> Kept:
    """The settings inside a PNG that was kept here.

    Raises:
        DemoError: not a picture, or one without (sound) settings.
    """
    kept = recipe.read(
        path, KEY, _settings,
        missing="Drop a sheet that was kept here, as the file itself.", instead="Dream up a new sheet.",
    )  # fmt: skip
    latents(kept.seed, kept.count, 1)  # these raise for what is out of range
    truncate(torch.ones(1, 1), kept.truncation, torch.ones(1, 1))
    return kept


def _settings(values: dict[str, Any]) -> Kept:
    name, seed, count = str(values["model"])[:100], int(values["seed"]), int(values["count"])
    if values.get("format") != FORMAT:
        raise DemoError(
            f"This sheet was kept by an earlier version, whose truncation meant something else. Its seed was {seed}: "
            "with truncation 1, that gives nearly the same pictures."
        )
    changed = {int(place): tuple(float(x) for x in z) for place, z in values.get("changed", {}).items()}
    for place, z in changed.items():
        if not (0 <= place < count and all(abs(x) <= FURTHEST_OUT for x in z)):
            raise ValueError(f"picture {place}")
    return Kept(name, seed, count, float(values["truncation"]), values.get("best_first") is True, changed)


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
