"""huggingface_hub's real client against a real local Hub (tests/hub.py): refusals, breaks, long answers."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from demos.core.errors import DemoError
from demos.core.hub import client, explain, fetch
from tests.core.conftest import (
    FEATURES,
    FILE,
    LARGER,
    REPO,
    SMALL,
    WHOLE,
    features_size,
    is_right,
    read,
)
from tests.hub import Hub


def test_server_that_sends_less_than_asked(server: Hub) -> None:
    server.longest_answer = 10_000
    assert is_right(read(FEATURES), SMALL)
    assert server.sent[FILE] == len(SMALL.header) + features_size(SMALL)


def test_server_that_sends_more_than_asked(server: Hub) -> None:
    server.ranges_run_on = True
    assert is_right(read(FEATURES), SMALL)


def test_broken_connection_resumes_and_takes_each_byte_once(server: Hub) -> None:
    server.breaks = [50_001, 100_000]
    assert is_right(read(FEATURES), SMALL)
    assert server.breaks == []
    assert server.sent[FILE] == len(SMALL.header) + features_size(SMALL)


def test_silent_connection_resumes(server: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client.constants, "HF_HUB_DOWNLOAD_TIMEOUT", 0.3)
    server.stalls = [70_000]
    assert is_right(read(FEATURES), SMALL)
    assert server.sent[FILE] == len(SMALL.header) + features_size(SMALL)


def test_connection_that_breaks_always_is_given_up_and_resumed_by_the_next_call(server: Hub) -> None:
    server.breaks = [20_000] * 5  # one more than there are waits
    with pytest.raises(DemoError, match="cannot be reached"):
        fetch.fetch(FEATURES)
    assert fetch.find(FEATURES) is None
    assert server.sent[FILE] == len(SMALL.header) + 100_000
    assert is_right(read(FEATURES), SMALL)
    assert server.sent[FILE] == 2 * len(SMALL.header) + features_size(SMALL)


def test_attempts_that_bring_much_are_not_counted(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "ENOUGH_PROGRESS", 10_000)
    with Hub({REPO: {FILE: SMALL}}, breaks=[20_000] * 10) as running:
        running.use(monkeypatch, home)
        assert is_right(read(FEATURES), SMALL)
        assert running.breaks == []


def test_broken_whole_file_resumes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = replace(WHOLE, sha256=LARGER.sha256())
    with Hub({REPO: {FILE: LARGER}}, breaks=[25_000_000]) as running:
        running.use(monkeypatch, home)
        assert is_right(read(network), LARGER, prefix="")
        # The library writes 10 MiB at a time, so of the 25 MB it has two such pieces.
        assert running.asked("GET", "/storage/")[1].headers["range"] == f"bytes={20 * 2**20}-"


# ---- a Hub that refuses ----


def test_login_page_of_a_hotel(server: Hub) -> None:
    server.login_page = True
    with pytest.raises(DemoError, match="does not answer like the Hub"):
        fetch.fetch(FEATURES)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"file": "other.safetensors"}, r"no other\.safetensors at the pinned revision .*\(404\)"),
        ({"revision": "0" * 40}, r"no model\.safetensors at the pinned revision .*\(404\)"),
        ({"repo": "timm/other"}, r"pinned revision of timm/other \(404\)"),
    ],
)
def test_not_found(server: Hub, wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DemoError, match=sentence):
        fetch.fetch(replace(FEATURES, **wrong))
    assert len(server.asked()) == 1


def test_private_repository_hints_at_the_token(server: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    server.token = "hf_secret"
    with pytest.raises(DemoError, match=r"\(401\).*hf auth login.*HF_TOKEN"):
        fetch.fetch(FEATURES)
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert is_right(read(FEATURES), SMALL)
    storage = server.asked("GET", "/storage/")
    assert len(storage) == 3
    assert not any("authorization" in request.headers for request in storage), "the token left the Hub"


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed_when_short(server: Hub, status: int) -> None:
    server.failures = [(status, {"Retry-After": "1"}), None, (status, {})]  # the first HEAD, the second GET
    began = time.monotonic()
    assert is_right(read(FEATURES), SMALL)
    assert time.monotonic() - began >= 1
    assert server.failures == []


@pytest.mark.parametrize(
    ("status", "sentence"), [(429, r"too many requests .*\(429\).* in 3600 s"), (503, r"\(503\).* in 3600 s")]
)
def test_retry_after_is_told_when_long(server: Hub, status: int, sentence: str) -> None:
    server.failures = [(status, {"Retry-After": "3600"})]
    with pytest.raises(DemoError, match=sentence):
        fetch.fetch(FEATURES)
    assert len(server.asked()) == 1


def test_server_error_is_given_up_after_a_few_attempts(server: Hub) -> None:
    server.failures = [(500, {})] * 20
    with pytest.raises(DemoError, match=r"cannot answer now \(500\)"):
        fetch.fetch(FEATURES)
    assert len(server.asked()) == 1 + len(client.WAITS)


def test_retry_after_may_be_a_date() -> None:
    import email.utils

    class Answer(client.HfHubHTTPError):
        def __init__(self, when: str) -> None:
            self.response = type("Response", (), {"headers": {"Retry-After": when}})()

    assert 90 < (explain.retry_after(Answer(email.utils.formatdate(time.time() + 100, usegmt=True))) or 0) <= 100
    assert explain.retry_after(Answer("Wed, 21 Oct 2015 07:28:00 GMT")) == 0
    assert explain.retry_after(Answer("soon")) is None
