"""Long work as a stream, and what a visitor reads when something goes wrong.

A compute module offers long work as a generator of small frozen dataclasses. `stream` paces it for the page; closing it
(Stop, or a visitor who leaves) closes the generator beneath, so that its `finally` runs and memory is freed.
"""

import functools
import inspect
import logging
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any, TypeVar

import gradio as gr
import torch

from demos.core import device
from demos.core.errors import DemoError

T = TypeVar("T")
log = logging.getLogger(__name__)
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


def guard(function: Callable[..., Any]) -> Callable[..., Any]:
    """An event's function, plain or generator, whose errors are sentences.

    A `DemoError` is shown as it is; anything else is logged with its traceback and named in one honest sentence.
    """
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def generator(*args: Any, **kwargs: Any) -> Iterator[Any]:
            try:
                yield from function(*args, **kwargs)
            except Exception as error:
                raise explain(error) from error

        return generator

    @functools.wraps(function)
    def plain(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            raise explain(error) from error

    return plain


def compute(function: Callable[..., Any]) -> Callable[..., Any]:
    """An event's function that runs networks: guarded, and on a ZeroGPU Space with a GPU lent for its time."""
    return guard(device.gpu(function))


def explain(error: Exception) -> gr.Error:
    """What the page shows for an exception."""
    if isinstance(error, gr.Error):
        return error
    if isinstance(error, DemoError):
        return gr.Error(str(error), duration=None, print_exception=False, title="That did not work")
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error):
        log.exception("out of memory")
        words = "There is not enough memory for this. Use smaller or fewer pictures, and nothing else is lost."
    else:
        log.exception("unexpected error")
        words = f"Something unexpected happened ({type(error).__name__}); the log has the details. Your work is kept."
    return gr.Error(words, duration=None, print_exception=False, title="That did not work")
