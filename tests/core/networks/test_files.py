"""weights.py, with huggingface_hub's real client against a real local Hub (tests/hub.py)."""

import json
import logging
import os
import pickle
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import event, given
from hypothesis import strategies as st

from demos.core.cache import cached, forget
from demos.core.errors import DemoError
from demos.core.hub import client, explain, fetch, hashes, ranges
from demos.core.networks import catalogue, shipped
from demos.core.networks import files as network_files
from tests.hub import COMMIT, Bytes, ComputedFile, Hub, use, vgg16_shapes

ROOT = Path(__file__).resolve().parents[3]
REPO, FILE = "timm/vgg16.tv_in1k", "model.safetensors"
SMALL = ComputedFile(vgg16_shapes(divide=16))  # VGG16's names and order, 3 MB, of which 0.2 MB are features
LARGER = ComputedFile(vgg16_shapes(divide=4))  # 37 MB, of which 3.7 MB are features
FEATURES = replace(catalogue.NETWORKS["vgg16-features"], sha256=SMALL.sha256())
WHOLE = replace(catalogue.NETWORKS["vgg16"], sha256=SMALL.sha256())


def features_size(file: ComputedFile) -> int:
    """Bytes of the features.* tensors, counted from their shapes."""
    return sum(4 * int(np.prod(shape)) for name, shape in file.shapes.items() if name.startswith("features."))


def is_right(tensors: dict, file: ComputedFile, prefix: str = "features.") -> bool:
    """Whether these are exactly the tensors of `file` whose names begin so."""
    names = {name for name in file.shapes if name.startswith(prefix)}
    return set(tensors) == names and all(np.array_equal(tensors[name].numpy(), file.tensor(name)) for name in names)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache, an empty weights/ folder, and no waiting between attempts."""
    (tmp_path / "weights").mkdir()
    monkeypatch.setattr(network_files, "SHIPPED", tmp_path / "weights")
    monkeypatch.setattr(client, "WAITS", (0.0, 0.0, 0.0, 0.0))
    yield tmp_path / "home"
    fetch.set_offline(False)
    forget()


@pytest.fixture
def server(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A Hub with the small VGG16, which this process's client talks to."""
    with Hub({REPO: {FILE: SMALL}}) as running:
        running.use(monkeypatch, home)
        yield running


def python(code: str, environment: dict[str, str], *arguments: str) -> subprocess.Popen:
    """Starts a fresh interpreter with the repository on its path."""
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


# What a fresh process does to fetch the part of a file that is not the real VGG16: argument 1 is its hash.
FETCH = """
import sys
from dataclasses import replace
from demos.core.hub import client
from demos.core.networks import catalogue, files
client.WAITS = ()
network = replace(catalogue.NETWORKS["vgg16-features"], sha256=sys.argv[1])
"""


# ---- the part of a file ----


def test_part_takes_the_header_and_the_range_only(server: Hub) -> None:
    heard: list[tuple[int, int]] = []
    tensors = shipped.tensors(FEATURES, lambda done, total: heard.append((done, total)))
    assert is_right(tensors, SMALL)
    assert server.sent[FILE] == len(SMALL.header) + features_size(SMALL)
    assert heard[0] == (0, features_size(SMALL))
    assert heard[-1] == (features_size(SMALL), features_size(SMALL))
    assert shipped.metadata(FEATURES) == {
        "format": "pt",
        "source": f"{REPO}@{COMMIT}/{FILE}",
        "source_sha256": SMALL.sha256(),
    }


def test_second_load_asks_nobody(server: Hub) -> None:
    shipped.tensors(FEATURES)
    asked = len(server.requests)
    assert is_right(shipped.tensors(FEATURES), SMALL)
    assert len(server.requests) == asked
    assert network_files.state(FEATURES) == "cached"


def test_part_is_a_file_that_the_library_reads(server: Hub) -> None:
    path = network_files.fetch(FEATURES)
    assert path.stat().st_size < features_size(SMALL) + 8192
    read = safetensors.numpy.load_file(path)
    assert all(np.array_equal(read[name], SMALL.tensor(name)) for name in read)
    assert len(read) == 26


def test_vgg16_of_true_size_moves_under_61_million_bytes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = ComputedFile(vgg16_shapes())
    pinned = catalogue.NETWORKS["vgg16-features"]
    with Hub({REPO: {FILE: file}}, state_etag=pinned.sha256) as running:
        running.use(monkeypatch, home)
        tensors = shipped.tensors("vgg16-features")
        assert features_size(file) == pinned.size
        assert running.sent[FILE] == len(file.header) + pinned.size < 61_000_000
        assert all(
            request.path.split("/resolve/")[1].startswith(pinned.revision)
            for request in running.asked(path=REPO)
            if "/resolve/" in request.path
        )
    assert {name: tuple(tensor.shape) for name, tensor in tensors.items()} == {
        name: shape for name, shape in vgg16_shapes().items() if name.startswith("features.")
    }
    assert np.array_equal(tensors["features.28.weight"].numpy(), file.tensor("features.28.weight"))
    assert np.array_equal(tensors["features.0.bias"].numpy(), file.tensor("features.0.bias"))


def test_whole_vgg16_sizes_of_the_record() -> None:
    file = ComputedFile(vgg16_shapes())
    assert file.size - len(file.header) == catalogue.NETWORKS["vgg16"].size


def test_server_that_sends_less_than_asked(server: Hub) -> None:
    server.longest_answer = 10_000
    assert is_right(shipped.tensors(FEATURES), SMALL)
    assert server.sent[FILE] == len(SMALL.header) + features_size(SMALL)


def test_server_that_sends_more_than_asked(server: Hub) -> None:
    server.ranges_run_on = True
    assert is_right(shipped.tensors(FEATURES), SMALL)


def test_broken_connection_resumes_and_takes_each_byte_once(server: Hub) -> None:
    server.breaks = [50_001, 100_000]
    assert is_right(shipped.tensors(FEATURES), SMALL)
    assert server.breaks == []
    assert server.sent[FILE] == len(SMALL.header) + features_size(SMALL)


def test_silent_connection_resumes(server: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client.constants, "HF_HUB_DOWNLOAD_TIMEOUT", 0.3)
    server.stalls = [70_000]
    assert is_right(shipped.tensors(FEATURES), SMALL)
    assert server.sent[FILE] == len(SMALL.header) + features_size(SMALL)


def test_connection_that_breaks_always_is_given_up_and_resumed_by_the_next_call(server: Hub) -> None:
    server.breaks = [20_000] * 5  # one more than there are waits
    with pytest.raises(DemoError, match=r"vgg16-features \(59 MB\) cannot be had.*cannot be reached"):
        network_files.fetch(FEATURES)
    assert network_files.find(FEATURES) is None
    assert server.sent[FILE] == len(SMALL.header) + 100_000
    assert is_right(shipped.tensors(FEATURES), SMALL)
    assert server.sent[FILE] == 2 * len(SMALL.header) + features_size(SMALL)


def test_attempts_that_bring_much_are_not_counted(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "ENOUGH_PROGRESS", 10_000)
    with Hub({REPO: {FILE: SMALL}}, breaks=[20_000] * 10) as running:
        running.use(monkeypatch, home)
        assert is_right(shipped.tensors(FEATURES), SMALL)
        assert running.breaks == []


def rest_of(left: Path, file: ComputedFile) -> str:
    """The range of the features that an unfinished file still wants, as a request states it."""
    data = left.read_bytes()
    had = len(data) - 8 - int.from_bytes(data[:8], "little")
    assert 900_000 < had < features_size(file)
    return f"bytes={len(file.header) + had}-{len(file.header) + features_size(file) - 1}"


def test_process_that_dies_leaves_its_bytes_to_the_next(home: Path) -> None:
    die = FETCH + "import os\nfiles.fetch(network, lambda done, total: done > 1_000_000 and os._exit(9))"
    live = FETCH + "print(files.fetch(network))"
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


def test_unfinished_file_with_another_header_is_not_continued(server: Hub) -> None:
    left = ranges.unfinished(network_files.part_path(FEATURES))
    left.parent.mkdir(parents=True)
    left.write_bytes(b"left over from something else" * 1000)
    assert is_right(shipped.tensors(FEATURES), SMALL)
    assert not left.exists()


def test_exception_from_progress_ends_the_fetch_and_keeps_what_came(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopped(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done:
            raise Stopped

    network = replace(FEATURES, sha256=LARGER.sha256())
    with Hub({REPO: {FILE: LARGER}}) as running:
        running.use(monkeypatch, home)
        with pytest.raises(Stopped):
            network_files.fetch(network, stop)
        rest = rest_of(ranges.unfinished(network_files.part_path(network)), LARGER)
        assert is_right(shipped.tensors(network), LARGER)
        assert running.asked("GET", "/storage/")[-1].headers["range"] == rest


def test_damaged_part_is_named_removed_and_fetched_once_more(server: Hub, caplog: pytest.LogCaptureFixture) -> None:
    path = network_files.fetch(FEATURES)
    spoil(path)
    sent = server.sent[FILE]
    with caplog.at_level(logging.WARNING):
        assert is_right(shipped.tensors(FEATURES), SMALL)
    assert f"{path} is damaged" in caplog.text
    assert server.sent[FILE] == 2 * sent


def test_part_without_its_noted_hash_is_fetched_again(server: Hub) -> None:
    path = network_files.fetch(FEATURES)
    path.with_name(path.name + ".sha256").unlink()
    sent = server.sent[FILE]
    assert is_right(shipped.tensors(FEATURES), SMALL)
    assert server.sent[FILE] == 2 * sent


def spoil(path: Path) -> None:
    """Changes one byte in the middle."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("network", [FEATURES, WHOLE], ids=["part", "whole"])
def test_another_hash_than_the_pinned_one_stops_before_the_first_byte(server: Hub, network: catalogue.Network) -> None:
    server.state_etag = "0123456789abcdef" * 4
    with pytest.raises(DemoError, match=r"states sha256 0123456789ab\.\.\. .* nothing was fetched"):
        network_files.fetch(network)
    assert server.sent[FILE] == 0
    assert {request.method for request in server.asked()} == {"HEAD"}


def test_server_without_ranges_gives_the_whole_file(server: Hub, caplog: pytest.LogCaptureFixture) -> None:
    server.refuse_range = True
    with caplog.at_level(logging.WARNING):
        assert is_right(shipped.tensors(FEATURES), SMALL)
    assert "taking the whole file, 3.1 MB" in caplog.text
    assert network_files.find(FEATURES) == network_files.find(WHOLE)
    asked = len(server.requests)
    assert is_right(shipped.tensors(FEATURES), SMALL)
    assert len(server.requests) == asked


# ---- the whole file ----


def test_whole_file_with_progress(server: Hub) -> None:
    heard: list[tuple[int, int]] = []
    tensors = shipped.tensors(WHOLE, lambda done, total: heard.append((done, total)))
    assert is_right(tensors, SMALL, prefix="")
    assert server.sent[FILE] == SMALL.size
    assert heard[0] == (0, SMALL.size)
    assert heard[-1] == (SMALL.size, SMALL.size)
    shipped.tensors(WHOLE)
    assert server.sent[FILE] == SMALL.size


def test_features_are_read_from_the_whole_file_without_the_hub(server: Hub) -> None:
    network_files.fetch(WHOLE)
    fetch.set_offline(True)
    server.requests.clear()
    assert is_right(shipped.tensors(FEATURES), SMALL)
    assert server.requests == []


def test_whole_file_put_into_weights_by_hand(home: Path) -> None:
    fetch.set_offline(True)
    path = network_files.SHIPPED / "vgg16.tv_in1k.safetensors"
    path.write_bytes(SMALL.read(0, SMALL.size))
    assert is_right(shipped.tensors(WHOLE), SMALL, prefix="")
    assert is_right(shipped.tensors(FEATURES), SMALL)
    spoil(path)
    with pytest.raises(DemoError, match="is damaged"):
        shipped.tensors(FEATURES)
    assert path.exists()


def test_damaged_bytes_are_fetched_once_more(server: Hub, caplog: pytest.LogCaptureFixture) -> None:
    server.damaged = 1
    with caplog.at_level(logging.WARNING):
        assert is_right(shipped.tensors(WHOLE), SMALL, prefix="")
    assert "is damaged (its sha256 begins with" in caplog.text
    assert server.sent[FILE] == 2 * SMALL.size


def test_damaged_bytes_twice_are_an_error_and_nothing_stays(server: Hub, home: Path) -> None:
    server.damaged = 3
    with pytest.raises(DemoError, match=r"arrived damaged again .* and was removed"):
        shipped.tensors(WHOLE)
    assert server.sent[FILE] == 2 * SMALL.size
    assert network_files.find(WHOLE) is None
    assert not list(home.rglob("blobs/*"))


def test_broken_whole_file_resumes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = replace(WHOLE, sha256=LARGER.sha256())
    with Hub({REPO: {FILE: LARGER}}, breaks=[25_000_000]) as running:
        running.use(monkeypatch, home)
        assert is_right(shipped.tensors(network), LARGER, prefix="")
        # The library writes 10 MiB at a time, so of the 25 MB it has two such pieces.
        assert running.asked("GET", "/storage/")[1].headers["range"] == f"bytes={20 * 2**20}-"


# ---- no Hub, or one that refuses ----


def test_offline_flag_says_what_works_and_asks_nobody(server: Hub) -> None:
    make_shipped()
    fetch.set_offline(True)
    for name in ("vgg16-features", "vgg16"):
        with pytest.raises(DemoError, match=rf"^{name} .*--offline forbids.*works without it: pocket-vgg16\.$"):
            shipped.tensors(name)
    assert server.requests == []


def test_offline_keeps_a_damaged_file_that_it_cannot_replace(server: Hub) -> None:
    path = network_files.fetch(FEATURES)
    spoil(path)
    fetch.set_offline(True)
    with pytest.raises(DemoError, match=r"is damaged .* and --offline forbids"):
        shipped.tensors(FEATURES)
    assert path.exists()


def test_offline_variable(home: Path) -> None:
    with Hub({REPO: {FILE: SMALL}}) as running:
        command = [sys.executable, "-m", "demos.core.weights", "--fetch", "vgg16-features"]
        environment = running.environment(home, HF_HUB_OFFLINE="1")
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 1
        assert "HF_HUB_OFFLINE forbids asking the Hub" in done.stderr
        assert "Traceback" not in done.stderr
        assert running.requests == []


@pytest.mark.parametrize("network", [FEATURES, WHOLE], ids=["part", "whole"])
def test_missing_network_is_one_sentence_at_once(
    home: Path, monkeypatch: pytest.MonkeyPatch, network: catalogue.Network
) -> None:
    with socket.socket() as taken:  # bound and not listening: connections are refused
        taken.bind(("127.0.0.1", 0))
        use(monkeypatch, f"http://127.0.0.1:{taken.getsockname()[1]}", home)
        began = time.monotonic()
        with pytest.raises(DemoError, match=r"127\.0\.0\.1:\d+ cannot be reached .* Check the network"):
            network_files.fetch(network)
        assert time.monotonic() - began < 5


def test_login_page_of_a_hotel(server: Hub) -> None:
    server.login_page = True
    with pytest.raises(DemoError, match="does not answer like the Hub"):
        network_files.fetch(FEATURES)


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
        network_files.fetch(replace(FEATURES, **wrong))
    assert len(server.asked()) == 1


def test_private_repository_hints_at_the_token(server: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    server.token = "hf_secret"
    with pytest.raises(DemoError, match=r"\(401\).*hf auth login.*HF_TOKEN"):
        network_files.fetch(FEATURES)
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert is_right(shipped.tensors(FEATURES), SMALL)
    storage = server.asked("GET", "/storage/")
    assert len(storage) == 3
    assert not any("authorization" in request.headers for request in storage), "the token left the Hub"


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed_when_short(server: Hub, status: int) -> None:
    server.failures = [(status, {"Retry-After": "1"}), None, (status, {})]  # the first HEAD, the second GET
    began = time.monotonic()
    assert is_right(shipped.tensors(FEATURES), SMALL)
    assert time.monotonic() - began >= 1
    assert server.failures == []


@pytest.mark.parametrize(
    ("status", "sentence"), [(429, r"too many requests .*\(429\).* in 3600 s"), (503, r"\(503\).* in 3600 s")]
)
def test_retry_after_is_told_when_long(server: Hub, status: int, sentence: str) -> None:
    server.failures = [(status, {"Retry-After": "3600"})]
    with pytest.raises(DemoError, match=sentence):
        network_files.fetch(FEATURES)
    assert len(server.asked()) == 1


def test_server_error_is_given_up_after_a_few_attempts(server: Hub) -> None:
    server.failures = [(500, {})] * 20
    with pytest.raises(DemoError, match=r"cannot answer now \(500\)"):
        network_files.fetch(FEATURES)
    assert len(server.asked()) == 1 + len(client.WAITS)


def test_retry_after_may_be_a_date() -> None:
    import email.utils

    class Answer(client.HfHubHTTPError):
        def __init__(self, when: str) -> None:
            self.response = type("Response", (), {"headers": {"Retry-After": when}})()

    assert 90 < (explain.retry_after(Answer(email.utils.formatdate(time.time() + 100, usegmt=True))) or 0) <= 100
    assert explain.retry_after(Answer("Wed, 21 Oct 2015 07:28:00 GMT")) == 0
    assert explain.retry_after(Answer("soon")) is None


# ---- files that are not what they should be ----


def test_header_longer_than_the_limit_is_not_fetched(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = Bytes((1 << 40).to_bytes(8, "little") + bytes(2_000_000))
    with Hub({REPO: {FILE: file}}) as running:
        running.use(monkeypatch, home)
        with pytest.raises(DemoError, match="header would be 1099511627776 bytes long"):
            network_files.fetch(replace(FEATURES, sha256=file.sha256()))
        assert running.sent[FILE] == 16  # the eight bytes, and once more


def safetensors_bytes(entries: dict, data: bytes) -> bytes:
    text = json.dumps(entries).encode()
    return len(text).to_bytes(8, "little") + text + data


def entry(begin: int, end: int, shape: list | None = None, dtype: str = "F32") -> dict:
    return {
        "dtype": dtype,
        "shape": [(end - begin) // 4] if shape is None else shape,
        "data_offsets": [begin, end],
    }


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        (
            {"features.a": entry(0, 8), "head": entry(8, 16), "features.b": entry(16, 24)},
            "are not neighbours",
        ),
        ({"head": entry(0, 8)}, "none of its 1 tensors begins with features."),
        ({"features.a": entry(0, 8, shape=[3])}, "8 bytes do not fit"),
        ({"features.a": entry(0, 1 << 30)}, "ends at byte"),
        ({"features.a": entry(0, 8, shape=[-1, -2])}, "whole numbers"),
        ({"features.a": entry(0, 8, shape=[2.0])}, "whole numbers"),
        ({"features.a": entry(0, 8, dtype="PICKLE")}, "cannot be read"),
        ({"features.a": entry(8, 8, shape=[0])}, "are empty"),
        ({"features.a": 1}, "cannot be read"),
        ([1, 2], "cannot be read"),
    ],
)
def test_header_that_makes_no_sense(home: Path, monkeypatch: pytest.MonkeyPatch, entries: dict, why: str) -> None:
    file = Bytes(safetensors_bytes(entries, bytes(24)))
    with Hub({REPO: {FILE: file}}) as running:
        running.use(monkeypatch, home)
        with pytest.raises(DemoError, match=why):
            network_files.fetch(replace(FEATURES, sha256=file.sha256()))


class Explodes:
    """Creates a file when it is unpickled."""

    def __reduce__(self) -> tuple:
        return (Path.touch, (Path("unpickled"),))


GOOD = safetensors.numpy.save({"a": np.arange(6, dtype=np.float16).reshape(2, 3)})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 7,
        b"not a network at all, but some text",
        (1 << 62).to_bytes(8, "little") + b"{}",
        GOOD[:-1],
        GOOD[:40],
        GOOD + b"extra",
        pickle.dumps(Explodes()),
    ],
    ids=["empty", "short", "text", "huge header", "truncated", "truncated header", "longer", "pickle"],
)
def test_local_file_that_is_no_safetensors_file(
    home: Path, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make_shipped(content)
    with pytest.raises(DemoError, match=r"pocket_vgg16\.safetensors is not a safetensors file"):
        shipped.tensors("pocket-vgg16")
    assert not Path("unpickled").exists()


@pytest.mark.parametrize("content", [b"", b"text that is no header", (1 << 62).to_bytes(8, "little"), GOOD[:40]])
def test_metadata_of_such_a_file(home: Path, content: bytes) -> None:
    make_shipped(content)
    with pytest.raises(DemoError, match="is not a safetensors file"):
        shipped.metadata("pocket-vgg16")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_header_or_bad(text: bytes) -> None:
    try:
        tensors, _ = ranges.parse_header(text, 1000)
    except ranges.BadHeader:
        return
    assert all(0 <= tensor.begin <= tensor.end <= 1000 for tensor in tensors)


@given(st.data())
def test_spoiled_header_is_read_or_bad(data: st.DataObject) -> None:
    spoiled = bytearray(SMALL.header[8:])
    for _ in range(data.draw(st.integers(1, 4))):
        spoiled[data.draw(st.integers(0, len(spoiled) - 1))] = data.draw(st.integers(0, 255))
    try:
        part = ranges.plan_range(bytes(spoiled), ("features.",), SMALL.size, {})
    except ranges.BadHeader:
        return
    assert len(SMALL.header) <= part.first <= part.last < SMALL.size


names = st.sampled_from(["a", "b.c"]).flatmap(
    lambda prefix: st.text('xyz\u00e9"\\', min_size=1).map(lambda n: prefix + n)
)
shapes = st.lists(st.integers(0, 4), max_size=3).map(tuple)
dtypes = st.sampled_from([np.float32, np.float16, np.uint8, np.int64])


@given(
    st.dictionaries(names, st.tuples(shapes, dtypes), min_size=1, max_size=8),
    st.sampled_from(["a", "b.", "b.cx"]),
)
def test_part_of_any_file_equals_what_the_library_reads(kinds: dict, prefix: str) -> None:
    tensors = {
        name: (np.arange(np.prod(shape)) % 251 + len(name)).astype(dtype).reshape(shape)
        for name, (shape, dtype) in kinds.items()
    }
    file = safetensors.numpy.save(tensors, {"who": "us"})
    length = int.from_bytes(file[:8], "little")
    wanted = {name for name in tensors if name.startswith(prefix)}
    try:
        part = ranges.plan_range(file[8 : 8 + length], (prefix,), len(file), {"more": "yes"})
    except ranges.BadHeader as error:
        refused = str(error)
        event(refused.split()[-1])
        if "begins with" in refused:
            wrong = list(wanted)
        elif "are empty" in refused:
            wrong = [name for name in wanted if tensors[name].size]
        else:  # something lies between them: the library sorts by type first, then by name
            wrong = [] if "are not neighbours" in refused and len(wanted) > 1 else [refused]
        if wrong:
            pytest.fail(f"{refused}: {wrong}")
        return
    new = part.header + file[part.first : part.last + 1]
    assert len(new) == part.size
    read = safetensors.numpy.load(new)
    assert set(read) == wanted
    for name in wanted:
        assert read[name].dtype == tensors[name].dtype
        assert np.array_equal(read[name], tensors[name])


# ---- the disk ----


def test_disk_that_takes_no_more(home: Path) -> None:
    pytest.importorskip("resource", reason="this system has no limits on file sizes")
    code = FETCH + (
        "import resource, demos.core.weights\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "sys.exit(demos.core.weights.main(['--fetch', 'vgg16-features']))"
    )
    with Hub({REPO: {FILE: SMALL}}, state_etag=catalogue.NETWORKS["vgg16-features"].sha256) as running:
        process = python(code, running.environment(home), SMALL.sha256())
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert f"The disk is full at {home} (File too large). Free space or set HF_HOME" in errors
    assert "Traceback" not in errors


def test_too_little_space_is_said_before_the_range_is_taken(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = {"features.a": entry(0, 1 << 60)}
    text = json.dumps(entries).encode()
    header = len(text).to_bytes(8, "little") + text

    class Enormous(Bytes):
        def sha256(self) -> str:
            return "e" * 64

    file = Enormous(header)
    file.size = len(header) + (1 << 60)
    with Hub({REPO: {FILE: file}}) as running:
        running.use(monkeypatch, home)
        with pytest.raises(DemoError, match=r"disk is full .*1,152,921,504,606,846,976 bytes are needed"):
            network_files.fetch(replace(FEATURES, sha256="e" * 64))
        assert running.sent[FILE] == len(header)


def test_cache_that_is_a_file(server: Hub, home: Path) -> None:
    home.write_text("not a folder")
    with pytest.raises(DemoError, match=r"home cannot be used as the cache .*Set HF_HOME"):
        network_files.fetch(FEATURES)


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
        results.append(shipped.tensors(FEATURES))

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
        code = FETCH + "print(files.fetch(network))"
        processes = [python(code, running.environment(home), LARGER.sha256()) for _ in range(2)]
        outputs = [process.communicate(timeout=120) for process in processes]
        assert [process.returncode for process in processes] == [0, 0], outputs
        assert running.sent[FILE] == len(LARGER.header) + features_size(LARGER)
    assert outputs[0][0] == outputs[1][0]
    assert len(safetensors.numpy.load_file(outputs[0][0].strip())) == 26


def test_cached_builds_once_for_threads_that_ask_at_once() -> None:
    built: list[object] = []
    inside, go_on = threading.Event(), threading.Event()
    results: list[object] = []

    def build() -> object:
        inside.set()
        assert go_on.wait(10), "another name had to wait for this one"
        built.append(object())
        return built[-1]

    def ask() -> None:
        results.append(cached("slow", build))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert inside.wait(10)
    assert cached("other", lambda: "not kept waiting") == "not kept waiting"
    go_on.set()
    for thread in threads:
        thread.join()
    assert len(built) == 1
    assert results == [built[0]] * 3
    forget("slow")
    assert cached("slow", lambda: "new") == "new"
    forget()


def test_cached_keeps_nothing_when_building_fails() -> None:
    def fail() -> Callable:
        raise DemoError("no")

    with pytest.raises(DemoError):
        cached("failing", fail)
    assert cached("failing", lambda: 1) == 1
    forget()


# ---- shipped networks, and the list ----


def make_shipped(content: bytes = GOOD) -> Path:
    path = network_files.SHIPPED / "pocket_vgg16.safetensors"
    path.write_bytes(content)
    network_files.record_shipped(path)
    return path


def test_shipped_network(home: Path) -> None:
    assert network_files.state("pocket-vgg16") == "missing"
    assert network_files.size("pocket-vgg16") == 0
    with pytest.raises(DemoError, match=r"pocket_vgg16\.safetensors: the file is missing.*git checkout"):
        shipped.tensors("pocket-vgg16")
    path = make_shipped()
    tensors = shipped.tensors("pocket-vgg16")
    assert str(tensors["a"].dtype) == "torch.float16"
    assert tensors["a"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert network_files.state("pocket-vgg16") == "shipped"
    assert network_files.size("pocket-vgg16") == len(GOOD)
    assert network_files.find("pocket-vgg16") == path


def test_damaged_shipped_network_stays_and_is_named(home: Path) -> None:
    path = make_shipped()
    spoil(path)
    with pytest.raises(DemoError, match=r"pocket_vgg16\.safetensors: its sha256 begins with .*git checkout"):
        shipped.tensors("pocket-vgg16")
    assert path.exists()


def test_shipped_network_without_a_noted_hash(home: Path) -> None:
    make_shipped()
    (network_files.SHIPPED / "SHA256SUMS").unlink()
    with pytest.raises(DemoError, match="no hash is noted"):
        shipped.tensors("pocket-vgg16")


def test_record_shipped_writes_what_sha256sum_reads(home: Path) -> None:
    other = network_files.SHIPPED / "other.safetensors"
    other.write_bytes(b"other")
    network_files.record_shipped(other)
    make_shipped(b"old")
    make_shipped(b"new")
    lines = (network_files.SHIPPED / "SHA256SUMS").read_text().splitlines()
    assert [line.split()[1] for line in lines] == ["other.safetensors", "pocket_vgg16.safetensors"]
    assert sorted(path.name for path in network_files.SHIPPED.iterdir()) == [
        "SHA256SUMS",
        *(line.split()[1] for line in lines),
    ]
    if command := shutil.which("sha256sum"):
        checked = subprocess.run([command, "-c", "SHA256SUMS"], cwd=network_files.SHIPPED, capture_output=True)
        assert checked.returncode == 0


def test_shipped_files_of_the_repository_fit_their_hashes() -> None:
    files = {path.name for path in (ROOT / "weights").glob("*.safetensors")} - {"vgg16.tv_in1k.safetensors"}
    noted = hashes.read(ROOT / "weights" / "SHA256SUMS")
    assert files == set(noted)
    for name in files:
        assert hashes.sha256(ROOT / "weights" / name) == noted[name]


def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(DemoError, match=r"no network 'vgg19'\. There are pocket-vgg16, .*vgg16-features"):
        shipped.tensors("vgg19")


def test_remove(server: Hub, home: Path) -> None:
    with pytest.raises(DemoError, match="nothing to remove"):
        network_files.remove(FEATURES)
    part, whole = network_files.fetch(FEATURES), network_files.fetch(WHOLE)
    assert network_files.remove(FEATURES) == [part]
    assert network_files.find(FEATURES) == whole
    with pytest.raises(DemoError, match="is read from the whole file"):
        network_files.remove(FEATURES)
    assert network_files.remove(WHOLE) == [whole]
    assert network_files.find(FEATURES) is None
    assert network_files.state(FEATURES) == "on the Hub: 59 MB"
    assert not [path for path in home.rglob("*") if path.is_file() and path.stat().st_size > 100_000]
    with pytest.raises(DemoError, match="nothing to remove"):
        network_files.remove(WHOLE)


def test_remove_deletes_an_unfinished_part(server: Hub, home: Path) -> None:
    server.breaks = [20_000] * 5
    with pytest.raises(DemoError):
        network_files.fetch(FEATURES)
    network_files.remove(FEATURES)
    assert not list(home.rglob("*.part"))


def test_remove_leaves_shipped_files(home: Path) -> None:
    path = make_shipped()
    with pytest.raises(DemoError, match="is in no cache"):
        network_files.remove("pocket-vgg16")
    assert path.exists()


def command(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess:
    line = [sys.executable, "-m", "demos.core.weights", *arguments]
    return subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)


def test_command_line(home: Path) -> None:
    pinned = catalogue.NETWORKS["vgg16-features"].sha256
    with Hub({REPO: {FILE: LARGER}}, state_etag=pinned) as running:
        environment = running.environment(home)
        listed = command(environment)
        assert (listed.returncode, listed.stderr) == (0, "")
        heading, *lines = listed.stdout.splitlines()
        assert [line.split()[0] for line in lines] == list(catalogue.NETWORKS)
        [line] = [line for line in lines if line.startswith("vgg16-features")]
        for column, cell in {
            "state": "on the Hub: 59 MB",
            "size": "59 MB",
            "licence": "BSD-3-Clause",
        }.items():
            assert line[heading.index(column) :].startswith(cell)
        assert line[heading.index("origin") :].startswith(f"{REPO}@b8d8aa2d ")
        assert running.requests == []

        fetched = command(environment, "--fetch", "vgg16-features")
        assert fetched.returncode == 0, fetched.stderr
        assert fetched.stderr.splitlines()[-1] == "vgg16-features: 3.7 of 3.7 MB (100 %)"
        path = Path(fetched.stdout.strip())
        assert len(safetensors.numpy.load_file(path)) == 26

        verified = command(environment, "--verify")
        assert f"vgg16-features: sound: {path}" in verified.stdout
        assert "vgg16: not here" in verified.stdout
        spoil(path)
        verified = command(environment, "--verify")
        assert verified.returncode == 1
        assert "vgg16-features: damaged, its sha256 begins with" in verified.stdout
        assert path.exists()

        removed = command(environment, "--remove", "vgg16-features")
        assert (removed.returncode, removed.stdout) == (0, f"removed {path}\n")
        assert not path.exists()
        again = command(environment, "--remove", "vgg16-features")
        assert (again.returncode, again.stdout) == (1, "")
        assert again.stderr.startswith("There is nothing to remove")


def test_what_is_shipped_is_sound(home: Path) -> None:
    verified = command(os.environ | {"HF_HOME": str(home), "HF_HUB_OFFLINE": "1"}, "--verify")
    assert (verified.returncode, verified.stderr) == (0, "")
    shipped = [network.name for network in catalogue.NETWORKS.values() if network.repo is None]
    assert all(f"{name}: sound: " in verified.stdout for name in shipped)


def test_damage_to_the_other_files_of_a_folder_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "weights" / "dcgan"
    folder.mkdir(parents=True)
    for name in ("generator.safetensors", "snapshots-1.safetensors", "config.json"):
        (folder / name).write_text(name)
        network_files.record_shipped(folder / name)
    monkeypatch.setattr(network_files, "SHIPPED", folder.parent)
    assert network_files.companions_error(folder / "generator.safetensors") is None
    (folder / "snapshots-1.safetensors").write_text("other")
    (folder / "config.json").unlink()
    wrong = network_files.companions_error(folder / "generator.safetensors")
    assert wrong is not None
    assert wrong.startswith("config.json, snapshots-1.safetensors beside it")


def test_whole_file_through_the_command_line_says_damaged(home: Path) -> None:
    """The Hub states the pinned hash and sends something else: what arrives is checked, too."""
    with Hub({REPO: {FILE: SMALL}}, state_etag=catalogue.NETWORKS["vgg16"].sha256) as running:
        done = command(running.environment(home), "--fetch", "vgg16")
        assert done.returncode == 1
        assert "arrived damaged again" in done.stderr
        assert running.sent[FILE] == 2 * SMALL.size


def test_listing_loads_no_torch() -> None:
    code = "import sys, demos.core.weights as c; c.main([]); sys.exit('torch' in sys.modules)"
    process = python(code, dict(os.environ))
    process.communicate(timeout=120)
    assert process.returncode == 0
