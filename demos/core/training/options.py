"""A training's options: a dataclass that is also its command line."""

import dataclasses
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from typing import TypeVar


@dataclass(frozen=True)
class TrainingOptions:
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


# ---- command line ---------------------------------------------------------------------------------------------------

S = TypeVar("S", bound=TrainingOptions)


def parser(settings: type[TrainingOptions], description: str) -> ArgumentParser:
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
