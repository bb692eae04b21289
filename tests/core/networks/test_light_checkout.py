"""The whole way of a checkout without weights/: every network of ours comes from a Hub, and works."""

import shutil
from pathlib import Path

import pytest

from demos.core.hub import hashes
from demos.core.networks import files as network_files
from tests.core.conftest import ROOT, python
from tests.hub import Hub

OURS = "ada/hidden-layers"

USE = """
import sys
from demos.autoencoder.compress import file as codec
from demos.autoencoder.denoise import tiles
from demos.autoencoder.layers import network as layers
from demos.autoencoder.live import shipped
from demos.core.hub import fetch
from demos.core.networks import files, vgg
from demos.dcgan import pretrained
from demos.dcgan.explore import snapshots
from demos.style.instant import stylise

assert not files.SHIPPED.exists()
fetch.set_offline("--offline" in sys.argv)
for load in (vgg.load, stylise.load, tiles.load, codec.load, layers.load, shipped.finished):
    load()
assert pretrained.names() == ["Cats", "Clothes"], pretrained.names()
pretrained.load("Clothes")
cats = pretrained.load("Cats")
assert cats.discriminator is not None
assert snapshots.load_snapshot(cats, 0, count=1).pixels.shape == (1, 64, 64, 3)
assert snapshots.collapsed() is not None
"""


@pytest.mark.skipif(not (ROOT / "weights").is_dir(), reason="needs weights/, to serve it")
def test_everything_of_ours_loads_without_weights_and_stays(home: Path, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(ROOT / "demos", checkout / "demos", ignore=shutil.ignore_patterns("__pycache__"))
    files = {name: ROOT / "weights" / name for name in hashes.read(network_files.EXPECTED)}
    with Hub({OURS: files}) as running:
        environment = running.environment(home, HIDDEN_LAYERS_HUB=OURS, PYTHONPATH=str(checkout))
        first = python(USE, environment, cwd=checkout)
        _, errors = first.communicate(timeout=120)
        assert first.returncode == 0, errors
        assert running.sent["denoiser.safetensors"] == (ROOT / "weights" / "denoiser.safetensors").stat().st_size
        running.requests.clear()
        second = python(USE, environment, "--offline", cwd=checkout)
        _, errors = second.communicate(timeout=120)
        assert second.returncode == 0, errors
        assert running.asked() == []
