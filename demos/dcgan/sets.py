"""What the generators are trained on: cat faces and Fashion-MNIST, as bytes, read in memory and never copied.

Neither is part of this repository. The cats are photos of unknown licence, so no page shows one; Fashion-MNIST (Xiao,
Rasul and Vollgraf, 2017, MIT licence) is a package of Debian's and one of torchvision's data sets.
"""

import gzip
import tarfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from demos.core import distil, images, settings
from demos.core.errors import DemoError

CATS = "cat_faces.tar.gz"
DEBIAN = Path("/usr/share/datasets/fashion-mnist")
FASHION_CLASSES = (
    "T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip
HELD_OUT = 20  # one photo in so many is never trained on, for inversion and for memorisation's yardstick


@dataclass(frozen=True)
class Kind:
    """A training set by name: what one of its pictures is called, and how it may be changed without harm."""

    name: str
    one: str
    many: str
    channels: int
    mirror: bool  # whether a mirrored picture is one of the set: all of Fashion-MNIST's shoes point left
    augment: str  # the policy of `augment.py` that suits it
    width: int  # of the networks that learn it; see `networks.Shape`


KINDS = {
    "cats": Kind("cats", "cat", "cats", 3, mirror=True, augment="colour,shift,cutout", width=48),
    "fashion": Kind(
        "fashion", "piece of clothing", "pieces of clothing", 1, mirror=False, augment="shift,cutout", width=32
    ),
}


def load(name: str, folder: Path, size: int = 64, held_out: bool = False) -> Tensor:
    """The set's pictures, (N, channels, size, size) as bytes; with `held_out`, those that no training sees."""
    if name == "cats":
        return cats(folder, size, held_out)
    if name == "fashion":
        return fashion(size, "t10k" if held_out else "train", folder)[0]
    raise DemoError(f"There is no training set {name!r}. There are {', '.join(KINDS)}.")


def cats(folder: Path, size: int = 64, held_out: bool = False) -> Tensor:
    """About 6,900 faces of cats, (N, 3, size, size) as bytes; one in `HELD_OUT` is held out by its file's hash."""
    path = folder / CATS
    if not path.is_file():
        raise DemoError(f"{CATS} is not in {folder}. Name the folder that has it with --data.")
    found = []
    with tarfile.open(path) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            content = file.read() if file is not None and member.name.endswith(".jpg") else b""
            if content and distil.is_test(content, HELD_OUT) == held_out:
                found.append(np.asarray(images.square(images.load(content), size)))
    return torch.from_numpy(np.stack(found)).permute(0, 3, 1, 2).contiguous()


def fashion_folder(folder: Path | None = None) -> Path | None:
    """Where Fashion-MNIST lies: Debian's package, or torchvision's download under `folder`; None where nowhere."""
    named = folder or settings.data_folder()
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
