"""The size of dL/dx_t in plain PyTorch: how much each step of a sequence still moves the error at the end."""

import torch
from torch import nn


def gradient_sizes(kind=nn.RNN, steps=40, hidden=32, rho=0.9):
    """Norms of dL/dx_t, the last step first, for a fresh nn.RNN, nn.LSTM or nn.GRU and one answer at the end."""
    network, answer = kind(2, hidden, batch_first=True), nn.Linear(hidden, 1)
    if kind is nn.RNN:
        nn.init.orthogonal_(network.weight_hh_l0)  # a rotation ...
        with torch.no_grad():
            network.weight_hh_l0 *= rho  # ... times rho: its spectral radius
    x = torch.rand(64, steps, 2, requires_grad=True)
    states, _ = network(x)
    loss = (answer(states[:, -1]) - 1).square().mean()
    (slope,) = torch.autograd.grad(loss, x)
    return slope.norm(dim=2).mean(0).flip(0)


sizes = gradient_sizes(rho=0.9)
print("ten steps back counts", float(sizes[10] / sizes[0]), "of the last step; 0.9^10 is", 0.9**10)
