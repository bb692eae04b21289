"""The one training loop for the networks that this project ships.

A training describes itself as a `Task`: the networks, and one or more `Update`s (a loss and the parameters it
moves; a GAN has two, one for each side). The loop adds what every training needs and none should write again:
a schedule that ends when the time is up, gradient clipping, the device's fast precision, an exponential moving
average of the weights, a log, checkpoints from which it resumes, and several processes by `torchrun`.

Checkpoints are safetensors files: loading one can run no code, whoever wrote it.
"""

import math
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.optim.swa_utils import AveragedModel

from demos.core.training import checkpoint
from demos.core.training import update as training_update
from demos.core.training.options import TrainingOptions
from demos.core.training.update import Task


@dataclass(frozen=True)
class Log:
    """Means over the steps since the last log."""

    step: int
    seconds: float  # of training so far, resumed parts counted in
    progress: float  # 0..1 of the time allowed
    losses: dict[str, float]
    steps_per_second: float


def cosine(step: int, progress: float, settings: TrainingOptions) -> float:
    """The learning rate's factor: a linear warm-up, then a half cosine down to `final_lr`.

    Source: Loshchilov and Hutter, "SGDR" (2017), equation 5, over the time allowed instead of over epochs.
    """
    warm = min(1.0, (step + 1) / max(1, settings.warmup))
    fall = 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
    return warm * (settings.final_lr + (1 - settings.final_lr) * fall)


def train(task: Task, settings: TrainingOptions, max_steps: int | None = None) -> Iterator[Log]:
    """Trains until the time is up (or `max_steps`), saving and yielding a `Log` every `log_steps` steps.

    The averaged weights, if any, are in `task.networks` only after `use_average`; a checkpoint holds both.
    """
    if settings.threads:
        torch.set_num_threads(settings.threads)
    world = _join_other_processes(settings.seed)
    path = Path(settings.checkpoint).expanduser()
    average = training_update.average_gradients(task, settings)
    start, seconds = checkpoint.resume(path, task, average) if path.exists() else (0, 0.0)
    base_rates = [group["initial_lr"] for update in task.updates for group in _with_initial_lr(update.optimiser)]
    sums: dict[str, float] = {}
    last_log = last_save = last_tick = time.monotonic()
    since_log, step = 0, start
    while True:
        progress = seconds / (settings.hours * 3600) if settings.hours > 0 else 0.0
        if (max_steps is not None and step - start >= max_steps) or progress >= 1:
            break
        factor, rates = cosine(step, progress, settings), iter(base_rates)
        for update in task.updates:
            for group in update.optimiser.param_groups:
                group["lr"] = next(rates) * factor
            for name, value in training_update.descend(update, progress, settings.clip, world).items():
                sums[name] = sums.get(name, 0.0) + value
        if average is not None:
            average.update_parameters(task.networks)
        step, since_log = step + 1, since_log + 1
        now = time.monotonic()
        seconds, last_tick = seconds + now - last_tick, now
        if step % settings.log_steps == 0:
            means = {name: value / since_log for name, value in sums.items()}
            yield Log(step, seconds, progress, means, since_log / (now - last_log))
            sums, since_log, last_log = {}, 0, now
            last_tick = time.monotonic()  # what the caller did with the log is not training time
        if now - last_save > settings.save_minutes * 60:
            checkpoint.save(path, task, average, step, seconds)
            last_save = now
    checkpoint.save(path, task, average, step, seconds)
    if since_log:
        means = {name: value / since_log for name, value in sums.items()}
        yield Log(step, seconds, min(1.0, progress), means, since_log / max(1e-9, time.monotonic() - last_log))
    use_ema(task, average)


def use_ema(task: Task, average: AveragedModel | None) -> None:
    """Puts the averaged weights into the networks, where an average was kept."""
    if average is not None:
        task.networks.load_state_dict(average.module.state_dict())


def _with_initial_lr(optimiser: torch.optim.Optimizer) -> list[dict]:
    for group in optimiser.param_groups:
        group.setdefault("initial_lr", group["lr"])
    return optimiser.param_groups


def _join_other_processes(seed: int) -> int:
    """How many processes train together (`torchrun`); each draws its own batches."""
    world = int(os.environ.get("WORLD_SIZE", "1"))
    rank = int(os.environ.get("RANK", "0"))
    torch.manual_seed(seed + rank)
    if world > 1 and not torch.distributed.is_initialized():
        torch.distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    return world
