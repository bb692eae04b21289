"""Random crops of training photos, in batches: three kinds of cut, one sampler.

Resizing is torchvision's (`v2.functional.resize`, antialiased), on bytes.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol

import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as transforms

from demos.core.data.random_stream import RandomStream, send

# ---- cuts -----------------------------------------------------------------------------------------------------------


class Cut(Protocol):
    """How a crop is taken. `uniforms` random numbers in [0, 1) decide each one."""

    uniforms: ClassVar[int]

    def crop(self, photo: Tensor, size: int, u: Sequence[float]) -> Tensor:
        """A photo (3, H, W) uint8 to a crop (3, size, size) uint8."""

    def finish(self, x: Tensor, u: Tensor) -> Tensor:
        """What is done to a batch (N, 3, size, size) float32 RGB 0..1 at once, with the numbers (N, uniforms)."""


@dataclass(frozen=True)
class ResizedCrop:
    """A rectangle at a random place, resized to a square, mirrored half of the time, brighter or darker.

    Attributes:
        area: smallest and largest share of the photo's area.
        ratio: longest to shortest side of the rectangle at most, relative to the photo's own.
        jitter: brightness and contrast are multiplied with 1 - jitter to 1 + jitter; 0 leaves them.
        mix: neighbours 2k and 2k + 1 are blended, each with a share of its own (Zhang et al., "mixup", 2018).
    """

    area: tuple[float, float] = (0.35, 1.0)
    ratio: float = 4 / 3
    jitter: float = 0.2
    mix: bool = False
    uniforms: ClassVar[int] = 8

    def crop(self, photo: Tensor, size: int, u: Sequence[float]) -> Tensor:
        """See `Cut.crop`."""
        _, height, width = photo.shape
        area, ratio, y, x, mirror = u[:5]
        smallest, largest = self.area
        side = math.sqrt(height * width * (smallest + (largest - smallest) * area))
        stretch = self.ratio ** (0.5 - ratio)
        h, w = min(height, round(side * stretch)), min(width, round(side / stretch))
        crop = photo[:, round(y * (height - h)) :, round(x * (width - w)) :][:, :h, :w]
        crop = transforms.resize(crop, [size, size], antialias=True)
        return crop.flip(2) if mirror < 0.5 else crop

    def finish(self, x: Tensor, u: Tensor) -> Tensor:
        """See `Cut.finish`; ValueError where an odd batch is to be mixed."""
        brightness, contrast, share = (column.view(-1, 1, 1, 1) for column in u[:, 5:8].unbind(1))
        if self.jitter:
            brightness, contrast = (1 + self.jitter * (2 * factor - 1) for factor in (brightness, contrast))
            mean = x.flatten(1).mean(1).view(-1, 1, 1, 1)
            x = (((x - mean) * contrast + mean) * brightness).clamp(0, 1)
        if self.mix:
            if len(x) % 2:
                raise ValueError(f"A batch of {len(x)} cannot be mixed in pairs: choose an even one.")
            x = share * x + (1 - share) * x.unflatten(0, (-1, 2)).flip(1).flatten(0, 1)
        return x


@dataclass(frozen=True)
class IntegerPatch:
    """A square at a random place, its pixels as they are; a photo that is too small is enlarged first.

    Attributes:
        orientations: 1 leaves the patch as it is, 2 mirrors half of them, 8 has the four turns as well.
    """

    orientations: int = 8
    uniforms: ClassVar[int] = 3

    def crop(self, photo: Tensor, size: int, u: Sequence[float]) -> Tensor:
        """See `Cut.crop`."""
        if min(photo.shape[1:]) < size:
            photo = transforms.resize(photo, [size], antialias=True)
        _, height, width = photo.shape
        top, left = int(u[0] * (height - size + 1)), int(u[1] * (width - size + 1))
        turns, mirror = divmod(int(u[2] * self.orientations), 2)
        patch = photo[:, top : top + size, left : left + size]
        return torch.rot90(patch.flip(2) if mirror else patch, turns, (1, 2))

    def finish(self, x: Tensor, u: Tensor) -> Tensor:
        """Nothing is left to do."""
        return x


PERMUTATIONS = tuple(itertools.permutations(range(3)))


@dataclass(frozen=True)
class StyleCrop(ResizedCrop):
    """A `ResizedCrop` for style pictures: from near and from afar, with colours that change places or are inverted.

    Attributes:
        permute: how often red, green and blue change places: a dozen paintings have few palettes.
        negative: how often the crop is inverted.
    """

    area: tuple[float, float] = (0.06, 1.0)
    jitter: float = 0.0
    permute: float = 0.5
    negative: float = 0.1
    uniforms: ClassVar[int] = 11

    def crop(self, photo: Tensor, size: int, u: Sequence[float]) -> Tensor:
        """See `Cut.crop`."""
        crop, (permute, permutation, negative) = super().crop(photo, size, u), u[8:]
        if permute < self.permute:
            crop = torch.stack([crop[channel] for channel in PERMUTATIONS[int(permutation * len(PERMUTATIONS))]])
        return 255 - crop if negative < self.negative else crop


# ---- the sampler ----------------------------------------------------------------------------------------------------


class Sampler:
    """Batches (n, 3, size, size) float32 RGB 0..1, channels_last, of random cuts of photos, on `device`.

    One stream on the CPU draws the numbers for the whole batch of all processes, and each process cuts its own
    contiguous block of it (see `RandomStream`). Photos stay bytes, and stay on the device where half of its memory
    has room for them.

    Args:
        photos: (3, H, W) uint8 each.
        weights: how often each is drawn, relative to the others.
        cut: `ResizedCrop`, `StyleCrop` or `IntegerPatch`.
        seed: of the random numbers.
        rank: which process this is.
        world: how many processes share a batch.
        device: where the batches are made.

    Raises:
        ValueError: no photo, or not one weight for each.
    """

    def __init__(
        self, photos: Sequence[Tensor], weights: Sequence[float], cut: Cut, *, seed: int, rank: int = 0, world: int = 1,
        device: torch.device | str = "cpu",
    ) -> None:  # fmt: skip
        if not photos or len(photos) != len(weights):
            raise ValueError(f"{len(photos)} photos and {len(weights)} weights: one of each, at least, is needed.")
        self.device, self.cut = torch.device(device), cut
        self.weights = torch.tensor(weights, dtype=torch.float)
        self.stream = RandomStream(seed, rank, world)
        where = self.device if _fits(photos, self.device) else torch.device("cpu")
        self.photos = [photo.to(where) for photo in photos]

    def __call__(self, batch: int, size: int, **changes: Any) -> Tensor:
        """A batch (batch, 3, size, size); `changes` of the cut's attributes, such as mix=True, hold for it alone."""
        cut = replace(self.cut, **changes) if changes else self.cut  # type: ignore[type-var]
        chosen = self.stream.choice(self.weights, batch).tolist()
        u = self.stream.rand(batch, cut.uniforms)
        crops = [cut.crop(self.photos[i], size, numbers) for i, numbers in zip(chosen, u.tolist(), strict=True)]
        x = torch.stack(crops)
        x = (x if x.device.type == self.device.type else send(x, self.device)).float() / 255
        return cut.finish(x, send(u, self.device)).contiguous(memory_format=torch.channels_last)

    def state_dict(self) -> dict[str, Tensor]:
        """Where the random numbers are; photos and weights are no state."""
        return self.stream.state_dict()

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Goes on from there; KeyError where the state is none of a sampler's."""
        self.stream.load_state_dict(state)


def _fits(photos: Sequence[Tensor], device: torch.device) -> bool:
    if device.type != "cuda":
        return True
    return sum(photo.nbytes for photo in photos) <= torch.cuda.get_device_properties(device).total_memory / 2
