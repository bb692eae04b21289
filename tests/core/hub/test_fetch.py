"""Pinned files from a local Hub: parts and whole ones, damaged ones, without network, at once."""

import logging
import os
import socket
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from demos.core.errors import DemoError
from demos.core.hub import fetch
from demos.core.hub.fetch import Pinned
from tests.core.conftest import (
    FEATURES,
    FILE,
    LARGER,
    REPO,
    SMALL,
    VGG16_FEATURES,
    WHOLE,
    features_size,
    is_right,
    python,
    read,
    rest_of,
    spoil,
)
from tests.hub import Hub, use

# What a fresh process does to fetch the part of a file that is not the real VGG16: argument 1 is its hash.
FETCH = """
import sys
from dataclasses import replace
from demos.core.hub import client, fetch
from demos.core.networks import catalogue
client.WAITS = ()
pinned = replace(catalogue.NETWORKS["vgg16-features"].origin, sha256=sys.argv[1])
"""


def test_second_load_asks_nobody(server: Hub) -> None:
    read(FEATURES)
    asked = len(server.requests)
    assert is_right(read(FEATURES), SMALL)
    assert len(server.requests) == asked


def test_part_is_a_file_that_the_library_reads(server: Hub) -> None:
    path = fetch.fetch(FEATURES)
    assert path.stat().st_size < features_size(SMALL) + 8192
    read = safetensors.numpy.load_file(path)
    assert all(np.array_equal(read[name], SMALL.tensor(name)) for name in read)
    assert len(read) == 26


def test_process_that_dies_leaves_its_bytes_to_the_next(home: Path) -> None:
    die = FETCH + "import os\nfetch.fetch(pinned, lambda done, total: done > 1_000_000 and os._exit(9))"
    live = FETCH + "print(fetch.fetch(pinned))"
    with Hub({REPO: {FILE: LARGER}}) as running:
        first = python(die, running.environment(home), LARGER.sha256())
        first.communicate(timeout=120)
        assert first.returncode == 9
        [left] = home.glob("hidden-layers/*.part")
        rest = rest_of(left, LARGER)
        second = python(live, running.environment(home), LARGER.sha256())
        output, errors = second.communicate(timeout=120)
        assert second.returncode == 0, errors
        assert running.asked("GET", "/storage/")[-1].headers["range"] == rest
    read = safetensors.numpy.load_file(output.strip())
    assert all(np.array_equal(read[name], LARGER.tensor(name)) for name in read)
    assert len(read) == 26


def test_damaged_part_is_named_removed_and_fetched_once_more(server: Hub, caplog: pytest.LogCaptureFixture) -> None:
    path = fetch.fetch(FEATURES)
    spoil(path)
    sent = server.sent[FILE]
    with caplog.at_level(logging.WARNING):
        assert is_right(read(FEATURES), SMALL)
    assert f"{path} is damaged" in caplog.text
    assert server.sent[FILE] == 2 * sent


def test_part_without_its_noted_hash_is_fetched_again(server: Hub) -> None:
    path = fetch.fetch(FEATURES)
    path.with_name(path.name + ".sha256").unlink()
    sent = server.sent[FILE]
    assert is_right(read(FEATURES), SMALL)
    assert server.sent[FILE] == 2 * sent


@pytest.mark.parametrize("network", [FEATURES, WHOLE], ids=["part", "whole"])
def test_another_hash_than_the_pinned_one_stops_before_the_first_byte(server: Hub, network: Pinned) -> None:
    server.state_etag = "0123456789abcdef" * 4
    with pytest.raises(DemoError, match=r"states sha256 0123456789ab\.\.\. .* nothing was fetched"):
        fetch.fetch(network)
    assert server.sent[FILE] == 0
    assert {request.method for request in server.asked()} == {"HEAD"}


def test_server_without_ranges_gives_the_whole_file(server: Hub, caplog: pytest.LogCaptureFixture) -> None:
    server.refuse_range = True
    with caplog.at_level(logging.WARNING):
        assert is_right(read(FEATURES), SMALL)
    assert "taking the whole file, 3.1 MB" in caplog.text
    assert fetch.find(FEATURES) == fetch.find(WHOLE)
    asked = len(server.requests)
    assert is_right(read(FEATURES), SMALL)
    assert len(server.requests) == asked


# ---- the whole file ----


def test_whole_file_with_progress(server: Hub) -> None:
    heard: list[tuple[int, int]] = []
    tensors = read(WHOLE, lambda done, total: heard.append((done, total)))
    assert is_right(tensors, SMALL, prefix="")
    assert server.sent[FILE] == SMALL.size
    assert heard[0] == (0, SMALL.size)
    assert heard[-1] == (SMALL.size, SMALL.size)
    read(WHOLE)
    assert server.sent[FILE] == SMALL.size


def test_features_are_read_from_the_whole_file_without_the_hub(server: Hub) -> None:
    fetch.fetch(WHOLE)
    fetch.set_offline(True)
    server.requests.clear()
    assert is_right(read(FEATURES), SMALL)
    assert server.requests == []


def test_damaged_bytes_are_fetched_once_more(server: Hub, caplog: pytest.LogCaptureFixture) -> None:
    server.damaged = 1
    with caplog.at_level(logging.WARNING):
        assert is_right(read(WHOLE), SMALL, prefix="")
    assert "is damaged (its sha256 begins with" in caplog.text
    assert server.sent[FILE] == 2 * SMALL.size


def test_damaged_bytes_twice_are_an_error_and_nothing_stays(server: Hub, home: Path) -> None:
    server.damaged = 3
    with pytest.raises(DemoError, match=r"arrived damaged again .* and was removed"):
        read(WHOLE)
    assert server.sent[FILE] == 2 * SMALL.size
    assert fetch.find(WHOLE) is None
    assert not list(home.rglob("blobs/*"))


# ---- without network, and disks that refuse ----


def test_offline_keeps_a_damaged_file_that_it_cannot_replace(server: Hub) -> None:
    path = fetch.fetch(FEATURES)
    spoil(path)
    fetch.set_offline(True)
    with pytest.raises(DemoError, match=r"is damaged .* and --offline forbids"):
        read(FEATURES)
    assert path.exists()


@pytest.mark.parametrize("network", [FEATURES, WHOLE], ids=["part", "whole"])
def test_missing_network_is_one_sentence_at_once(home: Path, monkeypatch: pytest.MonkeyPatch, network: Pinned) -> None:
    with socket.socket() as taken:  # bound and not listening: connections are refused
        taken.bind(("127.0.0.1", 0))
        use(monkeypatch, f"http://127.0.0.1:{taken.getsockname()[1]}", home)
        began = time.monotonic()
        with pytest.raises(DemoError, match=r"127\.0\.0\.1:\d+ cannot be reached .* Check the network"):
            fetch.fetch(network)
        assert time.monotonic() - began < 5


def test_disk_that_takes_no_more(home: Path) -> None:
    pytest.importorskip("resource", reason="this system has no limits on file sizes")
    code = FETCH + (
        "import resource, demos.core.weights\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "sys.exit(demos.core.weights.main(['--fetch', 'vgg16-features']))"
    )
    with Hub({REPO: {FILE: SMALL}}, state_etag=VGG16_FEATURES.sha256) as running:
        process = python(code, running.environment(home), SMALL.sha256())
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert f"The disk is full at {home} (File too large). Free space or set HF_HOME" in errors
    assert "Traceback" not in errors


def test_cache_that_is_a_file(server: Hub, home: Path) -> None:
    home.write_text("not a folder")
    with pytest.raises(DemoError, match=r"home cannot be used as the cache .*Set HF_HOME"):
        fetch.fetch(FEATURES)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="this system has no user ids")
def test_cache_without_permission(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o500)
    # Root may write everywhere, so the process gives up being root once everything is imported.
    code = FETCH + (
        "import os, demos.core.weights\n"
        "os.geteuid() == 0 and os.seteuid(65534)\n"
        "sys.exit(demos.core.weights.main(['--fetch', 'vgg16-features']))"
    )
    with Hub({REPO: {FILE: SMALL}}) as running:
        process = python(code, running.environment(home), SMALL.sha256())
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "may not be written to (Permission denied). Set HF_HOME" in errors
    assert "Traceback" not in errors


# ---- at once ----


def test_threads_that_ask_at_once_fetch_once(server: Hub) -> None:
    results: list = []
    barrier = threading.Barrier(4)

    def ask() -> None:
        barrier.wait()
        results.append(read(FEATURES))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert all(is_right(tensors, SMALL) for tensors in results)
    assert server.sent[FILE] == len(SMALL.header) + features_size(SMALL)


def test_processes_that_ask_at_once_fetch_once(home: Path) -> None:
    with Hub({REPO: {FILE: LARGER}}) as running:
        code = FETCH + "print(fetch.fetch(pinned))"
        processes = [python(code, running.environment(home), LARGER.sha256()) for _ in range(2)]
        outputs = [process.communicate(timeout=120) for process in processes]
        assert [process.returncode for process in processes] == [0, 0], outputs
        assert running.sent[FILE] == len(LARGER.header) + features_size(LARGER)
    assert outputs[0][0] == outputs[1][0]
    assert len(safetensors.numpy.load_file(outputs[0][0].strip())) == 26
