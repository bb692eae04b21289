"""Parts of safetensors files: which bytes are asked for, and headers that make no sense."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import event, given
from hypothesis import strategies as st

from demos.core.errors import DemoError
from demos.core.hub import fetch, safetensors_part
from tests.core.conftest import (
    FEATURES,
    FILE,
    LARGER,
    REPO,
    SMALL,
    VGG16_FEATURES,
    features_size,
    is_right,
    read,
    rest_of,
)
from tests.hub import COMMIT, Bytes, ComputedFile, Hub, vgg16_shapes


def test_part_takes_the_header_and_the_range_only(server: Hub) -> None:
    heard: list[tuple[int, int]] = []
    tensors = read(FEATURES, lambda done, total: heard.append((done, total)))
    assert is_right(tensors, SMALL)
    assert server.sent[FILE] == len(SMALL.header) + features_size(SMALL)
    assert heard[0] == (0, features_size(SMALL))
    assert heard[-1] == (features_size(SMALL), features_size(SMALL))
    assert safetensors_part.read_header(fetch.fetch(FEATURES))[1] == {
        "format": "pt",
        "source": f"{REPO}@{COMMIT}/{FILE}",
        "source_sha256": SMALL.sha256(),
    }


def test_vgg16_of_true_size_moves_under_61_million_bytes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = ComputedFile(vgg16_shapes())
    pinned = VGG16_FEATURES
    with Hub({REPO: {FILE: file}}, state_etag=pinned.sha256) as running:
        running.use(monkeypatch, home)
        tensors = read(VGG16_FEATURES)
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
    assert np.array_equal(tensors["features.28.weight"], file.tensor("features.28.weight"))
    assert np.array_equal(tensors["features.0.bias"], file.tensor("features.0.bias"))


def test_unfinished_file_with_another_header_is_not_continued(server: Hub) -> None:
    left = safetensors_part.unfinished(fetch.part_path(FEATURES))
    left.parent.mkdir(parents=True)
    left.write_bytes(b"left over from something else" * 1000)
    assert is_right(read(FEATURES), SMALL)
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
            fetch.fetch(network, stop)
        rest = rest_of(safetensors_part.unfinished(fetch.part_path(network)), LARGER)
        assert is_right(read(network), LARGER)
        assert running.asked("GET", "/storage/")[-1].headers["range"] == rest


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
            fetch.fetch(replace(FEATURES, sha256="e" * 64))
        assert running.sent[FILE] == len(header)


# ---- headers ----


def test_header_longer_than_the_limit_is_not_fetched(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = Bytes((1 << 40).to_bytes(8, "little") + bytes(2_000_000))
    with Hub({REPO: {FILE: file}}) as running:
        running.use(monkeypatch, home)
        with pytest.raises(DemoError, match="header would be 1099511627776 bytes long"):
            fetch.fetch(replace(FEATURES, sha256=file.sha256()))
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
            fetch.fetch(replace(FEATURES, sha256=file.sha256()))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_header_or_bad(text: bytes) -> None:
    try:
        tensors, _ = safetensors_part.parse_header(text, 1000)
    except safetensors_part.BadHeader:
        return
    assert all(0 <= tensor.begin <= tensor.end <= 1000 for tensor in tensors)


@given(st.data())
def test_spoiled_header_is_read_or_bad(data: st.DataObject) -> None:
    spoiled = bytearray(SMALL.header[8:])
    for _ in range(data.draw(st.integers(1, 4))):
        spoiled[data.draw(st.integers(0, len(spoiled) - 1))] = data.draw(st.integers(0, 255))
    try:
        part = safetensors_part.plan_range(bytes(spoiled), ("features.",), SMALL.size, {})
    except safetensors_part.BadHeader:
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
        part = safetensors_part.plan_range(file[8 : 8 + length], (prefix,), len(file), {"more": "yes"})
    except safetensors_part.BadHeader as error:
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
