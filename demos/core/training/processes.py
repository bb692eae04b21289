"""Several processes that train together, as `torchrun` starts them; alone, everything here does nothing."""

import os

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from demos.core import device
from demos.core.training.update import Update


def rank() -> int:
    """Which process this is; 0 writes files and the log."""
    return int(os.environ.get("RANK", "0"))


def world() -> int:
    """How many processes train together."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def join() -> None:
    """Meets the other processes. Each has a GPU of its own, or all share the CPU."""
    if world() == 1 or torch.distributed.is_initialized():
        return
    cuda = device.current().device.type == "cuda"
    if cuda:
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    # Gloo also beside NCCL: what is agreed on in every step stays on the CPU and waits for no GPU.
    torch.distributed.init_process_group("cpu:gloo,cuda:nccl" if cuda else "gloo")


def leave() -> None:
    """Says good-bye to the other processes, at the end of a command."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


@torch.no_grad()
def share(module: nn.Module) -> None:
    """All get process 0's parameters and buffers."""
    if world() > 1:
        for tensor in module.state_dict().values():
            torch.distributed.broadcast(tensor, 0)


def agree(*numbers: float) -> list[float]:
    """Process 0's numbers, for all: no process goes by its own clock."""
    if world() == 1:
        return list(numbers)
    shared = torch.tensor(numbers, dtype=torch.float64)
    torch.distributed.broadcast(shared, 0)
    return shared.tolist()


def means(sums: dict[str, Tensor], steps: int) -> dict[str, float]:
    """Sums of losses over so many steps to their means, over all processes: the one moment at which they are read."""
    if not sums:
        return {}
    together = torch.stack([sums[name].float() for name in sorted(sums)]) / (steps * world())
    if world() > 1:
        torch.distributed.all_reduce(together, op=torch.distributed.ReduceOp.SUM)
    return dict(zip(sorted(sums), together.tolist(), strict=True))


def wrapped(update: Update) -> Update:
    """The update as one of several processes takes it."""
    if world() == 1 or not update.mean_over_photos:
        return update
    network = DistributedDataParallel(update.network)
    return Update(network, update.optimiser, update.loss, update.mean_over_photos)
