"""Batch normalisation, written out (Ioffe and Szegedy 2015, algorithm 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def batch_norm(
    x: Tensor, gamma: Tensor, beta: Tensor, running_mean: Tensor, running_variance: Tensor, *,
    training: bool, momentum: float = 0.1, epsilon: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Each feature of a batch (..., N, D) with mean 0 and variance 1, then times gamma plus beta, which are learned.

    In training, mean and variance are the batch's, and the running ones, (..., 1, D) or (D,), move a tenth of the way
    towards them, in place. In evaluation, the running ones are used: an example no longer depends on its neighbours.
    """
    if training:
        count = x.shape[-2]
        if count < 2:
            raise ValueError("a batch of one has no variance")
        mean = x.mean(-2, keepdim=True)
        variance = (x - mean).square().mean(-2, keepdim=True)  # divided by N: it normalises this very batch
        unbiased = variance.detach() * count / (count - 1)  # divided by N - 1: it estimates all other batches'
        running_mean.lerp_(mean.detach().view_as(running_mean), momentum)
        running_variance.lerp_(unbiased.view_as(running_variance), momentum)
    else:
        mean, variance = running_mean, running_variance
    return gamma * (x - mean) / (variance + epsilon).sqrt() + beta


def one_step(rate: float = 1.0) -> float:
    """A small network with batch normalisation before its activation: one step of training, then an evaluation."""
    import torch

    x, labels = torch.randn(32, 64), torch.randint(10, (32,))
    w1, w2 = torch.randn(64, 64).div(8).requires_grad_(), torch.randn(64, 10).div(8).requires_grad_()
    gamma, beta = torch.ones(64, requires_grad=True), torch.zeros(64, requires_grad=True)
    mean, variance = torch.zeros(64), torch.ones(64)

    def loss(training: bool) -> Tensor:
        hidden = torch.sigmoid(batch_norm(x @ w1, gamma, beta, mean, variance, training=training))
        return torch.nn.functional.cross_entropy(hidden @ w2, labels)

    learned = [w1, w2, gamma, beta]
    for value, gradient in zip(learned, torch.autograd.grad(loss(training=True), learned), strict=True):
        value.data -= rate * gradient
    return float(loss(training=False).detach())
