"""A training's options: a dataclass that is also its command line."""

import dataclasses
import tempfile
from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

DRY_STEPS, DRY_BATCH = 3, 4


def option(default: Any, help: str) -> Any:
    """A field of the options, with the sentence that `--help` has for it."""
    return dataclasses.field(default=default, metadata={"help": help})


@dataclass(frozen=True)
class TrainingOptions:
    """The options that every training has on its command line (see `parser`)."""

    hours: float = option(1.0, "wall-clock time of the whole training, resumed parts counted in")
    minutes: float = option(0.0, "the same in minutes, in place of the hours; 0: see the hours")
    data: str = option("../shared/data", "the folder with the sets of training photos")
    photos: tuple[str, ...] = option((), "further folders or tar archives of photos to train on")
    batch: int = option(32, "photos in a step, of each process")
    lr: float = option(3e-3, "the learning rate at its highest")
    weight_decay: float = option(1e-3, "decoupled weight decay")
    clip: float = option(5.0, "largest norm of the gradients; 0 turns clipping off")
    warmup: int = option(150, "steps over which the learning rate rises from 0")
    linear: bool = option(False, "the learning rate falls along a line instead of half a cosine")
    fall_at: float = option(0.0, "share of the time after which the learning rate falls")
    final_lr: float = option(0.0, "share of the learning rate that it falls to; 1 keeps it constant")
    ema: float = option(0.0, "decay of the weights' moving average, of which the shipped network is made; 0 keeps none")
    seed: int = option(0, "of every random number")
    device: str = option("auto", "where to train: auto, cpu, cuda, mps or xpu")
    threads: int = option(0, "CPU threads; 0 leaves PyTorch's choice")
    checkpoint: str = option("~/checkpoints/training.safetensors", "the file to save to and to resume from")
    export: str = option("", "the file to write the trained network to")
    save_minutes: float = option(4.0, "between two checkpoints")
    log_steps: int = option(50, "between two lines of the log")
    dry_run: bool = option(False, "a few steps with few photos on the CPU, to see that everything is in place")

    @property
    def seconds(self) -> float:
        """Of the whole training."""
        return self.minutes * 60 if self.minutes > 0 else self.hours * 3600


# ---- command line ---------------------------------------------------------------------------------------------------

S = TypeVar("S", bound=TrainingOptions)


def parser(settings: type[TrainingOptions], description: str) -> ArgumentParser:
    """A command line with one option per field of the settings, defaults included; booleans also as --no-..."""
    arguments = ArgumentParser(description=description)
    for item in dataclasses.fields(settings):
        name = "--" + item.name.replace("_", "-")
        text = _help(settings, item.name).replace("%", "%%")
        shown = f"{text} (default: {item.default})" if item.default not in ("", ()) else text
        if isinstance(item.default, bool):
            arguments.add_argument(name, action=BooleanOptionalAction, default=item.default, help=text)
        elif isinstance(item.default, tuple):
            arguments.add_argument(name, nargs="*", default=item.default, metavar="PATH", help=shown)
        else:
            arguments.add_argument(name, type=type(item.default), default=item.default, metavar="…", help=shown)
    return arguments


def _help(settings: type[TrainingOptions], name: str) -> str:
    """A field's sentence; a subclass that only changes the default inherits it."""
    for base in settings.__mro__:
        for item in dataclasses.fields(base) if dataclasses.is_dataclass(base) else ():
            if item.name == name and "help" in item.metadata:
                return item.metadata["help"]
    return ""


def from_arguments(settings: type[S], arguments: Namespace) -> S:
    """The settings that a command line made by `parser` asked for."""
    values: dict[str, Any] = {}
    for item in dataclasses.fields(settings):
        value = getattr(arguments, item.name)
        values[item.name] = tuple(value) if isinstance(value, list) else value
    return settings(**values)


@contextmanager
def command(settings: type[S], description: str) -> Iterator[S]:
    """Reads the command line and gives what it asked for; errors that a person can mend end the process as a sentence.

    A dry run is given small numbers, and a folder for its files that is deleted in the end.
    """
    from demos.core import device
    from demos.core.errors import DemoError
    from demos.core.training import processes

    asked = from_arguments(settings, parser(settings, description).parse_args())
    try:
        device.choose("cpu" if asked.dry_run else asked.device)
        processes.join()  # gives each process a GPU of its own
        if not asked.dry_run:
            yield asked
            return
        with tempfile.TemporaryDirectory() as folder:
            yield dry(asked, Path(folder))
        if processes.rank() == 0:
            print("A dry run: everything is in place, and nothing was kept.", flush=True)
    except DemoError as error:
        raise SystemExit(str(error)) from None
    finally:
        processes.leave()


def dry(settings: S, folder: Path) -> S:
    """The same for a dry run: a small batch, and every file in `folder`."""
    file = Path(settings.export).name or "network"
    return dataclasses.replace(
        settings,
        batch=min(settings.batch, DRY_BATCH),
        log_steps=1,
        device="cpu",
        checkpoint=str(folder / "checkpoint.safetensors"),
        export=str(folder / "weights" / file),
    )
