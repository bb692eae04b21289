"""How work stands in line: three lines by length, who gives way to whom, and what those who wait are told.

Networks of one line work one after the other. A line of its own keeps what takes a tenth of a second from waiting
behind what takes a minute, and between two of its steps a long run lets short work go first: thirty pupils can sample
cats while somebody paints.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import gradio as gr

COMPUTE: dict[str, Any] = {"concurrency_id": "compute", "concurrency_limit": 1}  # trainings, paintings: up to minutes
SHORT: dict[str, Any] = {"concurrency_id": "short", "concurrency_limit": 1}  # one photo through a network: seconds
QUICK: dict[str, Any] = {"concurrency_id": "quick", "concurrency_limit": 2}  # a fraction of a second
# What is shown more slowly than it is computed, so that eyes can follow: its pauses must keep nobody else waiting.
PACED: dict[str, Any] = {"concurrency_id": "paced", "concurrency_limit": 16}

PATIENCE = 2.0  # a long run waits at most so many times as long as its last step took: it goes on, at a third
UNHEARD = 60.0  # seconds after which a run whose messages nobody fetches ends


class Turns:
    """Who works now. A long run asks `give_way` before each of its steps; short work is counted by `short`.

    It lives in the server's event loop, between the calls of events' functions, so that no thread waits.
    """

    def __init__(self) -> None:
        self._working = 0
        self._free = asyncio.Event()
        self._free.set()

    @asynccontextmanager
    async def short(self) -> AsyncIterator[None]:
        """Long runs pause between their steps as long as this context is open."""
        self._working += 1
        self._free.clear()
        try:
            yield
        finally:
            self._working -= 1
            if self._working == 0:
                self._free.set()

    async def give_way(self, most: float) -> None:
        """Returns once no short work is being done, after `most` seconds at the latest."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._free.wait(), most)


class Hearing:
    """Whether anybody still fetches what a run says.

    A browser or a client of Gradio's that leaves is noticed by Gradio itself. A request by plain HTTP only begins a
    run, and fetches what it says with a second request, which may never come.
    """

    def __init__(self, queue: Any) -> None:
        self._queue = queue
        self._seen: dict[str, tuple[float, int]] = {}  # per event: last heard, messages lying there

    def over(self, event_id: str | None) -> bool:
        """Whether nobody has fetched what this event says for UNHEARD seconds; asked once after each of its steps."""
        event = self._queue.event_ids_to_events.get(event_id)
        messages = self._queue.pending_messages_per_session.get(event.session_hash) if event else None
        if event is None or messages is None:
            return False
        now, lying = time.monotonic(), messages.qsize()
        heard, before = self._seen.get(event._id, (now, 0))
        if lying <= before:  # each step has added one: where there are no more than before, somebody has fetched some
            heard = now
        self._seen = {id_: seen for id_, seen in self._seen.items() if id_ in self._queue.event_ids_to_events}
        self._seen[event._id] = heard, lying
        return now - heard > UNHEARD


def place(queue: Any, session: str | None, name: str) -> tuple[int, float | None] | None:
    """Where a visitor's event stands in its line.

    Args:
        queue: of the page, Gradio's.
        session: the visitor's.
        name: the event's, its `api_name`.

    Returns:
        How many runs are before it, the one at work included, and about how many seconds they will take, if runs of
        their kind have been measured; None when it is not waiting.
    """
    for line in list(queue.event_queue_per_concurrency_id.values()):
        for rank, event in enumerate(line.queue):
            if event.session_hash == session and event.fn.api_name == name:
                at_work = [fn for fn, starts in line.start_times_per_fn.items() for _ in starts]
                begun = [start for starts in line.start_times_per_fn.values() for start in starts]
                before = [*at_work, *(other.fn for other in line.queue[:rank])]
                times = [queue.process_time_per_fn[fn].avg_time for fn in before if fn in queue.process_time_per_fn]
                if not before or len(times) < len(before):
                    return len(before), None
                spent = min(times[0], time.time() - min(begun)) if begun else 0.0
                return len(before), sum(times) / max(1, line.concurrency_limit or 1) - spent
    return None


def words(before: int, seconds: float | None) -> str:
    """What somebody in line is told: "2 people are before you, about 40 s."."""
    who = {0: "You are next", 1: "One run is before yours"}.get(before, f"{before} runs are before yours")
    return who + (f", about {max(1, round(seconds))} s." if seconds is not None and before else ".")


async def waiting(request: gr.Request, queue: Any, name: str, over: Any) -> AsyncIterator[Any]:
    """What to say to a visitor in line, each time that it changes, until `over()`.

    Args:
        request: the visitor's.
        queue: of the page, Gradio's.
        name: of the event that waits, its `api_name`.
        over: whether the run has begun.
    """
    said, seen = "", False
    yield gr.skip()  # Gradio empties what a generator without any step would have written
    while not over():
        where = place(queue, request.session_hash, name)
        seen = seen or where is not None
        if seen and where is None:
            return  # it has been called, or cancelled
        if where is not None and words(*where) != said:
            said = words(*where)
            yield said
        await asyncio.sleep(0.5)
