"""Part of a safetensors file: read the header, choose neighbouring tensors, fetch only them into a new file.

The form (https://huggingface.co/docs/safetensors): 8 bytes with the header's length N (little endian), then N
bytes of JSON `{"name": {"dtype": "F32", "shape": [64, 3, 3, 3], "data_offsets": [0, 6912]}, ...}` with free
text under "__metadata__", then the tensors. Offsets count from the end of the header. Nothing in it can run.
"""

import errno
import json
import math
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from demos.core.hub import client, hashes

LONGEST_HEADER = 100_000_000  # bytes, the limit of the safetensors library itself
BYTES_PER_VALUE = {
    **{"F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2},
    **{"I8": 1, "U8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1},
}


class BadHeader(Exception):
    """Not the header of a safetensors file, or not of one that holds the wanted tensors side by side."""


@dataclass(frozen=True)
class TensorEntry:
    """One tensor's entry in a header; `begin` and `end` count from the end of the header."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


@dataclass(frozen=True)
class TensorRange:
    """A new file: `header`, then the source file's bytes first ... last (inclusive)."""

    header: bytes
    first: int
    last: int

    @property
    def body(self) -> int:
        return self.last - self.first + 1

    @property
    def size(self) -> int:
        return len(self.header) + self.body


def header_length(start: bytes, file_size: int | None = None) -> int:
    """The length of the JSON from the first 8 bytes of a file."""
    length = int.from_bytes(start, "little")
    room = LONGEST_HEADER if file_size is None else min(LONGEST_HEADER, file_size - 8)
    if len(start) != 8 or not 2 <= length <= room:
        raise BadHeader(f"its header would be {length} bytes long, where at most {room} are possible")
    return length


def parse_header(text: bytes, data_size: int | None = None) -> tuple[list[TensorEntry], dict[str, str]]:
    """The tensors in the order of their bytes, and the metadata. `data_size`: bytes that follow, if known."""
    try:
        entries = json.loads(text)
        metadata = {str(key): str(value) for key, value in entries.pop("__metadata__", {}).items()}
        tensors = [_tensor(name, entry, data_size) for name, entry in entries.items()]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadHeader(f"its header cannot be read ({error})") from error
    return sorted(tensors, key=lambda tensor: (tensor.begin, tensor.end)), metadata


def _tensor(name: str, entry: Mapping, data_size: int | None) -> TensorEntry:
    begin, end = entry["data_offsets"]
    shape = tuple(entry["shape"])
    if any(type(number) is not int or number < 0 for number in (begin, end, *shape)):
        raise ValueError(f"{name}: shape and offsets must be whole numbers from 0 up")
    if end - begin != math.prod(shape) * BYTES_PER_VALUE[entry["dtype"]]:
        raise ValueError(f"{name}: {end - begin} bytes do not fit shape {shape} of {entry['dtype']}")
    if data_size is not None and end > data_size:
        raise ValueError(f"{name} ends at byte {end} of {data_size}")
    return TensorEntry(name, entry["dtype"], shape, begin, end)


def read_header(path: Path) -> tuple[list[TensorEntry], dict[str, str]]:
    """The header of a file on this machine. Raises BadHeader when it is not a whole safetensors file."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = header_length(file.read(8), size)
        return parse_header(file.read(length), size - 8 - length)


def plan_range(text: bytes, prefixes: tuple[str, ...], file_size: int | None, note: Mapping[str, str]) -> TensorRange:
    """The part of a file with all tensors whose names begin with one of `prefixes`, from its header `text`.

    Raises:
        BadHeader: no such tensor, or others lie between them, so that one range cannot have them alone.
    """
    start = 8 + len(text)
    tensors, metadata = parse_header(text, None if file_size is None else file_size - start)
    wanted = [tensor for tensor in tensors if tensor.name.startswith(prefixes)]
    if not wanted:
        raise BadHeader(f"none of its {len(tensors)} tensors begins with {' or '.join(prefixes)}")
    for before, after in pairwise(wanted):
        if after.begin != before.end:
            raise BadHeader(f"{before.name} and {after.name} are not neighbours in it")
    base = wanted[0].begin
    if wanted[-1].end == base:
        raise BadHeader(f"its tensors {' and '.join(prefixes)} are empty")
    entries: dict[str, object] = {"__metadata__": {**metadata, **note}}
    for tensor in wanted:
        offsets = [tensor.begin - base, tensor.end - base]
        entries[tensor.name] = {"dtype": tensor.dtype, "shape": tensor.shape, "data_offsets": offsets}
    new = json.dumps(entries, separators=(",", ":")).encode()
    new += b" " * (-len(new) % 8)  # the library aligns tensors to 8 bytes in the same way
    return TensorRange(len(new).to_bytes(8, "little") + new, start + base, start + wanted[-1].end - 1)


def fetch_part(
    link: client.FileState, prefixes: tuple[str, ...], target: Path, note: Mapping[str, str], progress: client.Progress
) -> Path:
    """Fetches those tensors into a file of their own at `target`, with its hash noted beside it.

    What arrives is kept in `unfinished(target)`; the next call, even of a later process, asks for the rest.
    The hash of the whole file says nothing about a part of it, so the first fetch is protected as far as the
    connection (TLS) and the stated hash go, and every later reading by the hash noted here.

    Raises:
        BadHeader, client.RangeIgnored, or what the client and the disk raise (`client.FAILURES`).
    """
    length = header_length(b"".join(client.read_range(link.url, 0, 7)), link.size)
    text = b"".join(client.read_range(link.url, 8, 7 + length))
    part = plan_range(text, prefixes, link.size, note)

    target.parent.mkdir(parents=True, exist_ok=True)
    growing = unfinished(target)
    had = _resumed_bytes(growing, part)
    free = shutil.disk_usage(target.parent).free
    if free < part.body - had:
        raise OSError(errno.ENOSPC, f"{part.body - had:,} bytes are needed, {free:,} are free")
    progress(had, part.body)
    reported = had
    with growing.open("ab") as file:
        if file.tell() == 0:
            file.write(part.header)
        for chunk in client.read_range(link.url, part.first + had, part.last):
            file.write(chunk)
            had += len(chunk)
            if had - reported >= 1_000_000 or had == part.body:  # a page need not hear of every 64 kB
                progress(had, part.body)
                reported = had
        file.flush()
        os.fsync(file.fileno())
    hashes.write(hashes.sidecar(target), {target.name: hashes.sha256(growing)})
    os.replace(growing, target)
    return target


def unfinished(target: Path) -> Path:
    """Where a fetch that is not finished is kept."""
    return target.with_name(target.name + ".part")


def _resumed_bytes(growing: Path, part: TensorRange) -> int:
    """Bytes of the body that an earlier attempt left; one that does not begin with this header is deleted."""
    if growing.exists():
        size = growing.stat().st_size
        with growing.open("rb") as file:
            if file.read(len(part.header)) == part.header and size <= part.size:
                return size - len(part.header)
        growing.unlink()
    return 0
