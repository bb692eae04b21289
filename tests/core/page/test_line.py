"""Three lines: long runs give way to short work, those who wait are told, and a run that nobody hears ends."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import gradio as gr
import httpx
import pytest
from gradio_client import Client

from demos.core.page import line
from demos.core.page.blocks import Page
from demos.core.page.line import COMPUTE, QUICK, Turns

T = TypeVar("T")


def run(scene: Coroutine[Any, Any, T]) -> T:
    """Plays it in an event loop of its own, on a thread of its own: this one's may be taken by a browser."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, scene).result()


def test_a_long_run_waits_for_short_work_and_no_longer() -> None:
    async def scene() -> list[str]:
        turns, order = Turns(), []

        async def long() -> None:
            await turns.give_way(60)
            order.append("long")

        async with turns.short(), turns.short():
            waiting = asyncio.create_task(long())
            await asyncio.sleep(0)
            order.append("short")
        await waiting
        await turns.give_way(60)  # nothing is going on: at once
        return order

    assert run(scene()) == ["short", "long"]


def test_a_long_run_is_never_starved() -> None:
    async def scene() -> float:
        turns, begun = Turns(), time.monotonic()
        async with turns.short():
            await turns.give_way(0.02)
        return time.monotonic() - begun

    assert 0.01 < run(scene()) < 10


def test_a_short_work_that_fails_lets_go() -> None:
    async def scene() -> None:
        turns = Turns()
        with pytest.raises(ValueError, match="oh"):
            async with turns.short():
                raise ValueError("oh")
        await asyncio.wait_for(turns.give_way(60), 5)

    run(scene())


def test_the_words_of_the_line() -> None:
    assert line.words(0, None) == "You are next."
    assert line.words(1, 12.4) == "One run is before yours, about 12 s."
    assert line.words(3, None) == "3 runs are before yours."
    assert line.words(3, 0.2) == "3 runs are before yours, about 1 s."


# ---- on a server -----------------------------------------------------------------------------------------------------


class Long:
    """A page with a run that goes on until it is told to end, and something quick."""

    def __init__(self) -> None:
        self.begun, self.told, self.ended = threading.Event(), threading.Event(), threading.Event()
        with Page() as self.page:
            number = gr.Number(0)
            gr.on([], self.run, None, number, api_name="long", **COMPUTE)
            gr.on([], lambda: 1, None, number, api_name="quick", **QUICK)

    def run(self) -> Iterator[int]:
        self.begun.set()
        try:
            yield 0
            while not self.told.wait(0.02):
                yield 0
        finally:
            self.ended.set()


@pytest.fixture
def long() -> Iterator[Long]:
    made = Long()
    made.page.queue().launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")
    yield made
    made.told.set()
    made.page.close(verbose=False)


def test_who_waits_knows_how_many_are_before_and_for_how_long(long: Long) -> None:
    first, second, third = (Client(long.page.local_url, verbose=False) for _ in range(3))
    runs = [first.submit(api_name="/long")]
    assert long.begun.wait(20)
    runs += [second.submit(api_name="/long"), third.submit(api_name="/long")]
    queue = long.page._queue
    until(lambda: len(queue) == 2)
    assert line.place(queue, first.session_hash, "long") is None  # it is at work
    places = [line.place(queue, client.session_hash, "long") for client in (second, third)]
    assert sorted(places) == [(1, None), (2, None)]  # nothing of this kind has been measured yet
    for fn in queue.blocks.fns.values():
        queue.process_time_per_fn[fn].add(100.0)
    last = max(line.place(queue, client.session_hash, "long") for client in (second, third))
    assert last[0] == 2
    assert 150 < last[1] <= 200  # the rest of the first one's 100 s, and the second one's
    long.told.set()
    for run in runs:
        run.result(timeout=30)
    assert line.place(queue, third.session_hash, "long") is None


def test_what_is_quick_does_not_wait_behind_a_long_run(long: Long) -> None:
    client = Client(long.page.local_url, verbose=False)
    run = client.submit(api_name="/long")
    assert long.begun.wait(20)
    assert client.predict(api_name="/quick") == 1
    assert not run.done()
    long.told.set()
    run.result(timeout=30)


def test_a_run_that_nobody_listens_to_ends(long: Long, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "UNHEARD", 0.3)
    begun = httpx.post(f"{long.page.local_url}gradio_api/call/long", json={"data": []})
    assert begun.status_code == 200
    assert long.ended.wait(30)  # though nobody told it to


def test_a_run_that_somebody_listens_to_goes_on(long: Long, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "UNHEARD", 0.3)
    run = Client(long.page.local_url, verbose=False).submit(api_name="/long")
    assert not long.ended.wait(1.5)
    assert not run.done()
    long.told.set()
    run.result(timeout=30)


def until(true: Callable[[], bool]) -> None:
    patience = time.monotonic() + 20
    pause = threading.Event()
    while not true():
        assert time.monotonic() < patience
        pause.wait(0.01)
