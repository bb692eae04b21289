"""Small networks that learn to part two kinds of points on the plane. After Smilkov et al., "TensorFlow Playground"."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from demos.basics.settings import OPTIMISERS, PLAYGROUND_SETS, SMOOTH
from demos.core.errors import DemoError

EXTENT, GRID, COUNT = 1.6, 48, 300  # the plane is -EXTENT..EXTENT; cells of the surface; points
LONGEST = 15.0  # seconds
LOOKS = 25  # at the loss, at most, in a step of L-BFGS
LAYERS = {
    "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "ReLU": nn.ReLU, "leaky ReLU": nn.LeakyReLU, "ELU": nn.ELU, "GELU": nn.GELU,
}  # fmt: skip


@dataclass(frozen=True)
class Look:
    """The network after `step` steps."""

    step: int
    total: int
    surface: np.ndarray  # (GRID, GRID) from 0 to 1, row 0 on top
    points: np.ndarray  # (COUNT, 2)
    labels: np.ndarray  # (COUNT,) 0 or 1
    held_out: np.ndarray  # (COUNT,) whether the training never sees it
    losses: tuple[tuple[int, float, float], ...]  # (step, of the training, held out)
    right: float  # share of the held-out points
    neurons: int
    neurons_dead: int | None  # None where the activation is no ReLU


def points(name: str, noise: float, seed: int = 0) -> tuple[Tensor, Tensor]:
    """(COUNT, 2) points around the origin and (COUNT,) labels 0 and 1. Raises DemoError for an unknown set."""
    if name not in PLAYGROUND_SETS:
        raise DemoError(f"There is no set {name!r}. Choose one of: {', '.join(PLAYGROUND_SETS)}.")
    random = torch.Generator().manual_seed(seed)
    label = (torch.arange(COUNT) % 2).float()
    u = torch.rand(COUNT, generator=random)
    if name == "Moons":
        turned, side = u * math.pi, 1 - 2 * label
        at = (
            torch.stack([torch.cos(turned) * side + label - 0.5, torch.sin(turned) * side + 0.5 * label - 0.25], 1)
            * 0.9
        )
    else:
        angle = u * 2 * math.pi if name == "Rings" else u.sqrt() * 1.5 * 2 * math.pi + label * math.pi
        radius = 0.45 + 0.7 * label if name == "Rings" else u.sqrt() * 1.3
        at = torch.stack([radius * angle.cos(), radius * angle.sin()], 1)
    return at + noise * torch.randn(at.shape, generator=random), label


def network(layers: int, width: int, activation: str, seed: int = 0) -> nn.Sequential:
    """(N, 2) to (N, 1) logits. Raises DemoError for an unknown activation."""
    if activation not in SMOOTH:
        raise DemoError(f"There is no activation {activation!r} here. Choose one of: {', '.join(SMOOTH)}.")
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        parts: list[nn.Module] = []
        for before in [2, *[width] * (layers - 1)]:
            parts += [nn.Linear(before, width), LAYERS[activation]()]
        return nn.Sequential(*parts, nn.Linear(width, 1))


@torch.no_grad()
def dead(net: nn.Sequential, x: Tensor) -> int:
    """How many ReLUs answer 0 to every point of x (N, 2)."""
    count = 0
    for layer in net:
        x = layer(x)
        if isinstance(layer, nn.ReLU):
            count += int((x.amax(0) <= 0).sum())
    return count


def train(
    name: str, layers: int, width: int, activation: str, optimiser: str, noise: float, steps: int, seed: int = 0,
    own: tuple[Tensor, Tensor] | None = None,
) -> Iterator[Look]:  # fmt: skip
    """Looks at the network as it learns; the last is the end.

    Args:
        own: points (COUNT, 2) and their labels, learned in place of the named set; no noise is added.

    Raises:
        DemoError: unknown names; a loss that grows beyond all bounds.
    """
    x, t = own or points(name, noise, seed)
    net, held = network(layers, width, activation, seed), torch.arange(COUNT) % 3 == 0
    descent = descent_by(optimiser, net)

    def closure() -> Tensor:
        with torch.enable_grad():
            loss = F.binary_cross_entropy_with_logits(net(x[~held])[:, 0], t[~held])
            descent.zero_grad()
            loss.backward()
        return loss

    losses: list[tuple[int, float, float]] = []
    line = torch.linspace(-EXTENT, EXTENT, GRID)
    rows, columns = torch.meshgrid(line.flip(0), line, indexing="ij")
    places, began = torch.stack([columns.flatten(), rows.flatten()], 1), time.monotonic()
    for step in range(steps + 1):
        over = step == steps or time.monotonic() - began > LONGEST
        if step % 10 == 0 or over:
            with torch.no_grad():
                said, surface = net(x)[:, 0], net(places).sigmoid().view(GRID, GRID)
            fell, other = (F.binary_cross_entropy_with_logits(said[k], t[k]).item() for k in (~held, held))
            if not math.isfinite(fell + other):
                raise DemoError(f"At step {step} the loss has grown beyond all bounds. Choose another optimiser.")
            losses.append((step, fell, other))
            right = ((said > 0) == (t > 0.5))[held].float().mean().item()
            gone = dead(net, x) if activation == "ReLU" else None
            yield Look(step, steps, surface.numpy(), x.numpy(), t.numpy(), held.numpy(), tuple(losses), right,
                       layers * width, gone)  # fmt: skip
        if over:
            return
        descent.step(closure)  # type: ignore[arg-type]  # L-BFGS asks for the loss several times in one step


def descent_by(name: str, net: nn.Module) -> torch.optim.Optimizer:
    """The optimiser of that name, one iteration a step. Raises DemoError for an unknown name.

    L-BFGS: Liu, Nocedal, "On the limited memory BFGS method for large scale optimization" (1989). From how gradients
    changed it learns how curved the loss is, and then looks along one line for a good place (strong Wolfe conditions).
    """
    if name not in OPTIMISERS:
        raise DemoError(f"There is no optimiser {name!r}. Choose one of: {', '.join(OPTIMISERS)}.")
    rate = OPTIMISERS[name]
    if name == "L-BFGS":
        return torch.optim.LBFGS(net.parameters(), rate, max_iter=1, max_eval=LOOKS, line_search_fn="strong_wolfe")
    if name == "Adam":
        return torch.optim.Adam(net.parameters(), rate)
    return torch.optim.SGD(net.parameters(), rate, momentum=0.9 if name == "Momentum" else 0)


def learn_two_rings(steps: int = 300) -> float:
    """A small network learns two rings, in plain PyTorch. The share of right answers comes back."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    angle, label = torch.rand(200) * 6.2832, (torch.arange(200) % 2).float()
    radius = 0.5 + 0.6 * label
    x = torch.stack([radius * angle.cos(), radius * angle.sin()], 1)
    net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1))
    optimiser = torch.optim.Adam(net.parameters(), lr=0.02)
    for _ in range(steps):
        loss = nn.functional.binary_cross_entropy_with_logits(net(x)[:, 0], label)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return ((net(x)[:, 0] > 0) == (label > 0.5)).float().mean().item()
