"""The last layer: its optimum is scikit-learn's, and the state with the lowest validation loss is what one gets."""

import math

import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch.nn import functional as F

from demos.core.errors import DemoError
from demos.transfer.settings import OPTIMISERS, HeadConfig
from demos.transfer.training import fit


def blobs(n: int, seed: int, spread: float = 1.0, d: int = 20, classes: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    """Points around `classes` centres in d dimensions."""
    random = torch.Generator().manual_seed(7)
    centres = torch.randn(classes, d, generator=random)
    random.manual_seed(seed)
    y = torch.arange(n) % classes
    return centres[y] + spread * torch.randn(n, d, generator=random), y


def last(**settings: object) -> fit.HeadStep:
    x, y = blobs(90, 1)
    x_val, y_val = blobs(60, 2)
    return list(fit.fit(x, y, x_val, y_val, 3, HeadConfig(**settings)))[-1]


@pytest.mark.parametrize("c", [0.3, 3.0, 30.0])
def test_it_ends_where_scikit_learn_does(c: float) -> None:
    """The same objective, penalty and all: its minimum is unique, so the losses there agree."""
    x, y = blobs(90, 1, spread=2.0)
    end = list(fit.fit(x, y, x, y, 3, HeadConfig(c=c, steps=100, patience=100)))[-1]
    z = end.head.standardise(x).double().numpy()
    theirs = LogisticRegression(C=c, max_iter=5000, tol=1e-10).fit(z, y.numpy())
    expected = F.nll_loss(torch.from_numpy(theirs.predict_log_proba(z)), y).item()
    assert end.train_loss == pytest.approx(expected, rel=1e-3)


def test_the_optimum_is_scikit_learns() -> None:
    """Many photos and no penalty to speak of: the state of the lowest loss is the optimum, and so is what is kept."""
    x, y = blobs(600, 1, spread=3.0)
    ours = list(fit.fit(x, y, x, y, 3, HeadConfig(c=1e6, steps=300, patience=300)))[-1].head
    z = ours.standardise(x).double().numpy()
    theirs = LogisticRegression(C=1e6, max_iter=5000, tol=1e-10).fit(z, y.numpy())
    expected = torch.from_numpy(theirs.predict_proba(z)).float()
    torch.testing.assert_close(ours.probabilities(x), expected, atol=5e-3, rtol=0)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_every_optimiser_learns(optimiser: str) -> None:
    step = last(optimiser=optimiser)
    assert step.best_validation_loss < 0.7 * step.first_validation_loss


def test_the_best_state_is_the_one_that_is_kept() -> None:
    """Random labels: validation soon gets worse, and what is kept must be the state before that, not the last."""
    torch.manual_seed(0)
    x, y = torch.randn(40, 30), torch.randint(0, 3, (40,))
    x_val, y_val = torch.randn(40, 30), torch.randint(0, 3, (40,))
    steps = list(fit.fit(x, y, x_val, y_val, 3, HeadConfig(c=1000)))
    kept = steps[-1]
    assert kept.validation_loss > kept.best_validation_loss
    again = F.cross_entropy(kept.head.logits(x_val), y_val).item()
    assert again == pytest.approx(kept.best_validation_loss, rel=1e-5)
    assert kept.best_validation_loss == min(step.validation_loss for step in steps[1:])
    assert kept.best_index == min(range(1, len(steps)), key=lambda i: steps[i].validation_loss)


def test_the_untrained_layer_is_never_kept() -> None:
    """Validation photos with the labels of others: every epoch is worse than chance, and one of them is kept."""
    x, y = blobs(90, 1)
    x_val, y_val = blobs(6, 2)
    steps = list(fit.fit(x, y, x_val, (y_val + 1) % 3, 3, HeadConfig()))
    assert min(step.validation_loss for step in steps[1:]) > steps[0].validation_loss
    assert steps[-1].best_index == 1
    assert (steps[-1].head.logits(x).argmax(1) == y).float().mean() > 0.9


def test_it_stops_when_validation_no_longer_falls() -> None:
    step = last(patience=3, steps=500, c=1e6)
    assert step.index < 500
    assert step.index - step.best_index == 3


def test_stopping_early_leaves_the_best_so_far() -> None:
    x, y = blobs(90, 1)
    x_val, y_val = blobs(60, 2)
    run = fit.fit(x, y, x_val, y_val, 3)
    step = [next(run) for _ in range(4)][-1]
    run.close()
    found = F.cross_entropy(step.head.logits(x_val), y_val).item()
    assert found == pytest.approx(step.best_validation_loss, rel=1e-5)


def test_a_photos_contrast_does_not_decide_its_class() -> None:
    """Standardised features have length one: only their direction from the mean counts, feature by feature."""
    trained, (x, _) = last().head, blobs(30, 3)
    torch.testing.assert_close(trained.standardise(x).norm(dim=1), torch.ones(30))
    taught, _ = blobs(90, 1)
    torch.testing.assert_close(trained.mean, taught.mean(0))
    torch.testing.assert_close(trained.std, taught.std(0, correction=0))
    z = (x - trained.mean) / trained.std
    torch.testing.assert_close(trained.standardise(x), z / z.square().sum(1, keepdim=True).sqrt())
    faint = trained.mean + 0.1 * (x - trained.mean)
    torch.testing.assert_close(trained.probabilities(faint), trained.probabilities(x), atol=1e-4, rtol=1e-3)


def test_weights_start_within_one_over_root_n() -> None:
    x, y = blobs(30, 1, d=100)
    first = next(iter(fit.fit(x, y, x, y, 3)))
    assert first.head.weight.abs().max() <= 1 / math.sqrt(100)
    assert first.head.weight.abs().max() > 0.9 / math.sqrt(100)


def test_same_seed_same_head() -> None:
    assert torch.equal(last(seed=3).head.weight, last(seed=3).head.weight)
    assert not torch.equal(last(seed=3, steps=1).head.weight, last(seed=4, steps=1).head.weight)


def test_shuffled_labels_are_at_chance() -> None:
    x, y = blobs(300, 1)
    x_val, y_val = blobs(300, 2)
    shuffled = y[torch.randperm(300, generator=torch.Generator().manual_seed(0))]
    kept = list(fit.fit(x, shuffled, x_val, y_val, 3))[-1].head
    accuracy = (kept.logits(x_val).argmax(1) == y_val).float().mean().item()
    assert accuracy < 0.6


def test_an_absurd_learning_rate_is_said() -> None:
    with pytest.raises(DemoError, match="no number any more"):
        last(optimiser="SGD", learning_rate=1e38)
    with pytest.raises(DemoError, match="no optimiser"):
        last(optimiser="Magic")


def test_grad_mode_is_left_as_it_was() -> None:
    with torch.no_grad():
        x, y = blobs(30, 1)
        for _ in fit.fit(x, y, x, y, 3):
            assert not torch.is_grad_enabled()
