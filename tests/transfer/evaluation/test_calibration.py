"""The temperature against a search over a grid, and the calibration error of probabilities with a known answer."""

import math

import pytest
import torch
from torch.nn import functional as F

from demos.transfer.evaluation import calibration


def drawn(count: int, sharpness: float, classes: int = 4, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits that are `sharpness` times what the labels were drawn from."""
    random = torch.Generator().manual_seed(seed)
    true = torch.randn(count, classes, generator=random) * 2
    labels = torch.multinomial(true.softmax(1), 1, generator=random)[:, 0]
    return true * sharpness, labels


@pytest.mark.parametrize("sharpness", [0.3, 1.0, 4.0])
def test_the_temperature_is_what_the_logits_are_too_sharp_by(sharpness: float) -> None:
    found = calibration.temperature(*drawn(5000, sharpness))
    assert found == pytest.approx(sharpness, rel=0.06)


@pytest.mark.parametrize(("count", "sharpness"), [(3, 3.0), (40, 0.5), (400, 2.0)])
def test_the_temperature_is_the_best_of_a_grid(count: int, sharpness: float) -> None:
    logits, labels = drawn(count, sharpness, seed=count)
    grid = torch.linspace(math.log(1 / 20), math.log(20), 4001).double()

    def cost(log_t: torch.Tensor) -> float:
        loss = F.cross_entropy(logits.double() / log_t.exp(), labels, reduction="sum")
        return float(loss + log_t.square() / (2 * calibration.SPREAD**2))

    best = min(grid, key=cost)
    assert math.log(calibration.temperature(logits, labels)) == pytest.approx(float(best), abs=2e-3)


def test_the_temperature_changes_no_answer_and_never_says_certain() -> None:
    """Four photos, all of them right: the best temperature alone would be 0, and every later photo certain."""
    logits = torch.tensor([[2.0, 0.0], [3.0, 1.0], [0.0, 1.0], [0.5, 2.0]])
    labels = torch.tensor([0, 0, 1, 1])
    found = calibration.temperature(logits, labels)
    assert 0.2 < found < 1
    assert torch.equal((logits / found).argmax(1), logits.argmax(1))
    assert calibration.temperature(logits[:0], labels[:0]) == 1
    assert calibration.temperature(logits * math.nan, labels) == 1


def test_expected_calibration_error_known_answer() -> None:
    """Four photos called with 0.9, three of them right; six with 0.6, three right: (4 x 0.15 + 6 x 0.1) / 10."""
    sure = torch.tensor([[0.9, 0.1]] * 4 + [[0.6, 0.4]] * 6)
    labels = torch.tensor([0, 0, 0, 1, 0, 0, 0, 1, 1, 1])
    assert calibration.expected_error(sure, labels) == pytest.approx(0.12)
    filled = [one for one in calibration.reliability(sure, labels) if one.count]
    assert [(one.count, one.accuracy) for one in filled] == [(6, 0.5), (4, 0.75)]
    assert [one.confidence for one in filled] == pytest.approx([0.6, 0.9])
    assert all(one.low < one.confidence <= one.high for one in filled)


def test_what_labels_were_drawn_from_is_calibrated() -> None:
    logits, labels = drawn(20_000, 1.0)
    assert calibration.expected_error(logits.softmax(1), labels) < 0.012
    assert calibration.expected_error((3 * logits).softmax(1), labels) > 0.08


def test_certain_and_no_photos() -> None:
    certain = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    assert calibration.expected_error(certain, torch.tensor([0, 0])) == 0
    assert calibration.expected_error(certain, torch.tensor([1, 1])) == 1
    assert calibration.expected_error(certain[:0], torch.tensor([], dtype=torch.long)) == 0
    assert len(calibration.reliability(certain[:0], torch.tensor([], dtype=torch.long))) == calibration.BINS
