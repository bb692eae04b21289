"""Backpropagation by hand, against autograd and finite differences."""

import pytest

from demos.basics.neurons import backpropagation as hand
from demos.basics.settings import SMOOTH
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


def test_the_code_shown_is_autograds_and_goes_down() -> None:
    space: dict = {}
    exec(sources(("demos.basics.neurons.backpropagation.backpropagate_by_hand",)), space)
    difference, fell = space["backpropagate_by_hand"](0.05)
    assert difference < 1e-6
    assert fell > 0
