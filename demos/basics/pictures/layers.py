"""Convolution, pooling and dropout written out, one loop or line each, in plain PyTorch."""

import torch
from torch import Tensor
from torch.nn import functional as F


def convolve(picture: Tensor, weights: Tensor) -> Tensor:
    """A grey picture (H, W) under nine weights (3, 3): at each pixel the sum of nine products; outside is 0."""
    height, width = picture.shape
    framed = F.pad(picture, (1, 1, 1, 1))
    out = torch.zeros_like(picture)
    for row in range(3):
        for column in range(3):
            out += weights[row, column] * framed[row : row + height, column : column + width]
    return out


def pool(picture: Tensor, largest: bool = True) -> Tensor:
    """(H, W) to (H // 2, W // 2): of every 2 x 2 the largest, or the mean."""
    height, width = picture.shape[0] // 2, picture.shape[1] // 2
    blocks = picture[: 2 * height, : 2 * width].reshape(height, 2, width, 2).permute(0, 2, 1, 3).flatten(2)
    return blocks.amax(2) if largest else blocks.mean(2)


def dropout(values: Tensor, p: float, training: bool = True, random: torch.Generator | None = None) -> Tensor:
    """Each value 0 with probability p, the others times 1 / (1 - p); in evaluation all as they were."""
    if not training or p == 0:
        return values
    kept = torch.rand(values.shape, generator=random) >= p
    return values * kept / (1 - p)
