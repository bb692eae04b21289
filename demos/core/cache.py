"""What is built once for the whole process and shared by every visitor, within a limit of memory."""

import functools
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Cache:
    """Values by key, built once however many threads ask; the least recently used go when the limit is passed.

    Values are shared: read them, never change them. What a caller still holds is not freed by being evicted here.

    Args:
        limit_bytes: of all values together, as their `size` counts them.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._values: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()  # (value, bytes), the oldest first
        self._total = 0
        self._building: dict[Hashable, _Building] = {}
        self._guard = threading.Lock()  # of the three above; never held while a value is built

    @property
    def total_bytes(self) -> int:
        """Bytes of what is kept."""
        return self._total

    def get(self, key: Hashable, build: Callable[[], T], size: Callable[[T], int]) -> T:
        """The value under that key, from `build()` where there is none.

        Threads that ask for one key at once wait for the one that builds; other keys keep nobody waiting. An error is
        raised and not kept. A value larger than the limit is returned and not kept.

        Args:
            size: the value's size in bytes.
        """
        with self._guard:
            if key in self._values:
                return self._used(key)
            building = self._building.setdefault(key, _Building())
            building.threads += 1
        try:
            with building.lock:
                with self._guard:
                    if key in self._values:
                        return self._used(key)
                value = build()
                self._keep(key, value, size(value))
                return value
        finally:
            with self._guard:
                building.threads -= 1
                if building.threads == 0:
                    del self._building[key]

    def forget(self, key: Hashable | None = None) -> None:
        """Lets go of the value under that key, or of everything."""
        with self._guard:
            for one in list(self._values) if key is None else [key]:
                self._drop(one)

    def _used(self, key: Hashable) -> Any:
        self._values.move_to_end(key)
        return self._values[key][0]

    def _keep(self, key: Hashable, value: object, size: int) -> None:
        if size > self.limit_bytes:
            return
        with self._guard:
            self._drop(key)
            self._values[key] = value, size
            self._total += size
            while self._total > self.limit_bytes:
                self._drop(next(iter(self._values)))

    def _drop(self, key: Hashable) -> None:
        _, size = self._values.pop(key, (None, 0))
        self._total -= size


class _Building:
    """The lock of one key, kept only while some thread builds its value or waits for it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.threads = 0


# Networks and what is computed from them. The limit in bytes: well below the memory of the machine.
networks = Cache(int(os.environ.get("HIDDEN_LAYERS_CACHE", 2_000_000_000)))


def once(function: Callable[[], T]) -> Callable[[], T]:
    """The function's first result, kept for ever; threads that call meanwhile wait. An error is raised, not kept.

    For the little that must never go (an example, a list of names); what weighs more belongs into a `Cache`.
    """
    lock = threading.Lock()
    kept: list[T] = []

    @functools.wraps(function)
    def wrapped() -> T:
        with lock:
            if not kept:
                kept.append(function())
            return kept[0]

    return wrapped
