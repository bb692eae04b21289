"""All four networks learn one task at once, step for step; and up to which lag each one can."""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from demos.basics.sequences.networks import Network
from demos.basics.sequences.tasks import Task, task
from demos.basics.settings import NETWORKS, SEQUENCE_TASKS, SWEPT

BATCH, RATE, CLIP = 64, 0.01, 1.0
CHECKED = 400  # fresh sequences that an error is measured on
EVERY = 20  # steps between two measurements
LONGEST = 120.0  # seconds of a run, at most


class Learner:
    """One network on its task.

    Args:
        clip: the longest gradient (Euclidean norm over all weights) that is followed; longer ones are shortened.
        options: of `Network`.
    """

    def __init__(
        self, kind: str, work: Task, seed: int = 0, rate: float = RATE, clip: float = CLIP, **options: Any
    ) -> None:
        self.work, self.clip = work, clip
        self.network = Network(kind, work.inputs, work.outputs, lag=work.lag, seed=seed, **options)
        self.weights = list(self.network.parameters())
        self.optimiser = torch.optim.Adam(self.weights, rate, fused=True)
        self.random = torch.Generator().manual_seed(seed)  # all four see the same sequences
        self.exam = work.check(CHECKED, torch.Generator().manual_seed(seed + 1_000_003))
        self.last = work.name != SEQUENCE_TASKS[3]  # only the answer at the end counts
        self.loss, self.seconds = float("nan"), 0.0

    @torch.enable_grad()
    def step(self) -> None:
        """One update of the weights."""
        started = time.perf_counter()
        x, answers = self.work.draw(BATCH, self.random)
        loss = self.work.loss(self.network(x, self.last), answers)
        self.optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.weights, self.clip if self.clip > 0 else math.inf)
        self.optimiser.step()
        self.loss = float(loss.detach())
        self.seconds += time.perf_counter() - started

    @torch.no_grad()
    def error(self) -> float:
        """On sequences that it has not learnt from."""
        x, answers = self.exam
        return self.work.error(self.network(x, self.last), answers)


@dataclass(frozen=True)
class Look:
    """Where all four are."""

    step: int
    steps: int
    seconds: float
    task: Task
    errors: dict[str, list[tuple[float, float]]]  # network: (step, error)
    losses: dict[str, float]  # of the last batch
    spent: dict[str, float]  # seconds of learning alone
    solved: dict[str, int]  # network: the step at which it was found to have solved the task


def race(work: Task, steps: int = 400, seconds: float = LONGEST, seed: int = 0, hidden: int = 32) -> Iterator[Look]:
    """All four, until each has solved the task, or `steps` or `seconds` are over. Who has solved it learns no more."""
    learners = {kind: Learner(kind, work, seed, hidden=hidden) for kind in NETWORKS}
    started, step = time.monotonic(), 0
    errors = {kind: [(0.0, learner.error())] for kind, learner in learners.items()}
    solved: dict[str, int] = {}

    def look() -> Look:
        return Look(
            step, steps, time.monotonic() - started, work, {kind: list(line) for kind, line in errors.items()},
            {kind: one.loss for kind, one in learners.items()}, {kind: one.seconds for kind, one in learners.items()},
            dict(solved),
        )  # fmt: skip

    yield look()
    while step < steps and len(solved) < len(learners) and time.monotonic() - started < seconds:
        step += 1
        for kind, learner in learners.items():
            if kind in solved:
                continue
            learner.step()
            if step % EVERY == 0 or step == steps:
                errors[kind].append((float(step), learner.error()))
                if errors[kind][-1][1] <= work.solved:
                    solved[kind] = step
        if step % EVERY == 0:
            yield look()
    yield look()


# ---- how far back ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reach:
    """How far each network has been found to remember."""

    solved: dict[str, int]  # network: the largest lag solved so far; 0 for none
    failed: dict[str, int]  # network: the lag that it did not solve
    tried: str  # network at work
    lag: int
    seconds: float
    over: bool = False


def sweep(
    name: str, text: str = "", lags: Sequence[int] = SWEPT, steps: int = 300, seed: int = 0, hidden: int = 32
) -> Iterator[Reach]:
    """Each network at one lag after the other, a new one each time, until one is not solved within `steps`."""
    started = time.monotonic()
    best = dict.fromkeys(NETWORKS, 0)
    failed: dict[str, int] = {}
    for lag in lags:
        for kind in NETWORKS:
            if kind in failed:
                continue
            yield Reach(dict(best), dict(failed), kind, lag, time.monotonic() - started)
            learner = Learner(kind, task(name, lag, text), seed, hidden=hidden)
            for step in range(1, steps + 1):
                learner.step()
                if step % EVERY == 0:
                    if learner.error() <= learner.work.solved:
                        best[kind] = lag
                        break
                    yield Reach(dict(best), dict(failed), kind, lag, time.monotonic() - started)
            else:
                failed[kind] = lag
    yield Reach(dict(best), dict(failed), "", 0, time.monotonic() - started, over=True)
