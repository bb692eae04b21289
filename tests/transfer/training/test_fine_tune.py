"""Fine-tuning moves block 5 and the last layer only, lowers the loss, and what one gets is the best state."""

import copy
from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from demos.core.errors import DemoError
from demos.core.networks import vgg
from demos.transfer import features, teach
from demos.transfer.classifier import Classifier
from demos.transfer.data import splits
from demos.transfer.data.photos import PhotoSet
from demos.transfer.evaluation import folds
from demos.transfer.settings import HeadConfig
from demos.transfer.training import fine_tune

BLOCK = ("layers.24.", "layers.26.", "layers.28.")  # conv5_1, conv5_2, conv5_3


@pytest.fixture(scope="module")
def taught(digits: PhotoSet, network: vgg.VGG16) -> Classifier:
    found = list(teach.teach(digits, network, HeadConfig(steps=1)))[-1].classifier  # leaves something to learn
    assert found is not None
    return found


@pytest.fixture(scope="module")
def steps(digits: PhotoSet, taught: Classifier, network: vgg.VGG16) -> list[fine_tune.FineTuneStep]:
    return list(fine_tune.fine_tune(digits, taught, epochs=4))


def test_the_loss_falls_and_the_counts_fit(steps: list[fine_tune.FineTuneStep], digits: PhotoSet) -> None:
    last = steps[-1]
    assert last.losses[-1][0] < 0.8 * last.losses[0][0]
    assert last.losses[last.best_epoch][1] == min(loss for _, loss in last.losses)
    assert last.index == last.total
    assert [step.stage for step in steps].count("looking") > 1
    assert last.rights[last.best_epoch][1] * last.photos == pytest.approx(last.best[0])
    assert last.rights[0][1] * last.photos == pytest.approx(last.before[0])
    assert len(last.rights) == len(last.losses)
    assert last.before[1] <= last.before[0] / last.photos <= last.before[2]


def test_frozen_layers_do_not_change_by_a_bit(
    steps: list[fine_tune.FineTuneStep], network: vgg.VGG16, digits: PhotoSet, taught: Classifier
) -> None:
    before = copy.deepcopy(network.state_dict())
    tuned = steps[-1].tuned
    assert tuned is not None
    moved = set()
    for name, weight in tuned.network.state_dict().items():
        if not torch.equal(weight, before[name].float()):
            moved.add(name)
    assert moved == {f"{layer}{kind}" for layer in BLOCK for kind in ("weight", "bias")}
    for name, weight in network.state_dict().items():
        assert torch.equal(weight, before[name])  # the network that everybody shares


def test_before_the_first_batch_it_says_what_the_classifier_says(
    steps: list[fine_tune.FineTuneStep], digits: PhotoSet, taught: Classifier
) -> None:
    """Two ways to the same features: the one that gradients flow through, and the one of every other page."""
    start = next(step for step in steps if step.stage == "tuning")
    assert start.tuned is not None
    validation = splits.split(digits, 0)[1]
    x = start.tuned.classifier.features_of([photo.image for photo, _ in validation], start.tuned.network)
    y = torch.tensor([label for _, label in validation])
    loss = F.cross_entropy(start.tuned.classifier.head.logits(x), y).item()
    assert loss == pytest.approx(start.losses[0][1], rel=1e-3)


def test_where_all_photos_were_learned_from_it_begins_with_a_layer_that_has_not(
    digits: PhotoSet, network: vgg.VGG16
) -> None:
    """Few photos without sides: the layer that is kept has seen the very photos that judge the fine-tuning."""
    loose = [replace(g, photos=tuple(replace(p, split=None) for p in g.photos)) for g in digits.classes]
    about = replace(digits, classes=tuple(loose))
    kept = list(teach.teach(about, network))[-1].classifier
    assert kept is not None
    assert kept.report is not None
    assert kept.report.folds
    start = next(step for step in fine_tune.fine_tune(about, kept, epochs=1) if step.stage == "tuning")
    sides = [
        (kept.features_of([photo.image for photo, _ in side], network), torch.tensor([label for _, label in side]))
        for side in splits.split(about, 0)
    ]
    (x, y), (x_val, y_val) = sides
    unseen = folds.learned(x, y, 3, HeadConfig(steps=kept.report.kept_step))
    loss = F.cross_entropy(unseen.logits(x_val), y_val).item()
    assert start.losses[0][1] == pytest.approx(loss, rel=1e-2)
    assert F.cross_entropy(kept.head.logits(x_val), y_val).item() < 0.8 * loss
    assert start.tuned is not None
    assert torch.equal(start.tuned.before.head.weight, start.tuned.classifier.head.weight)


def test_stop_keeps_the_best(digits: PhotoSet, taught: Classifier) -> None:
    run = fine_tune.fine_tune(digits, taught, epochs=6)
    step = next(step for step in run if step.best_epoch >= 1)
    run.close()
    assert step.tuned is not None
    validation = splits.split(digits, 0)[1]
    x = step.tuned.classifier.features_of([photo.image for photo, _ in validation], step.tuned.network)
    y = torch.tensor([label for _, label in validation])
    found = F.cross_entropy(step.tuned.classifier.head.logits(x), y).item()
    assert found == pytest.approx(step.losses[step.best_epoch][1], rel=1e-3)
    assert int((step.tuned.classifier.head.logits(x).argmax(1) == y).sum()) == step.best[0]
    assert sum(p for _, p in step.tuned.predict(validation[0][0].image)) == pytest.approx(1, abs=1e-5)


def test_the_pooling_is_the_features_own_and_has_a_slope_at_zero() -> None:
    activations = torch.rand(3, 5, 4, 4).relu()
    activations[:, 0] = 0
    torch.testing.assert_close(fine_tune._pool(activations), features.pool(activations))
    activations.requires_grad_(True)
    fine_tune._pool(activations).sum().backward()
    assert activations.grad is not None
    assert torch.isfinite(activations.grad).all()


def test_other_classes_are_refused_in_a_sentence(digits: PhotoSet, taught: Classifier) -> None:
    with pytest.raises(DemoError, match="classes have changed"):
        next(fine_tune.fine_tune(digits.rename_class(digits.names[0], "another"), taught))


def test_the_estimate_counts_photos_views_and_epochs(digits: PhotoSet, taught: Classifier, network: vgg.VGG16) -> None:
    """What is tried once for the network is multiplied by how often it is done."""

    def estimate(epochs: int, views: int = 0) -> float:
        return fine_tune.estimate(digits, taught, HeadConfig(views=views), epochs, network)

    train, validation = (len(side) for side in splits.split(digits, 0))
    first = estimate(0)
    cost = fine_tune._costs[network]
    assert min(cost.looking, cost.learning, cost.judging) > 0
    everything = train + validation
    assert first == pytest.approx(everything * (cost.looking + cost.judging))
    assert estimate(5) - first == pytest.approx(5 * (train * cost.learning + everything * cost.judging))
    more = cost.looking + 6 * cost.judging + 5 * cost.learning  # of one more training photo
    assert estimate(5, views=2) - estimate(5) == pytest.approx(2 * train * more)


def test_nothing_is_estimated_of_other_classes(digits: PhotoSet, taught: Classifier) -> None:
    with pytest.raises(DemoError, match="classes have changed"):
        fine_tune.estimate(digits.rename_class(digits.names[0], "another"), taught)
