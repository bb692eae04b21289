"""Names are taken as they are typed, and what is no name is one sentence."""

import pytest

from demos.core.choices import choose
from demos.core.errors import DemoError

OFFERED = ["Cats", "the style's", "On the sphere (slerp)"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Cats", "Cats"),
        ("cats", "Cats"),
        ("  CATS\n", "Cats"),
        ("ｃａｔｓ", "Cats"),  # full-width letters, as a Japanese keyboard types them
        ("The Style’s", "the style's"),
        ("on  the sphere (SLERP)", "On the sphere (slerp)"),
        ("Slerp", "On the sphere (slerp)"),
    ],
)
def test_case_spaces_and_apostrophes_do_not_matter(typed: str, meant: str) -> None:
    assert choose(typed, OFFERED, "thing", {"slerp": OFFERED[2]}) == meant


@pytest.mark.parametrize("typed", ["", "Dogs", "Cat", None, 3, "x" * 10_000])
def test_what_is_not_offered_is_one_sentence(typed: object) -> None:
    with pytest.raises(DemoError, match=r"There is no thing .* Choose one of: Cats, the style's") as told:
        choose(typed, OFFERED, "thing")  # type: ignore[arg-type]
    assert len(str(told.value)) < 200
