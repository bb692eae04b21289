"""One neuron, y = s(w1 x1 + w2 x2 + b), that learns AND, OR or (in vain) XOR; with a second layer it learns XOR too.

Minsky and Papert, "Perceptrons" (1969): one neuron cuts its plane along one straight line, and XOR needs two.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import torch
from skimage import measure
from torch import Tensor

from demos.basics.neurons import activations
from demos.basics.settings import GATES
from demos.core.errors import DemoError

POINTS = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
LOW, HIGH = -0.5, 1.5  # of the plane shown, either way
GRID = 41  # places either way at which the plane is looked at
HIDDEN = 8  # neurons of the first layer, where there are two
ENOUGH = 0.02  # a loss at which a right answer is a clear one


@dataclass(frozen=True)
class Net:
    """One neuron, or a layer of `HIDDEN` with a neuron behind it."""

    activation: str
    layers: tuple[tuple[Tensor, Tensor], ...]  # weights (out, in) and biases (out,) of each

    def __call__(self, x: Tensor) -> Tensor:
        """Points (N, 2) to answers (N,); behind two layers stands a sigmoid, whatever the first one has."""
        for index, (weight, bias) in enumerate(self.layers):
            x = activations.value("sigmoid" if index else self.activation, x @ weight.T + bias)
        return x[:, 0]


@dataclass(frozen=True)
class Fit:
    """The network after `step` steps of `total`."""

    step: int
    total: int
    net: Net
    gate: str
    loss: float  # half the mean squared error over the four points

    @property
    def outputs(self) -> list[float]:
        """What it answers at the four points, in the order of `POINTS`."""
        return [float(y) for y in self.net(POINTS)]

    @property
    def right(self) -> int:
        """How many of the four answers lie on the right side of one half."""
        return sum((y > 0.5) == bool(t) for y, t in zip(self.outputs, GATES[self.gate], strict=True))

    @property
    def solved(self) -> bool:
        return self.right == 4


def targets(gate: str) -> Tensor:
    """(4,) of 0 and 1. Raises DemoError for an unknown gate."""
    if gate not in GATES:
        raise DemoError(f"There is no gate {gate!r}. Choose one of: {', '.join(GATES)}.")
    return torch.tensor(GATES[gate], dtype=torch.float32)


def one(activation: str, w1: float, w2: float, bias: float) -> Net:
    """A single neuron with these weights."""
    return Net(
        activations.known(activation),
        ((torch.tensor([[w1, w2]], dtype=torch.float32), torch.tensor([bias], dtype=torch.float32)),),
    )


def look(net: Net, gate: str, step: int = 0, total: int = 0) -> Fit:
    """How good the network is at a gate as it stands."""
    loss = ((net(POINTS) - targets(gate)) ** 2).mean() / 2
    return Fit(step, total, net, gate, float(loss))


def fit(gate: str, activation: str, layers: int, steps: int, rate: float, seed: int = 0) -> Iterator[Fit]:
    """Gradient descent from random weights, in about thirty looks; it ends once the four answers are clear.

    A step has no slope to descend along: one neuron with it learns by Rosenblatt's rule (1958) instead, which leaves
    s' out; of two layers with it only the second one learns.

    Raises:
        DemoError: an unknown gate or activation; weights that grow beyond all bounds.
    """
    t, net = targets(gate), _start(activations.known(activation), layers, seed)
    yield look(net, gate, 0, steps)
    shown = {round(steps * (k / 30) ** 2) for k in range(31)}  # the first steps change most
    for step in range(1, steps + 1):
        net = descend(net, t, rate)
        if step in shown or step == steps:
            now = look(net, gate, step, steps)
            if not now.loss < 1e6:
                raise DemoError(
                    f"At step {step} the weights have grown beyond all bounds. Choose a rate below {rate:g}."
                )
            yield now
            if now.solved and (now.loss < ENOUGH or activation == "step"):
                return


def descend(net: Net, t: Tensor, rate: float) -> Net:
    """One step down the slope of half the mean squared error, by the chain rule, layer by layer from the last."""
    inputs, sums = [POINTS], []
    for index, (weight, bias) in enumerate(net.layers):
        sums.append(inputs[-1] @ weight.T + bias)
        inputs.append(activations.value("sigmoid" if index else net.activation, sums[-1]))
    delta = (inputs[-1] - t[:, None]) / len(t) * (1 if len(net.layers) == 2 else _slope(net.activation, sums[-1]))
    learned: list[tuple[Tensor, Tensor]] = []
    for index in reversed(range(len(net.layers))):
        weight, bias = net.layers[index]
        learned.insert(0, (weight - rate * delta.T @ inputs[index], bias - rate * delta.sum(0)))
        if index:
            delta = (delta @ weight) * activations.slope(net.activation, sums[index - 1])
    return Net(net.activation, tuple(learned))


def _slope(name: str, z: Tensor) -> Tensor:
    return torch.ones_like(z) if name == "step" else activations.slope(name, z)


def _start(activation: str, layers: int, seed: int) -> Net:
    random = torch.Generator().manual_seed(seed)
    sizes = [2, 1] if layers == 1 else [2, HIDDEN, 1]
    drawn = [
        (torch.rand(after, before, generator=random) * 2 - 1, torch.rand(after, generator=random) * 2 - 1)
        for before, after in pairwise(sizes)
    ]
    if layers == 1:  # upwards at first: a ReLU that starts asleep at all four points would never wake
        drawn[0] = (drawn[0][0].abs(), 0 * drawn[0][1])
    else:  # wider at first, so that the four lines do not all start as one
        drawn[0] = (drawn[0][0] * 2, drawn[0][1])
    return Net(activation, tuple(drawn))


def surface(net: Net) -> Tensor:
    """(GRID, GRID) answers over the plane from LOW to HIGH, row 0 on top."""
    line = torch.linspace(LOW, HIGH, GRID)
    rows, columns = torch.meshgrid(line.flip(0), line, indexing="ij")
    return net(torch.stack([columns.flatten(), rows.flatten()], 1)).view(GRID, GRID)


def cuts(answers: Tensor) -> list[list[tuple[float, float]]]:
    """Where the answer is one half: lines of points (column, row), as shares of the plane's side from the top left."""
    side = len(answers) - 1
    lines = measure.find_contours(answers.double().numpy(), 0.5)
    return [[(float(column) / side, float(row) / side) for row, column in line] for line in lines]


def working_points(net: Net) -> list[float]:
    """z = w1 x1 + w2 x2 + b of one neuron at the four points."""
    weight, bias = net.layers[0]
    return [float(z) for z in (POINTS @ weight.T + bias)[:, 0]] if len(net.layers) == 1 else []


def asleep(net: Net) -> bool:
    """Whether one neuron stands where its slope is 0 at all four points: no gradient will ever move it."""
    z = torch.tensor(working_points(net))
    flat = net.activation == "ReLU" and len(z) == 4
    return flat and math.isclose(float(activations.slope(net.activation, z).sum()), 0.0)


def fit_one_neuron(steps: int = 2000, rate: float = 2.0) -> list[float]:
    """What *Fit it* does, in plain PyTorch: a neuron with a sigmoid learns AND. The four answers come back."""
    import torch

    x = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    t = torch.tensor([0.0, 0.0, 0.0, 1.0])  # AND; OR is 0 1 1 1, XOR is 0 1 1 0
    w = torch.zeros(2, requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    for _ in range(steps):
        y = torch.sigmoid(x @ w + b)  # the neuron
        loss = ((y - t) ** 2).mean() / 2
        loss.backward()  # how the loss changes with w and b
        with torch.no_grad():
            for parameter in (w, b):
                assert parameter.grad is not None
                parameter -= rate * parameter.grad  # a step downhill
                parameter.grad = None
    return torch.sigmoid(x @ w + b).tolist()
