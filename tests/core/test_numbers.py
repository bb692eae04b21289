"""Numbers from outside: what is in the range comes back as it is, whatever else is one sentence with the range."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demos.core.errors import DemoError
from demos.core.numbers import SEED, Real, Whole

STRENGTH = Real("Style strength", 0, 10, 1.5)
SIZE = Whole("Size", 64, 2048, 512, "px")


@given(st.floats(0, 10))
def test_what_is_in_the_range_stays(number: float) -> None:
    assert STRENGTH.checked(number) == number
    assert STRENGTH.checked(repr(number)) == number  # a program's text


@given(st.integers(64, 2048), st.sampled_from([int, float, str]))
def test_a_whole_number_is_one_however_it_is_written(number: int, kind: type) -> None:
    found = SIZE.checked(kind(number))
    assert (found, type(found)) == (number, int)


@pytest.mark.parametrize("empty", [None, "", "  "])
def test_an_empty_field_is_the_default(empty: object) -> None:
    assert (STRENGTH.checked(empty), SIZE.checked(empty), SEED.checked(empty)) == (1.5, 512, 0)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=4,
)


@given(JSON)
def test_anything_is_a_number_of_the_range_or_one_sentence(sent: object) -> None:
    for field in (STRENGTH, SIZE, SEED):
        try:
            found = field.checked(sent)
        except DemoError as error:
            said = str(error)
        else:
            assert field.low <= found <= field.high
            assert json.loads(json.dumps(found)) == found
            continue
        assert said.startswith(f"{field.name} cannot be ")
        assert len(said) < 160


@pytest.mark.parametrize(
    ("field", "sent", "sentence"),
    [
        (STRENGTH, math.nan, "Style strength cannot be nan. Choose a number from 0 to 10."),
        (STRENGTH, math.inf, "Style strength cannot be inf. Choose a number from 0 to 10."),
        (STRENGTH, -1, "Style strength cannot be -1. Choose a number from 0 to 10."),
        (STRENGTH, 10.5, "Style strength cannot be 10.5. Choose a number from 0 to 10."),
        (SIZE, 1e9, "Size cannot be 1e+09 px. Choose a whole number from 64 to 2048 px."),
        (SIZE, 64.5, "Size cannot be 64.5 px. Choose a whole number from 64 to 2048 px."),
        (SIZE, "wide", "Size cannot be 'wide'. Choose a whole number from 64 to 2048 px."),
        (SIZE, True, "Size cannot be yes or no. Choose a whole number from 64 to 2048 px."),
        (SIZE, [1], "Size cannot be a list. Choose a whole number from 64 to 2048 px."),
        (SEED, 2**64, "Seed cannot be 18446744073709551616. Choose a whole number from 0 to 2147483647."),
    ],
)
def test_the_sentence_names_the_field_and_its_range(field: Real, sent: object, sentence: str) -> None:
    with pytest.raises(DemoError) as caught:
        field.checked(sent)
    assert str(caught.value) == sentence


def test_both_bounds_are_allowed() -> None:
    assert [field.checked(bound) for field in (STRENGTH, SIZE) for bound in (field.low, field.high)] == [
        0,
        10,
        64,
        2048,
    ]


def test_a_number_too_long_to_write_is_counted() -> None:
    with pytest.raises(DemoError, match=r"Seed cannot be a number of 5001 digits\. Choose"):
        SEED.checked(10**5000)
