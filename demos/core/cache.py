"""What is built once for the whole process and shared by every visitor."""

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_loaded: dict[str, object] = {}
_locks: dict[str, threading.RLock] = {}
_guard = threading.Lock()  # of _locks


# ---- once per process ----


def cached(name: str, build: Callable[[], T]) -> T:
    """What `build()` returned the first time, for every visitor: read it, never change it.

    Threads that ask at once wait for the one that builds. The lock is for this name only, so that 59 MB on
    their way to one visitor keep nobody from the network that is there. If `build` raises, nothing is kept.
    """
    with _lock_of(name):
        if name not in _loaded:
            _loaded[name] = build()
        return _loaded[name]  # type: ignore[return-value]


def forget(name: str | None = None) -> None:
    """Lets go of what `cached` keeps under that name, or of everything."""
    for key in [name] if name is not None else list(_loaded):
        _loaded.pop(key, None)


def _lock_of(name: str) -> threading.RLock:
    with _guard:
        return _locks.setdefault(name, threading.RLock())
