"""The plane of a two-dimensional latent: where the digits lie, and what lies between them."""

import numpy as np
import torch
from PIL import Image

from demos.autoencoder.live import learn
from demos.autoencoder.live.learn import Snapshot

MAP = (-2.2, 2.2)  # the latent map's range, in standard deviations of the training pictures' codes


# ---- what one can do with it ----------------------------------------------------------------------------------------


@torch.no_grad()
def decode_at(trained: Snapshot, x: float, y: float) -> Image.Image:
    """The picture at a point of the latent map: two values in standard deviations, the others at their mean."""
    code = trained.centre.copy()
    for axis, value in zip(range(len(code)), (x, y), strict=False):
        code[axis] += value * trained.spread[axis]
    return learn.sheet_of_rows([trained.network.decode(torch.from_numpy(code)[None].float())], 240)


@torch.no_grad()
def latent_map(trained: Snapshot, count: int = 13) -> Image.Image:
    """count x count pictures over the first two values of the code, the first to the right, the second upwards."""
    line = np.linspace(*MAP, count)
    grid = np.tile(trained.centre, (count * count, 1))
    grid[:, 0] += np.tile(line, count) * trained.spread[0]
    if grid.shape[1] > 1:
        grid[:, 1] += np.repeat(line[::-1], count) * trained.spread[1]
    pictures = trained.network.decode(torch.from_numpy(grid).float())
    return learn.sheet_of_rows(list(pictures.view(count, count, 1, *pictures.shape[2:])), 520)


def point_of(position: tuple[int, int], size: tuple[int, int]) -> tuple[float, float]:
    """The clicked pixel of the latent map, in standard deviations."""
    low, high = MAP
    x, y = (low + (high - low) * (p + 0.5) / s for p, s in zip(position, size, strict=True))
    return x, -y
