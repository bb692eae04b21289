"""Small pictures that networks learn in seconds: handwritten digits offline, MNIST and Fashion-MNIST by torchvision.

Names and places load no torch: settings and pages read them.
"""

import gzip
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from demos.core import cache
from demos.core.cache import once
from demos.core.data.folder import data_folder
from demos.core.errors import DemoError
from demos.core.hub import fetch

if TYPE_CHECKING:
    from torch import Tensor

OFFLINE = "digits (8 px, scikit-learn's)"
MNIST, FASHION = "MNIST (28 px, 12 MB)", "Fashion-MNIST (28 px, 31 MB)"  # sizes of the downloads
FETCHED = {MNIST: "MNIST", FASHION: "FashionMNIST"}
NAMES = (OFFLINE, *FETCHED)
DARK = 0.5  # a picture lighter than this on average is ink on paper, and is inverted

DEBIAN = Path("/usr/share/datasets/fashion-mnist")  # of the package dataset-fashion-mnist
FASHION_CLASSES = (
    "T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip


@dataclass(frozen=True)
class Pictures:
    """Grey pictures, light on dark."""

    train: "Tensor"  # (N, 1, S, S) float32 0..1
    test: "Tensor"

    @property
    def side(self) -> int:
        return self.train.shape[-1]


def load(name: str) -> Pictures:
    """The set of that name, fetched where it is not on this machine.

    Raises:
        DemoError: no such set, or it is not here and cannot be fetched.
    """
    if name == OFFLINE:
        return _digits()
    if name not in FETCHED:
        raise DemoError(f"There is no set called {name!r}. There are: {', '.join(NAMES)}.")
    kind = FETCHED[name]
    train, test = (pixels_and_labels(kind, part)[0][:, None].float() / 255 for part in ("train", "t10k"))
    return Pictures(train, test)


def _digits() -> Pictures:
    """scikit-learn's digits, enlarged to 16 px; 300 of them are the test."""
    import torch
    from torch.nn import functional as F

    pixels, _ = digits()
    pictures = torch.from_numpy(pixels.copy()).float()[:, None] / 255
    pictures = F.interpolate(pictures, scale_factor=2, mode="bilinear", align_corners=False).clamp(0, 1)
    order = torch.randperm(len(pictures), generator=torch.Generator().manual_seed(0))
    return Pictures(pictures[order[300:]], pictures[order[:300]])


@once
def digits() -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's handwritten digits: (1797, 8, 8) uint8 0..255, white on black, and their labels (1797,).

    Source: Alpaydin and Kaynak, "Optical Recognition of Handwritten Digits", UCI (1998), the test part.
    """
    from sklearn.datasets import load_digits

    bunch = load_digits()
    pixels, labels = np.round(bunch.images * (255 / 16)).astype(np.uint8), bunch.target
    for shared in (pixels, labels):
        shared.setflags(write=False)  # one copy for the whole process: nobody draws into it
    return pixels, labels


# ---- MNIST and Fashion-MNIST ----------------------------------------------------------------------------------------


def fashion_folder(folder: Path | None = None) -> Path | None:
    """The folder on this machine with Fashion-MNIST's files; None where nothing has it. See `find`."""
    return find("FashionMNIST", folder)


def find(kind: str, folder: Path | None = None) -> Path | None:
    """The folder on this machine with the four files of "MNIST" or "FashionMNIST", packed or not.

    Looked for in Debian's package, in `folder` (or --data), and where torchvision's download goes.
    """
    named = folder or data_folder()
    places = [DEBIAN] if kind == "FashionMNIST" else []
    places += [named, named / kind / "raw"] if named else []
    places.append(_downloads() / kind / "raw")
    return next((place for place in places if _file(place, "train-images-idx3-ubyte")), None)


def _downloads() -> Path:
    """Where torchvision's download goes."""
    return Path.home() / ".cache" / "hidden-layers"


def _file(folder: Path, name: str) -> Path | None:
    return next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)


def pixels_and_labels(kind: str, part: str, folder: Path | None = None) -> "tuple[Tensor, Tensor]":
    """(N, 28, 28) bytes, white on black, and their classes (N,) int64; kept while there is room, so do not change them.

    Args:
        kind: "MNIST" or "FashionMNIST".
        part: "train" (60,000) or "t10k" (10,000).

    Raises:
        DemoError: the set is not here and cannot be fetched, or its files are damaged.
    """
    place = find(kind, folder) or _download(kind)
    return cache.networks.get(
        (kind, part, str(place)), lambda: _read(place, part), lambda pair: sum(t.nbytes for t in pair)
    )


def _read(place: Path, part: str) -> "tuple[Tensor, Tensor]":
    from torchvision.datasets import mnist

    try:
        with tempfile.TemporaryDirectory() as unpacked:
            pixels = mnist.read_image_file(_plain(place, f"{part}-images-idx3-ubyte", unpacked))
            labels = mnist.read_label_file(_plain(place, f"{part}-labels-idx1-ubyte", unpacked))
    except (OSError, EOFError, ValueError, TypeError, AssertionError, RuntimeError, IndexError) as error:
        raise DemoError(f"The files in {place} cannot be read ({error}). Delete them and fetch them again.") from error
    return pixels, labels


def _plain(place: Path, name: str, unpacked: str) -> str:
    """The path of a file that torchvision reads: its reader takes no packed ones, and Debian has only those."""
    path = _file(place, name)
    if path is None:
        raise FileNotFoundError(f"{name} is missing")
    if path.suffix != ".gz":
        return str(path)
    target = Path(unpacked) / name
    with gzip.open(path) as packed, target.open("wb") as plain:
        shutil.copyfileobj(packed, plain)
    return str(target)


def _download(kind: str) -> Path:
    """Where torchvision put the set."""
    advice = f"Choose {OFFLINE}, or put {kind} (as torchvision stores it) into the folder of --data"
    if kind == "FashionMNIST":
        advice += ", or install Debian's package dataset-fashion-mnist"
    if fetch.is_offline():
        raise DemoError(f"{kind} is not on this machine, and --offline forbids fetching it. {advice}.")
    from torchvision import datasets

    try:
        getattr(datasets, kind)(_downloads(), download=True)
    except Exception as error:  # torchvision raises what its downloads and checks raise
        raise DemoError(f"{kind} is not on this machine and could not be fetched. {advice}.") from error
    return _downloads() / kind / "raw"


def fashion(
    size: int = 64, part: str = "train", folder: Path | None = None, indices: "Tensor | None" = None
) -> "tuple[Tensor, Tensor]":
    """Clothes white on black, (N, 1, size, size) as bytes, and their classes (N,); 60,000 of "train", 10,000 of "t10k".

    The 28 px are framed to 32 and enlarged smoothly where more are asked for. With `indices`, only those.

    Raises:
        DemoError: Fashion-MNIST is not here and cannot be fetched.
    """
    from torch.nn import functional as F

    pixels, labels = pixels_and_labels("FashionMNIST", part, folder)
    if indices is not None:
        pixels, labels = pixels[indices], labels[indices]
    return enlarged(F.pad(pixels.unsqueeze(1), (2, 2, 2, 2)), size), labels


def enlarged(pixels: "Tensor", size: int) -> "Tensor":
    """Bytes (N, C, h, w) at size x size px, smoothly; in parts, since 60,000 of them as numbers would be 1 GB."""
    import torch
    from torch.nn import functional as F

    if pixels.shape[-1] == size:
        return pixels
    parts = [
        F.interpolate(part.float(), (size, size), mode="bilinear", antialias=True).round().to(torch.uint8)
        for part in pixels.split(2000)
    ]
    return torch.cat(parts)
