"""The training of the layers' decoders: each learns in turn, and all come back from one file."""

from pathlib import Path

import pytest
import torch

from demos.autoencoder.layers import network as layers_network
from demos.autoencoder.layers import train
from demos.core.networks import vgg
from demos.core.training import loop
from tests.autoencoder.patches import patches


def test_the_layers_decoders_learn_in_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "SIZES", ((1.0, 32),))
    settings = train.LayersOptions(
        batch=2, warmup=5, ema=0.5, log_steps=1, checkpoint=str(tmp_path / "c.safetensors"), threads=1
    )
    logs = []
    for _ in range(2):  # the turns go on after a resume
        task = train.task_of(settings, patches())
        logs += [{name.split()[0] for name in log.losses} for log in loop.train(task, settings, max_steps=3)]
    assert logs == [{layers_network.CUTS[step % 5]} for step in range(6)]
    assert not any("encoder" in key for key in task.networks.state_dict())


def test_the_five_decoders_come_back_from_one_file() -> None:
    decoders = layers_network.new_decoders(vgg.VGG16((4, 6, 8, 10, 12)))
    again = layers_network.build(decoders.state_dict(), layers_network.metadata(decoders))
    assert set(again) == set(layers_network.CUTS)
    x = torch.rand(1, 12, 2, 3)
    with torch.no_grad():
        assert torch.equal(again["pool5"](x), decoders["pool5"](x))
        assert again["pool5"](x).shape == (1, 3, 64, 96)
