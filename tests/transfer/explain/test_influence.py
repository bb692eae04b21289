"""Which training photos an answer comes from, against retraining and scikit-learn."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression
from torch.nn import functional as F

from demos.core.errors import DemoError
from demos.transfer import api, features, teach
from demos.transfer.classifier import Classifier
from demos.transfer.data import example_sets, splits
from demos.transfer.explain import feature_map, influence, neighbours
from demos.transfer.settings import HeadConfig
from demos.transfer.training import augmentation

CLASSES, C = 3, 30.0  # the usual settings'


@pytest.fixture(scope="module")
def blobs() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Three overlapping clouds on the sphere, as standardised features are, and a new point between two of them."""
    random = torch.Generator().manual_seed(2)
    centres = torch.randn(CLASSES, 12, generator=random)
    y = torch.arange(45) % CLASSES
    z = F.normalize(centres[y] + 1.4 * torch.randn(45, 12, generator=random), dim=1)
    return z, y, F.normalize(0.6 * centres[0] + 0.4 * centres[1], dim=0)


def retrained(z: torch.Tensor, y: torch.Tensor, new: torch.Tensor, c: float = C) -> np.ndarray:
    """Probabilities of scikit-learn's layer, taught from nothing."""
    model = LogisticRegression(C=c, tol=1e-8, max_iter=5000).fit(z.double().numpy(), y.numpy())
    return model.predict_proba(new.double().numpy()[None])[0]


def test_the_optimum_is_scikit_learns(blobs) -> None:
    z, y, new = blobs
    ours = influence.optimum(z, y, CLASSES).probabilities(new.double().numpy()[None])[0]
    assert ours == pytest.approx(retrained(z, y, new), abs=1e-4)


@pytest.mark.parametrize("label", range(CLASSES))
def test_the_number_shown_is_that_of_real_retraining(blobs, label: int) -> None:
    """Before and after, to a hundredth of a per cent; and no other photo's removal does more."""
    z, y, new = blobs
    found = influence.most_influential(z, y, new, CLASSES, label)
    assert found is not None
    real = np.array([retrained(z[keep], y[keep], new)[label] for keep in (torch.arange(45) != i for i in range(45))])
    before = retrained(z, y, new)[label]
    assert found.before == pytest.approx(before, abs=1e-4)
    assert found.after == pytest.approx(real[found.index], abs=1e-4)
    odds = np.log(real / (1 - real)) - np.log(before / (1 - before))
    assert found.index == np.abs(odds).argmax()


def test_the_estimate_orders_photos_as_retraining_does(blobs) -> None:
    z, y, new = blobs
    layer = influence.optimum(z, y, CLASSES)
    about = influence.estimates(layer, z, y, new, 0)
    before = retrained(z, y, new)[0]
    real = np.array([retrained(z[keep], y[keep], new)[0] for keep in (torch.arange(45) != i for i in range(45))])
    odds = np.log(real / (1 - real)) - np.log(before / (1 - before))
    assert spearmanr(about, odds).statistic > 0.95


def test_the_estimate_is_the_slope_of_the_answer_by_a_photos_weight(blobs) -> None:
    """A photo with a little less weight, against the estimate times that little: its definition."""
    z, y, new = blobs
    model = lambda weights: LogisticRegression(C=C, tol=1e-10, max_iter=20000).fit(  # noqa: E731
        z.double().numpy(), y.numpy(), sample_weight=weights
    )
    layer = influence.optimum(z, y, CLASSES)
    about = influence.estimates(layer, z, y, new, 0)
    ends = []
    for weight in (1.05, 0.95):
        weights = np.ones(45)
        weights[7] = weight
        p = model(weights).predict_proba(new.double().numpy()[None])[0, 0]
        ends.append(np.log(p / (1 - p)))
    assert about[7] == pytest.approx((ends[1] - ends[0]) / 0.1, rel=0.05, abs=1e-4)


def test_a_fixed_decay_is_the_penalty_of_each_retraining(blobs) -> None:
    """With a weight decay of its own, scikit-learn's C is 1 / (decay N), and N is one less without the photo."""
    z, y, new = blobs
    decay = 0.01
    config = HeadConfig(weight_decay=decay)
    found = influence.most_influential(z, y, new, CLASSES, 0, config)
    assert found is not None
    before = retrained(z, y, new, 1 / (decay * 45))[0]
    keeps = [torch.arange(45) != i for i in range(45)]
    real = np.array([retrained(z[keep], y[keep], new, 1 / (decay * 44))[0] for keep in keeps])
    assert found.before == pytest.approx(before, abs=1e-4)
    assert found.after == pytest.approx(real[found.index], abs=1e-4)
    odds = np.log(real / (1 - real)) - np.log(before / (1 - before))
    assert found.index == np.abs(odds).argmax()
    about = influence.estimates(influence.optimum(z, y, CLASSES, config), z, y, new, 0, config)
    assert spearmanr(about, odds).statistic > 0.95
    # A photo's share of the penalty goes with it: without it, as where C is fixed, the estimate is further off.
    same = HeadConfig(c=1 / (decay * 45))
    shareless = influence.estimates(influence.optimum(z, y, CLASSES, same), z, y, new, 0, same)
    assert np.median(np.abs(about - odds)) < 0.8 * np.median(np.abs(shareless - odds))


def test_a_photo_goes_with_its_views(blobs) -> None:
    """15 photos with two views each, in the order of a run: first the photos."""
    z, y, new = blobs
    of = torch.arange(45) % 15
    found = influence.most_influential(z, y, new, CLASSES, 0, of=of)
    assert found is not None
    real = np.array([retrained(z[of != i], y[of != i], new)[0] for i in range(15)])
    before = retrained(z, y, new)[0]
    assert found.after == pytest.approx(real[found.index], abs=1e-4)
    odds = np.log(real / (1 - real)) - np.log(before / (1 - before))
    assert found.index == np.abs(odds).argmax()


def test_without_a_penalty_there_is_no_best_layer(blobs) -> None:
    z, y, _ = blobs
    for decay in (0.0, 1e-9):
        assert influence.too_weak(HeadConfig(weight_decay=decay), 45)
        with pytest.raises(DemoError, match="no layer is the best"):
            influence.optimum(z, y, CLASSES, HeadConfig(weight_decay=decay))
    assert not influence.too_weak(HeadConfig(), 45)


def test_the_only_photo_of_a_class_is_never_left_out() -> None:
    z, y = torch.eye(2), torch.tensor([0, 1])
    assert influence.most_influential(z, y, z[0], 2, 0) is None
    z, y = torch.eye(3), torch.tensor([0, 1, 1])
    found = influence.most_influential(z, y, z[0], 2, 0)
    assert found is not None
    assert found.index in (1, 2)


# ---- neighbours and the map -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def taught() -> Classifier:
    found = api.first_result().classifier
    assert found is not None
    return found


def test_neighbours_against_a_loop(taught: Classifier) -> None:
    things = example_sets.load("Things")
    image = things.get("fish").photos[2].image  # held back
    there = neighbours.shelf(taught, things)
    z = neighbours.standardised(taught, image)
    found = neighbours.nearest(there, z, image)
    train = splits.split(things, 0)[0]
    assert there.training == len(train)
    scores = {}
    rows = taught.head.standardise(taught.features_of([photo.image for photo, _ in train])).tolist()
    for (photo, label), own in zip(train, rows, strict=True):
        scores[photo.digest] = (sum(a * b for a, b in zip(own, z.tolist(), strict=True)), label)
    expected = sorted(scores, key=lambda digest: -scores[digest][0])[:5]
    assert [one.photo.digest for one in found] == expected
    assert [one.label for one in found] == [scores[digest][1] for digest in expected]
    assert found[0].similarity == pytest.approx(scores[expected[0]][0], abs=1e-4)


def test_a_photo_is_not_its_own_neighbour(taught: Classifier) -> None:
    things = example_sets.load("Things")
    photo = next(photo for photo, _ in splits.split(things, 0)[0])
    there = neighbours.shelf(taught, things)
    found = neighbours.nearest(there, neighbours.standardised(taught, photo.image), photo.image)
    assert photo.digest not in [one.photo.digest for one in found]
    assert len(found) == 5
    assert found[0].similarity < 0.999


def test_the_lesson_is_what_a_run_was_taught_on(taught: Classifier) -> None:
    """With views: the run's own standardisation brings its rows to mean 0 and variance 1, and views stand by photo."""
    things = example_sets.load("Digits")
    few = replace(things, classes=tuple(replace(g, photos=g.photos[:8]) for g in things.classes[:2]))
    config = HeadConfig(views=2, weight_decay=0.02, steps=3)
    network = taught.loaded()
    made = list(teach.teach(few, network, config))[-1].classifier
    assert made is not None
    there = neighbours.shelf(made, few)
    lesson = neighbours.lesson(made, there, config)
    train = augmentation.views(splits.split(few, 0)[0], config)
    assert len(lesson.z) == len(train) == 3 * there.training
    assert lesson.labels.tolist() == [label for _, label in train]
    for (view, _), number in zip(train, lesson.of.tolist(), strict=True):
        assert getattr(view, "of", view).digest == there.photos[number].digest
    rows = torch.cat([row for _, row in features.extract([view for view, _ in train], network, made.cuts)])
    torch.testing.assert_close(rows.mean(0), made.head.mean)
    torch.testing.assert_close(lesson.z, made.head.standardise(rows))


@pytest.mark.parametrize("classes", [2, 3, 6])
def test_the_map_keeps_classes_apart_and_a_photo_lands_where_it_lies(taught: Classifier, classes: int) -> None:
    things = example_sets.load("Things")
    there = neighbours.shelf(taught, things)
    chosen = there.labels < classes
    z, y = there.z[chosen], there.labels[chosen]
    train = torch.arange(len(there.labels))[chosen] < there.training
    found = feature_map.learn(z[train], y[train])
    places = found.place(z)
    assert places.shape == (len(z), 2)
    assert np.isfinite(places).all()
    assert found.place(z[5:6])[0] == pytest.approx(places[5])
    centres = np.stack([places[train.numpy() & (y == k).numpy()].mean(0) for k in range(classes)])
    held_back = places[~train.numpy()]
    nearest = np.linalg.norm(held_back[:, None] - centres, axis=2).argmin(1)
    assert (nearest == y[~train].numpy()).mean() > 0.8  # of photos that the map was not made from


def test_a_training_photo_is_no_answer_to_itself() -> None:
    """Asked about the photo that counts most for itself: another one is named."""
    z, y = torch.eye(6), torch.tensor([0, 0, 0, 1, 1, 1])
    alone = influence.most_influential(z, y, z[1], 2, 0)
    assert alone is not None
    assert alone.index == 1
    other = influence.most_influential(z, y, z[1], 2, 0, own=1)
    assert other is not None
    assert other.index != 1
