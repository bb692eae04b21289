"""Initialisation against theory, against torch's own, and networks that learn side by side against ones alone."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from demos.basics.depth import initial, rules
from demos.basics.depth.digits import SIZE, digits
from demos.basics.depth.many import Many
from demos.basics.settings import RULES
from demos.core.page import lesson

N_IN, N_OUT = 300, 200
VARIANCES = {"Zero": 0, "Uniform ±1/√n": 1 / (3 * N_IN), "Normal 1/√n": 1 / N_IN, "Glorot": 2 / (N_IN + N_OUT),
             "He": 2 / N_IN}  # fmt: skip
PAGE = ("demos.basics.depth.rules.initialise", "demos.basics.depth.rules.signal_by_layer")


@pytest.mark.parametrize("rule", RULES)
def test_variances_are_those_of_the_papers(rule: str) -> None:
    weight = rules.initialise(torch.empty(N_OUT, N_IN), rule, torch.Generator().manual_seed(1))
    assert float(weight.mean()) == pytest.approx(0, abs=4 * math.sqrt(VARIANCES[rule] / weight.numel()))
    # The variance of 60,000 numbers is known to 0.6 % for a normal distribution, better for a uniform one.
    assert float(weight.var()) == pytest.approx(VARIANCES[rule], rel=0.025)
    assert rules.theory(rule, "none", N_IN, N_OUT) ** 2 / N_IN == pytest.approx(VARIANCES[rule])


def test_glorot_and_he_draw_what_torch_draws() -> None:
    seeded = lambda: torch.Generator().manual_seed(3)  # noqa: E731
    ours = rules.initialise(torch.empty(N_OUT, N_IN), "Glorot", seeded())
    assert torch.allclose(ours, nn.init.xavier_uniform_(torch.empty(N_OUT, N_IN), generator=seeded()))
    ours = rules.initialise(torch.empty(N_OUT, N_IN), "He", seeded())
    assert torch.allclose(ours, nn.init.kaiming_normal_(torch.empty(N_OUT, N_IN), generator=seeded()))


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="Best"):
        rules.initialise(torch.empty(2, 2), "Best")


@pytest.mark.parametrize("rule", RULES[1:])
@pytest.mark.parametrize("activation", ["none", "ReLU"])
def test_signals_grow_per_layer_as_theory_says(rule: str, activation: str) -> None:
    depth, factors = 6, []
    for seed in range(6):
        found = initial.layers_before(rule, activation, depth, seed)
        factors.append((found[-1].activation / found[0].activation) ** (1 / (depth - 1)))
    measured = sum(factors) / len(factors)
    assert measured == pytest.approx(rules.theory(rule, activation, SIZE, SIZE), rel=0.08)


def test_the_lessons_numbers() -> None:
    uniform, normal = (rules.theory(rule, "none", 64, 64) for rule in RULES[1:3])
    assert (uniform, normal) == pytest.approx((1 / math.sqrt(3), 1))
    assert [rules.theory(rule, "ReLU", 64, 64) for rule in RULES[1:]] == pytest.approx([6**-0.5, 2**-0.5, 2**-0.5, 1])
    assert uniform**-16 == pytest.approx(6600, rel=0.01)
    assert rules.theory(RULES[2], "ReLU", 64, 64) ** -16 == pytest.approx(256)


def test_histograms_hold_all_and_zero_weights_pass_nothing() -> None:
    for layer in initial.layers_before("He", "tanh", 3, 0):
        assert sum(layer.activations) == pytest.approx(1)
        assert sum(layer.gradients) == pytest.approx(1)
    assert all(x.activation == x.gradient == 0 for x in initial.layers_before("Zero", "tanh", 3, 0))
    assert all(x.activation == 0.5 for x in initial.layers_before("Zero", "sigmoid", 3, 0))


def test_gradients_are_autograds_of_a_plain_network() -> None:
    network, data = Many(["He"], 4, "tanh", 5), digits()
    plain = _alone(network, 0)
    x, hidden = data.train[: initial.EXAMPLES], []
    for layer in plain:
        x = layer(x)
        if isinstance(layer, nn.Tanh):
            x.retain_grad()
            hidden.append(x)
    F.cross_entropy(x, data.labels[: initial.EXAMPLES]).backward()
    for layer, mine in zip(initial.layers_before("He", "tanh", 4, 5), hidden, strict=True):
        assert layer.gradient == pytest.approx(float(mine.grad.square().mean().sqrt()), rel=1e-4)


def _alone(network: Many, which: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for weight, bias in zip(network.weights, network.biases, strict=True):
        linear = nn.Linear(weight.shape[2], weight.shape[1])
        linear.weight.data, linear.bias.data = weight.detach()[which].clone(), bias.detach()[which, 0].clone()
        layers += [linear, nn.Tanh()]
    return nn.Sequential(*layers[:-1])


def test_each_of_many_learns_as_it_would_alone() -> None:
    data, rates = digits(), torch.tensor([0.01, 0.1])
    network = Many(["Normal 1/√n", "Glorot"], 3, "tanh", 0)
    alone = [_alone(network, k) for k in (0, 1)]
    sgds = [torch.optim.SGD(net.parameters(), float(rate), 0.9) for net, rate in zip(alone, rates, strict=True)]
    for step in range(8):
        x, labels = data.train[step * 32 : step * 32 + 32], data.labels[step * 32 : step * 32 + 32]
        together = network.step(x, labels, rates, 0.9)
        for k, (net, sgd) in enumerate(zip(alone, sgds, strict=True)):
            loss = F.cross_entropy(net(x), labels)
            assert float(together[k]) == pytest.approx(float(loss.detach()), rel=1e-4)
            sgd.zero_grad()
            loss.backward()
            sgd.step()


def test_with_relu_he_learns_and_zero_never_does() -> None:
    last = list(initial.race("ReLU", 16, 0.01, 100, 0))[-1]
    assert last.step == last.total == 100
    assert last.accuracies["He"] > 0.6
    assert last.accuracies["Zero"] < 0.2
    assert last.accuracies["Uniform ±1/√n"] < 0.2
    assert [len(points) for points in last.losses.values()] == [101] * 5


def test_a_race_is_the_same_twice_and_survives_what_explodes() -> None:
    first, second = (list(initial.race("none", 20, 1.0, 10, 7))[-1] for _ in range(2))
    assert first.accuracies == second.accuracies
    assert not math.isfinite(first.losses["He"][-1][1])
    assert first.accuracies["He"] == 0
    assert math.isfinite(first.losses["Zero"][-1][1])


def test_the_code_on_the_page_runs_by_itself() -> None:
    names: dict = {}
    exec("from __future__ import annotations\n" + lesson.sources(PAGE), names)
    weight = names["initialise"](torch.empty(100, 400), "He")
    assert float(weight.std()) == pytest.approx((2 / 400) ** 0.5, rel=0.05)
    assert len(names["signal_by_layer"]("He", 5)) == 5
