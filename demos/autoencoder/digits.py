"""The pictures that the live autoencoder learns: handwritten digits offline, MNIST and Fashion-MNIST by torchvision."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor
from torch.nn import functional as F

from demos.core import samples, settings, weights
from demos.core.errors import DemoError

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
        pixels, _ = samples.digits()
        pictures = torch.from_numpy(pixels.copy()).float()[:, None] / 255
        pictures = F.interpolate(pictures, scale_factor=2, mode="bilinear", align_corners=False).clamp(0, 1)
        order = torch.randperm(len(pictures), generator=torch.Generator().manual_seed(0))
        return Pictures(pictures[order[300:]], pictures[order[:300]])
    if name not in FETCHED:
        raise DemoError(f"There is no set called {name!r}. There are: {', '.join(NAMES)}.")
    return weights.cached(f"pictures {name}", lambda: _by_torchvision(FETCHED[name]))


def _by_torchvision(name: str) -> Pictures:
    from torchvision import datasets

    here = settings.data_folder()
    folder = here if here is not None and (here / name).is_dir() else Path.home() / ".cache" / "hidden-layers"
    make = getattr(datasets, name)
    try:
        parts = [make(folder, train=side, download=not weights.is_offline()) for side in (True, False)]
    except Exception as error:  # torchvision raises what its downloads and checks raise
        raise DemoError(
            f"{name} is not on this machine and could not be fetched. Choose {OFFLINE}, or put {name} (as torchvision "
            "stores it) into the folder of --data."
        ) from error
    train, test = (part.data[:, None].float() / 255 for part in parts)
    return Pictures(train, test)


def as_input(picture: Image.Image, side: int) -> Tensor:
    """Any picture as (1, 1, side, side) 0..1: grey, light on dark, its subject in the middle with a rim around."""
    grey = ImageOps.grayscale(picture)
    values = np.asarray(grey, np.float32) / 255
    if values.mean() > DARK:
        grey = ImageOps.invert(grey)
    box = grey.point(lambda v: 255 if v > 40 else 0).getbbox()
    if box is None:
        raise DemoError("There is nothing on this picture. Draw something first.")
    cut = grey.crop(box)
    inside = max(1, round(side * 0.8))
    small = ImageOps.contain(cut, (inside, inside), Image.Resampling.BOX if max(cut.size) > side else 1)
    canvas = Image.new("L", (side, side))
    canvas.paste(small, ((side - small.width) // 2, (side - small.height) // 2))
    return torch.from_numpy(np.array(canvas)).float()[None, None] / 255
