"""Differentiable augmentation: the discriminator sees real and generated pictures through the same random changes.

Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training" (2020). With a few thousand photos a
discriminator learns them by heart, and then has nothing to teach. Changing only the real ones would teach the generator
to make changed pictures; changing both, and letting the gradient through, does not.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

SHIFT, HOLE = 1 / 8, 1 / 2  # shares of a side; the paper's values


def augment(picture: Tensor, policy: str) -> Tensor:
    """(N, C, H, W) in -1..1 changed at random, by a policy such as "colour,shift,cutout"; "" changes nothing."""
    for name in filter(None, policy.split(",")):
        picture = CHANGES[name](picture)
    return picture


def colour(x: Tensor) -> Tensor:
    """Brightness up to a quarter of the range either way, then saturation 0 to 2, then contrast 0.5 to 1.5."""
    bright, saturation, contrast = torch.rand(3, len(x), 1, 1, 1, device=x.device, dtype=x.dtype).unbind()
    x = x + bright - 0.5
    grey = x.mean(1, keepdim=True)
    x = (x - grey) * (2 * saturation) + grey
    mean = x.mean((1, 2, 3), keepdim=True)
    return (x - mean) * (contrast + 0.5) + mean


def shift(x: Tensor) -> Tensor:
    """Moved by up to an eighth of the side either way; what moves in from outside is black."""
    most = round(x.shape[-1] * SHIFT)
    padded = F.pad(x, (most, most, most, most), value=-1.0)
    down, right = torch.randint(0, 2 * most + 1, (2, len(x), 1, 1, 1), device=x.device)
    height, width = x.shape[-2:]
    rows = torch.arange(height, device=x.device).view(1, 1, -1, 1) + down
    columns = torch.arange(width, device=x.device).view(1, 1, 1, -1) + right
    padded = padded.gather(2, rows.expand(*x.shape[:3], padded.shape[3]))
    return padded.gather(3, columns.expand(x.shape))


def cutout(x: Tensor) -> Tensor:
    """A square of half the side is grey, somewhere, partly outside."""
    height, width = x.shape[-2:]
    half = round(height * HOLE / 2)
    y, x_at = (torch.randint(0, side + 1, (len(x), 1, 1), device=x.device) for side in (height, width))
    rows = (torch.arange(height, device=x.device).view(1, -1, 1) - y).abs() < half
    columns = (torch.arange(width, device=x.device).view(1, 1, -1) - x_at).abs() < half
    return x * (~(rows & columns)).unsqueeze(1)


CHANGES = {"colour": colour, "shift": shift, "cutout": cutout}
