"""What the page says of the checks, of cases made by hand."""

from dataclasses import replace

import pytest

from demos.transfer.evaluation.calibration import Bin
from demos.transfer.evaluation.control import DRAWS, Control
from demos.transfer.evaluation.layers import Layers
from demos.transfer.evaluation.learning_curve import Curve
from demos.transfer.page.checks import text


def test_every_dot_says_how_many_photos_it_holds() -> None:
    bins = (Bin(0.4, 0.6, 1, 0.5, 0.0), Bin(0.8, 1.0, 30, 0.95, 0.9))
    html = text.reliability_drawn(bins)
    said = ("1 photo: 50% sure, 0% right", "30 photos: 95% sure, 90% right")
    for words in said:
        assert f"<title>{words}" in html  # what hovering shows
    label = html.split("aria-label='")[1].split("'")[0]
    assert all(words in label for words in said)
    # (1 x 0.5 + 30 x 0.05) / 31 = 6.5 points
    assert "over all 31" in html
    assert "are 6 points apart" in html


@pytest.mark.parametrize(
    ("pace", "pocket", "said"),
    [(None, True, "about 5 s, where"), (0.5, True, "about 100 s, by"), (0.5, False, "about 100 s, by"),
     (None, False, "is said while it works")],
)  # fmt: skip
def test_how_long_it_takes_is_known_from_the_last_time(pace: float | None, pocket: bool, said: str) -> None:
    photos = {"a": (40, 10), "b": (40, 10)}
    assert said in text.duration(photos, pace, pocket)
    assert "100 photos" in text.duration(photos, pace, pocket)


def test_shuffled_labels_are_judged_when_all_draws_are_there() -> None:
    told = Control(0.9, (0.5, 0.6), 0.5, 20)
    assert f"2 of {DRAWS} times" in text.control_drawn(told)
    assert "never reached it (60% at best)" in text.control_drawn(replace(told, draws=2))
    assert "says nothing" in text.control_drawn(replace(told, shuffled=(0.9, 0.5)))


def test_the_curve_says_what_the_next_goal_takes() -> None:
    band = ((1.0, 0.4, 0.5, 0.6), (10.0, 0.6, 0.7, 0.8), (20.0, 0.7, 0.81, 0.9), (40.0, 0.7, 0.85, 0.95))
    told = Curve((1, 5, 10), ((0.5,), (0.6,), (0.7,)), 30, band)
    assert "80% would take about 20 of each class" in text.curve_drawn(told)
    assert "expect 81%, 95 times in 100 between 70% and 90%" in text.curve_drawn(told)
    short = replace(told, band=tuple(row for row in band if row[0] < 20))
    assert "80% is not reached with 10 of each class" in text.curve_drawn(short)


def test_transfer_is_what_lies_between_the_networks() -> None:
    told = Layers((("pool1", 0.6), ("pool2", 0.972)), (("pool1", 0.556), ("pool2", 0.3)), 4, 4)
    assert "pool2 (97%), the random one at pool1 (56%): 41 points" in text.layers_drawn(told, 0.2)
    assert "nothing is gained" in text.layers_drawn(replace(told, random=(("pool1", 0.99),)), 0.2)


@pytest.mark.parametrize(("count", "said"), [(0, "Nothing stands out"), (1, "One thing"), (3, "3 things")])
def test_one_finding_is_not_to_be_chosen(count: int, said: str) -> None:
    assert text.found(count).startswith(said)
    assert ("Choose" in text.found(count)) == (count > 1)
