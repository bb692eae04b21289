"""A download in a thread of its own, while the visitor works or watches."""

import logging
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from demos.core.errors import DemoError
from demos.core.hub.client import Progress

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Status:
    """How far a download is."""

    state: Literal["not started", "running", "done", "failed"] = "not started"
    done: int = 0  # bytes
    total: int = 0  # bytes; 0 before the first have arrived
    reason: str = ""  # of a failure: sentences for the visitor; "" where only the log knows


class Download:
    """One download per process, in the background.

    Args:
        name: for the log and the thread.
        fetch: does it, and calls its argument with (bytes done, bytes in all).
        wanted: asked when it is started; False leaves it undone (the file is here, or the app is offline).
    """

    def __init__(
        self, name: str, fetch: Callable[[Progress], object], wanted: Callable[[], bool] = lambda: True
    ) -> None:
        self.name, self._fetch, self._wanted = name, fetch, wanted
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._asked = False
        self._status = Status()

    def start(self) -> None:
        """Begins, unless it has begun or is not wanted."""
        with self._lock:
            self._asked = True
            if self._thread is None and self._wanted():
                self._thread = threading.Thread(target=self._run, name=f"fetching {self.name}", daemon=True)
                self._thread.start()

    def status(self) -> Status:
        """How far it is now."""
        return self._status

    def pending(self) -> bool:
        """Whether `status` may still change: before `start`, and while the download goes on."""
        return not self._asked or (self._thread is not None and self._thread.is_alive())

    def wait(self, seconds: float | None = None) -> Status:
        """Waits for the end of what was started, for so many seconds at most, and says how far it is then."""
        if self._thread is not None:
            self._thread.join(seconds)
        return self._status

    def _run(self) -> None:
        def progress(done: int, total: int) -> None:
            self._status = Status("running", done, total)

        try:
            self._fetch(progress)
        except DemoError as error:
            self._status = replace(self._status, state="failed", reason=str(error))
        except Exception:  # a thread that dies silently would leave "on its way" on the page for ever
            log.exception("fetching %s failed", self.name)
            self._status = replace(self._status, state="failed")
        else:
            self._status = replace(self._status, state="done")


class _Stopped(Exception):
    """Nobody listens to the stream any more."""


def stream(name: str, fetch: Callable[[Progress], object]) -> Iterator[tuple[int, int]]:
    """A download as a stream of (bytes done, bytes in all); closing it ends the download, which keeps what came.

    Raises:
        What `fetch` raises.
    """
    news: queue.Queue[tuple[int, int] | BaseException | None] = queue.Queue()
    stop = threading.Event()

    def progress(done: int, total: int) -> None:
        if stop.is_set():
            raise _Stopped
        news.put((done, total))

    def run() -> None:
        try:
            fetch(progress)
            news.put(None)
        except BaseException as error:  # handed on to the listener, who raises it
            news.put(error)

    threading.Thread(target=run, name=f"fetching {name}", daemon=True).start()
    try:
        while (item := news.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()
