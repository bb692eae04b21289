"""What one can set of the last layer's training: each has a property that is known beforehand."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from demos.core.errors import DemoError
from demos.transfer import limits
from demos.transfer.settings import INITIALISATIONS, OPTIMISERS, HeadConfig
from demos.transfer.training import fit
from tests.transfer.training.test_fit import blobs


def run(x: torch.Tensor, y: torch.Tensor, **settings: object) -> list[fit.HeadStep]:
    return list(fit.fit(x, y, x, y, 3, HeadConfig(**{"patience": 1000, **settings})))


def test_weight_decay_is_the_penalty_that_c_means() -> None:
    x, y = blobs(90, 1, spread=2.0)
    by_c = run(x, y, c=2.0)[-1].head
    by_decay = run(x, y, weight_decay=1 / (2.0 * 90))[-1].head
    torch.testing.assert_close(by_decay.weight, by_c.weight)
    assert run(x, y, weight_decay=1.0)[-1].head.weight.norm() < 0.1 * by_c.weight.norm()
    assert HeadConfig(weight_decay=0).decay(90) == 0


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_all_optimisers_have_the_same_minimum(optimiser: str) -> None:
    """The penalty is a part of the loss, also for Adam, whose steps would otherwise rescale it."""
    x, y = blobs(90, 1, spread=2.0)
    ours = run(x, y, optimiser=optimiser, steps=400, weight_decay=0.01)[-1]
    exact = run(x, y, steps=80, weight_decay=0.01)[-1]
    assert ours.train_loss == pytest.approx(exact.train_loss, rel=0.02)


def test_sgd_in_batches_is_the_loop_that_everyone_writes() -> None:
    """Three epochs beside nn.Linear with its own SGD and weight decay: the same batches, the same weights."""
    x, y = blobs(50, 1)
    config = HeadConfig(optimiser="SGD", batch_size=16, steps=3, learning_rate=0.5, weight_decay=0.01, seed=5)
    ours = [step.head for step in fit.fit(x, y, x, y, 3, config)][-1]
    random = torch.Generator().manual_seed(5)
    layer = nn.Linear(20, 3)
    with torch.no_grad():
        layer.weight.copy_((torch.rand(3, 20, generator=random) * 2 - 1) / math.sqrt(20))
        layer.bias.zero_()
    groups = [{"params": [layer.weight], "weight_decay": 0.01}, {"params": [layer.bias]}]
    sgd = torch.optim.SGD(groups, lr=0.5, momentum=0.9)
    z = F.normalize((x - x.mean(0)) / x.std(0, correction=0), dim=1)
    for _ in range(3):
        order = torch.randperm(50, generator=random)
        for start in range(0, 50, 16):
            batch = order[start : start + 16]
            sgd.zero_grad()
            F.cross_entropy(layer(z[batch]), y[batch]).backward()
            sgd.step()
    torch.testing.assert_close(ours.weight, layer.weight.detach(), atol=1e-5, rtol=1e-4)


def test_an_epoch_sees_every_photo_once_and_in_a_new_order() -> None:
    random = torch.Generator().manual_seed(0)
    first, second = (torch.cat(list(fit._batches(50, 16, random))) for _ in range(2))  # type: ignore[arg-type]
    assert sorted(first.tolist()) == sorted(second.tolist()) == list(range(50))
    assert first.tolist() != second.tolist()
    assert [len(batch) for batch in fit._batches(50, 16, random)] == [16, 16, 16, 2]  # type: ignore[arg-type]
    assert fit._batches(50, 0, random) == fit._batches(50, 64, random) == [slice(None)]


def test_l_bfgs_refuses_batches_with_a_way_out() -> None:
    with pytest.raises(DemoError, match="choose Adam or SGD"):
        limits.checked(HeadConfig(batch_size=16))
    assert limits.checked(HeadConfig(batch_size=16, optimiser="adam")).batch_size == 16


def test_dropout_takes_its_share_and_keeps_the_mean() -> None:
    z = torch.ones(200, 500)
    dropped = fit._dropped(z, 0.3, torch.Generator().manual_seed(0))
    assert (dropped == 0).float().mean().item() == pytest.approx(0.3, abs=0.01)
    assert dropped.mean().item() == pytest.approx(1, abs=0.01)
    assert fit._dropped(z, 0.0, torch.Generator()) is z


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_with_dropout_it_still_learns_and_is_measured_without_it(optimiser: str) -> None:
    x, y = blobs(90, 1)
    last = run(x, y, optimiser=optimiser, dropout=0.3)[-1]
    assert last.best_validation_loss < 0.7 * last.first_validation_loss
    assert F.cross_entropy(last.head.logits(x), y).item() == pytest.approx(last.best_validation_loss, rel=1e-5)
    again = run(x, y, optimiser=optimiser, dropout=0.3)[-1]
    assert torch.equal(again.head.weight, last.head.weight)  # the seed decides what is dropped


def test_initialisations_have_their_size() -> None:
    uniform, normal, zero = (fit.initial(100, 400, name, torch.Generator().manual_seed(1)) for name in INITIALISATIONS)
    assert uniform.abs().max() <= 1 / 20
    assert uniform.std().item() == pytest.approx(1 / 20 / math.sqrt(3), rel=0.03)
    assert normal.std().item() == pytest.approx(1 / 20, rel=0.03)
    assert not zero.any()


def test_from_zero_one_layer_learns_and_ends_where_the_others_do() -> None:
    """The first loss is that of a guess, ln 3; the minimum is unique, so where it started is forgotten."""
    x, y = blobs(90, 1)
    runs = [run(x, y, initialisation=name, steps=80, weight_decay=0.01) for name in INITIALISATIONS]
    assert runs[2][0].train_loss == pytest.approx(math.log(3), rel=1e-5)
    for steps in runs[1:]:
        assert steps[-1].train_loss == pytest.approx(runs[0][-1].train_loss, rel=2e-3)


def test_from_zero_two_layers_stay_alike() -> None:
    """The contrast that the page tells of: with a hidden layer, zero leaves nothing to learn from."""
    x, y = blobs(90, 1)
    deep = nn.Sequential(nn.Linear(20, 8), nn.ReLU(), nn.Linear(8, 3))
    for parameter in deep.parameters():
        nn.init.zeros_(parameter)
    F.cross_entropy(deep(x), y).backward()
    assert not deep[0].weight.grad.any()
    assert not deep[2].weight.grad.any()


def test_accuracy_of_training_stands_beside_its_loss() -> None:
    x, y = blobs(90, 1)
    step = run(x, y)[-1]
    assert step.train_accuracy == step.validation_accuracy > 0.9  # the same photos on both sides


def test_every_decrease_of_the_validation_loss_is_listed() -> None:
    x, y = blobs(90, 1)
    steps = list(fit.fit(x, y, *blobs(60, 2), 3))
    falls = fit.decreases(steps)
    assert [epoch for epoch, _, _ in falls] == sorted({step.best_index for step in steps} - {0})
    assert falls[0][1] == steps[0].validation_loss
    assert falls[-1][2] == steps[-1].best_validation_loss
    assert all(before > after for _, before, after in falls)
