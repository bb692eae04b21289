"""Epochs of a data loader as steps that a page can draw, on scikit-learn's digits and on one photo."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from demos.basics.pictures import loader
from demos.basics.settings import CHANGES, ORDERS
from demos.core.data import small
from demos.core.errors import DemoError
from demos.core.images.load import square_crop

KINDS = {ORDERS[0]: "shuffled", ORDERS[1]: "in order", ORDERS[2]: "weighted"}
THREE, OFTEN = 3, 12.0  # the class that the weighted sampler prefers, and how many times as likely it comes
SIDE, VARIANTS = 96, 9


@dataclass(frozen=True)
class Epoch:
    """Batches that came so far."""

    batches: tuple[np.ndarray, ...]  # each (8, 8 * n) bytes: its pictures side by side
    classes: tuple[tuple[int, ...], ...]
    indices: tuple[tuple[int, ...], ...]  # which pictures of the set
    total: int  # batches of the whole epoch
    size: int  # pictures in the set


def epoch(count: int, batch: int, order: str, seed: int) -> Iterator[Epoch]:
    """One epoch of the first `count` digits, a step for each batch. DemoError where there is no such order."""
    if order not in KINDS:
        raise DemoError(f"There is no order called {order!r}. There are: {', '.join(ORDERS)}.")
    pixels, labels = small.digits()
    pictures = torch.from_numpy(pixels[:count].copy())[:, None]
    classes = torch.from_numpy(labels[:count].copy())
    weights = torch.where(classes == THREE, OFTEN, 1.0)
    batches = loader.loader(loader.Digits(pictures, classes), batch, KINDS[order], seed, weights)
    strips: list[np.ndarray] = []
    seen: list[tuple[int, ...]] = []
    which: list[tuple[int, ...]] = []
    for shown, right, indices in batches:
        strips.append(torch.cat(list(shown[:, 0]), 1).numpy())
        seen.append(tuple(right.tolist()))
        which.append(tuple(indices.tolist()))
        yield Epoch(tuple(strips), tuple(seen), tuple(which), len(batches), count)


def variants(photo: Image.Image, changes: list[str], seed: int) -> np.ndarray:
    """(3 * 96, 3 * 96, 3) bytes: nine looks at the middle of one photo. DemoError for a change that there is not."""
    unknown = [change for change in changes if change not in CHANGES]
    if unknown:
        raise DemoError(f"There is no change called {unknown[0]!r}. There are: {', '.join(CHANGES)}.")
    pixels = np.asarray(square_crop(photo, SIDE).convert("RGB"), dtype=np.float32) / 255
    picture = torch.from_numpy(pixels).permute(2, 0, 1)
    random = torch.Generator().manual_seed(seed)
    mirror, crop, colour = (change in changes for change in CHANGES)
    nine = torch.stack([loader.augment(picture, mirror, crop, colour, random) for _ in range(VARIANTS)])
    return _sheet(nine)


def _sheet(nine: Tensor) -> np.ndarray:
    rows = nine.view(3, 3, 3, SIDE, SIDE).permute(0, 3, 1, 4, 2).reshape(3 * SIDE, 3 * SIDE, 3)
    return (rows * 255).round().to(torch.uint8).numpy()
