"""Downloads in the background: what they say of themselves, and a stream that stops with its listener."""

import threading

import pytest

from demos.core.errors import DemoError
from demos.core.hub import background
from demos.core.hub.background import Download, Status
from demos.core.hub.client import Progress


def test_download_is_made_once_and_says_how_far_it_is() -> None:
    half, go_on, calls = threading.Event(), threading.Event(), []

    def fetch(progress: Progress) -> None:
        calls.append(1)
        progress(5, 10)
        half.set()
        assert go_on.wait(10)
        progress(10, 10)

    download = Download("a file", fetch)
    assert download.pending()
    assert download.status() == Status()
    download.start()
    download.start()
    assert half.wait(10)
    assert download.status() == Status("running", 5, 10)
    assert download.pending()
    go_on.set()
    assert download.wait(10) == Status("done", 10, 10)
    assert not download.pending()
    download.start()
    assert calls == [1]


@pytest.mark.parametrize(("error", "reason"), [(DemoError("The Hub is away."), "The Hub is away."), (KeyError(1), "")])
def test_download_that_fails_says_why(error: Exception, reason: str) -> None:
    def fetch(progress: Progress) -> None:
        raise error

    download = Download("a file", fetch)
    download.start()
    assert download.wait(10) == Status("failed", reason=reason)
    assert not download.pending()


def test_download_that_is_not_wanted_is_not_made() -> None:
    download = Download("a file", lambda progress: pytest.fail("it was fetched"), wanted=lambda: False)
    download.start()
    assert not download.pending()
    assert download.status() == Status()


def test_stream_yields_what_arrives_and_raises_what_goes_wrong() -> None:
    def fetch(progress: Progress) -> None:
        progress(1, 2)
        progress(2, 2)

    assert list(background.stream("a file", fetch)) == [(1, 2), (2, 2)]

    def fail(progress: Progress) -> None:
        progress(1, 2)
        raise DemoError("no more")

    stream = background.stream("a file", fail)
    assert next(stream) == (1, 2)
    with pytest.raises(DemoError, match="no more"):
        next(stream)


def test_closed_stream_ends_the_download() -> None:
    ended, listening = threading.Event(), threading.Event()

    def fetch(progress: Progress) -> None:
        try:
            progress(1, 100)
            assert listening.wait(10)
            progress(2, 100)
            pytest.fail("nobody listened, and it went on")
        finally:
            ended.set()

    stream = background.stream("a file", fetch)
    assert next(stream) == (1, 100)
    stream.close()
    listening.set()
    assert ended.wait(10)
