"""The one training loop for the networks that this project ships.

A training describes itself as a `Task`: the networks, and one or more `Update`s (a loss and the parameters it
moves; a GAN has two, one for each side). The loop adds what every training needs and none should write again:
a schedule that ends when the time is up, gradient clipping, the device's fast precision, an exponential moving
average of the weights, a log, checkpoints from which it resumes, and several processes by `torchrun`.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from demos.core.training import checkpoint, processes
from demos.core.training import update as training_update
from demos.core.training.optimisation import Ema, learning_rate
from demos.core.training.options import DRY_STEPS, TrainingOptions
from demos.core.training.update import Task


@dataclass(frozen=True)
class Log:
    """Means over the steps since the last log, of all processes."""

    step: int
    seconds: float  # of training so far, resumed parts counted in
    progress: float  # 0..1 of the time allowed
    losses: dict[str, float]
    steps_per_second: float
    average: Ema | None = None  # of the weights, as it is now

    def __str__(self) -> str:
        losses = "  ".join(f"{name} {value:.4f}" for name, value in sorted(self.losses.items()))
        return f"{self.seconds / 60:6.1f} min  {self.step:8d} steps  {self.steps_per_second:5.2f}/s  {losses}"


def train(task: Task, settings: TrainingOptions, max_steps: int | None = None) -> Iterator[Log]:
    """Trains until the time is up (or for `max_steps`), saving now and then, yielding a `Log` every `log_steps` steps.

    The averaged weights, if any, are put into `task.networks` at the end; a checkpoint holds both.

    Raises:
        DemoError: the checkpoint is another training's.
    """
    if settings.threads:
        torch.set_num_threads(settings.threads)
    torch.backends.cudnn.benchmark = True  # few sizes come again and again: trying cuDNN's ways once pays
    if settings.dry_run:
        max_steps = min(DRY_STEPS, max_steps or DRY_STEPS)
    rank, world = processes.rank(), processes.world()
    torch.manual_seed(settings.seed + rank)
    processes.join()
    processes.share(task.networks)
    path = Path(settings.checkpoint).expanduser()
    average = Ema(task.averaged or task.networks, settings.ema) if settings.ema else None
    (resumed,) = processes.agree(path.exists())
    start, seconds = checkpoint.resume(path, task, average) if resumed else (0, 0.0)
    if resumed and rank:  # the checkpoint has process 0's numbers: the others' must differ from them
        torch.manual_seed(settings.seed + rank + 1_000_003 * start)
    base_rates = [group["initial_lr"] for update in task.updates for group in _with_initial_lr(update.optimiser)]
    updates = [processes.wrapped(update) for update in task.updates]
    sums: dict[str, Tensor] = {}
    last_log = last_save = last_tick = time.monotonic()
    since_log, step = 0, start
    while True:
        # One clock for all: the crops' size and much else go by the progress, and all must leave in the same step.
        (seconds,) = processes.agree(seconds)
        progress = seconds / settings.seconds if settings.seconds > 0 else 0.0
        if (max_steps is not None and step - start >= max_steps) or progress >= 1:
            break
        factor, rates = learning_rate(step, progress, settings), iter(base_rates)
        for update in updates:
            for group in update.optimiser.param_groups:
                group["lr"] = next(rates) * factor
            for name, loss in training_update.descend(update, step, progress, settings.clip, world).items():
                sums[name] = sums[name] + loss if name in sums else loss
        if average is not None:
            average.update()
        step, since_log = step + 1, since_log + 1
        # Reading the losses waits for the device, which is training time: it comes before the look at the clock.
        means = processes.means(sums, since_log) if step % settings.log_steps == 0 else None
        now = time.monotonic()
        seconds, last_tick = seconds + now - last_tick, now
        if means is not None:
            yield Log(step, seconds, progress, means, since_log / (now - last_log), average)
            sums, since_log, last_log = {}, 0, now
            last_tick = time.monotonic()  # what the caller did with the log is not training time
        if now - last_save > settings.save_minutes * 60:
            checkpoint.save(path, task, average, step, seconds)
            last_save = now
    checkpoint.save(path, task, average, step, seconds)
    if since_log:
        speed = since_log / max(1e-9, time.monotonic() - last_log)
        yield Log(step, seconds, min(1.0, progress), processes.means(sums, since_log), speed, average)
    if average is not None:
        average.apply()


def run(task: Task, settings: TrainingOptions, done: Callable[[], None]) -> None:
    """A training as a command: prints every log, then calls `done`, which writes what is shipped; both once only."""
    for log in train(task, settings):
        if processes.rank() == 0:
            print(log, flush=True)
    if processes.rank() == 0:
        done()


def _with_initial_lr(optimiser: torch.optim.Optimizer) -> list[dict]:
    for group in optimiser.param_groups:
        group.setdefault("initial_lr", group["lr"])
    return optimiser.param_groups
