"""The playground's sets, drawings, optimisers and dead neurons."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from torch import nn
from torch.nn import functional as F

from demos.basics.neurons import own_points, playground
from demos.core.errors import DemoError
from demos.core.page.lesson import sources
from demos.core.page.theme import COOL, WARM


@pytest.mark.parametrize("name", ["Moons", "Rings"])
@pytest.mark.parametrize("optimiser", ["Adam", "L-BFGS"])
def test_it_learns(name: str, optimiser: str) -> None:
    *_, last = playground.train(name, 2, 16, "ReLU", optimiser, 0.1, 400 if optimiser == "Adam" else 60)
    assert last.right > 0.9


# ---- dead neurons ---------------------------------------------------------------------------------------------------


def dead_by_hand(net: nn.Sequential, x: np.ndarray) -> int:
    """The same count in NumPy, layer by layer, with weights and biases taken out of the network."""
    layers = [module for module in net if isinstance(module, nn.Linear)]
    count = 0
    for layer in layers[:-1]:
        sums = x @ layer.weight.detach().numpy().T + layer.bias.detach().numpy()
        count += sum(all(z <= 0 for z in sums[:, neuron]) for neuron in range(sums.shape[1]))
        x = np.where(sums > 0, sums, 0)
    return count


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("layers", [1, 2, 4])
def test_dead_neurons_are_counted_exactly(layers: int, seed: int) -> None:
    net, (x, _) = playground.network(layers, 16, "ReLU", seed), playground.points("Moons", 0.1)
    killed = 0
    with torch.no_grad():
        for index, layer in enumerate([module for module in net if isinstance(module, nn.Linear)][:-1]):
            layer.bias.sub_(0.3)  # some die by themselves, and in deeper layers because others did
            layer.bias[: index + 2] = -50
            killed += index + 2
    assert playground.dead(net, x) == dead_by_hand(net, x.numpy())
    assert playground.dead(net, x) >= killed


def test_a_neuron_that_wakes_for_one_point_is_not_dead() -> None:
    net = playground.network(1, 2, "ReLU")
    with torch.no_grad():
        net[0].weight.copy_(torch.tensor([[1.0, 0.0], [1.0, 0.0]]))  # type: ignore[union-attr, operator]
        net[0].bias.copy_(torch.tensor([-1.0, -2.0]))  # type: ignore[union-attr, operator]
    assert playground.dead(net, torch.tensor([[0.0, 0.0], [1.5, 0.0], [-3.0, 1.0]])) == 1


# ---- optimisers -----------------------------------------------------------------------------------------------------


def test_lbfgs_step_by_step_is_one_call_of_torchs() -> None:
    """Ten steps of ours go where a single call of torch.optim.LBFGS with ten iterations goes."""
    *_, last = playground.train("Moons", 1, 8, "tanh", "L-BFGS", 0.1, 10)
    net, (x, t) = playground.network(1, 8, "tanh"), playground.points("Moons", 0.1)
    own = torch.arange(len(x)) % 3 != 0
    lbfgs = torch.optim.LBFGS(net.parameters(), 1.0, max_iter=10, max_eval=1000, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        lbfgs.zero_grad()
        loss = F.binary_cross_entropy_with_logits(net(x[own])[:, 0], t[own])
        loss.backward()
        return loss

    lbfgs.step(closure)  # type: ignore[arg-type]
    assert last.losses[-1][1] == pytest.approx(closure().item(), rel=1e-3)


def test_lbfgs_needs_fewer_steps_than_gradient_descent() -> None:
    ends = {}
    for optimiser in ("SGD", "L-BFGS"):
        *_, last = playground.train("Moons", 1, 8, "tanh", optimiser, 0.1, 40)
        ends[optimiser] = last.losses[-1][1]
    assert ends["L-BFGS"] < ends["SGD"] / 3


def test_an_unknown_optimiser_is_said() -> None:
    with pytest.raises(DemoError, match="Choose one of: SGD, Momentum, Adam, L-BFGS"):
        next(playground.train("Moons", 1, 8, "tanh", "Newton", 0.1, 10))


# ---- one's own drawing ----------------------------------------------------------------------------------------------


def strokes(*blobs: tuple[str, tuple[int, int, int, int]]) -> Image.Image:
    picture = Image.new("RGBA", (300, 300))
    pen = ImageDraw.Draw(picture)
    for colour, box in blobs:
        pen.ellipse(box, fill=colour)
    return picture


def test_points_lie_under_their_colours_ink() -> None:
    x, t = own_points.drawn(strokes((COOL, (30, 30, 90, 90)), (WARM, (200, 180, 270, 270))))
    assert (x.shape, t.shape) == ((playground.COUNT, 2), (playground.COUNT,))
    assert t.sum() == playground.COUNT / 2

    def inside(points: torch.Tensor, box: tuple[int, int, int, int]) -> bool:
        places = torch.stack([points[:, 0] / 1.6 + 1, 1 - points[:, 1] / 1.6], 1) * 150  # px of the drawing
        low, high = torch.tensor(box[:2]), torch.tensor(box[2:])
        return bool(((places > low - 4) & (places < high + 4)).all())

    assert inside(x[t == 1], (30, 30, 90, 90))
    assert inside(x[t == 0], (200, 180, 270, 270))


def test_a_drawing_is_learned() -> None:
    drawing = strokes((WARM, (30, 30, 270, 270)), (COOL, (110, 110, 190, 190)))  # blue upon orange: a ring and its core
    *_, last = playground.train("", 2, 16, "ReLU", "Adam", 0, 300, own=own_points.drawn(drawing))
    assert last.right > 0.95


@pytest.mark.parametrize(
    ("drawing", "words"),
    [
        (None, "Nothing is drawn yet"),
        (strokes(), "Nothing is drawn yet"),
        (strokes((COOL, (30, 30, 90, 90))), "Only blue is drawn.*Draw something orange too"),
        (strokes((WARM, (30, 30, 90, 90))), "Only orange is drawn.*Draw something blue too"),
    ],
)
def test_what_is_missing_of_a_drawing_is_said(drawing: Image.Image | None, words: str) -> None:
    with pytest.raises(DemoError, match=words):
        own_points.drawn(drawing)


def test_the_code_shown_learns_the_rings() -> None:
    space: dict = {}
    exec(sources(("demos.basics.neurons.playground.learn_two_rings",)), space)
    assert space["learn_two_rings"]() > 0.97
