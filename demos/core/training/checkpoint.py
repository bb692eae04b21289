"""The state of a training on disk, to go on from.

Checkpoints are safetensors files: loading one can run no code, whoever wrote it.
"""

import json
import os
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from demos.core.errors import DemoError
from demos.core.training import processes
from demos.core.training.optimisation import Ema
from demos.core.training.update import Task


def save(path: Path, task: Task, average: Ema | None, step: int, seconds: float) -> None:
    """Everything a resumed training needs, in one file, replaced at once so that a crash leaves the old one.

    Only process 0 writes: networks, averages, samplers and streams are the same in all of them.

    Args:
        path: of the file; its folder is made.
        task: what is trained.
        average: of its weights, if one is kept.
        step: how many are done.
        seconds: of training so far.
    """
    if processes.rank() != 0:
        return
    tensors = {f"networks.{key}": value for key, value in task.networks.state_dict().items()}
    if average is not None:
        tensors |= {f"average.{key}": value for key, value in average.state_dict().items()}
    for name, thing in task.stateful.items():
        tensors |= {f"stateful.{name}.{key}": value for key, value in thing.state_dict().items()}
    for i, update in enumerate(task.updates):
        for index, state in update.optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{i}.{index}.{key}": torch.as_tensor(value) for key, value in state.items()}
    tensors["random_state"] = torch.get_rng_state()
    if torch.cuda.is_available():
        tensors["random_state_cuda"] = torch.cuda.get_rng_state()
    note = {"step": str(step), "seconds": str(seconds), "task": json.dumps(task.metadata)}
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    save_file({key: value.detach().cpu().contiguous().clone() for key, value in tensors.items()}, unfinished, note)
    os.replace(unfinished, path)


def resume(path: Path, task: Task, average: Ema | None) -> tuple[int, float]:
    """Puts the state of a checkpoint into the task and the average; gives (steps done, seconds of training so far).

    Raises:
        DemoError: the checkpoint is another training's, or an earlier version's.
    """
    with safe_open(path, "pt") as file:
        note = file.metadata()
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118  (safe_open is no dict)

    def under(prefix: str) -> dict[str, Tensor]:
        return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}

    try:
        task.networks.load_state_dict(under("networks."))
        if average is not None:
            average.load_state_dict(under("average."))
        for name, thing in task.stateful.items():
            thing.load_state_dict(under(f"stateful.{name}."))
    except (KeyError, RuntimeError) as error:
        raise DemoError(
            f"{path} is the checkpoint of another training, or of an earlier version. Delete it to start anew, or name "
            "another file with --checkpoint."
        ) from error
    for i, update in enumerate(task.updates):
        _restore(update.optimiser, under(f"optimiser.{i}."))
    torch.set_rng_state(tensors["random_state"])
    if torch.cuda.is_available() and "random_state_cuda" in tensors:
        torch.cuda.set_rng_state(tensors["random_state_cuda"])
    return int(note["step"]), float(note["seconds"])


def _restore(optimiser: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        index, name = key.split(".", 1)
        state.setdefault(int(index), {})[name] = value
    optimiser.load_state_dict(optimiser.state_dict() | {"state": state})
    # In the file everything is contiguous; fused kernels take a state for laid out in memory like its parameter.
    for group in optimiser.param_groups:
        for p in group["params"]:
            for name, value in optimiser.state.get(p, {}).items():
                if isinstance(value, Tensor) and value.shape == p.shape:
                    optimiser.state[p][name] = torch.empty_like(p, dtype=value.dtype).copy_(value)
