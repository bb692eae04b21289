"""The cells written from their equations against PyTorch's own, forward and backward."""

import pytest
import torch
from torch import nn

from demos.basics import sequences
from demos.basics.sequences import cells, networks, plain_gradient, tasks
from demos.basics.settings import NETWORKS, STARTS
from demos.core.page.lesson import sources

INPUTS, HIDDEN = 3, 5
PAIRS = ((cells.Elman, nn.RNN), (cells.LSTM, nn.LSTM), (cells.GRU, nn.GRU))


def same(ours: nn.Module, theirs: nn.Module, x: torch.Tensor, run) -> None:
    """Equal states, and equal gradients of every input, to 1e-6."""
    mine, other = x.clone().requires_grad_(True), x.clone().requires_grad_(True)
    a, b = ours(mine), run(other)
    assert torch.allclose(a, b, atol=1e-6, rtol=0)
    weight = torch.randn_like(a)
    (a * weight).sum().backward()
    (b * weight).sum().backward()
    assert mine.grad is not None
    assert other.grad is not None
    assert torch.allclose(mine.grad, other.grad, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize(("own", "fused"), PAIRS)
def test_a_recurrent_cell_equals_pytorchs(own: type, fused: type) -> None:
    torch.manual_seed(0)
    ours, theirs = own(INPUTS, HIDDEN), fused(INPUTS, HIDDEN, batch_first=True)
    with torch.no_grad():
        ours.W.weight.copy_(theirs.weight_ih_l0)
        ours.W.bias.copy_(theirs.bias_ih_l0)
        ours.U.weight.copy_(theirs.weight_hh_l0)
        ours.U.bias.copy_(theirs.bias_hh_l0)
    same(ours, theirs, torch.randn(4, 12, INPUTS), lambda x: theirs(x)[0])
    for mine, other in ((ours.W.weight, theirs.weight_ih_l0), (ours.U.weight, theirs.weight_hh_l0)):
        assert torch.allclose(mine.grad, other.grad, atol=1e-5, rtol=1e-5)


def test_the_time_delay_network_equals_a_convolution() -> None:
    torch.manual_seed(0)
    ours, theirs = cells.TimeDelay(INPUTS, HIDDEN, 4), nn.Conv1d(INPUTS, HIDDEN, 4)
    with torch.no_grad():
        theirs.weight.copy_(ours.W.permute(1, 2, 0).flip(2))  # a convolution's last weight is that of the step now
        theirs.bias.copy_(ours.b)
    run = lambda x: torch.tanh(theirs(nn.functional.pad(x.transpose(1, 2), (3, 0)))).transpose(1, 2)  # noqa: E731
    same(ours, theirs, torch.randn(4, 12, INPUTS), run)


@pytest.mark.parametrize("kind", NETWORKS)
def test_the_last_answer_alone_is_the_last_of_all(kind: str) -> None:
    network = networks.Network(kind, 2, 3, hidden=8)
    x = torch.randn(5, 40, 2)
    assert torch.allclose(network(x, last=True), network(x)[:, -1:], atol=1e-6)


def test_the_time_delay_network_sees_sixteen_steps_and_no_more() -> None:
    network = networks.Network(NETWORKS[0], 2, 1)
    x = torch.randn(1, 40, 2, requires_grad=True)
    network(x)[0, -1, 0].backward()
    assert x.grad is not None
    seen = x.grad.abs().sum((0, 2)) > 0
    assert seen.tolist() == [False] * 24 + [True] * 16


@pytest.mark.parametrize("radius", [0.5, 1.3])
def test_the_spectral_radius_is_what_was_asked_for(radius: float) -> None:
    network = networks.Network(NETWORKS[1], 2, 1, start=STARTS[1], radius=radius)
    sizes = torch.linalg.eigvals(dict(network.named_parameters())["core.weight_hh_l0"].detach()).abs()
    assert torch.allclose(sizes, torch.full_like(sizes, radius), atol=1e-5)


def test_biases_of_the_gates_that_keep() -> None:
    lstm = dict(networks.Network(NETWORKS[2], 2, 1, hidden=8, start=STARTS[1], keep=3.0).named_parameters())
    assert lstm["core.bias_ih_l0"].tolist() == [0.0] * 8 + [3.0] * 8 + [0.0] * 16
    chrono = dict(networks.Network(NETWORKS[2], 2, 1, hidden=500, lag=50).named_parameters())["core.bias_ih_l0"]
    paces = chrono[500:1000].exp()  # sigmoid(b) = 1 - 1/(1 + pace)
    assert paces.min() >= 1
    assert paces.max() <= 50
    assert float(paces.detach().mean()) == pytest.approx(25.5, abs=3 * 14.2 / 500**0.5)  # uniform on 1..50
    assert torch.equal(chrono[:500], -chrono[500:1000])


def test_the_cells_shown_on_the_page_run_by_themselves() -> None:
    """The very text of "Show me the code", in a namespace of its own, learns a short echo."""
    space: dict = {"__name__": "shown"}
    exec(sources(("demos.basics.sequences.cells",)), space)
    torch.manual_seed(0)
    random = torch.Generator().manual_seed(0)
    for name in ("LSTM", "GRU", "Elman", "TimeDelay"):
        loss = space["teach"](space[name](2, 16), 16, lambda: tasks.echo(4, 32, random), steps=80)
        assert loss < 0.1, name  # always answering a half: 0.25


def test_the_gradient_shown_on_the_page_runs_by_itself(capsys: pytest.CaptureFixture) -> None:
    space: dict = {"__name__": "shown"}
    exec(sources(("demos.basics.sequences.plain_gradient",)), space)
    assert "0.9^10 is 0.348" in capsys.readouterr().out
    far = {rho: space["gradient_sizes"](rho=rho)[30] for rho in (0.5, 0.9)}
    assert far[0.5] < 1e-3 * far[0.9]
    assert plain_gradient.gradient_sizes(nn.LSTM).shape == (40,)


def test_a_module_that_is_not_there() -> None:
    with pytest.raises(AttributeError):
        sequences.nothing_of_that_name  # noqa: B018
