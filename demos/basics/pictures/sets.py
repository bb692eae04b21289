"""Small pictures of 32 x 32 px in three channels: scikit-learn's digits, and a part of CIFAR-10.

CIFAR-10 comes as torchvision's download does, by its hash, but in the authors' binary form: the form that torchvision
reads is pickled, and nothing is unpickled here. Source: Krizhevsky, "Learning Multiple Layers of Features" (2009).
"""

import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import TensorDataset

from demos.basics.settings import CIFAR, DIGITS, SETS
from demos.core.cache import once
from demos.core.data import small
from demos.core.errors import DemoError
from demos.core.hub import fetch

SIDE = 32  # px
VALIDATION, TEST = 297, 300  # digits; 1,200 are left to learn from
ARCHIVE = "cifar-10-binary.tar.gz"
ADDRESS, MD5 = f"https://www.cs.toronto.edu/~kriz/{ARCHIVE}", "c32a1d4ab5d03f1284b67883e8d87530"
RECORD = 1 + 3 * SIDE * SIDE  # bytes: the class, then red, green and blue
CLASSES = ("plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "lorry")
PHOTOS = (3000, 500, 500)  # of CIFAR-10's 50,000 and 10,000: training, validation, test


@dataclass(frozen=True)
class Parts:
    """Three parts without a picture in common; pictures (N, 3, 32, 32) from -1 to 1, classes (N,) 0..9."""

    train: TensorDataset
    validation: TensorDataset
    test: TensorDataset
    names: tuple[str, ...]  # of the classes


def load(name: str) -> Parts:
    """The set of that name. Raises DemoError where there is none, or it is not here and cannot be fetched."""
    if name == DIGITS:
        return digits()
    if name == CIFAR:
        return cifar()
    raise DemoError(f"There is no set called {name!r}. There are: {', '.join(SETS)}.")


def first(parts: Parts, count: int) -> Parts:
    """The first `count` pictures to learn from, and at most as many of the other two parts."""
    train, validation, test = (
        TensorDataset(*(values[:count] for values in part.tensors))
        for part in (parts.train, parts.validation, parts.test)
    )
    return Parts(train, validation, test, parts.names)


@once
def digits() -> Parts:
    """The 1,797 digits of 8 x 8 px, enlarged smoothly and with the same values in all three channels."""
    pixels, labels = small.digits()
    grey = torch.from_numpy(pixels.copy()).float()[:, None] / 255
    pictures = F.interpolate(grey, size=SIDE, mode="bilinear").mul(2).sub(1).repeat(1, 3, 1, 1)
    classes = torch.from_numpy(labels.copy()).long()
    order = torch.randperm(len(classes), generator=torch.Generator().manual_seed(0))
    cuts = len(order) - VALIDATION - TEST, VALIDATION, TEST
    train, validation, test = (TensorDataset(pictures[part], classes[part]) for part in order.split(cuts))
    return Parts(train, validation, test, tuple("0123456789"))


def archive() -> Path:
    """Where CIFAR-10's archive is, or will be."""
    return Path.home() / ".cache" / "hidden-layers" / ARCHIVE


def cifar_can() -> bool:
    """Whether CIFAR-10 is on this machine, or may be fetched."""
    return archive().is_file() or not fetch.is_offline()


@once
def cifar() -> Parts:
    """The first photos of CIFAR-10."""
    if not archive().is_file():
        _download()
    learn, validate, test = PHOTOS
    try:
        with tarfile.open(archive()) as tar:
            known = _records(tar, "data_batch_1.bin", learn + validate)
            new = _records(tar, "test_batch.bin", test)
    except (OSError, EOFError, tarfile.TarError, KeyError, ValueError) as error:
        raise DemoError(f"{archive()} cannot be read ({error}). Delete it and fetch it again.") from error
    return Parts(_part(known, 0, learn), _part(known, learn, None), _part(new, 0, None), CLASSES)


def _part(records: tuple[Tensor, Tensor], start: int, stop: int | None) -> TensorDataset:
    return TensorDataset(*(values[start:stop] for values in records))


def _records(tar: tarfile.TarFile, file: str, count: int) -> tuple[Tensor, Tensor]:
    member = tar.extractfile(f"cifar-10-batches-bin/{file}")
    if member is None:
        raise KeyError(file)
    return records(member.read(count * RECORD))


def records(content: bytes) -> tuple[Tensor, Tensor]:
    """Pictures (N, 3, 32, 32) from -1 to 1 and classes (N,) of CIFAR-10's binary form. ValueError where bytes miss."""
    rows = torch.from_numpy(np.frombuffer(content, np.uint8).reshape(-1, RECORD).copy())
    return rows[:, 1:].reshape(-1, 3, SIDE, SIDE).float() / 127.5 - 1, rows[:, 0].long()


def _download() -> None:
    if fetch.is_offline():
        raise DemoError(f"CIFAR-10 is not on this machine, and --offline forbids fetching it. Choose {DIGITS}.")
    from torchvision.datasets.utils import download_url

    try:
        download_url(ADDRESS, str(archive().parent), ARCHIVE, MD5)
    except Exception as error:  # torchvision raises what its downloads and checks raise
        raise DemoError(f"CIFAR-10 (170 MB) could not be fetched. Choose {DIGITS}, or try later.") from error
