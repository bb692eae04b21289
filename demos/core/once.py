"""Work that is done once for the whole process, however many threads ask for it at the same time."""

import functools
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def once(function: Callable[[], T]) -> Callable[[], T]:
    """The function's first result, kept; who comes while it is computed waits. An error is raised, and not kept."""
    lock = threading.Lock()
    kept: list[T] = []

    @functools.wraps(function)
    def wrapped() -> T:
        with lock:
            if not kept:
                kept.append(function())
            return kept[0]

    return wrapped
