"""Which photos are behind the confusion table: exactly those that it counts, whatever way they were judged."""

from dataclasses import replace

import pytest
import torch

from demos.core import device
from demos.core.errors import DemoError
from demos.core.images.load import digest
from demos.core.networks import vgg
from demos.transfer import classifier, teach
from demos.transfer.data import example_sets
from demos.transfer.evaluation import unknown
from demos.transfer.evaluation.judged import judged, left_out, strangers
from demos.transfer.evaluation.material import Sides
from demos.transfer.head import Head
from demos.transfer.settings import HeadConfig


@pytest.fixture(scope="module")
def taught() -> classifier.Classifier:
    torch.manual_seed(1)
    network = device.current().place(vgg.VGG16((4, 8, 8, 16, 16), name=vgg.POCKET, input_size=64))
    found = list(teach.teach(example_sets.load("Materials"), network))[-1].classifier
    assert found is not None
    return found


def test_the_table_is_counted_from_them(taught: classifier.Classifier) -> None:
    rows = judged(example_sets.load("Materials"), taught)
    assert taught.report is not None
    counts = [[0] * 6 for _ in range(6)]
    for row in rows:
        counts[row.true][row.predicted] += 1
        assert sum(row.probabilities) == pytest.approx(1, abs=1e-4)
        assert row.predicted == max(range(6), key=lambda k, p=row.probabilities: p[k])
    assert tuple(map(tuple, counts)) == taught.report.confusion
    assert len({row.photo.digest for row in rows}) == taught.report.judged


def test_a_temperature_changes_no_answer(taught: classifier.Classifier) -> None:
    rows = judged(example_sets.load("Materials"), replace(taught, temperature=3.0))
    assert [row.predicted for row in rows] == [row.predicted for row in judged(example_sets.load("Materials"), taught)]


def test_another_set_is_refused_in_words(taught: classifier.Classifier) -> None:
    with pytest.raises(DemoError, match="not the classes"):
        judged(example_sets.load("Things"), taught)
    with pytest.raises(DemoError, match="does not say"):
        judged(example_sets.load("Materials"), replace(taught, report=None))


def test_ones_own_are_judged_without_them_and_others_are_further() -> None:
    """Of clouds with gaps between them; a photo that was learned from itself would lie nearer."""
    random = torch.Generator().manual_seed(2)
    photo_set = example_sets.load("Materials")
    pairs = [(photo, k) for k, group in enumerate(photo_set.classes) for photo in group.photos]
    y = torch.tensor([label for _, label in pairs])
    centres = 3 * torch.randn(6, 20, generator=random)
    x = centres[y] + torch.randn(len(y), 20, generator=random)
    found = Sides(tuple(photo for photo, _ in pairs), y, 72, 6, HeadConfig())
    own = left_out(photo_set, found, x, None)
    assert len(own) == len(y)
    learned = unknown.learn(x, y)
    assert learned is not None
    assert own.mean() > (learned.distance(x) / learned.threshold).mean()
    assert (own >= 1).float().mean() < 0.15
    head = Head(torch.zeros(20), torch.ones(20), torch.zeros(6, 20), torch.zeros(6))
    taught_ = classifier.Classifier(head, photo_set.names, "pocket-vgg16", ("pool5",), 160, unknown=learned)
    assert (taught_.distances(torch.randn(40, 20, generator=random) * 9) >= 1).float().mean() > 0.9
    assert torch.equal(taught_.distances(x) >= 1, taught_.is_unknown(x))


def test_strangers_are_of_other_things() -> None:
    digests = {digest(picture) for picture in strangers(example_sets.load("Materials"))}
    assert len(digests) >= 25
    assert not digests & {photo.digest for group in example_sets.load("Materials").classes for photo in group.photos}
    assert len(strangers(example_sets.load("Things"))) >= 25
