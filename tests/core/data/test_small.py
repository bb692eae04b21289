"""Small pictures: one reader for Debian's package, --data and torchvision's download; names without torch."""

import gzip
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from demos.core import cache
from demos.core.data import small
from demos.core.data.folder import DATA
from demos.core.errors import DemoError
from demos.core.hub import fetch


def idx(values: np.ndarray) -> bytes:
    """LeCun's format: two zero bytes, the type (8: bytes), the number of dimensions, the dimensions, the data."""
    sizes = b"".join(size.to_bytes(4, "big") for size in values.shape)
    return bytes([0, 0, 8, values.ndim]) + sizes + values.astype(np.uint8).tobytes()


def write(folder: Path, packed: bool, count: int = 6) -> np.ndarray:
    """A set of random pictures in four files, packed or not; gives the training pictures."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(count)
    pictures = {}
    for part in ("train", "t10k"):
        pictures[part] = random.integers(0, 256, (count, 28, 28), np.uint8)
        for name, values in (("images-idx3", pictures[part]), ("labels-idx1", np.arange(count) % 10)):
            content = idx(values)
            path = folder / f"{part}-{name}-ubyte{'.gz' if packed else ''}"
            path.write_bytes(gzip.compress(content) if packed else content)
    return pictures["train"]


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No set on this machine, and no network."""
    monkeypatch.setattr(small, "DEBIAN", tmp_path / "debian")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv(DATA, raising=False)
    monkeypatch.setattr(fetch, "_offline", True)
    cache.networks.forget()


@pytest.mark.parametrize(
    ("place", "packed"),
    [
        ("debian", True),
        ("data", True),
        ("data/FashionMNIST/raw", False),
        ("data/FashionMNIST/raw", True),
        ("home/.cache/hidden-layers/FashionMNIST/raw", False),
    ],
)
def test_fashion_is_read_from_every_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, packed: bool
) -> None:
    pixels = write(tmp_path / place, packed)
    monkeypatch.setenv(DATA, str(tmp_path / "data"))
    assert small.fashion_folder() == tmp_path / place
    clothes, labels = small.fashion(32)
    assert clothes.dtype == torch.uint8
    assert np.array_equal(clothes[:, 0, 2:30, 2:30].numpy(), pixels)
    assert labels.tolist() == [0, 1, 2, 3, 4, 5]
    learned = small.load(small.FASHION)
    assert np.array_equal(learned.train[:, 0].numpy(), pixels.astype(np.float32) / 255)
    assert learned.test.shape == (6, 1, 28, 28)
    some = small.fashion(64, indices=torch.tensor([4, 1]))
    assert torch.equal(some[0], small.fashion(64)[0][[4, 1]])
    assert some[1].tolist() == [4, 1]


def test_folder_that_is_named_goes_before_the_one_of_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "data", True)
    pixels = write(tmp_path / "named", True, count=7)
    monkeypatch.setenv(DATA, str(tmp_path / "data"))
    assert len(small.fashion(32, folder=tmp_path / "named")[0]) == len(pixels)


def test_mnist_is_read_where_torchvision_stores_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = write(tmp_path / "data" / "MNIST" / "raw", False)
    monkeypatch.setenv(DATA, str(tmp_path / "data"))
    assert small.load(small.MNIST).train.shape == (len(pixels), 1, 28, 28)


def test_sets_are_read_once_and_kept_within_the_limit(tmp_path: Path) -> None:
    write(tmp_path / "debian", True)
    first, _ = small.pixels_and_labels("FashionMNIST", "train")
    assert small.pixels_and_labels("FashionMNIST", "train")[0] is first
    assert cache.networks.total_bytes == 6 * 28 * 28 + 6 * 8


@pytest.mark.parametrize("name", small.FETCHED)
def test_set_that_is_not_here_is_one_sentence_offline(name: str) -> None:
    with pytest.raises(DemoError, match=r"--offline forbids fetching it\. Choose digits"):
        small.load(name)


def test_damaged_files_are_said(tmp_path: Path) -> None:
    write(tmp_path / "debian", True)
    path = tmp_path / "debian" / "train-images-idx3-ubyte.gz"
    for content in (path.read_bytes()[:-200], gzip.compress(b"no pictures"), b"no archive", b""):
        path.write_bytes(content)
        with pytest.raises(DemoError, match=r"cannot be read .* fetch them again"):
            small.fashion(32)
    path.unlink()
    path.with_name("t10k-images-idx3-ubyte.gz").unlink()
    assert small.fashion_folder() is None


def test_names_load_no_torch() -> None:
    code = "import sys; from demos.core.data import small; small.NAMES; sys.exit('torch' in sys.modules)"
    root = Path(small.__file__).resolve().parents[3]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, timeout=60).returncode == 0
