"""The notes' loop and today's side by side, a batch of the one that is behind, as steps that a page can draw."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from demos.basics.pictures import layers, notes_loop, sets, todays_loop
from demos.basics.settings import CIFAR, DIGITS, LOOPS, NET_DIGITS
from demos.core.errors import DemoError

NOTES_BATCH, TODAYS_BATCH = 120, 60  # at most; of few pictures a fifth and a tenth, so that a curve has points


@dataclass(frozen=True)
class Progress:
    """One loop as far as it has come."""

    losses: tuple[float, ...]  # of each step, on the pictures it learned from
    batches: int  # steps of an epoch
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


class Dropout(nn.Dropout):
    """Torch's dropout with random numbers of its own; torch's takes the ones that all of the program share."""

    def __init__(self, p: float, random: torch.Generator) -> None:
        super().__init__(p)
        self.random = random

    def forward(self, input: Tensor) -> Tensor:
        return layers.dropout(input, self.p, self.training, self.random)


@dataclass
class Runner:
    """A loop at work. All its random numbers are its own: other runs, in other threads too, change nothing."""

    net: nn.Module
    steps: Iterator[int]
    log: dict[str, Any]
    batches: int  # of an epoch
    seconds: float = 0.0
    accuracy: float = math.nan
    tested: int = 0
    done: int = 0  # yields so far: the batches, and one more for each epoch's validation

    @property
    def epochs(self) -> float:
        """How many are over, and the share of the one at work."""
        return self.done / (self.batches + 1)

    def advance(self) -> None:
        """One batch, or the validation after an epoch's last."""
        begun = time.perf_counter()
        with torch.enable_grad():
            next(self.steps)
        self.done += 1
        self.seconds += time.perf_counter() - begun

    def progress(self) -> Progress:
        log = self.log
        return Progress(
            tuple(log["losses"]), self.batches, tuple(log["train"]), tuple(log["valid"]),
            (log["said"] or [""])[-1], log["evaluations"], log["steps"],
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
    log: dict[str, Any] = {
        "train": [], "valid": [], "losses": [], "said": [], "evaluations": 0, "steps": 0, "best": None
    }  # fmt: skip
    notes = name == LOOPS[0]
    with torch.random.fork_rng(devices=[]):  # for the weights' draw alone
        torch.default_generator.manual_seed(seed)
        net: nn.Module = notes_loop.Net() if notes else todays_loop.network()
    # Dropout and loaders get a generator, too. Lending them the program's one, with its state put back after each
    # batch, would not do: threads share it, so that two visitors' runs would draw from, and put back, each other's.
    random = torch.Generator().manual_seed(seed)
    for parent in list(net.modules()):
        for key, part in list(parent.named_children()):
            if isinstance(part, nn.Dropout):
                setattr(parent, key, Dropout(part.p, random))
    batch = min(NOTES_BATCH, len(data.train) // 5) if notes else min(TODAYS_BATCH, len(data.train) // 10)
    learn = DataLoader(data.train, batch, shuffle=True, generator=random)
    validate = DataLoader(data.validation, 100, generator=random)
    if notes:
        steps = notes_loop.train(net, learn, validate, epochs, log)
    else:
        steps = todays_loop.train(net, learn, validate, epochs, log, augment=photos, random=random)
    return Runner(net, steps, log, len(learn))


def race(
    name: str, chosen: str, epochs: int, seed: int, digits: int = int(NET_DIGITS.high), most_seconds: float = 120.0
) -> Iterator[Look]:
    """Trains one loop or both side by side; ends early after `most_seconds` of computing.

    Args:
        name: of the set, one of SETS.
        chosen: one of LOOPS; the third is both.
        digits: how many of the digits are learned from, and at most as many validate and test; photos: always all.

    Raises:
        DemoError: no such loop or set, or the set cannot be had.
    """
    if chosen not in LOOPS:
        raise DemoError(f"There is no loop called {chosen!r}. There are: {', '.join(LOOPS)}.")
    yield Look({}, 0, epochs, False, None)
    data = sets.load(name)
    if name == DIGITS:
        data = sets.first(data, digits)
    names = LOOPS[1::-1] if chosen == LOOPS[2] else (chosen,)  # today's first: its steps are the short ones
    runners = {name_: runner(name_, data, epochs, seed, name == CIFAR) for name_ in names}
    spent = 0.0

    def look(over: bool = False) -> Look:
        first = first_layer(next(iter(runners.values()))) if over else None
        epoch = min(1 + int(min(one.epochs for one in runners.values())), epochs)
        return Look(
            {key: one.progress() for key, one in runners.items()}, epoch, epochs, over, first, len(data.train)
        )  # fmt: skip

    while spent < most_seconds:
        behind = min(runners.values(), key=lambda one: one.epochs)
        if behind.epochs >= epochs:
            break
        behind.advance()
        behind.test(data.test)
        spent = sum(one.seconds for one in runners.values())
        yield look()
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
