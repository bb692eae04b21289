"""Long work as a stream: paced, closed all the way down, and errors that are sentences."""

import logging
from collections.abc import Callable, Iterator

import gradio as gr
import pytest
import torch

from demos.core.errors import DemoError
from demos.core.page import events, run
from demos.core.page.run import Outcome, RunButton, RunState, Words


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


# ---- the big button -------------------------------------------------------------------------------------------------

WORDS = Words("Waiting", stopped="Stopped here", failed="Failed here", unstarted="Never began")


class Wired:
    """A page with one button, and the functions of its events."""

    def __init__(self, work: Callable[[int], Iterator[int]]) -> None:
        self.after: list[Outcome] = []
        with gr.Blocks() as page:
            self.button = RunButton("Go", "work", elem_id="go", words=WORDS)
            self.other = RunButton("Go on", "more", elem_id="on", words=WORDS, beside=self.button)
            self.status, self.number, self.file = gr.Markdown(), gr.Number(), gr.File()
            self.button.wire(
                work, lambda step: {self.number: step, self.status: f"step {step}"}, inputs=[self.number],
                outputs=[self.number], status=self.status, clear={self.file: None}, every=0.0,
                after=lambda outcome: self.after.append(outcome) or {self.file: "kept"}, after_outputs=[self.file],
            )  # fmt: skip
        self.events = {fn.api_name: fn.fn for fn in page.fns.values()}
        self.page = page

    def finish(self, state: RunState) -> dict[object, object]:
        return self.events["end_work"](state)

    def keep(self, state: RunState) -> dict[object, object]:
        return self.events["keep_work"](state)


def count(to: int) -> Iterator[int]:
    yield from range(to)


def test_a_run_that_ends_is_done_and_keeps_its_last_words() -> None:
    page, state = Wired(count), RunState()
    begun = page.events["begin_work"]()
    assert begun[page.status] == "Waiting"
    assert begun[page.file] is None
    assert begun[page.button.stop]["visible"]
    assert not begun[page.button.start]["visible"]
    assert not begun[page.other.start]["visible"]  # the two share a Stop
    steps = list(page.events["work_page"](state, 3))
    assert [step[page.number] for step in steps] == [0, 1, 2]
    assert state.outcome is Outcome.DONE
    ended = page.finish(state)
    assert page.status not in ended
    assert ended[page.button.start]["visible"]
    assert not ended[page.button.stop]["visible"]
    assert page.keep(state) == {page.file: "kept"}
    assert page.after == [Outcome.DONE]


def test_stop_is_no_failure_and_closes_everything_beneath() -> None:
    closed: list[str] = []

    def work(to: int) -> Iterator[int]:
        try:
            yield from range(to)
        finally:
            closed.append("freed")

    page, state = Wired(work), RunState()
    running = page.events["work_page"](state, 9)
    next(running)
    running.close()  # what Gradio does at Stop, and when the visitor has gone
    assert closed == ["freed"]
    for _ in range(2):  # the browser reports a run that was cancelled in two ways
        assert page.finish(state)[page.status] == "Stopped here"
    assert page.keep(state) == {page.file: "kept"}


def test_a_failure_is_said_and_leaves_what_there_was() -> None:
    def work(to: int) -> Iterator[int]:
        yield 1
        raise DemoError("The photo is gone. Drop it once more.")

    page, state = Wired(work), RunState()
    running = page.events["work_page"](state, 9)
    next(running)
    with pytest.raises(gr.Error, match="The photo is gone"):
        next(running)
    assert page.finish(state)[page.status] == "Failed here"
    assert page.keep(state) == gr.skip()
    assert page.after == []


def test_a_run_that_is_stopped_in_line_never_began() -> None:
    page = Wired(count)
    assert page.finish(RunState())[page.status] == "Never began"


def test_runs_stand_in_one_line_and_a_second_click_is_none() -> None:
    runs = [fn for fn in Wired(count).page.fns.values() if fn.api_name == "work_page"]
    assert runs[0].concurrency_id == "compute"
    assert runs[0].concurrency_limit == 1
    assert runs[0].trigger_mode == "once"
    begin = next(fn for fn in Wired(count).page.fns.values() if fn.api_name == "begin_work")
    assert not begin.queue


def test_events_name_what_changes_and_the_rest_stays() -> None:
    with gr.Blocks():
        one, two = gr.Markdown(), gr.Markdown()
    event = events.into(lambda: {"two": "new"}, one=one, two=two)
    assert event["outputs"] == [one, two]
    assert event["fn"]() == {two: "new"}
    with pytest.raises(KeyError):
        events.into(lambda: {"three": 3}, one=one)["fn"]()


def test_gradio_finds_its_own_types_behind_the_wrappers() -> None:
    def select(sheet: "NotImportedHere", event: gr.SelectData) -> "NotImportedHere":  # type: ignore[name-defined]  # noqa: F821
        return {"two": event.index}

    with gr.Blocks():
        two = gr.Markdown()
    wrapped = events.into(events.guard(select), two=two)["fn"]
    assert gr.utils.get_type_hints(wrapped) == {"event": gr.SelectData}


def test_torch_and_torchvision_that_do_not_fit_are_explained_wherever_it_shows() -> None:
    error = events.explain(RuntimeError("operator torchvision::nms does not exist"))
    assert "must come from the same place" in str(error)


def test_a_page_is_told_names_as_text_and_a_program_as_they_are() -> None:
    def refuse() -> None:
        raise DemoError("The class <u>cats & co</u> is empty.")

    with pytest.raises(gr.Error) as shown:
        events.guard(refuse)()
    assert shown.value.message == "The class &lt;u&gt;cats &amp; co&lt;/u&gt; is empty."
    with pytest.raises(gr.Error) as told:
        events.guard(refuse, events.PROGRAM)()
    assert told.value.message == "The class <u>cats & co</u> is empty."
