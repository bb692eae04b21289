"""The state of a training on disk, to go on from."""

import json
import os
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from demos.core.training.update import Task

# ---- checkpoints ----------------------------------------------------------------------------------------------------


def save(path: Path, task: Task, average: AveragedModel | None, step: int, seconds: float) -> None:
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


def resume(path: Path, task: Task, average: AveragedModel | None) -> tuple[int, float]:
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
