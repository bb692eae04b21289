"""The training loop: it learns, it resumes exactly, it averages, and its checkpoints hold plain tensors."""

import dataclasses
import math
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors import safe_open
from torch import nn

from demos.core import device
from demos.core.data.crops import IntegerPatch, Sampler
from demos.core.errors import DemoError
from demos.core.training import export, loop, optimisation, options, update


def make_task(seed: int = 0) -> update.Task:
    """A line fitted to y = 3 x + 1 with fresh random points in every step."""
    torch.manual_seed(seed)
    line = nn.Linear(1, 1)

    def loss(network: nn.Module, step: int, progress: float) -> dict[str, torch.Tensor]:
        x = torch.rand(16, 1)
        return {"square": (network(x).float() - (3 * x + 1)).square().mean()}

    optimiser = torch.optim.AdamW(line.parameters(), lr=0.05, weight_decay=0.0)
    return update.Task(nn.ModuleDict({"line": line}), [update.Update(line, optimiser, loss)])


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


def test_it_takes_the_time_that_it_was_given(
    settings: options.TrainingOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a clock that moves a second in every step: ten steps in ten seconds, half of the progress at half of them."""
    now, task, seen = [0.0], make_task(), []
    inner = task.updates[0].loss

    def loss(network: nn.Module, step: int, progress: float) -> dict[str, torch.Tensor]:
        now[0] += 1.0
        seen.append(progress)
        return inner(network, step, progress)

    task.updates[0].loss = loss
    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: now[0]))
    logs = list(loop.train(task, replace(settings, hours=10 / 3600)))
    assert logs[-1].step == 10
    assert logs[-1].seconds == pytest.approx(10)
    assert seen == pytest.approx([i / 10 for i in range(10)])


@pytest.mark.parametrize(("clip", "moved"), [(0.0, 10.0), (2.0, 2.0), (50.0, 10.0)])
def test_gradients_are_clipped_to_the_norm(clip: float, moved: float) -> None:
    """The gradient of 6 a + 8 b has length 10; plain descent at rate 1 moves as far as it is long."""
    point = nn.Linear(2, 1, bias=False)
    nn.init.zeros_(point.weight)
    slope = torch.tensor([[6.0, 8.0]])
    task = update.Update(
        point, torch.optim.SGD(point.parameters(), 1.0), lambda network, step, progress: {"plane": network(slope).sum()}
    )
    update.descend(task, clip=clip)
    assert point.weight.norm().item() == pytest.approx(moved, rel=1e-4)
    torch.testing.assert_close(point.weight.detach() / moved, -slope / 10)


def test_the_rate_warms_up_and_falls_to_zero() -> None:
    settings = options.TrainingOptions(warmup=10)
    assert optimisation.learning_rate(0, 0, settings) == pytest.approx(0.1)
    assert optimisation.learning_rate(9, 0, settings) == pytest.approx(1)
    assert optimisation.learning_rate(1000, 0.5, settings) == pytest.approx(0.5)
    assert optimisation.learning_rate(1000, 1, settings) == pytest.approx(0, abs=1e-9)
    assert math.isclose(optimisation.learning_rate(1000, 1, replace(settings, final_lr=0.1)), 0.1)


def test_the_rate_can_stay_and_then_fall_straight_to_a_share() -> None:
    late = options.TrainingOptions(warmup=0, linear=True, fall_at=0.6, final_lr=0.1)
    rates = [optimisation.learning_rate(1000, progress, late) for progress in (0, 0.6, 0.8, 0.96, 1)]
    assert rates == pytest.approx([1, 1, 0.5, 0.1, 0.1])
    assert optimisation.learning_rate(9, 0.8, replace(late, linear=False, final_lr=0.0)) == pytest.approx(0.5)


def test_a_checkpoint_is_safetensors(settings: options.TrainingOptions) -> None:
    list(loop.train(make_task(), settings, max_steps=5))
    with safe_open(settings.checkpoint, "pt") as file:
        assert "networks.line.weight" in file.keys()  # noqa: SIM118
        assert file.metadata()["step"] == "5"


def test_two_updates_take_turns(settings: options.TrainingOptions) -> None:
    """A GAN's shape: each update moves its own parameters only."""
    a, b = nn.Linear(1, 1), nn.Linear(1, 1)
    order: list[str] = []

    def loss_of(name: str):
        def loss(network: nn.Module, step: int, progress: float) -> dict[str, torch.Tensor]:
            order.append(f"{name}{step}")
            return {name: network(torch.ones(1, 1)).square().sum()}

        return loss

    updates = [
        update.Update(a, torch.optim.SGD(a.parameters(), lr=0.1), loss_of("a")),
        update.Update(b, torch.optim.SGD(b.parameters(), lr=0.0), loss_of("b")),
    ]
    before = b.weight.item()
    list(loop.train(update.Task(nn.ModuleDict({"a": a, "b": b}), updates), settings, max_steps=3))
    assert order == ["a0", "b0", "a1", "b1", "a2", "b2"]
    assert b.weight.item() == before


def test_a_resumed_training_goes_on_with_the_data_where_it_stopped(settings: options.TrainingOptions) -> None:
    """Six batches in one go, and in two halves of which the second begins with other seeds."""

    def watched(seed: int, seen: list[torch.Tensor]) -> update.Task:
        task, photos = make_task(), list(torch.randint(256, (5, 3, 20, 20), dtype=torch.uint8))
        crops = Sampler(photos, [1] * 5, IntegerPatch(), seed=seed)

        def loss(network: nn.Module, step: int, progress: float) -> dict[str, torch.Tensor]:
            seen.append(crops(2, 8))
            return {"x": network(seen[-1].mean().view(1, 1)).sum()}

        task.updates[0].loss, task.stateful = loss, {"crops": crops}
        return task

    whole: list[torch.Tensor] = []
    parts: list[torch.Tensor] = []
    torch.manual_seed(3)
    list(loop.train(watched(1, whole), replace(settings, checkpoint=settings.checkpoint + "2"), max_steps=6))
    for seed in (1, 99):
        list(loop.train(watched(seed, parts), settings, max_steps=3))
    assert all(torch.equal(one, two) for one, two in zip(whole, parts, strict=True))
    assert len({batch.numpy().tobytes() for batch in parts}) == 6


def test_a_resumed_fused_optimiser_goes_on_in_channels_last(settings: options.TrainingOptions) -> None:
    """A fused kernel walks through memory: a state laid out otherwise than its parameter would be another state."""

    def fused(seed: int) -> update.Task:
        torch.manual_seed(seed)
        network = nn.Conv2d(3, 4, 3).to(memory_format=torch.channels_last)

        def loss(network: nn.Module, step: int, progress: float) -> dict[str, torch.Tensor]:
            return {"x": network(torch.rand(2, 3, 8, 8)).float().square().mean()}

        optimiser = torch.optim.Adam(network.parameters(), 0.01, fused=True)
        return update.Task(nn.ModuleDict({"network": network}), [update.Update(network, optimiser, loss)])

    whole, plain = fused(0), replace(settings, final_lr=1.0)
    list(loop.train(whole, replace(plain, checkpoint=settings.checkpoint + "2"), max_steps=6))
    for seed in (0, 5):
        halves = fused(seed)
        list(loop.train(halves, plain, max_steps=3))
    for ours, theirs in zip(halves.networks.parameters(), whole.networks.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6)
    moments = halves.updates[0].optimiser.state[halves.networks["network"].weight]["exp_avg"]
    assert moments.is_contiguous(memory_format=torch.channels_last)


def test_a_foreign_checkpoint_is_refused_with_a_sentence(settings: options.TrainingOptions) -> None:
    list(loop.train(make_task(), settings, max_steps=1))
    other = nn.ModuleDict({"other": nn.Linear(2, 2)})
    with pytest.raises(DemoError, match="--checkpoint"):
        list(loop.train(update.Task(other, []), settings, max_steps=1))


def test_losses_are_read_only_for_a_log(settings: options.TrainingOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[str] = []
    for name in ("item", "__float__", "tolist"):
        monkeypatch.setattr(
            torch.Tensor, name, lambda self, name=name: reads.append(name) or getattr(self.numpy(), name)()
        )
    task = make_task()
    task.updates[0].optimiser = torch.optim.SGD(task.networks.parameters(), 0.01)  # AdamW reads its own counter
    *_, last = loop.train(task, replace(settings, log_steps=7), max_steps=14)
    assert last.losses.keys() == {"square"}
    assert reads.count("tolist") == 2
    assert len(reads) == 2


def test_the_average_is_the_recursion_with_a_warm_up() -> None:
    line = nn.Linear(1, 1, bias=False)
    line.register_buffer("count", torch.tensor(0))
    average, expected = optimisation.Ema(line, 0.3), 0.0
    for step in range(12):
        with torch.no_grad():
            line.weight.fill_(step**2)
        line.count += 1
        average.update()
        decay = min(0.3, step / (step + 10))
        expected = decay * expected + (1 - decay) * step**2
        assert average.averaged(line).weight.item() == pytest.approx(expected)
    assert average.averaged(line).count == 12
    assert line.weight.item() == 121
    average.apply()
    assert line.weight.item() == pytest.approx(expected)


def test_a_resumed_average_goes_on(settings: options.TrainingOptions) -> None:
    averaged = replace(settings, ema=0.9)
    whole = make_task()
    list(loop.train(whole, replace(averaged, checkpoint=settings.checkpoint + "2"), max_steps=8))
    for seed in (0, 5):
        halves = make_task(seed)
        list(loop.train(halves, averaged, max_steps=4))
    for ours, theirs in zip(halves.networks.parameters(), whole.networks.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6)


def test_plans_give_the_value_of_their_time() -> None:
    plan = ((0.2, 5), (1.0, 7))
    assert optimisation.planned(0.0, plan) == optimisation.planned(0.2, plan) == 5
    assert optimisation.planned(1.0, plan) == optimisation.planned(1.01, plan) == 7


def test_an_export_is_half_precision_with_metadata_and_a_noted_hash(tmp_path: Path) -> None:
    network = nn.Sequential(nn.Conv2d(3, 2, 3), nn.BatchNorm2d(2)).to(memory_format=torch.channels_last)
    export.export(network, tmp_path / "new" / "x.safetensors", {"widths": "2"})
    with safe_open(tmp_path / "new" / "x.safetensors", "pt") as file:
        assert file.metadata() == {"widths": "2"}
        assert file.get_tensor("0.weight").dtype == torch.float16
        assert file.get_tensor("1.num_batches_tracked").dtype == torch.int64
    assert "x.safetensors" in (tmp_path / "new" / "SHA256SUMS").read_text()


# ---- the command line -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Example(options.TrainingOptions):
    batch: int = 4
    mirror: bool = options.option(True, "100 % of them")


def test_the_command_line_has_every_setting() -> None:
    arguments = options.parser(Example, "x").parse_args(
        ["--hours", "2", "--log-steps", "7", "--no-mirror", "--photos", "one", "two.tar", "--dry-run"]
    )
    settings = options.from_arguments(Example, arguments)
    assert settings == Example(hours=2.0, log_steps=7, mirror=False, photos=("one", "two.tar"), dry_run=True)
    assert options.from_arguments(Example, options.parser(Example, "x").parse_args([])) == Example()


def test_every_option_has_a_help_text() -> None:
    text = options.parser(Example, "x").format_help()
    assert "100 % of them" in text
    for item in dataclasses.fields(Example):
        assert options._help(Example, item.name), item.name  # also where only the default was changed


def test_minutes_override_hours() -> None:
    assert options.TrainingOptions(hours=2).seconds == 7200
    assert options.TrainingOptions(hours=2, minutes=1.5).seconds == 90


def test_a_dry_run_writes_into_a_folder_that_goes(monkeypatch: pytest.MonkeyPatch, capsys, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "argv", ["x", "--dry-run", "--checkpoint", str(tmp_path / "c"), "--device", "cuda"])
    monkeypatch.setattr(device, "_current", None)
    with options.command(options.TrainingOptions, "x") as settings:
        logs = list(loop.train(make_task(), settings))
        assert Path(settings.checkpoint).exists()
        assert device.current().device.type == "cpu"
    assert logs[-1].step == options.DRY_STEPS
    assert not Path(settings.checkpoint).exists()
    assert list(tmp_path.iterdir()) == []
    assert "nothing was kept" in capsys.readouterr().out


def test_errors_end_the_command_as_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["x"])
    with pytest.raises(SystemExit, match="no photos"), options.command(options.TrainingOptions, "x"):
        raise DemoError("There are no photos.")
