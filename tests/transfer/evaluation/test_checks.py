"""The checks of an accuracy, against known laws: Wilson's table, shuffled labels, a power law, a random network."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from demos.core.errors import DemoError
from demos.core.networks import vgg
from demos.transfer.data import example_sets
from demos.transfer.evaluation import control, layers, learning_curve, material
from demos.transfer.evaluation.intervals import wilson, wilson_of
from demos.transfer.settings import HeadConfig


def sides(classes: int, learn: int, judge: int, spread: float) -> tuple[torch.Tensor, material.Sides]:
    """Features around a centre for each class, with that deviation."""
    random = torch.Generator().manual_seed(3)
    y = torch.arange(classes).repeat(learn + judge)
    centres = torch.randn(classes, 16, generator=random)
    x = centres[y] + spread * torch.randn(len(y), 16, generator=random)
    return x, material.Sides((), y, classes * learn, classes, HeadConfig(steps=10))


@pytest.mark.parametrize(
    ("correct", "total", "low", "high"),
    # Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_is_the_published_one(correct: int, total: int, low: float, high: float) -> None:
    assert wilson(correct, total) == pytest.approx((low, high), abs=6e-5)
    assert wilson_of(correct / total, total) == pytest.approx((low, high), abs=6e-5)


def test_shuffled_labels_are_at_chance_and_true_ones_are_not() -> None:
    x, found = sides(4, 30, 50, 0.5)
    *_, told = control.control(x, found, 5)
    assert told.true > 0.95
    assert np.mean(told.shuffled) == pytest.approx(0.25, abs=0.08)
    assert (told.chance, told.judged, told.draws) == (0.25, 200, 5)
    assert not told.as_good


def test_no_draw_reaches_the_true_labels_by_luck_more_often_than_1_time_in_20() -> None:
    """One of the true labels and the shuffled draws is the best; by luck each is it equally often."""
    assert 1 / (control.DRAWS + 1) <= 0.05


def test_where_there_is_nothing_to_learn_shuffled_labels_do_as_well() -> None:
    x, found = sides(2, 20, 20, 0.5)
    random = torch.Generator().manual_seed(0)
    *_, told = control.control(torch.randn(x.shape, generator=random), found, 5)
    assert told.as_good


@pytest.mark.parametrize(("a", "b", "c"), [(0.8, 0.5, 0.05), (0.6, 1.0, 0.0)])
def test_a_known_law_is_found_and_drawn_on(a: float, b: float, c: float) -> None:
    photos = (1, 2, 4, 8, 16, 32)
    errors = learning_curve.law(np.array(photos, float), a, b, c)
    assert learning_curve.fitted(photos, errors.tolist()) == pytest.approx((a, b, c), abs=0.01)
    random = np.random.default_rng(0)
    draws = [(1 - (error + random.normal(0, 0.01, 6))).tolist() for error in errors]
    band = learning_curve.extrapolated(photos, draws, 5000)
    curve = learning_curve.Curve(photos, tuple(map(tuple, draws)), 5000, band)
    low, middle, high = curve.at(128)
    truth = 1 - learning_curve.law(np.array([128.0]), a, b, c)[0]
    assert low - 0.01 <= truth <= high + 0.01
    assert middle == pytest.approx(truth, abs=0.03)
    assert high - low < 0.12
    goal = 1 - learning_curve.law(np.array([64.0]), a, b, c)[0]
    assert curve.needed(goal - 0.02) is not None
    assert 16 <= (curve.needed(goal - 0.02) or 0) <= 64
    assert curve.needed(1.01) is None


def test_few_judged_photos_widen_the_band_as_far_as_wilson_says() -> None:
    """All draws agree, so that the fit is sure: what is left is how few photos were judged."""
    draws = [[1 - error] * 6 for error in learning_curve.law(np.array([1.0, 2, 4, 8]), 0.4, 0.5, 0)]
    for judged in (20, 200):
        *_, (photos, low, middle, high) = learning_curve.extrapolated((1, 2, 4, 8), draws, judged)
        assert photos == pytest.approx(32)
        assert (low, high) == pytest.approx(wilson_of(middle, judged), abs=1e-6)


def test_the_curve_rises_with_photos() -> None:
    x, found = sides(3, 16, 60, 1.0)
    *_, told = learning_curve.measure(x, found)
    assert told.sizes == (1, 2, 4, 8, 16)
    means = [np.mean(row) for row in told.draws]
    assert means[-1] > means[0] + 0.05
    assert told.band[-1][0] == pytest.approx(64)


def test_rounds_judge_every_photo_once_by_what_others_taught() -> None:
    """Features that tell each photo from all others: what was learned is known, and nothing else is."""
    x, found = sides(2, 6, 4, 0.3)
    parts = torch.arange(20) % 5
    held = tuple(((parts != k).nonzero().flatten(), (parts == k).nonzero().flatten()) for k in range(5))
    found = replace(found, held=held)
    assert sorted(found.judged.tolist()) == list(range(20))
    assert material.accuracy(x, found) == 1.0
    alone = torch.eye(20)  # a photo says nothing of another: no judged one can be known
    assert material.accuracy(alone, found) <= 0.75
    assert material.right(alone, found.y, found, torch.arange(20), torch.arange(20)) == 20
    *_, told = learning_curve.measure(x, found)
    assert (told.judged, len(told.draws[0])) == (20, 10)  # six at least, and each of five rounds as often


def test_a_report_of_rounds_is_checked_in_rounds() -> None:
    from demos.transfer import teach
    from demos.transfer.data.photos import PhotoClass, PhotoSet

    torch.manual_seed(0)
    network = vgg.VGG16((4, 4, 8, 8, 8), name="pocket-vgg16", input_size=32).eval()
    groups = [replace(g, photos=g.photos[:7]) for g in example_sets.load("Materials").classes[:2]]
    few = PhotoSet(tuple(PhotoClass(g.name, tuple(replace(p, split=None) for p in g.photos)) for g in groups))
    *_, told = teach.teach(few, network)
    assert told.classifier is not None
    assert told.classifier.report is not None
    assert told.classifier.report.folds
    found = material.sides(few, told.classifier)
    assert len(found.rounds) == told.classifier.report.folds
    assert len(found.judged) == told.classifier.report.judged == 14


def test_few_photos_have_no_band() -> None:
    x, found = sides(2, 2, 10, 0.5)
    assert list(learning_curve.measure(x, found))[-1].band == ()


def test_every_cut_of_both_networks_is_compared() -> None:
    torch.manual_seed(0)
    network = vgg.VGG16((4, 4, 8, 8, 8), name="pocket-vgg16", input_size=32).eval()
    photo_set = example_sets.load("Materials")
    groups = [(p, k) for i in range(6) for k, g in enumerate(photo_set.classes) for p in g.photos[i : i + 1]]
    y = torch.tensor([label for _, label in groups])
    found = material.Sides(tuple(p for p, _ in groups), y, 24, 6, HeadConfig(steps=5))
    *_, told = layers.compare(found, network)
    assert [cut for cut, _ in told.trained] == [cut for cut, _ in told.random] == [f"pool{k}" for k in range(1, 6)]
    one, two = layers.at_random(network, 0), layers.at_random(network, 1)
    assert isinstance(one, vgg.VGG16)
    assert one.widths == network.widths
    assert not torch.equal(one.layers[0].weight, two.layers[0].weight)


def test_photos_of_another_set_are_refused() -> None:
    from demos.transfer.classifier import Classifier
    from demos.transfer.head import Head

    head = Head(torch.zeros(2), torch.ones(2), torch.zeros(2, 2), torch.zeros(2))
    taught = Classifier(head, ("a", "b"), "pocket-vgg16", ("pool5",), 160)
    with pytest.raises(DemoError, match="Teach it again"):
        material.sides(example_sets.load("Things"), replace(taught))
