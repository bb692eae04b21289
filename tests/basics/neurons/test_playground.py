"""The playground's sets, networks and dead neurons."""

import pytest
import torch
from torch import nn

from demos.basics.neurons import playground
from demos.core.page.lesson import sources


@pytest.mark.parametrize("name", ["Moons", "Rings"])
def test_it_learns(name: str) -> None:
    *_, last = playground.train(name, 2, 16, "ReLU", "Adam", 0.1, 400)
    assert last.right > 0.9


def test_dead_neurons_are_those_without_any_gradient() -> None:
    net, (x, _) = playground.network(2, 16, "ReLU"), playground.points("Moons", 0.1)
    with torch.no_grad():
        for index, layer in enumerate(module for module in net if isinstance(module, nn.Linear)):
            layer.bias[: index + 3] = -50
    net(x).sum().backward()
    hidden = [module for module in net if isinstance(module, nn.Linear)][:-1]
    still = sum(int((layer.bias.grad == 0).sum()) for layer in hidden)  # a second way to the same count
    assert playground.dead(net, x) >= 3
    assert playground.dead(net, x) <= still


def test_the_code_shown_learns_the_rings() -> None:
    space: dict = {}
    exec(sources(("demos.basics.neurons.playground.learn_two_rings",)), space)
    assert space["learn_two_rings"]() > 0.97
