"""The seven activations and one neuron, against PyTorch's own and what is known of the gates."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from demos.basics import api
from demos.basics.neurons import activations, neuron
from demos.basics.settings import ACTIVATIONS, GATES
from demos.core.errors import DemoError
from demos.core.page.lesson import sources

TORCH = {
    "sigmoid": torch.sigmoid, "tanh": torch.tanh, "ReLU": F.relu, "leaky ReLU": F.leaky_relu, "ELU": F.elu,
    "GELU": F.gelu,
}  # fmt: skip


@pytest.mark.parametrize("name", TORCH)
def test_values_and_slopes_are_those_of_torch(name: str) -> None:
    z = torch.cat([torch.linspace(-30, 30, 601), torch.tensor([-200.0, 200.0])]).double().requires_grad_()
    expected = TORCH[name](z)
    torch.testing.assert_close(activations.value(name, z), expected, rtol=0, atol=1e-12)
    (slope,) = torch.autograd.grad(expected.sum(), z)
    torch.testing.assert_close(activations.slope(name, z.detach()), slope, rtol=0, atol=1e-12)


def test_the_step_is_0_or_1_and_flat() -> None:
    z = torch.tensor([-2.0, -1e-6, 1e-6, 3.0])
    assert activations.value("step", z).tolist() == [0, 0, 1, 1]
    assert activations.slope("step", z).tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("gate", ["AND", "OR"])
def test_one_neuron_learns_and_and_or(gate: str, activation: str) -> None:
    assert api.fit_neuron(gate, activation)["solved"]


@given(st.sampled_from(ACTIVATIONS), st.integers(0, 10_000), st.sampled_from([0.1, 0.5, 1.0]))
@settings(max_examples=40, deadline=None)
def test_no_fit_of_one_neuron_gets_all_of_xor(activation: str, seed: int, rate: float) -> None:
    assert all(look.right <= 3 for look in neuron.fit("XOR", activation, 1, 300, rate, seed))


@given(st.sampled_from(ACTIVATIONS), *[st.floats(-12, 12)] * 3)
@settings(max_examples=100, deadline=None)
def test_no_weights_at_all_get_all_of_xor(activation: str, w1: float, w2: float, b: float) -> None:
    assert neuron.look(neuron.one(activation, w1, w2, b), "XOR").right <= 3


@pytest.mark.parametrize("activation", [name for name in ACTIVATIONS if name != "step"])
def test_two_layers_learn_xor(activation: str) -> None:
    *_, last = neuron.fit("XOR", activation, 2, 2000, 0.5, 0)
    assert last.solved


@pytest.mark.parametrize("activation", TORCH)
def test_a_step_of_one_neuron_is_autograds(activation: str) -> None:
    net, t = neuron.one(activation, 0.7, -0.4, 0.1), neuron.targets("OR")
    weight, bias = (value.clone().requires_grad_() for value in net.layers[0])
    loss = ((TORCH[activation](neuron.POINTS @ weight.T + bias)[:, 0] - t) ** 2).mean() / 2
    loss.backward()
    stepped = neuron.descend(net, t, 0.3).layers[0]
    assert weight.grad is not None
    assert bias.grad is not None
    torch.testing.assert_close(stepped[0], weight.detach() - 0.3 * weight.grad, rtol=0, atol=1e-6)
    torch.testing.assert_close(stepped[1], bias.detach() - 0.3 * bias.grad, rtol=0, atol=1e-6)


def test_the_cut_is_where_w_x_is_minus_b() -> None:
    (line,) = neuron.cuts(neuron.surface(neuron.one("sigmoid", 1, 1, -1)))  # x1 + x2 = 1
    for column, row in line:
        x1, x2 = neuron.LOW + column * 2, neuron.HIGH - row * 2
        assert x1 + x2 == pytest.approx(1, abs=0.01)


def test_what_is_out_of_range_is_said() -> None:
    with pytest.raises(DemoError, match=r"Choose one of: AND, OR, XOR"):
        api.fit_neuron("NAND")
    with pytest.raises(DemoError, match="Steps cannot be 0"):
        api.fit_neuron(steps=0)


def test_the_code_shown_learns_and() -> None:
    space: dict = {}
    exec(sources(("demos.basics.neurons.neuron.fit_one_neuron",)), space)
    assert [y > 0.5 for y in space["fit_one_neuron"]()] == [bool(t) for t in GATES["AND"]]
