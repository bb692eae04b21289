"""A zip with one folder per class: hostile until checked, read file by file into memory, never extracted to disk."""

import re
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from demos.core.errors import DemoError
from demos.transfer.data import layout, photos, splits, zip_names
from demos.transfer.data.left_out import LeftOut
from demos.transfer.data.names import file_name
from demos.transfer.data.photos import PhotoSet, Split

MAX_ENTRIES = 10_000
MAX_FILE = 60_000_000  # bytes of one photo
MAX_TOTAL = 2_000_000_000  # bytes of all of them, unpacked
MAX_RATIO = 200  # unpacked to packed; photos are compressed already and reach 1 to 3
IGNORED = frozenset(("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "@eadir", "$recycle.bin"))
KINDS = {  # how files begin that are no zip, but were meant as a set or a part of one
    b"\x1f\x8b": "a gzip or tar.gz archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"\xff\xd8\xff": "one photo, and not a set of them",
    b"\x89PNG": "one picture, and not a set of them",
}
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".zst")


def from_zip(source: str | Path | BinaryIO) -> PhotoSet:
    """The classes and photos of a zip.

    Raises:
        DemoError: no zip, encrypted, with paths or links that lead outside, a bomb, or not two classes of two photos.
    """
    with opened(source) as archive:
        return _read(archive)


@contextmanager
def opened(source: str | Path | BinaryIO) -> Iterator[zipfile.ZipFile]:
    """The zip, open; what goes wrong with it meanwhile is one sentence. Raises DemoError."""
    try:
        with zipfile.ZipFile(source) as archive:
            yield archive
    except DemoError:
        raise
    except FileNotFoundError as error:
        raise DemoError("The zip is not there (any more). Choose it again.") from error
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        EOFError,
        OSError,
        ValueError,
        RuntimeError,
        UnicodeError,
    ) as error:
        kind = _other_kind(source)
        if kind:
            raise DemoError(f"This file is {kind}, whatever it is called. Pack the folders as a zip.") from error
        raise DemoError(
            "This file is no zip that can be read: damaged, cut off or of another kind. Pack the folders once more."
        ) from error


def _other_kind(source: str | Path | BinaryIO) -> str:
    """What a file that is no zip begins like, in words; "" for none of these."""
    try:
        if isinstance(source, str | Path):
            with Path(source).open("rb") as file:
                start = file.read(512)
        else:
            source.seek(0)
            start = source.read(512)
    except (OSError, ValueError):
        return ""
    if start[257:262] == b"ustar":
        return "a tar archive"
    return next((words for magic, words in KINDS.items() if start.startswith(magic)), "")


def _read(archive: zipfile.ZipFile) -> PhotoSet:
    members, twice, encoding = checked(archive)
    found = layout.understand(members)
    photo_set = PhotoSet(left_out=(*twice, *found.left_out), notes=found.notes)
    groups: dict[tuple[str, Split | None], list[tuple[str, ...]]] = {}
    for one in found.placed:
        groups.setdefault((one.label, one.side), []).append(one.path)
    budget = Budget()
    for (label, side), paths in groups.items():
        if label not in photo_set.names:
            photo_set = photo_set.add_class(label)
        photo_set = photo_set.add_photos(label, (content(archive, members[p], p, budget) for p in paths), side)
    # A folder of nothing but texts is no class; a class with one photo is the visitor's to mend.
    photo_set = replace(photo_set, classes=tuple(group for group in photo_set.classes if group.photos))
    photo_set = splits.with_own_split(photo_set)
    photos.check_ready(photo_set)
    if encoding:
        note = f"The zip does not say how its names are written; they were read as {encoding}."
        photo_set = replace(photo_set, notes=(*photo_set.notes, note))
    return photo_set


@dataclass
class Budget:
    """Bytes that may still be unpacked."""

    left: int = MAX_TOTAL


def checked(archive: zipfile.ZipFile) -> tuple[dict[tuple[str, ...], zipfile.ZipInfo], list[LeftOut], str]:
    """(the members that may be photos, by their path; those of a path that comes again; the names' old encoding or "").

    Everything hostile is refused from the directory alone.
    """
    members = archive.infolist()
    if len(members) > MAX_ENTRIES:
        raise DemoError(f"The zip has {len(members)} entries; at most {MAX_ENTRIES} are read. Pack fewer photos.")
    packed, unpacked = sum(m.compress_size for m in members), sum(m.file_size for m in members)
    if unpacked > MAX_TOTAL:
        raise DemoError(
            f"The zip says it unpacks to {unpacked / 1e9:.1f} GB; at most {MAX_TOTAL / 1e9:.0f} GB are read. "
            "Pack fewer or smaller photos."
        )
    if unpacked > 1_000_000 and unpacked > MAX_RATIO * max(1, packed):
        raise DemoError(
            f"The zip unpacks to {unpacked / max(1, packed):.0f} times its size, which no photos do. "
            "It is refused; pack the photos themselves."
        )
    entries: dict[tuple[str, ...], zipfile.ZipInfo] = {}
    twice: list[LeftOut] = []
    names, encoding = zip_names.paths(members)
    for member, name in zip(members, names, strict=True):
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or (path.parts and re.fullmatch("[A-Za-z]:", path.parts[0])):
            raise DemoError(
                "The zip holds a path that leads outside of it, and is refused. Pack the folders once more."
            )
        if stat.S_ISLNK(member.external_attr >> 16):
            raise DemoError(
                f"The zip holds a link ({file_name(path.name)}), and is refused. Pack the photos themselves."
            )
        hidden = any(part.startswith(".") or part.casefold() in IGNORED for part in path.parts)
        if name.endswith("/") or hidden or not path.parts:
            continue
        if member.flag_bits & 0x1:
            raise DemoError("The zip is protected by a password. Pack it once more without one.")
        if path.suffix.casefold() in ARCHIVES:
            raise DemoError(
                f"The zip holds another archive ({file_name(path.name)}). Unpack that one and pack its folders."
            )
        if path.parts in entries:
            why = "is in the zip twice; the first one was left out, as unpacking would do."
            twice.append(LeftOut(file_name("/".join(path.parts)), why))
        entries[path.parts] = member
    return entries, twice, encoding


def content(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: tuple[str, ...], budget: Budget
) -> tuple[str, bytes] | LeftOut:
    """(name, bytes), or why it is left out. Reads up to the limit, whatever the zip says of the size."""
    name = "/".join(path)
    try:
        with archive.open(member) as file:
            read = file.read(MAX_FILE + 1)
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, RuntimeError, NotImplementedError) as error:
        return LeftOut(file_name(name), f"is damaged in the zip ({type(error).__name__}).")
    except Exception as error:  # zlib, lzma and bz2 have errors of their own
        return LeftOut(file_name(name), f"cannot be unpacked ({type(error).__name__}).")
    budget.left -= len(read)
    if budget.left < 0:
        raise DemoError(f"The zip unpacks to more than {MAX_TOTAL / 1e9:.0f} GB. Pack fewer or smaller photos.")
    if len(read) > MAX_FILE:
        return LeftOut(file_name(name), f"is larger than {MAX_FILE / 1e6:.0f} MB.")
    return name, read
