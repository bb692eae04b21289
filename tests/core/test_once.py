"""Once: threads that ask together get one result; a failure is not kept."""

import threading

import pytest

from demos.core.once import once


def test_threads_that_ask_together_share_one_result() -> None:
    calls, gate, found = [], threading.Barrier(5), []

    @once
    def heavy() -> object:
        calls.append(1)
        return object()

    def ask() -> None:
        gate.wait()
        found.append(heavy())

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 1
    assert len(set(map(id, found))) == 1


def test_a_failure_is_not_kept() -> None:
    calls = []

    @once
    def at_second_try() -> int:
        calls.append(1)
        if len(calls) == 1:
            raise ValueError("first")
        return 7

    with pytest.raises(ValueError, match="first"):
        at_second_try()
    assert at_second_try() == 7
