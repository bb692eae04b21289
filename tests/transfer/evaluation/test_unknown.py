"""None of these, on clouds of points with a known answer: what lies elsewhere is refused, one's own are kept."""

import itertools
from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from demos.transfer.evaluation import unknown

D = 40
MIDDLES = torch.randn(3, D, generator=torch.Generator().manual_seed(9)) * 2


def cloud(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Points around three middles, five times wider in the first five directions."""
    random = torch.Generator().manual_seed(seed)
    y = torch.arange(count) % 3
    wide = torch.ones(D)
    wide[:5] = 5
    return MIDDLES[y] + torch.randn(count, D, generator=random) * wide, y


OTHERS = torch.randn(300, D, generator=torch.Generator().manual_seed(5)) * 4 + 3


def test_others_are_refused_and_new_photos_of_the_classes_are_not() -> None:
    x, y = cloud(150, 0)
    new, _ = cloud(600, 1)
    for everyday in (None, OTHERS[:150]):
        found = unknown.learn(x, y, everyday)
        assert found is not None
        assert (found.distance(new) >= found.threshold).float().mean() < 0.12
        assert (found.distance(OTHERS[150:]) >= found.threshold).float().mean() > 0.9
        assert (found.distance(torch.zeros(1, D) + 50) >= found.threshold).all()


def test_the_distance_is_mahalanobis_where_all_directions_are_kept() -> None:
    x, y = cloud(300, 2)
    found = unknown.learn(x, y)
    assert found is not None
    z = (x - found.mean) / found.std
    floor = 1 / found.gain[-1]
    covariance = torch.linalg.inv((found.directions.T / (found.gain[:-1])) @ found.directions)
    within = z - torch.stack([z[y == label].mean(0) for label in range(3)])[y]
    expected = within.T @ within / len(z) + floor * torch.eye(D)
    torch.testing.assert_close(torch.linalg.inv(covariance), expected, atol=1e-3, rtol=1e-3)
    off = z[:7, None] - found.centres
    far = torch.einsum("ncd,de,nce->nc", off, covariance, off).amin(1).sqrt()
    torch.testing.assert_close(found.raw(x[:7])[:, 0], far, atol=1e-3, rtol=1e-3)


def test_the_layer_with_everyday_photos_says_how_much_likelier_they_are() -> None:
    x, y = cloud(90, 3)
    found = unknown.learn(x, y, OTHERS)
    assert found is not None
    z = F.normalize((x - found.mean) / found.std, dim=1)
    p = (z @ found.weight.T + found.bias).softmax(1)[:, -1]
    torch.testing.assert_close(found.raw(x)[:, 1], (p / (1 - p)).log(), atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("count", [4, 6, 9])
def test_few_photos_are_never_all_refused(count: int) -> None:
    x, y = cloud(count, 4)
    for everyday in (None, OTHERS):
        found = unknown.learn(x, y, everyday)
        assert found is not None
        assert not (found.distance(x) >= found.threshold).any()
        kept = found.distance(cloud(300, 5)[0]) < found.threshold
        assert kept.float().mean() > 0.5


def test_nothing_is_learned_of_too_few_or_of_equal_photos() -> None:
    x, y = cloud(3, 6)
    assert unknown.learn(x, y) is None
    assert unknown.learn(torch.ones(8, D), torch.arange(8) % 2) is None


def test_the_threshold_of_distances_known_answers() -> None:
    """Of 100 distances 0.01 ... 1.00, the 95th is reached by six; of three, one beyond the furthest."""
    hundred = torch.arange(1, 101) / 10
    edge = unknown.threshold(hundred, 0.06)
    assert (hundred >= edge).sum() == 5  # the next photo is refused with (5 + 1) / 101 at most
    assert unknown.threshold(torch.tensor([1.0, 2.0, 4.0])) == 5.0
    assert unknown.threshold(torch.zeros(50)) == 0.5


def test_the_probability_is_a_half_at_the_threshold() -> None:
    x, y = cloud(60, 7)
    found = unknown.learn(x, y)
    assert found is not None
    p, refused = found.probability(x), found.distance(x) >= found.threshold
    assert torch.equal(p >= 0.5, refused)
    assert p.median() < 0.01


def test_trade_off_known_answer() -> None:
    points = unknown.trade_off(torch.tensor([0.0, 1.0, 2.0, 3.0]), torch.tensor([2.0, 4.0]))
    assert (points[0].caught, points[0].refused) == (1, 1)
    assert (points[-1].caught, points[-1].refused) == (0, 0)
    assert any((point.caught, point.refused) == (0.5, 0) for point in points)
    for one, two in itertools.pairwise(points):
        assert one.threshold < two.threshold
        assert one.caught >= two.caught
        assert one.refused >= two.refused


def test_a_file_holds_it_and_damaged_values_are_refused() -> None:
    x, y = cloud(60, 8)
    found = unknown.learn(x, y, OTHERS)
    assert found is not None
    tensors = found.tensors()
    back = unknown.Unknown.of(tensors, found.threshold, D, 3)
    assert back is not None
    assert torch.equal(back.distance(x), found.distance(x))
    assert unknown.Unknown.of({}, None, D, 3) is None
    torn = replace(found, units=found.units.flip(1)).tensors()
    nan = tensors | {"unknown.gain": tensors["unknown.gain"] * float("nan")}
    less = {name: tensor for name, tensor in tensors.items() if name != "unknown.bias"}
    for bad, edge, d, classes in (
        (torn, 1.0, D, 3), (nan, 1.0, D, 3), (less, 1.0, D, 3), (tensors, None, D, 3), (tensors, float("nan"), D, 3),
        (tensors, 1.0, D + 1, 3), (tensors, 1.0, D, 2), (tensors, "1", D, 3), (tensors | {"x": x}, 1.0, D, 3),
    ):  # fmt: skip
        with pytest.raises(ValueError, match="unknown"):
            unknown.Unknown.of(bad, edge, d, classes)
