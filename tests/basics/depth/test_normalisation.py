"""Batch normalisation against torch's own, in both modes; what two neighbours do to each other; the rates borne."""

import pytest
import torch
from torch import nn

from demos.basics.depth import normal
from demos.basics.depth.batch_norm import batch_norm
from demos.basics.settings import MODES, PLACES, SCANNED
from demos.core.page import lesson

PAGE = ("demos.basics.depth.batch_norm.batch_norm", "demos.basics.depth.batch_norm.one_step")


@pytest.mark.parametrize("size", [2, 3, 32])
def test_it_is_torchs_in_training_and_evaluation_running_statistics_included(size: int) -> None:
    random = torch.Generator().manual_seed(size)
    theirs = nn.BatchNorm1d(7).double()
    theirs.weight.data, theirs.bias.data = torch.rand(2, 7, generator=random, dtype=torch.float64)
    mean, variance = torch.zeros(7).double(), torch.ones(7).double()
    near = {"rtol": 1e-6, "atol": 1e-6}
    for _ in range(5):
        mine_x = (3 * torch.randn(size, 7, generator=random, dtype=torch.float64) + 2).requires_grad_()
        their_x = mine_x.detach().clone().requires_grad_()
        mine = batch_norm(mine_x, theirs.weight, theirs.bias, mean, variance, training=True)
        other = theirs.train()(their_x)
        torch.testing.assert_close(mine, other, **near)
        torch.testing.assert_close(mean, theirs.running_mean, **near)
        torch.testing.assert_close(variance, theirs.running_var, **near)
        seed = torch.randn(size, 7, generator=random, dtype=torch.float64)
        (mine_gradient,) = torch.autograd.grad((mine * seed).sum(), mine_x)
        (their_gradient,) = torch.autograd.grad((other * seed).sum(), their_x)
        torch.testing.assert_close(mine_gradient, their_gradient, **near)
    x, before = torch.randn(size, 7, generator=random, dtype=torch.float64), mean.clone()
    mine = batch_norm(x, theirs.weight, theirs.bias, mean, variance, training=False)
    torch.testing.assert_close(mine, theirs.eval()(x), **near)
    assert torch.equal(mean, before)


def test_two_in_a_batch_become_plus_and_minus_one_and_one_is_refused() -> None:
    x = torch.tensor([[3.0], [11.0]])
    plain = (torch.ones(1), torch.zeros(1), torch.zeros(1), torch.ones(1))
    assert batch_norm(x, *plain, training=True).flatten().tolist() == pytest.approx([-1, 1], abs=1e-5)
    with pytest.raises(ValueError, match="one"):
        batch_norm(x[:1], *plain, training=True)


@pytest.mark.parametrize("place", PLACES)
def test_neighbours_matter_in_training_mode_only(place: str) -> None:
    training, evaluation = (normal.look(place, 2, mode, 0) for mode in MODES)
    shares = [n.probability for n in training.neighbours]
    assert max(shares) - min(shares) > 0.01
    first, *others = (n.probability for n in evaluation.neighbours)
    assert others == pytest.approx([first] * len(others), abs=1e-5)
    assert len(training.feature.x) == 2


@pytest.mark.parametrize("mode", MODES)
def test_the_formula_gives_the_numbers_shown(mode: str) -> None:
    found = normal.look(PLACES[0], 16, mode, 0).feature
    own = (found.mean, found.variance) if mode == MODES[0] else (found.running_mean, found.running_variance)
    for x, y in zip(found.x, found.y, strict=True):
        assert y == pytest.approx(found.gamma * (x - own[0]) / (own[1] + 1e-5) ** 0.5 + found.beta, abs=1e-4)
    assert found.mean == pytest.approx(sum(found.x) / 16, abs=1e-5)


def test_running_means_follow_the_batches_by_a_tenth() -> None:
    look = normal.look(PLACES[0], 8, MODES[0], 1)
    before = 0.0
    for (_, mean), (_, running) in zip(look.means, look.running, strict=True):
        assert running == pytest.approx(0.9 * before + 0.1 * mean, abs=1e-5)
        before = running


def test_more_rates_are_borne_with_it() -> None:
    last = list(normal.scan(PLACES[0], 32, 120, 0))[-1]
    assert last.step == last.total == 120
    assert list(last.without) == list(SCANNED)
    assert sum(share > 0.8 for share in last.evaluated.values()) > sum(share > 0.8 for share in last.without.values())


def test_the_code_on_the_page_runs_by_itself() -> None:
    names: dict = {}
    exec("from __future__ import annotations\n" + lesson.sources(PAGE), names)
    assert 0 < names["one_step"]() < 10
