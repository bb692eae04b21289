"""The line that leads on after a run: what is most worth looking at, and the pages that are there."""

import re

import pytest

from demos.transfer.page import text
from tests.transfer.test_advice import report


@pytest.mark.parametrize(
    ("confusion", "page", "words"),
    [
        ([[11, 1], [0, 12]], text.MISTAKES, "1 of 24 held-back photos was mistaken: a for b."),
        ([[9, 3, 0], [0, 11, 1], [1, 0, 11]], text.MISTAKES, "were mistaken, most often a for b (3 times)."),
        ([[11, 1], [1, 11]], text.MISTAKES, "2 of 24 held-back photos were mistaken, one of them a for b."),
        ([[12, 0], [0, 12]], text.TRUST, "None was mistaken, but 24"),
        ([[200, 0], [0, 200]], text.WHY, "None of 400"),
        ([[6, 6], [6, 6]], text.CHECK, "No better than guessing"),
    ],
)  # fmt: skip
def test_the_most_notable_thing_comes_first(confusion: list[list[int]], page: str, words: str) -> None:
    drawn = text.lead_on(report(confusion, (30,) * len(confusion)))
    tabs = re.findall("data-tab='([^']*)'", drawn)
    assert tabs[0] == page
    assert sorted(tabs) == sorted(text.PAGES)
    assert words in drawn


def test_without_the_photos_it_leads_to_new_ones_only() -> None:
    drawn = text.lead_on(report([[11, 1], [0, 12]], (30, 30)), photos=False)
    assert re.findall("data-tab='([^']*)'", drawn) == [text.MANY, text.HOME]
