"""The training loop: it learns, it resumes exactly, it averages, and its checkpoints hold plain tensors."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from torch import nn

from demos.core.training import loop, options, update


def make_task(seed: int = 0) -> update.Task:
    """A line fitted to y = 3 x + 1 with fresh random points in every step."""
    torch.manual_seed(seed)
    line = nn.Linear(1, 1)

    def loss(progress: float) -> dict[str, torch.Tensor]:
        x = torch.rand(16, 1)
        return {"square": (line(x).float() - (3 * x + 1)).square().mean()}

    optimiser = torch.optim.AdamW(line.parameters(), lr=0.05, weight_decay=0.0)
    return update.Task(nn.ModuleDict({"line": line}), [update.Update(optimiser, loss)])


@pytest.fixture
def settings(tmp_path: Path) -> options.TrainingOptions:
    # An hour that no test uses up: the learning rate stays where the warm-up left it.
    return options.TrainingOptions(hours=1, warmup=10, log_steps=20, checkpoint=str(tmp_path / "c.safetensors"))


def test_the_loss_falls_to_the_answer(settings: options.TrainingOptions) -> None:
    task = make_task()
    logs = list(loop.train(task, settings, max_steps=400))
    assert logs[-1].losses["square"] < 0.01 < logs[0].losses["square"]
    assert task.networks["line"].weight.item() == pytest.approx(3, abs=0.3)


def test_a_resumed_training_equals_one_that_never_stopped(settings: options.TrainingOptions, tmp_path: Path) -> None:
    straight = make_task()
    list(loop.train(straight, settings, max_steps=60))
    halved = replace(settings, checkpoint=str(tmp_path / "half.safetensors"))
    first = make_task()
    list(loop.train(first, halved, max_steps=30))
    second = make_task(seed=99)  # its weights and its random numbers come from the checkpoint
    logs = list(loop.train(second, halved, max_steps=30))
    assert logs[-1].step == 60
    for ours, theirs in zip(second.networks.parameters(), straight.networks.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6)  # the cosine saw other clock times


def test_the_average_lags_behind_and_is_what_one_gets(settings: options.TrainingOptions) -> None:
    averaged = make_task()
    list(loop.train(averaged, replace(settings, ema=0.999), max_steps=30))
    plain = make_task()
    list(loop.train(plain, replace(settings, checkpoint=settings.checkpoint + "2"), max_steps=30))
    assert averaged.networks["line"].weight.item() != pytest.approx(plain.networks["line"].weight.item(), abs=1e-3)


def test_time_up_means_stop(settings: options.TrainingOptions) -> None:
    task = make_task()
    logs = list(loop.train(task, replace(settings, hours=1e-4, log_steps=1)))
    assert logs[-1].progress == pytest.approx(1, abs=0.5)


def test_the_rate_warms_up_and_falls_to_zero() -> None:
    settings = options.TrainingOptions(warmup=10)
    assert loop.cosine(0, 0, settings) == pytest.approx(0.1)
    assert loop.cosine(9, 0, settings) == pytest.approx(1)
    assert loop.cosine(1000, 0.5, settings) == pytest.approx(0.5)
    assert loop.cosine(1000, 1, settings) == pytest.approx(0, abs=1e-9)
    assert math.isclose(loop.cosine(1000, 1, replace(settings, final_lr=0.1)), 0.1)


def test_a_checkpoint_is_safetensors(settings: options.TrainingOptions) -> None:
    list(loop.train(make_task(), settings, max_steps=5))
    with safe_open(settings.checkpoint, "pt") as file:
        assert "networks.line.weight" in file.keys()  # noqa: SIM118
        assert file.metadata()["step"] == "5"


def test_two_updates_take_turns(settings: options.TrainingOptions) -> None:
    """A GAN's shape: each update moves its own parameters only."""
    a, b = nn.Linear(1, 1), nn.Linear(1, 1)
    order: list[str] = []

    def loss_of(name: str, network: nn.Module):
        def loss(progress: float) -> dict[str, torch.Tensor]:
            order.append(name)
            return {name: network(torch.ones(1, 1)).square().sum()}

        return loss

    updates = [
        update.Update(torch.optim.SGD(a.parameters(), lr=0.1), loss_of("a", a)),
        update.Update(torch.optim.SGD(b.parameters(), lr=0.0), loss_of("b", b)),
    ]
    before = b.weight.item()
    list(loop.train(update.Task(nn.ModuleDict({"a": a, "b": b}), updates), settings, max_steps=3))
    assert order == ["a", "b"] * 3
    assert b.weight.item() == before


def test_the_command_line_has_every_setting(tmp_path: Path) -> None:
    arguments = options.parser(options.TrainingOptions, "x").parse_args(["--hours", "2", "--log-steps", "7"])
    settings = options.from_arguments(options.TrainingOptions, arguments)
    assert settings == options.TrainingOptions(hours=2.0, log_steps=7)
