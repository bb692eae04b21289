"""The pictures that the live autoencoder learns: handwritten digits offline, MNIST and Fashion-MNIST by torchvision."""

import gzip
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from demos.core.cache import cached
from demos.core.data.folder import data_folder
from demos.core.errors import DemoError
from demos.core.hub import fetch

OFFLINE = "digits (8 px, scikit-learn's)"
FETCHED = {"MNIST (28 px, 12 MB)": "MNIST", "Fashion-MNIST (28 px, 31 MB)": "FashionMNIST"}  # sizes of the downloads
NAMES = (OFFLINE, *FETCHED)
DARK = 0.5  # a picture lighter than this on average is ink on paper, and is inverted


@dataclass(frozen=True)
class Pictures:
    """Grey pictures, light on dark."""

    train: Tensor  # (N, 1, S, S) float32 0..1
    test: Tensor

    @property
    def side(self) -> int:
        return self.train.shape[-1]


def load(name: str) -> Pictures:
    """The set of that name, fetched where it is not in --data.

    Raises:
        DemoError: no such set, or it is not here and cannot be fetched.
    """
    if name == OFFLINE:
        pixels, _ = digits()
        pictures = torch.from_numpy(pixels.copy()).float()[:, None] / 255
        pictures = F.interpolate(pictures, scale_factor=2, mode="bilinear", align_corners=False).clamp(0, 1)
        order = torch.randperm(len(pictures), generator=torch.Generator().manual_seed(0))
        return Pictures(pictures[order[300:]], pictures[order[:300]])
    if name not in FETCHED:
        raise DemoError(f"There is no set called {name!r}. There are: {', '.join(NAMES)}.")
    return cached(f"pictures {name}", lambda: _by_torchvision(FETCHED[name]))


def _by_torchvision(name: str) -> Pictures:
    from torchvision import datasets

    here = data_folder()
    folder = here if here is not None and (here / name).is_dir() else Path.home() / ".cache" / "hidden-layers"
    make = getattr(datasets, name)
    try:
        parts = [make(folder, train=side, download=not fetch.is_offline()) for side in (True, False)]
    except Exception as error:  # torchvision raises what its downloads and checks raise
        raise DemoError(
            f"{name} is not on this machine and could not be fetched. Choose {OFFLINE}, or put {name} (as torchvision "
            "stores it) into the folder of --data."
        ) from error
    train, test = (part.data[:, None].float() / 255 for part in parts)
    return Pictures(train, test)


@cache
def digits() -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's handwritten digits: (1797, 8, 8) uint8 0..255, white on black, and their labels (1797,).

    Source: Alpaydin and Kaynak, "Optical Recognition of Handwritten Digits", UCI (1998), the test part.
    """
    from sklearn.datasets import load_digits

    found = load_digits()
    pixels, labels = np.round(found.images * (255 / 16)).astype(np.uint8), found.target
    for shared in (pixels, labels):
        shared.setflags(write=False)  # one copy for the whole process: nobody draws into it
    return pixels, labels


DEBIAN = Path("/usr/share/datasets/fashion-mnist")
FASHION_CLASSES = (
    "T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip


def fashion_folder(folder: Path | None = None) -> Path | None:
    """Where Fashion-MNIST lies: Debian's package, or torchvision's download under `folder`; None where nowhere."""
    named = folder or data_folder()
    places = [DEBIAN] + ([named, named / "FashionMNIST" / "raw"] if named else [])
    return next((place for place in places if (place / "train-images-idx3-ubyte.gz").is_file()), None)


def fashion(size: int = 64, part: str = "train", folder: Path | None = None) -> tuple[Tensor, Tensor]:
    """Clothes white on black, (N, 1, size, size) as bytes, and their classes (N,); 60,000 of "train", 10,000 of "t10k".

    The 28 px are framed to 32 and enlarged smoothly where more are asked for.
    """
    place = fashion_folder(folder)
    if place is None:
        raise DemoError(
            "Fashion-MNIST (31 MB) is not on this machine. Install Debian's package dataset-fashion-mnist, or let "
            "torchvision fetch it and name its folder with --data."
        )
    pixels = _read_idx(place / f"{part}-images-idx3-ubyte.gz")
    labels = _read_idx(place / f"{part}-labels-idx1-ubyte.gz")
    return enlarged(F.pad(torch.from_numpy(pixels).unsqueeze(1), (2, 2, 2, 2)), size), torch.from_numpy(labels).long()


@cache
def _read_idx(path: Path) -> np.ndarray:
    """LeCun's IDX format: two zero bytes, the type (8: bytes), the number of dimensions, the dimensions, the data."""
    with gzip.open(path) as file:
        content = file.read()
    dimensions = [int.from_bytes(content[4 + 4 * i : 8 + 4 * i], "big") for i in range(content[3])]
    return np.frombuffer(bytearray(content), np.uint8, offset=4 + 4 * content[3]).reshape(dimensions)


def enlarged(pixels: Tensor, size: int) -> Tensor:
    """Bytes (N, C, h, w) at size x size px, smoothly; in parts, since 60,000 of them as numbers would be 1 GB."""
    if pixels.shape[-1] == size:
        return pixels
    parts = [
        F.interpolate(part.float(), (size, size), mode="bilinear", antialias=True).round().to(torch.uint8)
        for part in pixels.split(2000)
    ]
    return torch.cat(parts)
