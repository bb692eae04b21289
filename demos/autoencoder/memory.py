"""Memory that big pictures took, back to the machine: glibc keeps what is freed, in each thread's own heap."""

import ctypes
import functools
import gc
from collections.abc import Callable
from typing import Any


def give_back() -> None:
    """Hands freed memory back to the system, where the C library is one that keeps it; does nothing elsewhere."""
    gc.collect()
    trim = _trim()
    if trim is not None:
        trim(0)


@functools.cache
def _trim() -> Callable[[int], Any] | None:
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):  # macOS, Windows, musl
        return None
