"""A Hub with a small VGG16, an empty cache and an empty weights/ folder for the tests of hub/ and networks/."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from demos.core import cache
from demos.core.hub import client, fetch
from demos.core.hub.fetch import Pinned
from demos.core.networks import catalogue
from demos.core.networks import files as network_files
from tests.hub import ComputedFile, Hub, vgg16_shapes

ROOT = Path(__file__).resolve().parents[2]
REPO, FILE = "timm/vgg16.tv_in1k", "model.safetensors"
SMALL = ComputedFile(vgg16_shapes(divide=16))  # VGG16's names and order, 3 MB, of which 0.2 MB are features
LARGER = ComputedFile(vgg16_shapes(divide=4))  # 37 MB, of which 3.7 MB are features
GOOD = safetensors.numpy.save({"a": np.arange(6, dtype=np.float16).reshape(2, 3)}, {"of": "a test"})


def pinned(name: str, sha256: str = "") -> Pinned:
    """Where a network of the catalogue comes from, with another hash than VGG16's."""
    origin = catalogue.NETWORKS[name].origin
    assert origin is not None
    return replace(origin, sha256=sha256) if sha256 else origin


VGG16_FEATURES, WHOLE_VGG16 = pinned("vgg16-features"), pinned("vgg16")
FEATURES, WHOLE = pinned("vgg16-features", SMALL.sha256()), pinned("vgg16", SMALL.sha256())


def read(pinned: Pinned, progress: client.Progress | None = None) -> dict[str, np.ndarray]:
    """The tensors wanted, from the file that `fetch` gives."""
    tensors = safetensors.numpy.load_file(fetch.fetch(pinned, progress))
    return {name: tensor for name, tensor in tensors.items() if name.startswith(pinned.prefixes or "")}


def features_size(file: ComputedFile) -> int:
    """Bytes of the features.* tensors, counted from their shapes."""
    return sum(4 * int(np.prod(shape)) for name, shape in file.shapes.items() if name.startswith("features."))


def is_right(tensors: dict[str, np.ndarray], file: ComputedFile, prefix: str = "features.") -> bool:
    """Whether these are exactly the tensors of `file` whose names begin so."""
    names = {name for name in file.shapes if name.startswith(prefix)}
    return set(tensors) == names and all(np.array_equal(tensors[name], file.tensor(name)) for name in names)


def rest_of(left: Path, file: ComputedFile) -> str:
    """The range of the features that an unfinished file still wants, as a request states it."""
    data = left.read_bytes()
    had = len(data) - 8 - int.from_bytes(data[:8], "little")
    assert 900_000 < had < features_size(file)
    return f"bytes={len(file.header) + had}-{len(file.header) + features_size(file) - 1}"


def spoil(path: Path) -> None:
    """Changes one byte in the middle."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def make_shipped(content: bytes = GOOD) -> Path:
    """A pocket VGG16 in weights/, with its hash noted."""
    path = network_files.SHIPPED / "pocket_vgg16.safetensors"
    path.write_bytes(content)
    network_files.record_shipped(path)
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache, an empty weights/ folder, and no waiting between attempts."""
    (tmp_path / "weights").mkdir()
    monkeypatch.setattr(network_files, "SHIPPED", tmp_path / "weights")
    monkeypatch.setattr(catalogue, "HUB", "")
    monkeypatch.setattr(client, "WAITS", (0.0, 0.0, 0.0, 0.0))
    cache.networks.forget()
    yield tmp_path / "home"
    fetch.set_offline(False)
    cache.networks.forget()


@pytest.fixture
def server(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A Hub with the small VGG16, which this process's client talks to."""
    with Hub({REPO: {FILE: SMALL}}) as running:
        running.use(monkeypatch, home)
        yield running


def python(code: str, environment: dict[str, str], *arguments: str, cwd: Path = ROOT) -> subprocess.Popen:
    """Starts a fresh interpreter in the folder of a checkout."""
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.Popen(
        command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def command(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess:
    """The command line of the networks, in a process of its own."""
    line = [sys.executable, "-m", "demos.core.weights", *arguments]
    return subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
