"""What is shared: built once for threads that ask together, failures not kept, the oldest gone at the limit."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demos.core.cache import Cache, once


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


# ---- the bounded cache ----


def keep(cache: Cache, key: str, size: int) -> str:
    return cache.get(key, lambda: f"{key} {size}", lambda _: size)


def test_least_recently_used_go_at_the_limit() -> None:
    cache = Cache(10)
    for key in "abc":
        keep(cache, key, 3)
    keep(cache, "a", 0)  # kept already: used, not built
    assert keep(cache, "d", 4) == "d 4"
    assert cache.total_bytes == 10
    assert keep(cache, "a", 9) == "a 3"
    assert keep(cache, "b", 1) == "b 1", "b was the least recently used, and should have gone"


def test_value_larger_than_the_limit_is_returned_and_not_kept() -> None:
    cache = Cache(10)
    keep(cache, "small", 10)
    assert keep(cache, "large", 11) == "large 11"
    assert keep(cache, "large", 12) == "large 12"
    assert keep(cache, "small", 1) == "small 10"
    assert cache.total_bytes == 10


@given(st.integers(0, 30), st.lists(st.tuples(st.integers(0, 5), st.integers(0, 12))))
def test_total_never_passes_the_limit(limit: int, asked: list[tuple[int, int]]) -> None:
    cache, kept = Cache(limit), {}
    for key, size in asked:
        value = cache.get(key, lambda: object(), lambda _, size=size: size)
        if key in kept and kept[key][0] is value:
            continue
        kept[key] = value, size
        assert cache.total_bytes <= limit
    cache.forget()
    assert cache.total_bytes == 0


def test_forgotten_value_is_built_again() -> None:
    cache = Cache(10)
    keep(cache, "a", 2)
    keep(cache, "b", 2)
    cache.forget("a")
    cache.forget("never kept")
    assert (keep(cache, "a", 3), keep(cache, "b", 3)) == ("a 3", "b 2")
    assert cache.total_bytes == 5


def test_failure_of_building_is_not_kept() -> None:
    cache = Cache(10)

    def fail() -> str:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        cache.get("a", fail, len)
    assert keep(cache, "a", 1) == "a 1"


def test_threads_that_ask_for_one_key_build_once_and_others_do_not_wait() -> None:
    cache, built, results = Cache(10), [], []
    inside, go_on = threading.Event(), threading.Event()

    def build() -> object:
        inside.set()
        assert go_on.wait(10), "another key had to wait for this one"
        built.append(object())
        return built[-1]

    threads = [threading.Thread(target=lambda: results.append(cache.get("slow", build, lambda _: 1))) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert inside.wait(10)
    assert keep(cache, "other", 1) == "other 1"
    go_on.set()
    for thread in threads:
        thread.join()
    assert len(built) == 1
    assert results == [built[0]] * 3
    assert not cache._building, "locks are kept only while something is built"
