"""Tasks that need a memory of so many steps, and what a machine without one gets."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from demos.basics.settings import LAG, SEQUENCE_TASKS
from demos.core.errors import DemoError

HEAD = 10  # the adding problem's first number is among so many first steps (Hochreiter & Schmidhuber 1997, 5.4)
RIGHT = 0.95  # share of right answers that counts as solved
ADDED = 0.02  # mean squared error that counts as solved; always answering 1 has 1/6
RHYME = Path(__file__).with_name("rhyme.txt")  # The House That Jack Built: traditional, printed in 1755
SHORTEST = 200  # letters of a text, at least
HALF = 0.5  # of the mistakes of a table of letter pairs: a text with no more counts as solved
Batch = tuple[Tensor, Tensor]  # inputs (batch, steps, inputs), answers: see `Task.loss`


@dataclass(frozen=True)
class Task:
    """What is drawn, and how answers are judged."""

    name: str
    lag: int  # steps over which something must be kept
    inputs: int  # numbers that come in at each step
    outputs: int  # numbers of an answer
    draw: Callable[[int, torch.Generator], Batch]  # (sequences, random numbers) to a batch to learn from
    check: Callable[[int, torch.Generator], Batch]  # the same, of what is kept for checking
    baseline: float  # the error of the best answer that never looks
    solved: float  # an error up to here is called solved

    @property
    def measure(self) -> str:
        """What `error` measures."""
        return "mean squared error" if self.name == SEQUENCE_TASKS[1] else "share of wrong answers"

    def loss(self, out: Tensor, answers: Tensor) -> Tensor:
        """The loss of outputs (batch, steps, outputs): of the last step alone, or of letters (batch, steps) at all."""
        if self.name == SEQUENCE_TASKS[3]:
            return F.cross_entropy(out.flatten(0, 1), answers.flatten())
        if self.name == SEQUENCE_TASKS[1]:
            return F.mse_loss(out[:, -1, 0], answers)
        return F.binary_cross_entropy_with_logits(out[:, -1, 0], answers)

    def error(self, out: Tensor, answers: Tensor) -> float:
        """The mean squared error of the adding problem; else the share of wrong answers, 0..1."""
        if self.name == SEQUENCE_TASKS[3]:
            return float((out[:, -1].argmax(1) != answers[:, -1]).float().mean())
        if self.name == SEQUENCE_TASKS[1]:
            return float(F.mse_loss(out[:, -1, 0], answers))
        return float(((out[:, -1, 0] > 0).float() != answers).float().mean())


# ---- numbers and bits -----------------------------------------------------------------------------------------------


def echo(lag: int, count: int, random: torch.Generator) -> Batch:
    """Bits -1 or 1, the first of them marked; `lag` steps after it, it is to be said again. Inputs: bit, mark."""
    bits = torch.randint(2, (count, lag + 1), generator=random).float()
    marks = torch.zeros(count, lag + 1)
    marks[:, 0] = 1
    return torch.stack([2 * bits - 1, marks], 2), bits[:, 0]


def adding(lag: int, count: int, random: torch.Generator) -> Batch:
    """Numbers from 0 to 1, two of them marked; at the end their sum is asked. Inputs: number, mark.

    The first mark is among the first min(10, lag) steps, the second anywhere after these; after the first so many
    come `lag` more: the first number must be kept for at least so long. Hochreiter & Schmidhuber 1997, section 5.4.
    """
    head = min(HEAD, lag)
    numbers, marks = torch.rand(count, head + lag, generator=random), torch.zeros(count, head + lag)
    row = torch.arange(count)
    marks[row, torch.randint(head, (count,), generator=random)] = 1
    marks[row, head + torch.randint(lag, (count,), generator=random)] = 1
    return torch.stack([numbers, marks], 2), (numbers * marks).sum(1)


def parity(lag: int, count: int, random: torch.Generator) -> Batch:
    """Bits -1 or 1, the first and a later one marked; 1 where just one of the two is 1, else 0. Inputs: bit, mark."""
    bits, marks = torch.randint(2, (count, lag + 1), generator=random), torch.zeros(count, lag + 1)
    marks[:, 0] = 1
    marks[torch.arange(count), 1 + torch.randint(lag, (count,), generator=random)] = 1
    return torch.stack([2.0 * bits - 1, marks], 2), ((bits * marks).sum(1) % 2)


# ---- letters --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Letters:
    """A text as numbers: the first nine tenths to learn from, the rest to check with."""

    alphabet: str
    learnt: Tensor  # (letters,)
    kept: Tensor

    def windows(self, part: Tensor, lag: int, count: int, random: torch.Generator) -> Batch:
        """`lag` letters each, one-hot, and at each step the letter that follows."""
        start = torch.randint(len(part) - lag, (count, 1), generator=random)
        window = part[start + torch.arange(lag + 1)]
        return F.one_hot(window[:, :-1], len(self.alphabet)).float(), window[:, 1:]

    def baselines(self) -> tuple[float, float]:
        """Shares of wrong guesses on the kept part: the commonest letter always; the commonest after the last."""
        size = len(self.alphabet)
        commonest = torch.bincount(self.learnt, minlength=size).argmax()
        pairs = torch.zeros(size, size)
        pairs.index_put_((self.learnt[:-1], self.learnt[1:]), torch.ones(()), accumulate=True)
        guess = torch.where(pairs.sum(1) > 0, pairs.argmax(1), commonest)
        before, after = self.kept[:-1], self.kept[1:]
        return float((after != commonest).float().mean()), float((after != guess[before]).float().mean())


def letters(text: str, lag: int) -> Letters:
    """Raises DemoError for a text too short for windows of `lag` letters."""
    text = " ".join(text.split())
    need = max(SHORTEST, 10 * (lag + 10))
    if len(text) < need:
        raise DemoError(f"The text has {len(text)} letters; a lag of {lag} needs {need}. Paste a longer one.")
    alphabet = "".join(sorted(set(text)))
    numbers = torch.tensor([alphabet.index(letter) for letter in text])
    cut = len(text) * 9 // 10
    return Letters(alphabet, numbers[:cut], numbers[cut:])


# ---- by name --------------------------------------------------------------------------------------------------------

DRAWS = dict(zip(SEQUENCE_TASKS, (echo, adding, parity), strict=False))


def task(name: str, lag: int, text: str = "") -> Task:
    """A task by its name or the first word of it ("echo"), whatever its case.

    Raises:
        DemoError: no such task, a lag out of range, or a text that is too short.
    """
    lag = LAG.checked(lag)
    known = {key: full for full in SEQUENCE_TASKS for key in (full.lower(), full.lower().split()[0])}
    asked = known.get(name.strip().lower()) if isinstance(name, str) else None
    if asked is None:
        raise DemoError(f"There is no task {name!r}. There are: {', '.join(SEQUENCE_TASKS)}.")
    if asked in DRAWS:
        draw = partial(DRAWS[asked], lag)
        adds = asked == SEQUENCE_TASKS[1]
        return Task(asked, lag, 2, 1, draw, draw, 1 / 6 if adds else 0.5, ADDED if adds else 1 - RIGHT)
    read = letters(text, lag)
    chance, pairs = read.baselines()
    size = len(read.alphabet)
    learn, check = (partial(read.windows, part, lag) for part in (read.learnt, read.kept))
    return Task(asked, lag, size, size, learn, check, chance, HALF * pairs)
