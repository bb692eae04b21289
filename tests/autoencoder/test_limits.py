"""Numbers from outside: the page and programs take the same ones, and refuse the same ones with a sentence."""

import math

import pytest
from gradio import Error

from demos.autoencoder import limits
from demos.autoencoder.page import cleaning, learn, squeeze
from demos.core.data import samples
from demos.core.errors import DemoError
from demos.core.numbers import Real


@pytest.mark.parametrize("field", [limits.STRENGTH, limits.QUALITY_LEVEL, limits.BITS, *limits.LEVELS.values()])
def test_a_field_has_its_default_and_names_its_range(field: Real) -> None:
    assert field.checked(None) == field.default
    for wrong in (math.nan, math.inf, 1e12, field.low - 1, field.high + 1):
        with pytest.raises(DemoError, match=f"^{field.name} cannot be .* from {field.low:g} to {field.high:g}"):
            field.checked(wrong)


@pytest.mark.parametrize("wrong", [math.nan, 1e12, -1.0])
def test_what_the_page_sends_is_checked_where_it_is_used(wrong: float) -> None:

    photo = str(samples.PHOTOS["chelsea"].path())
    for words, run in (
        ("Strength", lambda: next(cleaning.clean(photo, wrong))),
        ("Noise on the chart", lambda: cleaning.hallucinate(wrong)),
        ("Bottleneck", lambda: next(learn.teach("convolutional", wrong, 0.1, "", "", 2, 0))),
        ("Seed", lambda: next(learn.teach("convolutional", 2, 0.1, "", "", 2, wrong))),
        ("Quality", lambda: [*squeeze.squeeze(photo, wrong)]),
    ):
        with pytest.raises((DemoError, Error), match=f"{words} cannot be"):
            run()
