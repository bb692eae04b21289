"""Numbers from outside: an empty field is its default, and what is out of range is a sentence with the range."""

import math
from pathlib import Path

import pytest
from gradio import Error

from demos.core.errors import DemoError
from demos.core.numbers import Real
from demos.dcgan import limits
from demos.dcgan.page import latent_space, live, sample, toy2d


@pytest.mark.parametrize("name", limits.__all__)
def test_a_field_has_its_default_and_names_its_range(name: str) -> None:
    field = getattr(limits, name)
    assert isinstance(field, Real)
    assert field.checked(None) == field.default
    for wrong in (math.nan, math.inf, 1e12, field.low - 1, field.high + 1):
        with pytest.raises(DemoError, match=f"^{field.name} cannot be .* from {field.low:g}"):
            field.checked(wrong)


@pytest.mark.parametrize("wrong", [math.nan, 1e12, -9.0])
def test_what_the_page_sends_is_checked_where_it_is_used(wrong: float, shipped: Path) -> None:
    for words, run in (
        ("Seed", lambda: sample.again("Cats", "", wrong, 4, 1, False)),
        ("Pictures", lambda: sample.again("Cats", "", 0, wrong, 1, False)),
        ("Truncation", lambda: sample.again("Cats", "", 0, 4, wrong, False)),
        ("Through how many", lambda: latent_space.go_for_a_walk(None, wrong, "slerp")),
        ("A direction", lambda: latent_space.steered(None, wrong)),
        ("Seconds", lambda: next(live.train("Handwritten digits", [], False, [], wrong, "32", 0))),
        ("Steps", lambda: next(toy2d.play("Two", None, wrong, 1, 1, "Both", 0))),
        ("The generator's rate", lambda: next(toy2d.play("Two", None, 40, wrong, 1, "Both", 0))),
    ):
        with pytest.raises((DemoError, Error), match=f"{words}.* cannot be"):
            run()
