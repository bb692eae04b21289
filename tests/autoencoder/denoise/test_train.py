"""The denoiser's training: it learns, goes on where it stopped, and two processes are one with the doubled batch."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from demos.autoencoder.denoise import network as denoise_network
from demos.autoencoder.denoise import train
from demos.core.data import training_photos
from demos.core.data.random_stream import RandomStream
from demos.core.networks import files as network_files
from demos.core.training import loop
from demos.core.training.export import export
from tests.autoencoder.patches import patches


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> train.DenoiserOptions:
    monkeypatch.setattr(train, "SIZES", ((1.0, 32),))
    path = str(tmp_path / "checkpoint.safetensors")
    return train.DenoiserOptions(
        batch=4, warmup=5, ema=0.5, log_steps=15, checkpoint=path, threads=1, widths="8,12", blocks="1,1"
    )


def test_the_losses_fall(settings: train.DenoiserOptions) -> None:
    """On the same noisy crops before and after, since the noise of two batches differs more than their losses."""
    settings = replace(settings, lr=3e-3)
    task = train.task_of(settings, patches())
    crops = train.noisy_crops(patches(1)(16, 32), 0.65, RandomStream(3))

    def total() -> float:
        with torch.no_grad():
            return float(sum(task.networks["losses"](*crops).values()))

    before = total()
    list(loop.train(task, settings, max_steps=60))
    assert total() < 0.85 * before


def test_a_resumed_training_is_the_uninterrupted_one(settings: train.DenoiserOptions) -> None:
    """Data, noise, averages and all; the seeds with which the second half begins do not matter."""
    every = replace(settings, log_steps=1)
    whole = replace(every, checkpoint=settings.checkpoint + "2")
    straight = [log.losses for log in loop.train(train.task_of(whole, patches()), whole, max_steps=6)]
    halves = [
        log.losses
        for seed in (0, 99)
        for log in loop.train(train.task_of(replace(every, seed=seed), patches(seed)), every, max_steps=3)
    ]
    for one, two in zip(straight, halves, strict=True):
        assert one == pytest.approx(two, rel=1e-4)


def test_noisy_crops_have_both_kinds_and_bounded_sigma() -> None:
    clean, noisy = train.noisy_crops(torch.full((8, 3, 32, 32), 0.5), 0.5, RandomStream(0))
    assert clean.shape == noisy.shape == (8, 3, 32, 32)
    spread = 255 * (noisy - clean).std((1, 2, 3))
    assert spread.max() < train.STRONGEST * 1.1
    assert (spread > 0).all()
    # Only Gaussian noise leaves the colours of neighbouring pixels independent; both halves have both kinds.
    neighbours = torch.stack(
        [torch.corrcoef(torch.stack([(n - c)[:, :, 1:].flatten(), (n - c)[:, :, :-1].flatten()]))[0, 1]
         for n, c in zip(noisy, clean, strict=True)]
    )  # fmt: skip
    gaussian = neighbours.abs() < 0.1
    assert gaussian.sum() >= 4
    for half in (gaussian[::2], gaussian[1::2]):
        assert half.any()


@pytest.mark.parametrize("gaussian", [0.0, 0.65, 1.0])
def test_noise_is_shared_by_processes(gaussian: float) -> None:
    photos = torch.rand(16, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    alone = train.noisy_crops(photos, gaussian, RandomStream(2))
    halves = [
        train.noisy_crops(photos[8 * rank :][:8], gaussian, RandomStream(2, rank, 2)) for rank in range(2)
    ]  # fmt: skip
    for whole, parts in zip(alone, zip(*halves, strict=True), strict=True):
        assert torch.equal(whole, torch.cat(parts))


def test_the_losses_are_means_over_photos(settings: train.DenoiserOptions) -> None:
    task = train.task_of(settings, patches())
    losses, photos = task.networks["losses"], torch.rand(8, 3, 32, 32)
    noisy = photos + 0.1 * torch.randn(photos.shape)
    whole = losses(photos, noisy)
    halves = [losses(photos[part], noisy[part]) for part in (slice(4), slice(4, 8))]
    for name, loss in whole.items():
        torch.testing.assert_close(loss, (halves[0][name] + halves[1][name]) / 2, rtol=2e-2, atol=1e-4)  # bfloat16 CPUs


def test_the_test_photos_are_never_trained_on(shared: Path) -> None:
    photos = {content for content, _ in training_photos.training_photos(shared / "data", training_photos.SHARP)}
    assert len(photos) == 230 + 529
    for folder in ("cbsd68", "real_noise"):
        assert not any(path.read_bytes() in photos for path in (shared / "data" / folder).glob("*.jpg"))


def test_the_export_is_the_network_in_half_precision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: train.DenoiserOptions
) -> None:
    noted: list[Path] = []
    monkeypatch.setattr(network_files, "record_shipped", noted.append)  # the shipped hashes stay as they are
    task, path = train.task_of(settings, patches()), tmp_path / "network.safetensors"
    network = task.networks.get_submodule("losses.network")
    export(network, path, task.metadata)
    with safe_open(path, "pt") as file:
        again = denoise_network.build(load_file(path), file.metadata())
    assert noted == [path]
    for key, tensor in again.state_dict().items():
        torch.testing.assert_close(tensor, network.state_dict()[key].float(), atol=2e-3, rtol=2e-3)
