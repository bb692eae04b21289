"""Cross-validation: grouped, stratified, every photo once, and no photo judged by a layer that saw it."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

from demos.transfer.evaluation import folds
from demos.transfer.settings import HeadConfig
from demos.transfer.training import fit


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(1, 4), min_size=5, max_size=9), min_size=2, max_size=4), st.integers(0, 99))
def test_the_properties_of_scikit_learns(sizes: list[list[int]], seed: int) -> None:
    labels = [k for k, counts in enumerate(sizes) for count in counts for _ in range(count)]
    groups = [f"{k}-{g}" for k, counts in enumerate(sizes) for g, count in enumerate(counts) for _ in range(count)]
    parts = folds.assign(labels, groups, seed)
    if not len(parts):
        return
    for name in set(groups):
        assert len({parts[i] for i, one in enumerate(groups) if one == name}) == 1
    splitter = StratifiedGroupKFold(int(parts.max()) + 1, shuffle=True, random_state=seed)
    theirs = [set(judged) for _, judged in splitter.split(np.zeros(len(labels)), labels, groups)]
    assert [set(np.flatnonzero(parts == k)) for k in range(len(theirs))] == theirs


def test_a_class_of_one_group_cannot_be_divided() -> None:
    assert not len(folds.assign([0, 0, 0, 1, 1], ["a", "a", "a", "b", "c"]))


def last(x: torch.Tensor, y: torch.Tensor, config: HeadConfig, views: int = 0) -> tuple[fit.HeadStep, torch.Tensor]:
    parts = folds.assign(y.tolist(), [str(i) for i in range(len(y))])
    seen = torch.cat([x, *(x + 0.01 * k for k in range(1, views + 1))])
    *_, end = folds.fit_in_rounds(seen, y.repeat(1 + views), parts, int(y.max()) + 1, config)
    return end


def blobs(classes: int, spread: float = 1.0) -> tuple[torch.Tensor, torch.Tensor]:
    random = np.random.default_rng(0)
    y = np.repeat(np.arange(classes), 20)
    centres = random.normal(size=(classes, 12)) * 2
    return torch.tensor((centres[y] + spread * random.normal(size=(len(y), 12))).astype(np.float32)), torch.tensor(y)


@pytest.mark.parametrize("classes", [2, 3])
def test_answers_are_those_of_logistic_regression(classes: int) -> None:
    """Well separated features: both recognise what lies near its centre."""
    x, y = blobs(classes)
    _, logits = last(x, y, HeadConfig(steps=15))
    theirs = cross_val_predict(LogisticRegression(), x.numpy(), y.numpy(), cv=5)
    assert abs((logits.argmax(1) == y).float().mean() - (theirs == y.numpy()).mean()) <= 0.07


def test_no_photo_is_judged_by_a_layer_that_saw_it() -> None:
    """Labels at random, features that name each photo: a layer that saw a photo, or a view of it, knows its label."""
    y = torch.tensor(np.random.default_rng(1).permutation(np.repeat([0, 1], 20)))
    for views in (0, 2):
        _, logits = last(torch.eye(40), y, HeadConfig(steps=10), views)
        assert (logits.argmax(1) == y).float().mean() < 0.75


@pytest.mark.parametrize("optimiser", ["L-BFGS", "SGD"])
def test_rounds_are_layers_taught_one_by_one(optimiser: str) -> None:
    """The logits of the best epoch are those of layers taught on the other parts alone, for as many epochs; the layer
    that is kept is one taught on all."""
    x, y = blobs(3, spread=6)
    config = HeadConfig(optimiser=optimiser, steps=12, patience=4, c=1000)
    step, logits = last(x, y, config)
    assert 0 < step.best_index < step.index
    same = HeadConfig(optimiser=optimiser, steps=step.best_index, c=1000)
    parts = folds.assign(y.tolist(), [str(i) for i in range(len(y))])
    for part in range(5):
        inside = torch.from_numpy(parts == part)
        alone = folds.learned(x[~inside], y[~inside], 3, same)
        torch.testing.assert_close(logits[inside], alone.logits(x[inside]), atol=1e-4, rtol=1e-4)
    assert torch.equal(step.head.weight, folds.learned(x, y, 3, same).weight)
    assert step.best_validation_loss == pytest.approx(torch.nn.functional.cross_entropy(logits, y).item(), rel=1e-5)


def test_the_epoch_with_the_lowest_loss_is_kept_and_rounds_end_together() -> None:
    x, y = blobs(3, spread=6)
    config = HeadConfig(steps=60, patience=5, c=1000)
    parts = folds.assign(y.tolist(), [str(i) for i in range(len(y))])
    steps = [step for step, _ in folds.fit_in_rounds(x, y, parts, 3, config)]
    losses = [step.validation_loss for step in steps]
    assert steps[-1].best_index == 1 + min(range(len(losses) - 1), key=lambda i: losses[1 + i])
    assert len(steps) == steps[-1].best_index + 5 + 1
