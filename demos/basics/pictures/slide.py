"""The layers of `layers.py` at work on a photo, as steps that a page can draw."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from demos.basics.pictures import layers
from demos.basics.settings import FILTER_NUMBER, FILTERS, OWN, PHOTO_LAYERS, POOLS
from demos.core.errors import DemoError
from demos.core.images.load import square_crop

SIDE, FRAMES = 96, 24  # px; looks of one run
MASKS = 40  # of dropout, one a look


@dataclass(frozen=True)
class Window:
    """One place of a layer's window over the photo."""

    layer: str
    before: np.ndarray  # (96, 96) bytes
    after: np.ndarray  # bytes: as far as it has come, grey where it has not been
    place: tuple[int, int, int]  # row, column, side of the window, in pixels of `before`
    values: np.ndarray  # what lies under the window
    weights: np.ndarray | None  # the nine; None for pooling and dropout
    result: float  # what the layer makes of it
    share: float  # for dropout, of the values that were set to 0
    mean: tuple[float, float]  # of the photo, and of what came out
    masks: int = 0  # of dropout: the mean of so many is `after`


def grey(photo: Image.Image) -> Tensor:
    """The middle of a photo as (96, 96) values 0..255."""
    return torch.from_numpy(np.asarray(square_crop(photo, SIDE).convert("L"), dtype=np.float32).copy())


def weights(name: str, own: str) -> Tensor:
    """(3, 3) of a filter by name, or of nine numbers as text. DemoError where there are not nine."""
    if name == OWN:
        words = own.replace(",", " ").replace(";", " ").split()
        if len(words) != 9:
            raise DemoError(f"A filter has nine numbers, not {len(words)}. Write them row by row: 0 0 0 0 1 0 0 0 0.")
        return torch.tensor([FILTER_NUMBER.checked(word) for word in words]).view(3, 3)
    if name not in FILTERS:
        raise DemoError(f"There is no filter called {name!r}. There are: {', '.join([*FILTERS, OWN])}.")
    numbers, divisor = FILTERS[name]
    return torch.tensor(numbers, dtype=torch.float32).view(3, 3) / divisor


def at(photo: Tensor, layer: str, nine: Tensor, pooling: str, down: int, right: int, done: float = 1.0) -> Window:
    """Convolution or pooling with the window at a place in percent, `done` of the rows worked through."""
    row, column = (round(place / 100 * (SIDE - 1)) for place in (down, right))
    if layer == PHOTO_LAYERS[0]:
        out = layers.convolve(photo, nine)
        row, column = (min(max(place, 1), SIDE - 2) for place in (row, column))
        values, result = photo[row - 1 : row + 2, column - 1 : column + 2], out[row, column]
        place = row - 1, column - 1, 3
    elif layer == PHOTO_LAYERS[1]:
        if pooling not in POOLS:
            raise DemoError(f"There is no pooling called {pooling!r}. There are: {', '.join(POOLS)}.")
        out = layers.pool(photo, pooling == POOLS[0])
        row, column = row // 2 * 2, column // 2 * 2
        values, result = photo[row : row + 2, column : column + 2], out[row // 2, column // 2]
        place = row, column, 2
    else:
        raise DemoError(f"There is no layer called {layer!r}. There are: {', '.join(PHOTO_LAYERS)}.")
    shown = out.clone()
    if layer == PHOTO_LAYERS[0] and nine.sum().abs() < 1e-6:
        shown += 128  # differences have both signs: 0 is grey
    shown[round(done * len(shown)) :] = 128
    return Window(
        layer, _bytes(photo), _bytes(shown), place, values.numpy(), nine.numpy() if layer == PHOTO_LAYERS[0] else None,
        float(result), 0.0, (float(photo.mean()), float(out.mean())),
    )  # fmt: skip


def slide(photo: Tensor, layer: str, nine: Tensor, pooling: str, p: float, down: int, right: int) -> Iterator[Window]:
    """The window over the photo, row by row, to the place; for dropout one mask after the other, and their mean."""
    if layer == PHOTO_LAYERS[2]:
        yield from masks(photo, p)
        return
    for frame in range(1, FRAMES + 1):
        across = 10 + 80 * (frame % 4) // 3
        yield at(photo, layer, nine, pooling, round(100 * frame / FRAMES) - 2, across, frame / FRAMES)
    yield at(photo, layer, nine, pooling, down, right)


def masks(photo: Tensor, p: float, count: int = MASKS) -> Iterator[Window]:
    """`count` masks of dropout: each alone is `before`, the mean of all so far is `after`."""
    total = torch.zeros_like(photo)
    for number in range(1, count + 1):
        dropped = layers.dropout(photo, p)
        total += dropped
        share = float(((dropped == 0) & (photo != 0)).sum() / (photo != 0).sum().clamp(min=1))
        yield Window(
            PHOTO_LAYERS[2], _bytes(dropped), _bytes(total / number), (46, 46, 4), dropped[46:50, 46:50].numpy(), None,
            0.0, share, (float(photo.mean()), float(dropped.mean())), number,
        )  # fmt: skip


def feature_maps(photo: Image.Image, first: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """A sheet (192, 192) of bytes: 16 maps of a trained network's first convolution and ReLU, each to its own range."""
    pixels = np.asarray(square_crop(photo, 48).convert("RGB"), dtype=np.float32)
    picture = torch.from_numpy(pixels / 127.5 - 1).permute(2, 0, 1)[None]
    maps = F.relu(F.conv2d(picture, torch.from_numpy(first[0]), torch.from_numpy(first[1]), padding=1))[0]
    maps = maps / maps.amax((1, 2), keepdim=True).clamp(min=1e-6) * 255
    return _bytes(maps.view(4, 4, 48, 48).permute(0, 2, 1, 3).reshape(192, 192))


def _bytes(values: Tensor) -> np.ndarray:
    return values.round().clamp(0, 255).to(torch.uint8).numpy()
