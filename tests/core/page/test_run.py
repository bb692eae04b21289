"""Long work as a stream: paced, closed all the way down, and errors that are sentences."""

import logging
from collections.abc import Iterator

import gradio as gr
import pytest
import torch

from demos.core.errors import DemoError
from demos.core.page import events, run


class Clock:
    """A clock that the work itself moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def work(clock: Clock, steps: int, seconds: float) -> Iterator[int]:
    for i in range(steps):
        clock.now += seconds
        yield i


def test_the_first_and_the_last_step_are_always_shown() -> None:
    clock = Clock()
    assert list(run.stream(work(clock, 10, 0.01), every=1, clock=clock)) == [0, 9]


def test_steps_come_at_most_so_often() -> None:
    clock = Clock()
    assert list(run.stream(work(clock, 10, 0.1), every=0.25, clock=clock)) == [0, 3, 6, 9]


def test_slow_steps_are_all_shown_once() -> None:
    clock = Clock()
    assert list(run.stream(work(clock, 5, 1), every=0.2, clock=clock)) == [0, 1, 2, 3, 4]


def test_closing_the_stream_closes_the_work() -> None:
    ended: list[str] = []

    def careful() -> Iterator[int]:
        try:
            yield from range(100)
        finally:
            ended.append("freed")

    stream = run.stream(careful(), every=0)
    next(stream)
    stream.close()
    assert ended == ["freed"]


def test_remaining_time_known_answers() -> None:
    assert run.remaining(40, 300, 2.0) == "step 40 of 300 · about 13 s left"
    assert run.remaining(1, 1000, 1.0) == "step 1 of 1000 · about 17 min left"
    assert run.remaining(0, 10, 0.0) == "step 0 of 10"
    assert run.remaining(10, 10, 5.0) == "step 10 of 10"


def test_a_demo_error_is_shown_as_it_is() -> None:
    @events.guard
    def plain() -> None:
        raise DemoError("The zip is empty. Choose another one.")

    @events.guard
    def stream() -> Iterator[int]:
        yield 1
        raise DemoError("The zip is empty. Choose another one.")

    with pytest.raises(gr.Error, match="The zip is empty"):
        plain()
    generator = stream()
    assert next(generator) == 1
    with pytest.raises(gr.Error, match="The zip is empty"):
        next(generator)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("secret /path"), r"ValueError.*log"),
        (MemoryError(), "not enough memory"),
        (torch.OutOfMemoryError("CUDA out of memory"), "not enough memory"),
    ],
)
def test_other_errors_are_logged_and_named_without_their_details(
    error: Exception, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    @events.guard
    def broken() -> None:
        raise error

    with caplog.at_level(logging.ERROR), pytest.raises(gr.Error, match=words) as caught:
        broken()
    assert "secret" not in str(caught.value)
    assert caplog.records
    assert caplog.records[0].exc_info


def test_the_guard_keeps_what_the_api_page_shows() -> None:
    import inspect

    def documented(photo: str, size: int = 3) -> int:
        """What it does."""
        return size

    guarded = events.guard(documented)
    assert guarded.__doc__ == "What it does."
    assert inspect.signature(guarded) == inspect.signature(documented)
    assert guarded("x", size=4) == 4


def test_stopping_a_guarded_stream_is_no_error() -> None:
    ended: list[str] = []

    @events.guard
    def stream() -> Iterator[int]:
        try:
            yield from range(10)
        finally:
            ended.append("over")

    generator = stream()
    next(generator)
    generator.close()
    assert ended == ["over"]
