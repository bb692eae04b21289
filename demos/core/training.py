"""The one training loop for the networks that this project ships.

A training describes itself as a `Task`: the networks, and one or more `Update`s (a loss and the parameters it
moves; a GAN has two, one for each side). The loop adds what every training needs and none should write again:
a schedule that ends when the time is up, gradient clipping, the device's fast precision, an exponential moving
average of the weights, a log, checkpoints from which it resumes, and several processes by `torchrun`.

Checkpoints are safetensors files: loading one can run no code, whoever wrote it.
"""

import dataclasses
import json
import math
import os
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from demos.core import device


@dataclass(frozen=True)
class Settings:
    """What every training can be told on its command line (see `parser`)."""

    hours: float = 1.0  # wall-clock time of the whole training, resumed parts counted in
    batch: int = 32
    lr: float = 3e-3
    weight_decay: float = 1e-3
    clip: float = 5.0  # gradient norm; 0 turns clipping off
    warmup: int = 150  # steps over which the learning rate rises from 0
    final_lr: float = 0.0  # share of `lr` left at the end of the cosine; 1 keeps it constant
    ema: float = 0.0  # decay of the weights' moving average; 0 keeps none
    seed: int = 0
    threads: int = 0  # CPU threads; 0 leaves PyTorch's choice
    checkpoint: str = "~/checkpoints/training.safetensors"
    save_minutes: float = 4.0
    log_steps: int = 50


@dataclass
class Update:
    """One optimiser step: `loss(progress)` gives named parts, of which the sum is minimised."""

    optimiser: torch.optim.Optimizer
    loss: Callable[[float], dict[str, Tensor]]  # progress is 0 at the start of the training and 1 at its end


@dataclass
class Task:
    """What is trained: `networks` are saved and averaged, `updates` run in order in every step."""

    networks: nn.ModuleDict
    updates: list[Update]
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Log:
    """Means over the steps since the last log."""

    step: int
    seconds: float  # of training so far, resumed parts counted in
    progress: float  # 0..1 of the time allowed
    losses: dict[str, float]
    steps_per_second: float


def cosine(step: int, progress: float, settings: Settings) -> float:
    """The learning rate's factor: a linear warm-up, then a half cosine down to `final_lr`.

    Source: Loshchilov and Hutter, "SGDR" (2017), equation 5, over the time allowed instead of over epochs.
    """
    warm = min(1.0, (step + 1) / max(1, settings.warmup))
    fall = 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
    return warm * (settings.final_lr + (1 - settings.final_lr) * fall)


def train(task: Task, settings: Settings, max_steps: int | None = None) -> Iterator[Log]:
    """Trains until the time is up (or `max_steps`), saving and yielding a `Log` every `log_steps` steps.

    The averaged weights, if any, are in `task.networks` only after `use_average`; a checkpoint holds both.
    """
    if settings.threads:
        torch.set_num_threads(settings.threads)
    world = _join_other_processes(settings.seed)
    path = Path(settings.checkpoint).expanduser()
    average = _average(task, settings)
    start, seconds = _resume(path, task, average) if path.exists() else (0, 0.0)
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
            for name, value in descend(update, progress, settings.clip, world).items():
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
            _save(path, task, average, step, seconds)
            last_save = now
    _save(path, task, average, step, seconds)
    if since_log:
        means = {name: value / since_log for name, value in sums.items()}
        yield Log(step, seconds, min(1.0, progress), means, since_log / max(1e-9, time.monotonic() - last_log))
    use_average(task, average)


def descend(update: Update, progress: float = 0.0, clip: float = 0.0, world: int = 1) -> dict[str, float]:
    """One forward pass, one backward pass, one step of the optimiser; returns the losses."""
    where = device.current()
    # float16 would need loss scaling; a training takes it as a reason to stay in float32.
    fast = where.dtype == torch.bfloat16
    with torch.autocast(where.device.type, torch.bfloat16, enabled=fast):
        losses = update.loss(progress)
    update.optimiser.zero_grad(set_to_none=True)
    torch.stack([loss.float() for loss in losses.values()]).sum().backward()
    parameters = [p for group in update.optimiser.param_groups for p in group["params"] if p.grad is not None]
    if world > 1:
        for p in parameters:
            torch.distributed.all_reduce(p.grad, op=torch.distributed.ReduceOp.SUM)
            p.grad /= world
    if clip > 0:
        nn.utils.clip_grad_norm_(parameters, clip)
    update.optimiser.step()
    return {name: float(loss.detach()) for name, loss in losses.items()}


def _average(task: Task, settings: Settings) -> AveragedModel | None:
    if not settings.ema:
        return None
    return AveragedModel(task.networks, multi_avg_fn=get_ema_multi_avg_fn(settings.ema), use_buffers=True)


def use_average(task: Task, average: AveragedModel | None) -> None:
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


# ---- checkpoints ----------------------------------------------------------------------------------------------------


def _save(path: Path, task: Task, average: AveragedModel | None, step: int, seconds: float) -> None:
    """Everything a resumed training needs, in one file, replaced at once so that a crash leaves the old one."""
    if int(os.environ.get("RANK", "0")) != 0:
        return
    tensors = {f"networks.{key}": value for key, value in task.networks.state_dict().items()}
    if average is not None:
        tensors |= {f"average.{key}": value for key, value in average.module.state_dict().items()}
        tensors["average_count"] = average.n_averaged
    for i, update in enumerate(task.updates):
        for index, state in update.optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{i}.{index}.{key}": torch.as_tensor(value) for key, value in state.items()}
    tensors["random_state"] = torch.get_rng_state()
    note = {"step": str(step), "seconds": str(seconds), "task": json.dumps(task.metadata)}
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    save_file({key: value.detach().cpu().contiguous().clone() for key, value in tensors.items()}, unfinished, note)
    os.replace(unfinished, path)


def _resume(path: Path, task: Task, average: AveragedModel | None) -> tuple[int, float]:
    with safe_open(path, "pt") as file:
        note = file.metadata()
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118  (safe_open is no dict)

    def under(prefix: str) -> dict[str, Tensor]:
        return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}

    task.networks.load_state_dict(under("networks."))
    if average is not None and "average_count" in tensors:
        average.module.load_state_dict(under("average."))
        average.n_averaged.copy_(tensors["average_count"])
    for i, update in enumerate(task.updates):
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in under(f"optimiser.{i}.").items():
            index, name = key.split(".", 1)
            state.setdefault(int(index), {})[name] = value
        update.optimiser.load_state_dict(update.optimiser.state_dict() | {"state": state})
    torch.set_rng_state(tensors["random_state"])
    return int(note["step"]), float(note["seconds"])


# ---- command line ---------------------------------------------------------------------------------------------------

S = TypeVar("S", bound=Settings)


def parser(settings: type[Settings], description: str) -> ArgumentParser:
    """A command line with one option per field of the settings, defaults included."""
    made = ArgumentParser(description=description)
    for item in dataclasses.fields(settings):
        option = "--" + item.name.replace("_", "-")
        if item.type is bool or item.type == "bool":
            made.add_argument(option, action="store_true", default=item.default)
        else:
            made.add_argument(option, type=type(item.default), default=item.default, help=f"default {item.default}")
    return made


def from_arguments(settings: type[S], arguments: Namespace) -> S:
    """The settings that a command line made by `parser` asked for."""
    return settings(**{item.name: getattr(arguments, item.name) for item in dataclasses.fields(settings)})
