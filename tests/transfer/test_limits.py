"""The numbers of a teaching: in range or a sentence, before anything is computed."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demos.core.errors import DemoError
from demos.transfer import limits
from demos.transfer.settings import HeadConfig

ANYTHING = st.one_of(st.none(), st.floats(), st.integers(), st.text(max_size=8), st.booleans(), st.lists(st.integers()))


@given(st.sampled_from(["seed", "steps", "patience", "c", "learning_rate"]), ANYTHING)
def test_a_number_is_within_its_range_or_one_sentence(field: str, value: object) -> None:
    words = ""
    try:
        found = getattr(limits.checked(HeadConfig(**{field: value})), field)  # type: ignore[arg-type]
    except DemoError as error:
        words = str(error)
    if words:
        assert " cannot be " in words
        assert " from " in words
    else:
        bounds = getattr(limits, field.upper())
        assert bounds.low <= found <= bounds.high
        assert math.isfinite(found)


@pytest.mark.parametrize("seed", [1e30, 2**64, -1, math.nan, 0.5])
def test_a_seed_that_no_generator_takes_is_refused(seed: float) -> None:
    with pytest.raises(DemoError, match="Seed cannot be"):
        limits.checked(HeadConfig(seed=seed))  # type: ignore[arg-type]


def test_what_is_empty_is_the_default_and_spelling_does_not_matter() -> None:
    empty = HeadConfig(seed=None, steps=None, optimiser=" adam ")  # type: ignore[arg-type]
    assert limits.checked(empty) == HeadConfig(optimiser="Adam")
