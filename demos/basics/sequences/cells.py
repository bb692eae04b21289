"""Four networks that read one step of a sequence after the other, each from its equations.

All take x of shape (batch, steps, inputs) and give a state for every step, (batch, steps, hidden). W multiplies what
comes in now, U what was remembered; a gate is a sigmoid, between 0 (shut) and 1 (open); * is number by number.
"""

import torch
from torch import nn


class TimeDelay(nn.Module):
    """Waibel et al. 1989, section II: a window on the last steps. What has left it is gone.

    h_t = tanh(b + W_0 x_t + W_1 x_{t-1} + ... )
    """

    def __init__(self, inputs, hidden, delays=16):
        super().__init__()
        self.W = nn.Parameter(torch.randn(delays, hidden, inputs) / (delays * inputs) ** 0.5)
        self.b = nn.Parameter(torch.zeros(hidden))

    def forward(self, x):
        steps, delays = x.shape[1], len(self.W)
        before = torch.cat([x.new_zeros(len(x), delays - 1, x.shape[2]), x], 1)  # silence before the first step
        late = [before[:, delays - 1 - d : delays - 1 - d + steps] @ self.W[d].T for d in range(delays)]
        return torch.tanh(self.b + sum(late))


class Recurrent(nn.Module):
    """What the other three share: step by step, with the state handed on."""

    gates = 1

    def __init__(self, inputs, hidden):
        super().__init__()
        self.W = nn.Linear(inputs, self.gates * hidden)
        self.U = nn.Linear(hidden, self.gates * hidden)

    def forward(self, x):
        h = c = x.new_zeros(len(x), self.U.in_features)
        states = []
        for t in range(x.shape[1]):
            h, c = self.step(x[:, t], h, c)
            states.append(h)
        return torch.stack(states, 1)

    def step(self, x, h, c):
        raise NotImplementedError  # each network's own: the next h and c


class Elman(Recurrent):
    """Elman 1990: the state goes back in beside the next input. h_t = tanh(W x_t + U h_{t-1} + b)"""

    def step(self, x, h, c):
        return torch.tanh(self.W(x) + self.U(h)), c


class LSTM(Recurrent):
    """Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000.

    The cell c is a sum, not a product: with the forget gate f open, it passes on what it holds unchanged.
    """

    gates = 4

    def step(self, x, h, c):
        i, f, g, o = (self.W(x) + self.U(h)).chunk(4, 1)  # input, forget, what is new, output
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


class GRU(Recurrent):
    """Cho et al. 2014, with the reset gate after the matrix product, as PyTorch and cuDNN have it.

    The paper has tanh(W x + U (r * h)); here it is tanh(W x + r * (U h)). z says how much of the old state stays.
    """

    gates = 3

    def step(self, x, h, c):
        (rx, zx, nx), (rh, zh, nh) = self.W(x).chunk(3, 1), self.U(h).chunk(3, 1)
        r, z = torch.sigmoid(rx + rh), torch.sigmoid(zx + zh)
        return (1 - z) * torch.tanh(nx + r * nh) + z * h, c


def teach(cell, hidden, draw, steps=300, rate=0.01):
    """Teaches a cell and a layer on top to answer at the last step; gives the mean squared error of the last batch.

    draw() gives a batch: x (batch, steps, inputs) and the answers (batch,).
    """
    answer = nn.Linear(hidden, 1)
    weights = [*cell.parameters(), *answer.parameters()]
    optimiser = torch.optim.Adam(weights, rate)
    for _ in range(steps):
        x, y = draw()
        loss = (answer(cell(x)[:, -1])[:, 0] - y).square().mean()
        optimiser.zero_grad()
        loss.backward()  # through all steps, back to the first: "backpropagation through time"
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
    return loss.item()
