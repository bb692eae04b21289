"""What the generators are trained on: cat faces and Fashion-MNIST, as bytes, read in memory and never copied.

Neither is part of this repository. The cats are photos of unknown licence, so no page shows one; Fashion-MNIST (Xiao,
Rasul and Vollgraf, 2017, MIT licence) is a package of Debian's and one of torchvision's data sets.
"""

import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from demos.core.data import small
from demos.core.data.splits import is_held_out
from demos.core.errors import DemoError
from demos.core.images.load import load_image, square_crop

CATS = "cat_faces.tar.gz"
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
        return small.fashion(size, "t10k" if held_out else "train", folder)[0]
    raise DemoError(f"There is no training set {name!r}. There are {', '.join(KINDS)}.")


def cats(folder: Path, size: int = 64, held_out: bool = False) -> Tensor:
    """About 6,900 faces of cats, (N, 3, size, size) as bytes; one in `HELD_OUT` is held out by its file's hash."""
    path = folder / CATS
    if not path.is_file():
        raise DemoError(f"{CATS} is not in {folder}. Name the folder that has it with --data.")
    photos = []
    with tarfile.open(path) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            content = file.read() if file is not None and member.name.endswith(".jpg") else b""
            if content and is_held_out(content, HELD_OUT) == held_out:
                photos.append(np.asarray(square_crop(load_image(content), size)))
    return torch.from_numpy(np.stack(photos)).permute(0, 3, 1, 2).contiguous()
