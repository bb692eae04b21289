"""A step of training: gradients, clipping, the optimiser's step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from demos.core import device


class Stateful(Protocol):
    """What has a state that a resumed training needs: a sampler, a stream of random numbers, a moving average."""

    def state_dict(self) -> dict[str, Tensor]: ...
    def load_state_dict(self, state: Mapping[str, Tensor]) -> None: ...


@dataclass
class Update:
    """One optimiser step: `loss` gives named losses, of which the sum is minimised.

    Attributes:
        network: what `loss` is called with. With several processes and `mean_over_photos` it is wrapped in
            `DistributedDataParallel`, so `loss` must call it, not one that it has kept.
        optimiser: of the parameters that this update moves.
        loss: (network, step, progress) to scalars by name; steps count from 0, progress is 0 at the start of the
            training and 1 at its end.
        mean_over_photos: whether every loss is a mean over the batch's photos, and depends on every parameter of
            `network`. Then several processes compute what one would for the joined batch. Otherwise (batch norm,
            ratios of sums, a GAN's two sides) each process has the statistics of its own block, and the gradients'
            mean is taken in `descend`.
    """

    network: nn.Module
    optimiser: torch.optim.Optimizer
    loss: Callable[[nn.Module, int, float], dict[str, Tensor]]
    mean_over_photos: bool = False


@dataclass
class Task:
    """What is trained.

    Attributes:
        networks: saved in checkpoints.
        updates: run in order in every step.
        metadata: written into the exported file.
        stateful: what else a checkpoint keeps, by name, so that a resumed training goes on with the data where it
            stopped.
        averaged: the part of `networks` of which a moving average is kept, if one is asked for; None: all.
    """

    networks: nn.ModuleDict
    updates: list[Update]
    metadata: dict[str, str] = field(default_factory=dict)
    stateful: dict[str, Stateful] = field(default_factory=dict)
    averaged: nn.Module | None = None


def descend(
    update: Update, step: int = 0, progress: float = 0.0, clip: float = 0.0, world: int = 1
) -> dict[str, Tensor]:
    """One forward pass, one backward pass, one step of the optimiser.

    Args:
        update: what to do.
        step: steps before this one.
        progress: 0..1 of the training.
        clip: largest norm of the gradients; 0 leaves them.
        world: how many processes take this step together.

    Returns:
        The losses, detached, where they were computed: reading one waits for the device.
    """
    where = device.current()
    # float16 would need loss scaling; a training takes it as a reason to stay in float32.
    fast = where.dtype == torch.bfloat16
    with torch.autocast(where.device.type, torch.bfloat16, enabled=fast):
        losses = update.loss(update.network, step, progress)
    update.optimiser.zero_grad(set_to_none=True)
    torch.stack([loss.float() for loss in losses.values()]).sum().backward()
    parameters = [p for group in update.optimiser.param_groups for p in group["params"] if p.grad is not None]
    if world > 1 and not isinstance(update.network, DistributedDataParallel):
        for p in parameters:
            torch.distributed.all_reduce(p.grad, op=torch.distributed.ReduceOp.SUM)
            p.grad /= world
    if clip > 0:
        nn.utils.clip_grad_norm_(parameters, clip)
    update.optimiser.step()
    return {name: loss.detach() for name, loss in losses.items()}
