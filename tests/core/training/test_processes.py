"""Two processes on this machine (gloo): the denoiser's losses are one's with the doubled batch, and all leave together.

What the processes run stands at the top, so that they can import it.
"""

import json
import os
import socket
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import multiprocessing

from demos.autoencoder.denoise import train
from demos.core import device
from demos.core.training import batches, loop, processes
from demos.dcgan.training import gan
from demos.dcgan.training import options as gan_options
from tests.autoencoder.patches import patches

SETTINGS = train.DenoiserOptions(
    batch=8, warmup=3, ema=0.5, log_steps=1, threads=1, widths="8,12", blocks="1,1", save_minutes=1e9
)
STEPS, SIZES = 4, ((1.0, 32),)
PATIENCE = 120  # seconds
GAN = gan_options.GanOptions(batch=8, size=16, width=4, latent=5, log_steps=1, threads=1)


def float32() -> None:
    device._current = device.Device(torch.device("cpu"), torch.float32, "CPU")


def denoiser_losses(folder: Path, batch: int, max_steps: int) -> list[dict[str, float]]:
    """The losses of each step; the checkpoint stays in the folder."""
    settings = replace(SETTINGS, batch=batch, checkpoint=str(folder / "denoiser.safetensors"))
    return [log.losses for log in loop.train(train.task_of(settings, patches()), settings, max_steps=max_steps)]


def leaving(folder: Path, rank: int) -> int:
    """How many steps a process takes whose clock is wrong: the second's runs a thousand times as fast."""
    clock = time.monotonic
    time.monotonic = lambda: clock() * (1000 if rank else 1)  # type: ignore[assignment]
    settings = replace(SETTINGS, minutes=0.5 / 60, checkpoint=str(folder / "leaving.safetensors"), ema=0.0)
    try:
        return [log.step for log in loop.train(train.task_of(settings, patches()), settings)][-1]
    finally:
        time.monotonic = clock  # type: ignore[assignment]


def gan_weights(folder: Path) -> list[float]:
    """The norms of both networks' weights after two steps of a training that is not distributed by PyTorch."""
    settings = replace(GAN, checkpoint=str(folder / "gan.safetensors"))
    pictures = torch.randint(256, (40, 3, 16, 16), generator=torch.Generator().manual_seed(1)).byte()
    random = batches.stream(settings.seed)
    game = gan.GanTraining(settings, gan.Batches(pictures, 8, mirror=True, random=random), random=random)
    list(loop.train(game.task(), settings, max_steps=2))
    return [float(p.norm()) for network in (game.generator, game.discriminator) for p in network.parameters()]


def work(rank: int, world: int, port: int, folder: Path) -> None:
    os.environ |= {
        "RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(world), "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
    }  # fmt: skip
    torch.set_num_threads(1)
    float32()
    train.SIZES = SIZES
    crops, noise = patches(), batches.stream(1)
    answers = {
        "crops": crops(4, 16).sum((1, 2, 3)).tolist(),
        "noise": noise.rand(4).tolist(),
        # Two steps, then two more from the checkpoint: with what goes on, both equal one process' four.
        "losses": denoiser_losses(folder, 8, 2) + denoiser_losses(folder, 8, STEPS - 2),
        "leaving": leaving(folder, rank),
        "gan": gan_weights(folder),
    }
    (folder / f"{rank}.json").write_text(json.dumps(answers))
    processes.leave()


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    folder = tmp_path_factory.mktemp("processes")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    together, deadline = (
        multiprocessing.spawn(work, (2, port, folder), nprocs=2, join=False),
        time.monotonic() + PATIENCE,
    )
    while not together.join(timeout=1):
        if time.monotonic() > deadline:  # one waits for another that has left: Gloo would for half an hour
            for process in together.processes:
                process.kill()
            pytest.fail("The processes wait for one another.")
    return [json.loads((folder / f"{rank}.json").read_text()) for rank in range(2)]


@pytest.mark.slow
def test_the_losses_are_those_of_one_process_with_the_doubled_batch(
    answers: list[dict], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "_current", device.Device(torch.device("cpu"), torch.float32, "CPU"))
    monkeypatch.setattr(train, "SIZES", SIZES)
    alone = denoiser_losses(tmp_path, 16, STEPS)
    for rank in range(2):
        assert len(answers[rank]["losses"]) == STEPS
        for one, two in zip(answers[rank]["losses"], alone, strict=True):
            assert one == pytest.approx(two, rel=1e-4)


@pytest.mark.slow
def test_processes_draw_different_crops_and_noise(answers: list[dict]) -> None:
    for name in ("crops", "noise"):
        assert not set(answers[0][name]) & set(answers[1][name])


@pytest.mark.slow
def test_all_leave_together_whatever_their_clocks_say(answers: list[dict]) -> None:
    assert answers[0]["leaving"] == answers[1]["leaving"] > 1


@pytest.mark.slow
def test_a_gans_networks_stay_the_same_in_all_processes(answers: list[dict]) -> None:
    assert answers[0]["gan"] == answers[1]["gan"]
