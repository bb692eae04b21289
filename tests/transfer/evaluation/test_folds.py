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


@pytest.mark.parametrize("classes", [2, 3])
def test_answers_are_those_of_logistic_regression(classes: int) -> None:
    """Well separated features: both recognise what lies near its centre; labels without features: both guess."""
    random = np.random.default_rng(0)
    y = np.repeat(np.arange(classes), 20)
    centres = random.normal(size=(classes, 12)) * 2
    x = (centres[y] + random.normal(size=(len(y), 12))).astype(np.float32)
    parts = folds.assign(y.tolist(), [str(i) for i in range(len(y))])
    *_, done = folds.rounds(torch.tensor(x), torch.tensor(y), parts, classes, HeadConfig(steps=15))
    theirs = cross_val_predict(LogisticRegression(), x, y, cv=5)
    ours = done.logits.argmax(1).numpy()
    assert abs((ours == y).mean() - (theirs == y).mean()) <= 0.07


def test_no_photo_is_judged_by_a_layer_that_saw_it() -> None:
    """Labels at random, features that name each photo: a layer that saw a photo would know its label."""
    y = torch.tensor(np.random.default_rng(1).permutation(np.repeat([0, 1], 20)))
    parts = folds.assign(y.tolist(), [str(i) for i in range(40)])
    *_, done = folds.rounds(torch.eye(40), y, parts, 2, HeadConfig(steps=10))
    assert (done.logits.argmax(1) == y).float().mean() < 0.75
