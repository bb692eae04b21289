"""Backpropagation by hand through a 2-3-1 network, and the same gradients from autograd and from finite differences.

Rumelhart, Hinton, Williams, "Learning representations by back-propagating errors", Nature 323 (1986).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from demos.basics.neurons import activations

NUDGE = 1e-6  # of a weight, either way, for a finite difference
NAMES = ("W1", "b1", "w2", "b2")


@dataclass(frozen=True)
class Hand:
    """The network, one example, and what has been computed of it so far. All numbers are float64."""

    activation: str
    x: Tensor  # (2,)
    target: float
    weights: tuple[Tensor, Tensor, Tensor, Tensor]  # W1 (3, 2), b1 (3,), w2 (3,), b2 ()
    z: Tensor | None = None  # (3,) sums of the hidden neurons
    h: Tensor | None = None  # (3,) their answers s(z)
    y: Tensor | None = None  # () w2 h + b2
    loss: float | None = None  # half the squared error
    gradients: tuple[Tensor, ...] | None = None  # of the loss, as the weights
    steps: int = 0


def start(activation: str, x1: float, x2: float, target: float, seed: int = 0) -> Hand:
    """Weights from -1 to 1, nothing computed yet. Raises DemoError for an unknown activation."""
    random = torch.Generator().manual_seed(seed)
    shapes: tuple[tuple[int, ...], ...] = ((3, 2), (3,), (3,), ())
    w1, b1, w2, b2 = (torch.rand(s, generator=random, dtype=torch.float64) * 2 - 1 for s in shapes)
    return Hand(activations.known(activation), torch.tensor([x1, x2]).double(), target, (w1, b1, w2, b2))


def forward(net: Hand) -> Hand:
    """From the inputs to the loss: z = W1 x + b1, h = s(z), y = w2 h + b2, L = (y - t)² / 2."""
    w1, b1, w2, b2 = net.weights
    z = w1 @ net.x + b1
    h = activations.value(net.activation, z)
    y = w2 @ h + b2
    return replace(net, z=z, h=h, y=y, loss=float((y - net.target) ** 2 / 2), gradients=None)


def backward(net: Hand) -> Hand:
    """From the loss back to every weight, by the chain rule; after `forward`, which it calls where it has to."""
    if net.z is None or net.h is None or net.y is None:
        return backward(forward(net))
    error = net.y - net.target  # dL/dy
    delta = error * net.weights[2] * activations.slope(net.activation, net.z)  # dL/dz
    return replace(net, gradients=(torch.outer(delta, net.x), delta, error * net.h, error))


def step(net: Hand, rate: float) -> Hand:
    """Every weight a little downhill; what was computed with the old ones is gone."""
    if net.gradients is None:
        return step(backward(net), rate)
    w1, b1, w2, b2 = (weight - rate * g for weight, g in zip(net.weights, net.gradients, strict=True))
    return Hand(net.activation, net.x, net.target, (w1, b1, w2, b2), steps=net.steps + 1)


def play(net: Hand, rate: float, times: int = 3) -> Iterator[Hand]:
    """Forward, backward, step, and again; at the end forward and backward once more, so that gradients are seen."""
    for _ in range(times):
        net = forward(net)
        yield net
        net = backward(net)
        yield net
        net = step(net, rate)
        yield net
    net = forward(net)
    yield net
    yield backward(net)


def differences(net: Hand) -> tuple[float, float]:
    """The largest difference of the gradients by hand from autograd's, and from finite differences."""
    mine = torch.cat([g.flatten() for g in backward(net).gradients or ()])
    flat = torch.cat([weight.flatten() for weight in net.weights])
    with torch.enable_grad():
        leaf = flat.clone().requires_grad_()
        (auto,) = torch.autograd.grad(_loss(net, leaf), leaf)
    nudges = torch.eye(len(flat), dtype=torch.float64) * NUDGE
    finite = torch.stack([(_loss(net, flat + n) - _loss(net, flat - n)) / (2 * NUDGE) for n in nudges])
    return float((mine - auto).abs().max()), float((mine - finite).abs().max())


def _loss(net: Hand, flat: Tensor) -> Tensor:
    w1, b1, w2, b2 = flat[:6].view(3, 2), flat[6:9], flat[9:12], flat[12]
    return (w2 @ activations.value(net.activation, w1 @ net.x + b1) + b2 - net.target) ** 2 / 2


def backpropagate_by_hand(rate: float = 0.5) -> tuple[float, float]:
    """One step by hand, in plain PyTorch. Back come the largest difference from autograd, and how far the loss fell."""
    import torch

    torch.manual_seed(0)
    x, t = torch.tensor([1.0, 0.5]), 0.8
    parameters = [p.requires_grad_() for p in (torch.randn(3, 2), torch.randn(3), torch.randn(3), torch.randn(()))]
    w1, b1, w2, b2 = parameters
    h = torch.tanh(w1 @ x + b1)  # forward
    loss = (w2 @ h + b2 - t) ** 2 / 2
    with torch.no_grad():
        error = w2 @ h + b2 - t  # backward: dL/dy
        delta = error * w2 * (1 - h**2)  # dL/dz, by the chain rule
        gradients = [torch.outer(delta, x), delta, error * h, error]
    loss.backward()  # the same by autograd
    difference = max(float((p.grad - g).abs().max()) for p, g in zip(parameters, gradients, strict=True))  # type: ignore[operator]
    with torch.no_grad():
        for p, g in zip(parameters, gradients, strict=True):
            p -= rate * g  # step
        after = (w2 @ torch.tanh(w1 @ x + b1) + b2 - t) ** 2 / 2
    return difference, loss.item() - after.item()
