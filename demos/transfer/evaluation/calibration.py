"""Probabilities that mean what they say: a temperature, learned on photos that moved no weight, and how well it does.

Source: Guo et al., "On Calibration of Modern Neural Networks" (2017), sections 2 (reliability, expected calibration
error) and 4.2 (temperature).
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

BINS = 15  # of equal width, as in the paper
SPREAD = 0.5  # of log T before any photo is seen: few photos, all of them right, are no proof of never being wrong


@dataclass(frozen=True)
class Bin:
    """Photos whose highest probability lies in (low, high]."""

    low: float
    high: float
    count: int
    confidence: float  # mean of the highest probabilities; 0 of no photos
    accuracy: float  # share of the photos whose most probable class is right; 0 of no photos


def temperature(logits: Tensor, labels: Tensor) -> float:
    """The T > 0 with which softmax(logits / T) has the lowest cross-entropy, summed over photos, plus a penalty.

    The penalty is (log T)^2 / (2 `SPREAD`^2): it weighs as much as a photo or two, and keeps T near one where there
    are so few. Dividing by T changes no order: the most probable class stays the same.

    Args:
        logits: (N, C) of photos that moved no weight: held back, or out of the folds of a cross-validation.
        labels: (N,) in 0 .. C - 1.

    Returns:
        Between 1/20 and 20; 1.0 of no photos.
    """
    from scipy.optimize import minimize_scalar  # here: it takes a moment to import

    if len(labels) == 0 or not bool(torch.isfinite(logits).all()):
        return 1.0
    exact = logits.detach().double()

    def objective(log_t: float) -> float:
        loss = F.cross_entropy(exact / math.exp(log_t), labels, reduction="sum").item()
        return loss + log_t**2 / (2 * SPREAD**2)

    most = math.log(20)
    return math.exp(
        float(minimize_scalar(objective, bounds=(-most, most), method="bounded", options={"xatol": 1e-4}).x)
    )


def reliability(probabilities: Tensor, labels: Tensor, bins: int = BINS) -> tuple[Bin, ...]:
    """Photos by their highest probability: how sure they were called, and how often that was right.

    Args:
        probabilities: (N, C), each row summing to one.
        labels: (N,) in 0 .. C - 1.
    """
    confidence, predicted = probabilities.double().max(1)
    right = (predicted == labels).double()
    place = (confidence * bins).ceil().long().clamp(1, bins) - 1
    found = []
    for index in range(bins):
        inside = place == index
        count = int(inside.sum())
        means = [float(values[inside].mean()) if count else 0.0 for values in (confidence, right)]
        found.append(Bin(index / bins, (index + 1) / bins, count, *means))
    return tuple(found)


def expected_error(probabilities: Tensor, labels: Tensor, bins: int = BINS) -> float:
    """The expected calibration error, 0 to 1: how far accuracy is from confidence, on average over the photos.

    Arguments as in `reliability`; 0 of no photos.
    """
    table = reliability(probabilities, labels, bins)
    total = sum(one.count for one in table)
    return sum(one.count * abs(one.accuracy - one.confidence) for one in table) / max(1, total)
