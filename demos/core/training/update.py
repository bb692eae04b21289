"""A step of training: gradients, clipping, the optimiser's step."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from demos.core import device
from demos.core.training.options import TrainingOptions


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


def average_gradients(task: Task, settings: TrainingOptions) -> AveragedModel | None:
    if not settings.ema:
        return None
    return AveragedModel(task.networks, multi_avg_fn=get_ema_multi_avg_fn(settings.ema), use_buffers=True)
