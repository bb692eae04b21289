"""The clock of a run, held against what real runs took: seconds after each scale's first and last step."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demos.style.optimise import work
from demos.style.settings import PaintSettings

# (side, seconds after its first step, seconds after its last), as a machine with one core recorded them: the pagoda
# (640 x 427) in the gallery's first style. Steps of one scale are equally long.
USUAL = PaintSettings()
RECORDED = {
    "usual": (USUAL, [(64, 0.04, 0.541), (128, 0.61, 1.652), (256, 1.861, 4.694), (512, 5.816, 15.524)]),
}
ASPECT = 640 / 427


def seconds_of(run: list[tuple[int, float, float]], steps: int) -> np.ndarray:
    """When each step ended."""
    return np.concatenate([np.linspace(first, last, steps) for _, first, last in run])


def shares_of(settings: PaintSettings) -> np.ndarray:
    """How much of the work each step had behind it."""
    done, shares = 0.0, []
    for side, steps in work.steps_at(settings):
        done += work.a_scale_begins(side, settings)
        for _ in range(steps):
            done += work.a_step(side, settings, ASPECT)
            shares.append(done)
    return np.array(shares) / work.whole(settings, ASPECT)


@pytest.mark.parametrize("name", RECORDED)
@pytest.mark.parametrize("wrong", [1 / 3, 1.0, 3.0])
def test_the_time_left_is_honest_after_a_fifth_of_the_run(name: str, wrong: float) -> None:
    """Within a factor of 1.5, even where what was expected before was three times too much or too little."""
    settings, run = RECORDED[name]
    seconds, shares = seconds_of(run, settings.steps), shares_of(settings)
    assert shares[-1] == pytest.approx(1)
    whole = seconds[-1]
    looked_at = [i for i, now in enumerate(seconds) if whole / 5 <= now < whole - 0.5]
    assert len(looked_at) > 50
    for i in looked_at:
        said = work.seconds_left(shares[i], seconds[i], wrong * whole)
        assert (whole - seconds[i]) / 1.5 < said < 1.5 * (whole - seconds[i]), (i, said, whole - seconds[i])


def test_the_time_left_is_honest_from_the_first_step_where_the_speed_is_known() -> None:
    settings, run = RECORDED["usual"]
    seconds, shares = seconds_of(run, settings.steps), shares_of(settings)
    for share, now in zip(shares[:-3], seconds[:-3], strict=True):
        assert (seconds[-1] - now) / 1.5 < work.seconds_left(share, now, seconds[-1]) < 1.5 * (seconds[-1] - now)


def test_steps_are_no_clock() -> None:
    """What counting steps says after a fifth of them, which is why work is counted."""
    settings, run = RECORDED["usual"]
    seconds = seconds_of(run, settings.steps)
    fifth = len(seconds) // 5
    by_steps = seconds[fifth] / fifth * (len(seconds) - fifth)
    assert (seconds[-1] - seconds[fifth]) / by_steps > 5


@given(
    share=st.floats(0, 1), seconds=st.floats(0, 1e5), expected=st.floats(0, 1e5),
)  # fmt: skip
def test_the_time_left_is_a_time(share: float, seconds: float, expected: float) -> None:
    left = work.seconds_left(share, seconds, expected)
    assert math.isfinite(left)
    assert left >= 0
    assert work.seconds_left(1.0, seconds, expected) == 0


@given(speed=st.floats(1e-3, 1e3), share=st.floats(0.001, 1))
def test_at_an_even_speed_the_clock_is_right(speed: float, share: float) -> None:
    assert work.seconds_left(share, speed * share, speed) == pytest.approx(speed * (1 - share), abs=1e-9)
