"""What batch normalisation does to a network that learns: the rates it bears, its statistics, its two modes."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

from demos.basics.depth.batch_norm import batch_norm
from demos.basics.depth.digits import digits
from demos.basics.depth.many import Many
from demos.basics.settings import MODES, SCANNED

LAYERS, ACTIVATION, RULE = 6, "tanh", "Normal 1/√n"
FEATURE = 5  # the one whose numbers are shown, of the first hidden layer
SHORT_TRAINING, RATE = 150, 0.3  # of the network whose numbers are shown
NEIGHBOURS = 5
PER_FRAME = 10


# ---- the rates that it bears ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scan:
    """Networks with and without batch normalisation, one pair for each rate, after some steps."""

    step: int
    total: int
    seconds: float
    without: dict[float, float]  # rate to the share (0..1) of held-out digits named rightly
    evaluated: dict[float, float]  # with batch normalisation, in evaluation mode: by the running statistics
    in_training: dict[float, float]  # the same networks in training mode: by each batch's own


def scan(place: str, batch: int, steps: int, seed: int) -> Iterator[Scan]:
    """All pairs learn side by side from the same batches."""
    data, start, count = digits(), time.monotonic(), len(SCANNED)
    network = Many([RULE] * 2 * count, LAYERS, ACTIVATION, seed, normalised=[False] * count + [True] * count,
                   place=place)  # fmt: skip
    rates = torch.tensor(SCANNED * 2)
    random = torch.Generator().manual_seed(seed)
    for step in range(steps + 1):
        if step % PER_FRAME == 0 or step == steps:
            evaluated = network.accuracies(data.test, data.test_labels)
            training = network.accuracies(data.test, data.test_labels, training=True, batch=batch)
            yield Scan(step, steps, time.monotonic() - start, *(
                dict(zip(SCANNED, shares, strict=True))
                for shares in (evaluated[:count], evaluated[count:], training[count:])
            ))  # fmt: skip
        if step < steps:
            at = torch.randint(len(data.train), (batch,), generator=random)
            network.step(data.train[at], data.labels[at], rates)


# ---- one feature, and one digit among others ------------------------------------------------------------------------


@dataclass(frozen=True)
class Feature:
    """One feature of a batch on its way through batch normalisation."""

    x: tuple[float, ...]  # of each digit in the batch, before
    y: tuple[float, ...]  # after, in the mode asked for
    mean: float  # of the batch
    variance: float  # of the batch, divided by N
    running_mean: float
    running_variance: float
    gamma: float
    beta: float


@dataclass(frozen=True)
class Neighbour:
    """One digit, judged beside another in a batch of two."""

    ink: Tensor  # (8, 8) of the other, 0..1
    probability: float  # of the digit's true class, 0..1


@dataclass(frozen=True)
class Look:
    """A network with batch normalisation after a short training."""

    feature: Feature
    means: list[tuple[float, float]]  # (step, mean of the feature over the batch)
    running: list[tuple[float, float]]  # (step, running mean of the feature)
    digit: Tensor  # (8, 8)
    label: int
    neighbours: list[Neighbour]


def look(place: str, batch: int, mode: str, seed: int) -> Look:
    """The numbers of a network that learned for 150 steps from batches of `batch`, in one of MODES."""
    data = digits()
    network, means, running = _trained(place, batch, seed)
    training = mode == MODES[0]
    neighbours = []
    for other in range(1, 1 + NEIGHBOURS):
        pair = data.test[[0, other]]
        probability = F.softmax(_judged(network, pair, training)[0, 0], 0)[data.test_labels[0]]
        neighbours.append(Neighbour(data.ink[other], float(probability)))
    return Look(
        _feature(network, data.test[:batch], place, training), means, running, data.ink[0],
        int(data.test_labels[0]), neighbours,
    )  # fmt: skip


@lru_cache(maxsize=16)
def _trained(place: str, batch: int, seed: int) -> tuple[Many, list[tuple[float, float]], list[tuple[float, float]]]:
    """(network, the feature's mean in each batch, its running mean after each)."""
    data, random = digits(), torch.Generator().manual_seed(seed)
    network = Many([RULE], LAYERS, ACTIVATION, seed, normalised=[True], place=place)
    means, running = [], []
    for step in range(SHORT_TRAINING):
        at = torch.randint(len(data.train), (batch,), generator=random)
        before = float(network.means[0][0, 0, FEATURE])
        network.step(data.train[at], data.labels[at], torch.tensor([RATE]))
        after = float(network.means[0][0, 0, FEATURE])
        means.append((step + 1.0, before + (after - before) / 0.1))
        running.append((step + 1.0, after))
    return network, means, running


@torch.no_grad()
def _judged(network: Many, x: Tensor, training: bool) -> Tensor:
    """Logits (1, N, 10); what the look at a batch does to the running statistics is undone."""
    kept = [t.clone() for t in (*network.means, *network.variances)]
    network.training = training
    logits = network(x)
    network.training = True
    for now, before in zip((*network.means, *network.variances), kept, strict=True):
        now.copy_(before)
    return logits


@torch.no_grad()
def _feature(network: Many, x: Tensor, place: str, training: bool) -> Feature:
    raw = x @ network.weights[0][0].T + network.biases[0][0]
    if place.startswith("after"):
        raw = network.activation(raw)
    column = raw[:, FEATURE : FEATURE + 1]
    at = (0, slice(None), FEATURE)
    gamma, beta = network.gammas[0][at], network.betas[0][at]
    mean, variance = network.means[0][at].clone(), network.variances[0][at].clone()
    after = batch_norm(column, gamma, beta, mean.clone(), variance.clone(), training=training)
    return Feature(
        tuple(column[:, 0].tolist()), tuple(after[:, 0].tolist()), float(column.mean()),
        float(column.var(unbiased=False)), float(mean), float(variance), float(gamma), float(beta),
    )  # fmt: skip
