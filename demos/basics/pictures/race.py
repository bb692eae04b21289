"""The notes' loop and today's, one epoch of each in turn, as steps that a page can draw."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from demos.basics.pictures import notes_loop, sets, todays_loop
from demos.basics.settings import CIFAR, LOOPS
from demos.core.errors import DemoError

NOTES_BATCH, TODAYS_BATCH = 120, 60


@dataclass(frozen=True)
class Progress:
    """One loop as far as it has come."""

    train: tuple[float, ...]  # mean loss of each epoch
    valid: tuple[float, ...]
    said: str  # the last line about saving
    evaluations: int  # forward and backward passes
    steps: int  # of the optimiser
    seconds: float  # of computing
    accuracy: float  # of the best state on the test part, 0..1; NaN before the first epoch is over


@dataclass(frozen=True)
class Look:
    """Both loops; those that run."""

    loops: dict[str, Progress]
    epoch: int
    epochs: int
    over: bool
    first: tuple[Any, Any] | None  # weights (16, 3, 3, 3) and biases (16,) of the first convolution, at the end
    examples: int = 0  # to learn from


@dataclass
class Runner:
    """A loop at work; `torch`'s random numbers are its own, so that the other loop changes nothing."""

    net: nn.Module
    steps: Iterator[int]
    log: dict[str, Any]
    random: Tensor
    seconds: float = 0.0
    accuracy: float = math.nan
    tested: int = field(default=0)

    def advance(self) -> int | None:
        """One batch; the epoch it belongs to, or None at the end."""
        begun = time.perf_counter()
        with torch.random.fork_rng(devices=[]), torch.enable_grad():
            torch.set_rng_state(self.random)
            epoch = next(self.steps, None)
            self.random = torch.get_rng_state()
        self.seconds += time.perf_counter() - begun
        return epoch

    def progress(self) -> Progress:
        log = self.log
        return Progress(
            tuple(log["train"]), tuple(log["valid"]), (log["said"] or [""])[-1], log["evaluations"], log["steps"],
            self.seconds, self.accuracy,
        )  # fmt: skip

    def test(self, part: TensorDataset) -> None:
        """The best state's accuracy, once after each epoch."""
        if self.log["best"] is None or self.tested == len(self.log["valid"]):
            return
        self.tested = len(self.log["valid"])
        self.accuracy = accuracy(self.net, self.log["best"], part)


@torch.inference_mode()
def accuracy(net: nn.Module, state: dict[str, Tensor], part: TensorDataset) -> float:
    """The share of a part that the net with that state gets right; the net is left as it was."""
    now = {name: value.clone() for name, value in net.state_dict().items()}
    net.load_state_dict(state)
    net.eval()
    pictures, classes = part.tensors
    right = sum(
        int((net(x).argmax(1) == y).sum()) for x, y in zip(pictures.split(100), classes.split(100), strict=True)
    )
    net.load_state_dict(now)
    net.train()
    return right / len(classes)


def runner(name: str, data: sets.Parts, epochs: int, seed: int, photos: bool) -> Runner:
    """A loop that has not begun."""
    log: dict[str, Any] = {"train": [], "valid": [], "said": [], "evaluations": 0, "steps": 0, "best": None}
    notes = name == LOOPS[0]
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        net: nn.Module = notes_loop.Net() if notes else todays_loop.network()
        random = torch.get_rng_state()
    learn = DataLoader(data.train, NOTES_BATCH if notes else TODAYS_BATCH, shuffle=True)
    validate = DataLoader(data.validation, 100)
    if notes:
        steps = notes_loop.train(net, learn, validate, epochs, log)
    else:
        steps = todays_loop.train(net, learn, validate, epochs, log, augment=photos)
    return Runner(net, steps, log, random)


def race(name: str, chosen: str, epochs: int, seed: int, most_seconds: float = 120.0) -> Iterator[Look]:
    """Trains one loop or both, an epoch of each in turn; ends early after `most_seconds` of computing.

    Args:
        name: of the set, one of SETS.
        chosen: one of LOOPS; the third is both.

    Raises:
        DemoError: no such loop or set, or the set cannot be had.
    """
    if chosen not in LOOPS:
        raise DemoError(f"There is no loop called {chosen!r}. There are: {', '.join(LOOPS)}.")
    yield Look({}, 0, epochs, False, None)
    data = sets.load(name)
    names = LOOPS[1::-1] if chosen == LOOPS[2] else (chosen,)  # today's first: its epochs are the short ones
    runners = {name_: runner(name_, data, epochs, seed, name == CIFAR) for name_ in names}
    count, epoch, spent = len(data.train), 0, 0.0

    def look(over: bool = False) -> Look:
        first = first_layer(next(iter(runners.values()))) if over else None
        return Look({key: one.progress() for key, one in runners.items()}, epoch, epochs, over, first, count)

    for epoch in range(1, epochs + 1):
        for one in runners.values():
            while len(one.log["valid"]) < epoch and spent < most_seconds:
                one.advance()
                spent = sum(other.seconds for other in runners.values())
                yield look()
            one.test(data.test)
        if spent >= most_seconds:
            break
    yield look(over=True)


def first_layer(one: Runner) -> tuple[Any, Any]:
    """Weights (16, 3, 3, 3) and biases (16,) of the best state's first convolution, as arrays.

    Today's has no bias: batch norm, which follows, is folded into the convolution, as it may be in evaluation.
    """
    state = one.log["best"] or one.net.state_dict()
    if "conv1.weight" in state:
        return state["conv1.weight"].numpy(), state["conv1.bias"].numpy()
    scale = state["1.weight"] / (state["1.running_var"] + 1e-5).sqrt()
    bias = state["1.bias"] - state["1.running_mean"] * scale
    return (state["0.weight"] * scale[:, None, None, None]).numpy(), bias.numpy()
