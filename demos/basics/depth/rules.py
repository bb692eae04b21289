"""How weights begin: the rules, and networks that carry a signal through many layers.

The functions are whole by themselves, imports included: the page shows them to be copied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import Tensor


def initialise(weight: Tensor, rule: str, random: torch.Generator | None = None) -> Tensor:
    """Draws weights (n_out, n_in) in place, by one of five rules; n is the fan-in: how many numbers a neuron reads.

    Variances: 0; y²/3 = 1/(3n); y² = 1/n; 2 / (n_in + n_out) (Glorot and Bengio 2010, eq. 16); 2 / n_in (He et al.
    2015, eq. 10).
    """
    import torch

    n_out, n_in = weight.shape
    y = 1 / n_in**0.5
    with torch.no_grad():
        if rule == "Zero":
            return weight.zero_()
        if rule == "Uniform ±1/√n":
            return weight.uniform_(-y, y, generator=random)
        if rule == "Normal 1/√n":
            return weight.normal_(0, y, generator=random)
        if rule == "Glorot":
            bound = (6 / (n_in + n_out)) ** 0.5
            return weight.uniform_(-bound, bound, generator=random)
        if rule == "He":
            return weight.normal_(0, (2 / n_in) ** 0.5, generator=random)
    raise ValueError(rule)


def signal_by_layer(rule: str = "He", layers: int = 10, width: int = 64) -> list[float]:
    """The root mean square of the activations after each of `layers` ReLU layers, from an input of 1."""
    import torch

    x = torch.randn(1000, width)
    sizes = []
    for _ in range(layers):
        weight = initialise(torch.empty(width, width), rule)
        x = torch.relu(x @ weight.T)
        sizes.append(float(x.square().mean().sqrt()))
    return sizes


def theory(rule: str, activation: str, n_in: int, n_out: int) -> float:
    """The factor by which one layer changes the root mean square of a signal, with `none` or `ReLU` for activation.

    A sum of n_in terms has n_in · Var(w) times their mean square; ReLU keeps half of it.
    """
    variance = {
        "Zero": 0.0,
        "Uniform ±1/√n": 1 / (3 * n_in),
        "Normal 1/√n": 1 / n_in,
        "Glorot": 2 / (n_in + n_out),
        "He": 2 / n_in,
    }[rule]
    return (n_in * variance * (0.5 if activation == "ReLU" else 1.0)) ** 0.5
