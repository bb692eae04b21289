"""What would help after a weak result: known counts, and the sentences that follow from them."""

from dataclasses import replace

import pytest

from demos.transfer import advice
from demos.transfer.classifier import Report
from demos.transfer.evaluation.intervals import wilson


def report(confusion: list[list[int]], learned: tuple[int, ...], network: str = "pocket-vgg16") -> Report:
    """A report with that table of held-back photos, of classes a, b, c ... that were taught on so many photos."""
    right, total = sum(row[i] for i, row in enumerate(confusion)), sum(map(sum, confusion))
    low, high = wilson(right, total)
    photos = {chr(97 + i): (count, sum(confusion[i])) for i, count in enumerate(learned)}
    return Report(network, photos, right / total, low, high, 1.0, 0.5, 3, tuple(map(tuple, confusion)), 1.0)


def test_a_good_and_sure_result_needs_none() -> None:
    assert advice.sentences(report([[60, 1], [2, 58]], (180, 180))) == []


def test_too_few_photos_are_named_with_the_number_that_is_missing() -> None:
    told = " ".join(advice.sentences(report([[1, 1], [1, 4]], (3, 15), "vgg16")))
    assert "15 more of a (5 now)" in told
    assert "more of b" not in told
    assert "pocket" not in told


def test_the_real_network_is_proposed_only_to_the_pocket_one() -> None:
    weak = [[3, 3], [2, 4]]
    assert any("real VGG16" in one for one in advice.sentences(report(weak, (18, 18))))
    assert not any("real VGG16" in one for one in advice.sentences(report(weak, (18, 18), "vgg16")))


def test_the_pair_that_is_taken_for_each_other_is_named() -> None:
    told = " ".join(advice.sentences(report([[5, 1, 0], [0, 2, 4], [0, 0, 6]], (20, 20, 20))))
    assert "4 of 6 held-back photos of b are taken for c" in told
    assert "backgrounds" in told
    assert "More photos" not in told  # there are 26 of each


def test_all_right_of_few_is_not_sure() -> None:
    (told,) = advice.sentences(report([[2, 0], [0, 2]], (6, 6)))
    assert told.startswith("4 photos are few to judge by. With about 62 more of each class")  # 35 held back in all


@pytest.mark.parametrize(("share", "needed"), [(0.5, 97), (0.9, 35), (1.0, 35), (0.1, 35), (0.0, 35)])
def test_how_many_make_a_figure_sure(share: float, needed: int) -> None:
    """1.96^2 p (1 - p) / 0.1^2, as in every textbook: 97 for a half."""
    assert advice.needed_to_be_sure(share) == needed


def test_in_rounds_all_photos_are_judged_until_a_quarter_is_enough() -> None:
    """120 photos, all judged; half of the interval takes some 480, which up to 200 of a class are judged, each once."""
    few = replace(report([[18, 2], [4, 16]], (20, 20)), photos={"a": (20, 0), "b": (20, 0)}, folds=5)
    low, high = wilson(round(0.85 * (40 + 2 * advice.to_halve(few))), 40 + 2 * advice.to_halve(few))
    assert high - low == pytest.approx((few.accuracy_high - few.accuracy_low) / 2, rel=0.05)
    many = replace(few, photos={"a": (100, 0), "b": (100, 0)}, confusion=((90, 10), (20, 80)))
    low, high = wilson(170, 200)
    many = replace(many, accuracy_low=low, accuracy_high=high)
    more = advice.to_halve(many)
    assert more == 0 or 100 + more >= 4 * 200  # with 200 of each and more, every fourth is judged


def test_guessing_is_the_largest_classs_share() -> None:
    assert advice.no_better_than_guessing(report([[9, 0], [1, 0]], (20, 4)))  # always says a
    assert not advice.no_better_than_guessing(report([[9, 1], [1, 9]], (20, 20)))
