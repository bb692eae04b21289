"""Explanations in words and drawings."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest
import torch
from PIL import Image

from demos.transfer.data.photos import Photo
from demos.transfer.explain.influence import Removal
from demos.transfer.explain.neighbours import Neighbour, Shelf
from demos.transfer.explain.occlusion import Covering, Flip
from demos.transfer.page.why import text
from demos.transfer.settings import HeadConfig

BAD = "<b onclick='x'>&"
GREY = Image.new("RGB", (40, 30), "grey")


class Attributes(HTMLParser):
    """The names of all attributes of a piece of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names |= {name for name, _ in attrs}


def shelf(count: int, classes: int = 2) -> Shelf:
    photos = tuple(Photo(GREY, f"{BAD}{i}", str(i)) for i in range(count))
    return Shelf(photos, torch.arange(count) % classes, torch.eye(count), count // 2)


def buttons(drawn: str) -> list[tuple[int, int, str, int]]:
    """(true, said, name for a screen reader, number) of each."""
    found = re.findall(r"data-true='(\d+)' data-said='(\d+)'[^>]*aria-label='([^']*)'>(\d+)<", drawn)
    return [(int(true), int(said), name, int(count)) for true, said, name, count in found]


def test_every_count_of_the_matrix_is_a_button_with_a_name() -> None:
    drawn = text.matrix([[5, 1], [0, 7]], ["ants", "bees"], (0, 1))
    assert buttons(drawn) == [
        (0, 0, "5 photos of ants, recognised", 5),
        (0, 1, "1 photo of ants, taken for bees", 1),
        (1, 1, "7 photos of bees, recognised", 7),
    ]
    assert drawn.count("aria-pressed='true'") == 1


def test_of_many_classes_the_most_frequent_confusions_are_listed() -> None:
    counts = np.zeros((100, 100), int)
    counts[np.arange(100), np.arange(100)] = 3
    for i in range(30):
        counts[i, i + 1] = i + 1
    drawn = text.matrix(counts.tolist(), [f"class {i}" for i in range(100)])
    assert [count for *_, count in buttons(drawn)] == list(range(30, 10, -1))
    assert "The 20 most frequent of 30" in drawn
    nothing = text.matrix(np.eye(100, dtype=int).tolist(), [f"class {i}" for i in range(100)])
    assert "Every photo that was judged is recognised" in nothing


def test_what_visitors_typed_is_never_markup() -> None:
    names = [BAD, "b"]
    there = shelf(8)
    drawn = [
        text.matrix([[1, 1], [1, 1]], names),
        text.matrix([[1] * 13] * 13, [BAD] * 13),
        text.taught_by([Neighbour(there.photos[0], 0, 0.5)], names, 0),
        text.removal(Removal(0, 0.5, 0.4), there, names, 0),
        text.map_of(np.random.default_rng(0).normal(size=(8, 2)), there, names, (0.0, 0.0), GREY),
        text.covering(
            Covering(1, 1, 0.9, torch.zeros(2, 2), 0.1, Flip((0, 0, 1, 1), 0.5, 0, 0.6)), names, 0, {"pool5": 0.9}
        ),
    ]
    for one in drawn:
        reader = Attributes()
        reader.feed(one)
        assert "onclick" not in reader.names


def test_how_the_photo_that_counts_most_is_known_is_said_of_the_run() -> None:
    there, found = shelf(8), Removal(0, 0.5, 0.4)
    told = lambda config: text.removal(found, there, ["a", "b"], 0, config)  # noqa: E731
    assert "<b>40%</b> in place of 50%" in told(HeadConfig())
    assert "usual settings" not in told(HeadConfig())
    assert "usual settings" in told(None)
    assert "3 augmented views went with it" in told(HeadConfig(views=3))
    assert "Without dropout" in told(HeadConfig(dropout=0.5))
    assert "each is the only one of its class" in text.removal(None, there, ["a", "b"], 0, None)


def test_a_map_of_many_photos_is_thinned_and_says_so() -> None:
    there = shelf(1000)
    drawn = text.map_of(np.random.default_rng(0).normal(size=(1000, 2)), there, ["a", "b"], None, None)
    assert drawn.count("class='why-point'") == 200
    assert "One photo in 5 is shown" in drawn


def test_where_an_explanation_is_to_be_doubted_it_is_said() -> None:
    sure = Covering(1, 1, 0.9, torch.zeros(2, 2), 0.1, Flip((0, 0, 1, 1), 0.25, 1, 0.6))
    told = text.covering(sure, ["ants", "bees"], 0, {"pool4": 0.4, "pool5": 0.9})
    assert "falls from 90% to 10%" in told
    assert "patch of 25% of the width" in told
    assert "bees" in told
    assert "0.40 at pool4, 0.90 at pool5." in told
    assert "disagree" not in told
    spread = Covering(1, 1, 0.999, torch.zeros(2, 2), 0.986, None, 2 / 3)
    told = text.covering(spread, ["ants", "bees"], 0, {"pool3": None, "pool4": -0.2, "pool5": 0.1})
    assert "no more than 1.3 points" in told
    assert "No single patch of up to 67%" in told
    assert "-0.20 at pool4, 0.10 at pool5, none at pool3, where Grad-CAM finds nothing." in told
    assert "Trust neither alone" in told
    told = text.covering(sure, ["ants", "bees"], 0, {"pool4": 0.1, "pool5": 0.9})
    assert "Believe the map at pool5 first" in told
    told = text.covering(sure, ["ants", "bees"], 0, {"pool4": None, "pool5": None})
    assert "nothing to compare" in told


@pytest.mark.parametrize(("p", "said"), [(0.5, "50%"), (0.999, "99.9%"), (0.004, "0.4%"), (1.0, "100%")])
def test_percent_known_answers(p: float, said: str) -> None:
    assert text.percent(p) == said


def test_where_a_photo_of_no_class_lands_says_little() -> None:
    places = np.random.default_rng(0).normal(size=(8, 2))
    drawn = lambda unknown: text.map_of(places, shelf(8), ["a", "b"], (0.0, 0.0), GREY, unknown)  # noqa: E731
    assert "lands says little" in drawn(unknown=True)
    assert "lands says little" not in drawn(unknown=False)


def test_a_long_list_of_colours_is_folded() -> None:
    places = np.random.default_rng(0).normal(size=(26, 2))
    many, few = (
        text.map_of(places[: 2 * n], shelf(2 * n, n), [f"n{k}" for k in range(n)], None, None) for n in (13, 12)
    )
    assert "<details><summary>The colours of the 13 classes" in many
    assert "<details>" not in few
