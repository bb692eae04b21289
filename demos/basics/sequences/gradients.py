"""How much the first steps of a sequence still count: the size of dL/dx_t, step by step backwards."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from demos.basics.sequences.race import Learner
from demos.basics.sequences.tasks import Task, task
from demos.basics.settings import NETWORKS, SEQUENCE_TASKS, STARTS

MEASURED = 64  # sequences that the sizes are averaged over
EVERY = 20  # steps between two measurements
LONGEST = 60.0  # seconds


def input_gradients(network, x, answers, loss):
    """The norm of dL/dx_t for every step t, averaged over the batch.

    Args:
        network: x (batch, steps, inputs) to out (batch, steps, outputs).
        x: (batch, steps, inputs).
        answers: what `loss` compares with.
        loss: (out, answers) to a number, the mean over the batch.

    Returns:
        (steps,), the first step first.
    """
    x = x.detach().clone().requires_grad_(True)
    loss(network(x), answers).backward()
    return len(x) * x.grad.norm(dim=2).mean(0)  # times the batch: the loss is a mean over it


def linear_gradients(rho: float, steps: int, hidden: int = 32, seed: int = 0) -> Tensor:
    """Norms of dL/dh for h_t = U h_{t-1} + x_t, 0 to `steps` steps back, with U an orthogonal matrix times rho.

    L is the product of the last state with a vector of length 1. A rotation keeps lengths: these are rho^k exactly
    (Pascanu et al. 2013, section 2.1). Shape (steps + 1,), the last step first.
    """
    random = torch.Generator().manual_seed(seed)
    u = rho * nn.init.orthogonal_(torch.empty(hidden, hidden, dtype=torch.float64), generator=random)
    x = torch.randn(steps + 1, hidden, dtype=torch.float64, generator=random).requires_grad_(True)
    towards = torch.randn(hidden, dtype=torch.float64, generator=random)
    h = torch.zeros(hidden, dtype=torch.float64)
    with torch.enable_grad():
        for step in x:
            h = u @ h + step
        (h @ (towards / towards.norm())).backward()
    assert x.grad is not None
    return x.grad.norm(dim=1).flip(0)


@dataclass(frozen=True)
class Setting:
    """What is measured, and with which remedies."""

    back: int = 40  # steps
    radius: float = 0.9
    keep: float = 1.0
    start: str = STARTS[1]
    clip: float = 1.0
    seed: int = 0


@dataclass(frozen=True)
class Sizes:
    """Sizes of dL/dx_t relative to the last step's, 0 to `back` steps back."""

    before: dict[str, list[float]]
    now: dict[str, list[float]]  # the same after `step` steps of learning; empty before the first
    steps: int
    step: int
    errors: dict[str, float]
    rule: list[float]  # rho^k
    seconds: float


class Four:
    """The four networks on the adding problem, with numbers over `back` steps."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.work: Task = task(SEQUENCE_TASKS[1], setting.back)
        options: dict[str, Any] = {"start": setting.start, "radius": setting.radius, "keep": setting.keep}
        self.learners = {
            kind: Learner(kind, self.work, setting.seed, clip=setting.clip, **options) for kind in NETWORKS
        }
        self.batch = self.work.draw(MEASURED, torch.Generator().manual_seed(setting.seed + 7))

    @torch.enable_grad()
    def sizes(self) -> dict[str, list[float]]:
        """Of each network, the last step first, relative to it."""
        found = {}
        for kind, learner in self.learners.items():
            norms = input_gradients(learner.network, *self.batch, self.work.loss).flip(0)[: self.setting.back + 1]
            found[kind] = (norms / norms[0].clamp_min(1e-30)).tolist()
            learner.network.zero_grad()
        return found


def measure(setting: Setting) -> Sizes:
    """Of fresh networks."""
    started = time.monotonic()
    sizes = Four(setting).sizes()
    return Sizes(sizes, {}, 0, 0, {}, rule(setting), time.monotonic() - started)


def rule(setting: Setting) -> list[float]:
    """rho^k for k = 0 to `back`: a linear Elman network's."""
    return [setting.radius**k for k in range(setting.back + 1)]


def learn(setting: Setting, steps: int) -> Iterator[Sizes]:
    """Before, and while they learn the adding problem; the last is the end."""
    started, four = time.monotonic(), Four(setting)
    before = four.sizes()
    yield Sizes(before, {}, steps, 0, {}, rule(setting), 0.0)
    for step in range(1, steps + 1):
        for learner in four.learners.values():
            learner.step()
        if step % EVERY == 0 or step == steps:
            errors = {kind: learner.error() for kind, learner in four.learners.items()}
            seconds = time.monotonic() - started
            yield Sizes(before, four.sizes(), steps, step, errors, rule(setting), seconds)
            if seconds > LONGEST:
                return
