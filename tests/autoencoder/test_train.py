"""The trainings: which photos they see, that each network learns, goes on where it stopped, and what is exported."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from demos.autoencoder import train
from demos.autoencoder.compress import network as codec_network
from demos.autoencoder.denoise import network as denoise_network
from demos.autoencoder.layers import network as layers_network
from demos.core.networks import files as network_files
from demos.core.networks import vgg
from demos.core.training import loop


def patches(seed: int = 0) -> train.Patches:
    """Blobs of every size, (3, 48, 56) bytes."""
    random = torch.Generator().manual_seed(1)
    coarse = torch.rand(6, 3, 6, 7, generator=random)
    photos = list((torch.nn.functional.interpolate(coarse, scale_factor=8, mode="bilinear") * 255).byte())
    return train.Patches(photos, [1] * 6, seed)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> train.AutoencoderOptions:
    monkeypatch.setattr(train, "SIZES", ((1.0, 32),))
    path = str(tmp_path / "checkpoint.safetensors")
    return train.AutoencoderOptions(
        batch=4, lr=2e-3, warmup=5, ema=0.5, log_steps=15, checkpoint=path, threads=1, widths="8,12", blocks="1,1"
    )


@pytest.mark.parametrize("what", ["denoiser", "codec"])
def test_the_losses_fall(settings: train.AutoencoderOptions, what: str) -> None:
    settings = replace(settings, what=what, lr=train.RATES[what])
    logs = list(loop.train(train.task_of(settings, patches()), settings, max_steps=45))
    assert sum(logs[-1].losses.values()) < 0.85 * sum(logs[0].losses.values())


def test_the_layers_decoders_learn_in_turn(settings: train.AutoencoderOptions) -> None:
    settings = replace(settings, what="layers", log_steps=1, batch=2)
    task = train.task_of(settings, patches())
    cuts = [{name.split()[0] for name in log.losses} for log in loop.train(task, settings, max_steps=5)]
    assert {cut for found in cuts for cut in found} == set(layers_network.CUTS)
    assert all(len(found) == 1 for found in cuts)
    assert not any("encoder" in key for key in task.networks.state_dict())


def test_a_resumed_training_goes_on(settings: train.AutoencoderOptions) -> None:
    list(loop.train(train.task_of(settings, patches()), settings, max_steps=3))
    (log,) = loop.train(train.task_of(settings, patches()), replace(settings, log_steps=1), max_steps=1)
    assert log.step == 4


def test_patches_are_cuts_of_the_photos_and_seeded() -> None:
    photo = torch.arange(3 * 20 * 30, dtype=torch.int64).reshape(3, 20, 30).remainder(251).byte()
    one, two = (train.Patches([photo], [1], seed=5)(8, 16) for _ in range(2))
    assert torch.equal(one, two)
    assert one.shape == (8, 3, 16, 16)
    found = (one * 255).round().byte()
    cuts = photo.unfold(1, 16, 1).unfold(2, 16, 1).permute(1, 2, 0, 3, 4).reshape(-1, 3, 16, 16)
    turned = {torch.rot90(c, k, (1, 2)).numpy().tobytes() for cut in cuts for c in (cut, cut.flip(2)) for k in range(4)}
    assert all(cut.contiguous().numpy().tobytes() in turned for cut in found)


def test_a_small_photo_is_enlarged_to_the_crop() -> None:
    assert train.Patches([torch.zeros(3, 12, 40, dtype=torch.uint8)], [1], 0)(2, 16).shape == (2, 3, 16, 16)


def test_noisy_crops_have_both_kinds_and_bounded_sigma() -> None:
    random = torch.Generator().manual_seed(0)
    clean, noisy = train.noisy_crops(torch.full((8, 3, 32, 32), 0.5), 0.5, random)
    assert clean.shape == noisy.shape == (8, 3, 32, 32)
    spread = 255 * (noisy - clean).std((1, 2, 3))
    assert spread.max() < train.STRONGEST * 1.1
    assert (spread[4:] > 0).all()


def test_the_test_photos_are_never_trained_on(shared: Path) -> None:
    seen = {content for content, _ in train.training_photos(shared / "data")}
    assert len(seen) > 4000
    for folder in ("cbsd68", "real_noise"):
        assert not any(path.read_bytes() in seen for path in (shared / "data" / folder).glob("*.jpg"))


@pytest.mark.parametrize("what", ["denoiser", "codec"])
def test_the_export_is_the_network_in_half_precision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: train.AutoencoderOptions, what: str
) -> None:
    noted: list[Path] = []
    monkeypatch.setattr(network_files, "record_shipped", noted.append)  # the shipped hashes stay as they are
    task, path = train.task_of(replace(settings, what=what), patches()), tmp_path / "network.safetensors"
    train.export(task.networks["network"], path, task.metadata)
    with safe_open(path, "pt") as file:
        note = file.metadata()
    again = (denoise_network.build if what == "denoiser" else codec_network.build)(load_file(path), note)
    assert noted == [path]
    assert path.stat().st_size < 9.5e6
    before = task.networks["network"].state_dict()
    for key, tensor in again.state_dict().items():
        torch.testing.assert_close(tensor, before[key].float(), atol=2e-3, rtol=2e-3)


def test_the_five_decoders_come_back_from_one_file() -> None:
    decoders = layers_network.new_decoders(vgg.VGG16((4, 6, 8, 10, 12)))
    again = layers_network.build(decoders.state_dict(), layers_network.metadata(decoders))
    assert set(again) == set(layers_network.CUTS)
    x = torch.rand(1, 12, 2, 3)
    with torch.no_grad():
        assert torch.equal(again["pool5"](x), decoders["pool5"](x))
        assert again["pool5"](x).shape == (1, 3, 64, 96)
