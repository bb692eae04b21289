"""The four networks with a layer of answers on top, in PyTorch's fused versions of `cells.py` (a test says: equal)."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from demos.basics.settings import NETWORKS, STARTS

DELAYS = (8, 9)  # of the two layers of the time-delay network
WINDOW = sum(DELAYS) - 1  # steps that it sees: 16


class TimeDelays(nn.Module):
    """Two layers of delays, (batch, steps, inputs) to (batch, steps, hidden): a step sees `WINDOW` steps."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.first, self.second = nn.Conv1d(inputs, hidden, DELAYS[0]), nn.Conv1d(hidden, hidden, DELAYS[1])

    def forward(self, x: Tensor) -> Tensor:
        h = F.pad(x.transpose(1, 2), (WINDOW - 1, 0))
        return torch.tanh(self.second(torch.tanh(self.first(h)))).transpose(1, 2)


class Network(nn.Module):
    """(batch, steps, inputs) to answers (batch, steps, outputs).

    Args:
        kind: one of `NETWORKS`.
        start: what the weights start from, one of `STARTS`. "orthogonal" makes the recurrent matrix (of each gate) a
            rotation, and gives the gates that keep a bias; "chrono" spreads that bias so that the units forget at
            paces from 1 to `lag` steps (Tallec & Ollivier 2018); "PyTorch's" leaves all as it is.
        radius: spectral radius of the Elman network's recurrent matrix, where it is a rotation.
        keep: bias of the gate that keeps: the LSTM's forget gate (Gers et al. 2000), the GRU's update gate.
    """

    def __init__(
        self, kind: str, inputs: int, outputs: int, *, hidden: int = 32, start: str = STARTS[2], lag: int = 10,
        radius: float = 1.0, keep: float = 1.0, seed: int = 0,
    ) -> None:  # fmt: skip
        super().__init__()
        self.kind = kind
        classes = {NETWORKS[1]: nn.RNN, NETWORKS[2]: nn.LSTM, NETWORKS[3]: nn.GRU}
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            if kind == NETWORKS[0]:
                self.core: nn.Module = TimeDelays(inputs, hidden)
            else:
                self.core = classes[kind](inputs, hidden, batch_first=True)
                if start != STARTS[0]:
                    _begin(self.core, kind, hidden, start, lag, radius, keep)
            self.answer = nn.Linear(hidden, outputs)

    def forward(self, x: Tensor, last: bool = False) -> Tensor:
        """Answers at every step; `last` alone gives (batch, 1, outputs)."""
        if self.kind == NETWORKS[0]:
            states = self.core(x[:, -WINDOW:] if last and x.shape[1] > WINDOW else x)
        else:
            states = self.core(x)[0]
        return self.answer(states[:, -1:] if last else states)


@torch.no_grad()
def _begin(core: nn.Module, kind: str, hidden: int, start: str, lag: int, radius: float, keep: float) -> None:
    """Rotations for the recurrent matrices, and biases for the gate that keeps."""
    weights = dict(core.named_parameters())
    for part in weights["weight_hh_l0"].split(hidden):
        nn.init.orthogonal_(part)
    if kind == NETWORKS[1]:
        weights["weight_hh_l0"].mul_(radius)
        return
    inward, back = weights["bias_ih_l0"], weights["bias_hh_l0"]
    inward.zero_()
    back.zero_()
    held = inward[hidden : 2 * hidden]  # second of i, f, g, o and of r, z, n
    if start == STARTS[2]:
        held.copy_(torch.empty(hidden).uniform_(1, max(2, lag)).log())
        if kind == NETWORKS[2]:
            inward[:hidden].copy_(-held)
    else:
        held.fill_(keep)
