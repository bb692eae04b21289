"""Networks of up to 50 layers before training: how large signals are on the way up, gradients on the way down."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch.nn import functional as F

from demos.basics.depth.digits import digits
from demos.basics.depth.many import Many
from demos.basics.settings import RULES

EXAMPLES, BATCH, BINS = 256, 128, 25
MOMENTUM = 0.9
REACH = 3.0  # histograms show -REACH..REACH times the size at the side where the signal comes from
PER_FRAME = 5


@dataclass(frozen=True)
class Layer:
    """One hidden layer before training; sizes are root mean squares."""

    number: int  # from 1, counted from the input
    activation: float
    gradient: float  # of the loss for the activations
    activations: tuple[float, ...]  # shares (0..1) of BINS equal bins on -REACH..REACH, ends included
    gradients: tuple[float, ...]  # the same, on -REACH..REACH times the size in the last layer


def layers_before(rule: str, activation: str, layers: int, seed: int) -> list[Layer]:
    """What each hidden layer holds before the first step, for 256 digits with mean square 1."""
    data = digits()
    network = Many([rule], layers, activation, seed)
    seen: list[torch.Tensor] = []
    with torch.enable_grad():
        logits = network(data.train[:EXAMPLES], seen)[0]
        found = torch.autograd.grad(F.cross_entropy(logits, data.labels[:EXAMPLES]), seen)
    last = _rms(found[-1])
    return [
        Layer(i + 1, _rms(a), _rms(g), _shares(a.detach(), REACH), _shares(g, REACH * last))
        for i, (a, g) in enumerate(zip(seen, found, strict=True))
    ]


def _rms(x: torch.Tensor) -> float:
    return float(x.detach().double().square().mean().sqrt())  # in double: squares of small gradients would become 0


def _shares(x: torch.Tensor, reach: float) -> tuple[float, ...]:
    reach = reach or 1.0
    counts = torch.histc(x.clamp(-reach, reach), BINS, -reach, reach)
    return tuple((counts / x.numel()).tolist())


@dataclass(frozen=True)
class Race:
    """The five rules after some steps."""

    step: int
    total: int
    seconds: float
    losses: dict[str, list[tuple[float, float]]]  # rule to (step, mean cross-entropy in nats)
    accuracies: dict[str, float]  # of held-out digits, 0..1


def race(activation: str, layers: int, rate: float, steps: int, seed: int) -> Iterator[Race]:
    """One network per rule, all alike but for that, learning the digits from the same batches."""
    data, start = digits(), time.monotonic()
    network = Many(RULES, layers, activation, seed)
    random = torch.Generator().manual_seed(seed)
    rates = torch.full((len(RULES),), rate)
    losses: dict[str, list[tuple[float, float]]] = {rule: [] for rule in RULES}
    for step in range(steps + 1):
        at = torch.randint(len(data.train), (BATCH,), generator=random)
        if step < steps:
            found = network.step(data.train[at], data.labels[at], rates, MOMENTUM)
        else:
            found = network.losses(data.train[at], data.labels[at]).detach()
        for rule, loss in zip(RULES, found.tolist(), strict=True):
            losses[rule].append((step, loss))
        if step % PER_FRAME == 0 or step == steps:
            right = network.accuracies(data.test, data.test_labels)
            yield Race(step, steps, time.monotonic() - start, {k: list(v) for k, v in losses.items()},
                       dict(zip(RULES, right, strict=True)))  # fmt: skip
