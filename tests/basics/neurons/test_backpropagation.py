"""Backpropagation by hand, against autograd and finite differences."""

import pytest
import torch

from demos.basics.neurons import backpropagation as hand
from demos.basics.neurons import network_drawing
from demos.basics.settings import HAND_RATE, SMOOTH
from demos.core.page.lesson import sources


@pytest.mark.parametrize("activation", SMOOTH)
@pytest.mark.parametrize("seed", range(5))
def test_by_hand_is_autograd_and_finite_differences(activation: str, seed: int) -> None:
    auto, finite = hand.differences(hand.start(activation, 1.0, 0.5, 0.8, seed))
    assert auto < 1e-12
    assert finite < 1e-6


@pytest.mark.parametrize("activation", SMOOTH)
def test_steps_bring_the_loss_down(activation: str) -> None:
    losses = [net.loss for net in hand.play(hand.start(activation, 1.0, 0.5, 0.8), 0.1) if net.loss is not None]
    assert losses[-1] < losses[0]


def test_play_ends_with_gradients_that_can_be_seen() -> None:
    *_, last = hand.play(hand.start("tanh", 1.0, 0.5, 0.8), HAND_RATE.default)
    assert last.loss is not None
    assert last.loss > 0.05
    assert last.gradients is not None
    sizes = torch.cat([g.flatten() for g in last.gradients]).abs()
    assert sizes.min() > 0.01
    assert sizes.max() < 0.5
    assert "after 3 steps" in network_drawing.line(last)


def test_nothing_is_called_0_and_not_0e00() -> None:
    net = hand.backward(hand.start("tanh", 0.0, 0.0, 0.0))
    assert "0e+00" not in network_drawing.line(net)
    assert ">-0.000<" not in network_drawing.drawing(net)


def test_the_formulae_step_with_the_rate_that_is_set() -> None:
    net = hand.backward(hand.start("tanh", 1.0, 0.5, 0.8))
    after = hand.step(net, 0.07).weights[0][0, 0]
    assert f"- 0.07 · {net.gradients[0][0, 0]:.4f} = **{after:.3f}**" in network_drawing.formulae(net, 0.07)  # type: ignore[index]


def test_the_code_shown_is_autograds_and_goes_down() -> None:
    space: dict = {}
    exec(sources(("demos.basics.neurons.backpropagation.backpropagate_by_hand",)), space)
    difference, fell = space["backpropagate_by_hand"](0.05)
    assert difference < 1e-6
    assert fell > 0
