"""Sizes of dL/dx_t against finite differences and against what is known of a rotation."""

import pytest
import torch

from demos.basics.sequences import gradients, networks, pictures, tasks
from demos.basics.settings import NETWORKS, STARTS


@pytest.mark.parametrize("kind", NETWORKS)
def test_sizes_equal_finite_differences(kind: str) -> None:
    network = networks.Network(kind, 2, 1, hidden=6, lag=8).double()
    work = tasks.task("adding", 8)
    x, answers = work.draw(3, torch.Generator().manual_seed(0))
    x, answers = x.double(), answers.double()
    sizes = gradients.input_gradients(network, x, answers, work.loss)
    step, by_hand = 1e-5, torch.zeros(x.shape, dtype=torch.float64)
    with torch.no_grad():
        for place in torch.cartesian_prod(*(torch.arange(n) for n in x.shape)):
            nudge = torch.zeros_like(x)
            nudge[tuple(place)] = step
            up, down = (work.loss(network(x + way * nudge), answers) for way in (1, -1))
            by_hand[tuple(place)] = (up - down) / (2 * step)
    assert torch.allclose(sizes, 3 * by_hand.norm(dim=2).mean(0), rtol=1e-5, atol=1e-10)


@pytest.mark.parametrize("rho", [0.5, 0.9, 1.0, 1.3])
def test_a_rotation_times_rho_leaves_exactly_rho_to_the_k(rho: float) -> None:
    sizes = gradients.linear_gradients(rho, 60)
    expected = torch.tensor([rho**k for k in range(61)], dtype=torch.float64)
    assert torch.allclose(sizes, expected, rtol=1e-5)  # the rotation itself is made in float32
    assert gradients.rule(gradients.Setting(60, rho)) == pytest.approx(expected.tolist())


def test_what_helps_helps() -> None:
    """A larger radius for Elman's, a larger bias for the gates, are larger gradients far back; tanh only takes away."""
    plain = gradients.measure(gradients.Setting(40, 0.9, 0.0)).before
    better = gradients.measure(gradients.Setting(40, 1.0, 3.0)).before
    for name in NETWORKS[1:]:
        assert better[name][40] > 5 * plain[name][40], name
    assert plain[NETWORKS[0]][16:] == [0.0] * 25
    chrono = gradients.measure(gradients.Setting(40, start=STARTS[2])).before
    assert chrono["LSTM"][40] > 5 * plain["LSTM"][40]


def test_it_is_measured_again_while_they_learn() -> None:
    first, *_, last = gradients.learn(gradients.Setting(10), 40)
    assert first.now == {}
    assert last.step == 40
    assert pictures.gradient_chart(first).count("<polyline") == 4 + 2
    assert pictures.gradient_chart(last).count("<polyline") == 4 + 4 + 2  # before and after, the rule, the frame
    change = last.now["GRU"][10] / last.before["GRU"][10]
    word = "grew" if change > 1.5 else "shrank" if change < 1 / 1.5 else "stayed"
    assert f"GRU {word} (" in pictures.gradient_line(last)
    assert last.before == first.before
    assert last.now != last.before
    assert all(len(line) == 11 and line[0] == 1 for line in last.now.values())
    for sizes in (first, last):
        chart = pictures.gradient_chart(sizes)
        assert "8 to 10 steps back" in chart
        assert "nan" not in chart
        assert all(name in pictures.gradient_numbers(sizes) for name in NETWORKS)


def test_the_widest_settings_can_be_drawn() -> None:
    for radius in (0.5, 1.5):
        sizes = gradients.measure(gradients.Setting(100, radius, 6.0))
        assert "<svg" in pictures.gradient_chart(sizes)
        assert "nan" not in pictures.gradient_chart(sizes) + pictures.gradient_line(sizes)
