"""Scores against independent oracles, and their answers to questions with known answers."""

import numpy as np
import pytest
import scipy.linalg
import torch
from sklearn.neighbors import NearestNeighbors

from demos.core.data import small
from demos.core.networks import vgg
from demos.dcgan.training import scores


def crowd(count: int, seed: int, mix: float = 1.0, shift: float = 0.0, size: int = 6) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    mixing = torch.eye(size, dtype=torch.float64) + mix * torch.randn(size, size, generator=random, dtype=torch.float64)
    return torch.randn(count, size, generator=random, dtype=torch.float64) @ mixing + shift


def oracle(one: torch.Tensor, two: torch.Tensor) -> float:
    """The formula as pytorch-fid has it, with scipy's matrix root."""
    a, b = one.numpy(), two.numpy()
    first, second = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = scipy.linalg.sqrtm(first @ second)
    apart = a.mean(0) - b.mean(0)
    return float(apart @ apart + np.trace(first) + np.trace(second) - 2 * np.trace(root.real))


@pytest.mark.parametrize("seed", range(5))
def test_the_frechet_distance_is_scipys(seed: int) -> None:
    one, two = crowd(400, seed, shift=1.0), crowd(300, seed + 50)
    assert scores.frechet(one, two) == pytest.approx(oracle(one, two), rel=1e-6)


def test_it_is_zero_for_equal_sets_symmetric_and_known_for_a_shift() -> None:
    one, two = crowd(200, 1), crowd(300, 2)
    assert scores.frechet(one, one) == pytest.approx(0, abs=1e-8)
    assert scores.frechet(one, two) == pytest.approx(scores.frechet(two, one), rel=1e-6)
    assert scores.frechet(one, one + 2) == pytest.approx(4 * one.shape[1], rel=1e-6)


def test_it_bears_fewer_pictures_than_features() -> None:
    one = crowd(4, 0, size=20)
    assert scores.frechet(one, one) == pytest.approx(0, abs=1e-6)


def test_precision_and_recall_against_scikit_learn() -> None:
    real, made = crowd(150, 3, 0.2).float(), crowd(130, 4, 0.2, shift=0.8).float()

    def covered(asked: np.ndarray, members: np.ndarray) -> float:
        search = NearestNeighbors(n_neighbors=4).fit(members)
        radius = search.kneighbors(members)[0][:, 3]
        away = np.linalg.norm(asked[:, None] - members[None], axis=2)
        return float((away <= radius[None]).any(1).mean())

    expected = covered(made.numpy(), real.numpy()), covered(real.numpy(), made.numpy())
    assert scores.precision_recall(real, made) == pytest.approx(expected, abs=0.01)


def test_a_collapsed_crowd_is_precise_and_recalls_little() -> None:
    real = crowd(400, 5, 0.1)
    made = real[:1] + 0.01 * crowd(400, 6, 0.1)
    precision, recall = scores.precision_recall(real, made)
    assert precision > 0.9
    assert recall < 0.05


def test_coverage_names_the_class_that_is_missing() -> None:
    centres = 6 * torch.eye(3, dtype=torch.float64)
    labels = np.arange(300) % 3
    real = centres[labels] + 0.3 * torch.randn(300, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    found = scores.coverage(real, labels, real[labels != 1])
    assert found[1] == 0
    assert found[0] == found[2] == 0.5


def test_diversity_is_what_the_eye_sees() -> None:
    photos = small.enlarged(torch.from_numpy(small.digits()[0][:64].copy())[:, None], 32)
    real = scores.diversity(photos)
    assert real is not None
    assert scores.diversity(photos[:1].expand(64, -1, -1, -1)) == pytest.approx(0, abs=1e-6)
    noise = torch.rand(64, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    assert (scores.diversity(noise) or 0) < 0.15 * real  # other pixels, the same look
    assert scores.spread(torch.tensor([[0.0, 1.0], [2.0, 1.0]])) == 2  # half the squared distance of the one pair


def test_features_of_grey_bytes_and_colour_alike() -> None:
    torch.manual_seed(0)
    network = vgg.VGG16((4, 4, 4, 4, 6)).eval().requires_grad_(False)
    grey = torch.randint(0, 256, (3, 1, 32, 32), dtype=torch.uint8)
    one, two = (
        scores.features(grey, network),
        scores.features(grey.float().expand(-1, 3, -1, -1) / 255, network, batch=2),
    )
    assert one.shape == (3, 6)
    torch.testing.assert_close(one, two, atol=1e-5, rtol=1e-4)
