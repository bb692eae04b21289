"""Long work on the page: one button with its Stop, and the pace at which its steps are drawn.

A compute module offers long work as a generator of small frozen dataclasses. `RunButton` starts it, draws its steps and
knows what Stop and failure leave behind; closing the generator (Stop, or a visitor who leaves) closes everything
beneath, so that its `finally` runs and memory is freed.
"""

import time
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

import gradio as gr

from demos.core.page import line as lines
from demos.core.page.events import COMPUTE, QUIET, Updates, explain, guard, lent_gpu

T = TypeVar("T")
EVERY = 0.2  # seconds between two pictures on the page: each is a file, and eyes follow no more


def stream(steps: Iterable[T], every: float = EVERY, clock: Callable[[], float] = time.monotonic) -> Iterator[T]:
    """The first step at once, then at most one every `every` seconds, and always the last."""
    shown: float | None = None
    pending: T | None = None
    iterator = iter(steps)
    try:
        for step in iterator:
            now = clock()
            if shown is None or now - shown >= every:
                shown, pending = now, None
                yield step
            else:
                pending = step
        if pending is not None:
            yield pending
    finally:
        if isinstance(iterator, Generator):
            iterator.close()


def remaining(index: int, total: int, seconds: float) -> str:
    """How far a run is, for the status line: "step 40 of 300 · about 12 s left"."""
    words = f"step {index} of {total}"
    if 0 < index < total and seconds > 0:
        left = seconds / index * (total - index)
        words += f" · about {left:.0f} s left" if left < 90 else f" · about {left / 60:.0f} min left"
    return words


# ---- the big button -------------------------------------------------------------------------------------------------


class Outcome(Enum):
    """How a run ended, as the server saw it."""

    WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"


@dataclass
class RunState:
    """One run of one visitor, in `gr.State` by reference: the run writes it, and the event after it reads it.

    The browser cannot tell a run that was stopped from one that failed: it calls both failed. The server can: a run
    whose generator was closed never came to write that it was done or had failed.
    """

    outcome: Outcome = Outcome.WAITING


@dataclass(frozen=True)
class Words:
    """What the status line says around a run; while it runs, the steps themselves say how far they are."""

    waiting: str
    stopped: str = "Stopped. What there is so far is kept."
    failed: str = "That did not work; the message says why."
    unstarted: str = "Stopped before it began."


class RunButton:
    """A button that starts long work, and the Stop that stands in its place while the work runs.

    Made where the layout wants it; `wire` connects it once all components are there.

    Args:
        name: the events are called begin_NAME, wait_NAME, NAME_page, end_NAME and keep_NAME.
        beside: another button whose Stop serves for this one too; while one of the two runs, neither can be pressed.
        look: more for the button itself (`elem_classes`, `size`, ...).
    """

    def __init__(
        self, label: str, name: str, *, elem_id: str, words: Words, beside: "RunButton | None" = None, **look: Any
    ) -> None:
        self.name, self.words = name, words
        if beside is None:
            look = {"variant": "primary", "elem_classes": "hl-go", **look}
        self.start = gr.Button(label, elem_id=elem_id, **look)
        self.starts: list[gr.Button] = [self.start]
        if beside is None:
            self.stop = gr.Button("Stop", visible=False, elem_classes="hl-stop", elem_id=f"stop-{elem_id}")
        else:
            self.stop, self.starts = beside.stop, beside.starts
            self.starts.append(self.start)

    def wire(
        self,
        work: Callable[..., Iterator[T]],
        draw: Callable[[T], Updates],
        *,
        inputs: Sequence[Any],
        outputs: Sequence[Any],
        status: gr.Markdown,
        clear: Updates | None = None,
        every: float = EVERY,
        after: Callable[..., Updates] | None = None,
        after_inputs: Sequence[Any] = (),
        after_outputs: Sequence[Any] = (),
        triggers: Sequence[Any] = (),
        line: dict[str, Any] = COMPUTE,
    ) -> Any:
        """Begin, wait in line, run, finish.

        Args:
            work: the values of `inputs` to a generator of steps; on a ZeroGPU Space it runs with a lent GPU.
            draw: a step to what changes on the page, among `outputs` and `status`.
            clear: what the beginning of a run takes away.
            every: seconds between two drawn steps, at least.
            after: (how it ended, values of `after_inputs`) to what changes among `after_outputs` once a run is done
                or was stopped; a run that failed leaves everything as it was.
            triggers: what else starts a run.
            line: where it stands in line, COMPUTE, SHORT or PACED.

        Returns:
            The event that runs, for a `.success` of one's own.
        """
        state = gr.State(RunState())
        clear = clear or {}
        begin = gr.on(
            [self.start.click, *triggers],
            lambda: {state: RunState(), status: self.words.waiting, **self._buttons(running=True), **clear},
            None, [state, status, self.stop, *self.starts, *clear], queue=False,
            api_name=f"begin_{self.name}", **QUIET,
        )  # fmt: skip
        run = begin.then(
            self._run(work, draw, every), [state, *inputs], [*outputs, status], api_name=f"{self.name}_page",
            trigger_mode="once", show_progress="minimal", show_progress_on=status,
            api_visibility="undocumented", **line,
        )  # fmt: skip
        # Beside the run, as long as it stands in line.
        wait = begin.then(self._waiting(), state, status, api_name=f"wait_{self.name}", concurrency_limit=None, **QUIET)
        # Gradio's page goes on to `.failure` after an error, and to `.then` after everything else, Stop included.
        ending: dict[str, Any] = {
            "fn": lambda state: {**self._buttons(running=False), **self._last_words(state, status)},
            "inputs": state, "outputs": [status, self.stop, *self.starts], "queue": False, **QUIET,
        }  # fmt: skip
        finish = run.then(**ending, api_name=f"end_{self.name}")
        run.failure(**ending, api_name=f"end_{self.name}_early")
        if after is not None:
            finish.then(
                guard(_unless_failed(after)), [state, *after_inputs], list(after_outputs),
                api_name=f"keep_{self.name}", **QUIET,
            )  # fmt: skip
        # Nothing is drawn at the click: the button comes back when the run is over. One begun while its forerunner is
        # still ending would be lost.
        self.stop.click(None, cancels=[run, wait])
        return run

    def _buttons(self, running: bool) -> Updates:
        return {self.stop: gr.update(visible=running)} | {
            start: gr.update(visible=not running) for start in self.starts
        }

    def _last_words(self, state: RunState, status: gr.Markdown) -> Updates:
        words = {
            Outcome.WAITING: self.words.unstarted,
            Outcome.RUNNING: self.words.stopped,
            Outcome.FAILED: self.words.failed,
        }
        return {status: words[state.outcome]} if state.outcome in words else {}

    def _waiting(self) -> Callable[..., AsyncIterator[Any]]:
        page: Any = gr.context.Context.root_block

        async def waiting(state: RunState, request: gr.Request) -> AsyncIterator[Any]:
            over = lambda: state.outcome is not Outcome.WAITING  # noqa: E731
            async for words in lines.waiting(request, page._queue, f"{self.name}_page", over):
                yield words

        return waiting

    def _run(
        self, work: Callable[..., Iterator[T]], draw: Callable[[T], Updates], every: float
    ) -> Callable[..., Iterator[Updates]]:
        work = lent_gpu(work)

        def run(state: RunState, *values: Any) -> Iterator[Updates]:
            state.outcome = Outcome.RUNNING
            try:
                with closing(stream(work(*values), every)) as steps:  # type: ignore[type-var]
                    for step in steps:
                        yield draw(step)
            except Exception as error:
                state.outcome = Outcome.FAILED
                raise explain(error) from error
            state.outcome = Outcome.DONE

        return run


def _unless_failed(after: Callable[..., Updates]) -> Callable[..., Updates]:
    def called(state: RunState, *values: Any) -> Any:
        return gr.skip() if state.outcome is Outcome.FAILED else after(state.outcome, *values) or gr.skip()

    return called
