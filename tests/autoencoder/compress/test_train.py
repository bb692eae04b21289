"""The codec's training: it learns, and what is exported."""

from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from demos.autoencoder.compress import network as codec_network
from demos.autoencoder.compress import train
from demos.core.networks import files as network_files
from demos.core.training import loop
from demos.core.training.export import export
from tests.autoencoder.patches import patches


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> train.CodecOptions:
    monkeypatch.setattr(train, "SIZES", ((1.0, 32),))
    path = str(tmp_path / "checkpoint.safetensors")
    return train.CodecOptions(batch=4, warmup=5, ema=0.5, log_steps=15, checkpoint=path, threads=1)


def test_the_losses_fall(settings: train.CodecOptions) -> None:
    logs = list(loop.train(train.task_of(settings, patches()), settings, max_steps=45))
    assert sum(logs[-1].losses.values()) < 0.85 * sum(logs[0].losses.values())


def test_the_export_is_the_network_in_half_precision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: train.CodecOptions
) -> None:
    noted: list[Path] = []
    monkeypatch.setattr(network_files, "record_shipped", noted.append)  # the shipped hashes stay as they are
    task, path = train.task_of(settings, patches()), tmp_path / "network.safetensors"
    network = task.networks.get_submodule("losses.network")
    export(network, path, task.metadata)
    with safe_open(path, "pt") as file:
        again = codec_network.build(load_file(path), file.metadata())
    assert noted == [path]
    assert path.stat().st_size < 9.5e6
    for key, tensor in again.state_dict().items():
        torch.testing.assert_close(tensor, network.state_dict()[key].float(), atol=2e-3, rtol=2e-3)
