"""Random crops of training photos, in batches."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as transforms


class Crops:
    """Batches of random crops: 35 to 100 % of the area, mirrored half of the time, a little brighter or darker."""

    def __init__(self, photos: list[Tensor], often: list[int], seed: int) -> None:
        self.photos, self.often = photos, torch.tensor(often, dtype=torch.float)
        self.random = torch.Generator().manual_seed(seed)

    def __call__(self, batch: int, size: int, mix: bool) -> Tensor:
        """(batch, 3, size, size) float32 RGB 0..1; `mix` blends each crop with another one of the batch."""
        picked = torch.multinomial(self.often, batch, replacement=True, generator=self.random).tolist()
        x = torch.stack([self._crop(self.photos[i], size) for i in picked]).float() / 255
        brightness, contrast = 0.8 + 0.4 * self._rand(2, batch, 1, 1, 1)
        middle = x.mean((1, 2, 3), keepdim=True)
        x = (((x - middle) * contrast + middle) * brightness).clamp(0, 1)
        if mix:
            share = self._rand(batch, 1, 1, 1)
            x = share * x + (1 - share) * x.flip(0)
        return x.contiguous(memory_format=torch.channels_last)

    def _rand(self, *shape: int) -> Tensor:
        return torch.rand(*shape, generator=self.random)

    def _crop(self, photo: Tensor, size: int) -> Tensor:
        _, height, width = photo.shape
        area, ratio, y, x, mirror = self._rand(5).tolist()
        side = math.sqrt(height * width * (0.35 + 0.65 * area))
        stretch = (3 / 4) ** (ratio - 0.5)  # sides between 3:4 and 4:3 after squaring
        h, w = min(height, round(side * stretch)), min(width, round(side / stretch))
        cut = photo[:, round(y * (height - h)) :, round(x * (width - w)) :][:, :h, :w]
        cut = transforms.resize(cut, [size, size], antialias=True)
        return cut.flip(2) if mirror < 0.5 else cut


SMALLEST_SHARE = 0.08  # of a style picture's largest square, in a crop: strokes from near and from afar


class StyleCrops:
    """Batches of square crops of style pictures, from near and from afar, half of them in other colours.

    Args:
        kinds: (how often, pictures (3, H, W) as bytes) of each kind; an empty kind is never drawn.
    """

    def __init__(self, kinds: Sequence[tuple[float, Sequence[Tensor]]], seed: int) -> None:
        self.kinds = [(often, pictures) for often, pictures in kinds if pictures]
        self.often = torch.tensor([often for often, _ in self.kinds])
        self.random = torch.Generator().manual_seed(seed)

    def __call__(self, batch: int, size: int) -> Tensor:
        """(batch, 3, size, size) float32 RGB 0..1."""
        picked = torch.multinomial(self.often, batch, replacement=True, generator=self.random).tolist()
        crops = torch.stack([self._crop(self.kinds[kind][1], size) for kind in picked])
        return (crops.float() / 255).contiguous(memory_format=torch.channels_last)

    def _crop(self, pictures: Sequence[Tensor], size: int) -> Tensor:
        which, share, y, x, mirror, palette, negative = torch.rand(7, generator=self.random).tolist()
        picture = pictures[int(which * len(pictures))]
        _, height, width = picture.shape
        # Every scale as often as every other: the logarithm of the area is uniform.
        side = max(1, round(min(height, width) * math.sqrt(SMALLEST_SHARE ** (1 - share))))
        cut = picture[:, round(y * (height - side)) :, round(x * (width - side)) :][:, :side, :side]
        cut = transforms.resize(cut, [size, size], antialias=True)
        if palette < 0.5:  # red, green and blue change places: a dozen paintings have few palettes
            cut = cut[torch.randperm(3, generator=self.random)]
        if negative < 0.15:
            cut = 255 - cut
        return cut.flip(2) if mirror < 0.5 else cut
