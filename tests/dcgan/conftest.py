"""A tiny DCGAN with random weights, in memory and as files in a weights folder of its own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from demos.core import cache
from demos.core.networks import files as network_files
from demos.dcgan import file_format
from demos.dcgan.models import Discriminator, Generator, Shape
from demos.dcgan.training import export

ROOT = Path(__file__).resolve().parents[2]
SMALL = Shape(size=32, channels=3, latent=12, width=6)
SEEN = (0, 640, 1280, 2560, 5120)  # images at its snapshots: more than one file holds


def make(shape: Shape = SMALL, seed: int = 0) -> tuple[Generator, Discriminator]:
    """Networks whose pictures differ: fresh weights give grey ones, so everything is louder here."""
    torch.manual_seed(seed)
    generator, discriminator = Generator(shape), Discriminator(shape)
    for network in (generator, discriminator):
        for layer in network.modules():
            if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
                layer.weight.data *= 4
            if isinstance(layer, nn.BatchNorm2d):
                layer.momentum = 1.0  # of its one batch, all counts: a tenth of it would leave every picture grey
    generator.train()(torch.randn(64, shape.latent))  # batch norm has seen a batch
    discriminator.train()(torch.rand(64, shape.channels, shape.size, shape.size) * 2 - 1)
    for network in (generator, discriminator):
        for layer in network.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.momentum = 0.1
    return generator.eval().requires_grad_(False), discriminator.eval().requires_grad_(False)


def write(folder: Path, name: str, shape: Shape = SMALL, set_: str = "cats") -> None:
    """An exported DCGAN under `folder`, snapshots included."""
    generator, discriminator = make(shape)
    kept = []
    for i, seen in enumerate(SEEN):
        state = file_format.quantised(make(shape, seed=len(SEEN) - i)[0])
        path = folder / f"{seen:012d}.safetensors"
        save_file(state, path)
        kept.append(path)
    config = file_format.Config(
        shape, title="cats", one="cat", many="cats", set=set_, images=9000, set_size=500, diversity=0.2, snapshots=SEEN
    )
    export.export(generator, discriminator, config, folder / name, kept)
    for path in kept:
        path.unlink()


def pocket(folder: Path) -> None:
    """The network that looks at pictures, in a weights folder of a test's own."""
    network_files.record_shipped(Path(shutil.copy(ROOT / "weights" / "pocket_vgg16.safetensors", folder)))


@pytest.fixture(scope="session")
def small() -> tuple[Generator, Discriminator]:
    return make()


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weights folder with a tiny healthy DCGAN and a tiny "collapsed" one, to be copied."""
    folder = tmp_path_factory.mktemp("written")
    pocket(folder)
    for name in ("dcgan-cats", "dcgan-cats-collapsed"):
        write(folder, name)
    return folder


@pytest.fixture
def shipped(written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A test's own weights folder with both; nothing that was loaded stays."""
    shutil.copytree(written, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(network_files, "SHIPPED", tmp_path)
    cache.networks.forget()
    yield tmp_path
    cache.networks.forget()
