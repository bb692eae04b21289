"""A zip with one folder per class: hostile until checked, read member by member into memory, never extracted to disk.

cats/tom.jpg   dogs/rex.jpg                     classes are folders
photos/cats/tom.jpg                             one folder around them all is stripped
train/cats/tom.jpg   val/cats/kitty.jpg         the sides that a set came with are kept
"""

import stat
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from demos.core.errors import DemoError
from demos.transfer.data import names, photos
from demos.transfer.data.photos import PhotoSet, Split

MAX_ENTRIES = 10_000
MAX_FILE = 60_000_000  # bytes of one photo
MAX_TOTAL = 2_000_000_000  # bytes of all of them, unpacked
MAX_RATIO = 200  # unpacked to packed; photos are compressed already and reach 1 to 3
SIDES: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "validation",
}
IGNORED = {"__macosx", "thumbs.db", "desktop.ini"}
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".zst")


def from_zip(source: str | Path | BinaryIO) -> PhotoSet:
    """The classes and photos of a zip.

    Raises:
        DemoError: no zip, encrypted, with paths or links that lead outside, a bomb, or not two classes of two photos.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            return _read(archive)
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
        raise DemoError(
            "This file is no zip that can be read: damaged, cut off or of another kind. Pack the folders once more."
        ) from error


def _read(archive: zipfile.ZipFile) -> PhotoSet:
    entries = _checked(archive)
    if not entries:
        raise DemoError("The zip holds no photos. It needs one folder per class, with at least 2 photos in each.")
    photo_set = PhotoSet()
    unpacked = 0
    for member, name, side in _placed(entries):
        if name not in photo_set.names:
            photo_set = photo_set.add_class(name)
        content, problem = _content(archive, member)
        unpacked += len(content)
        if unpacked > MAX_TOTAL:
            raise DemoError(f"The zip unpacks to more than {MAX_TOTAL / 1e9:.0f} GB. Pack fewer or smaller photos.")
        if problem:
            photo_set = replace(photo_set, skipped=(*photo_set.skipped, problem))
        else:
            photo_set = photo_set.add_photos(name, [(PurePosixPath(member.filename).name, content)], side)
    # A folder of nothing but texts is no class; a class with one photo is the visitor's to mend.
    photo_set = replace(photo_set, classes=tuple(group for group in photo_set.classes if group.photos))
    photos.check_ready(photo_set)
    return photo_set


def _checked(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The members that may be photos, after everything hostile has been refused from the directory alone."""
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
    entries = []
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or (path.parts and path.parts[0].endswith(":")):
            raise DemoError(
                "The zip holds a path that leads outside of it, and is refused. Pack the folders once more."
            )
        if stat.S_ISLNK(member.external_attr >> 16):
            raise DemoError(f"The zip holds a link ({path.name[:40]}), and is refused. Pack the photos themselves.")
        if member.is_dir() or any(part.startswith(".") or part.casefold() in IGNORED for part in path.parts):
            continue
        if member.flag_bits & 0x1:
            raise DemoError("The zip is protected by a password. Pack it once more without one.")
        if path.suffix.casefold() in ARCHIVES:
            raise DemoError(f"The zip holds another archive ({path.name[:40]}). Unpack that one and pack its folders.")
        entries.append(member)
    return entries


def _placed(entries: list[zipfile.ZipInfo]) -> Iterator[tuple[zipfile.ZipInfo, str, Split | None]]:
    """Each member with its class and side. Members outside of any folder belong to no class and are left out."""
    paths = {id(m): PurePosixPath(m.filename.replace("\\", "/")).parts for m in entries}
    while True:  # strip folders that hold everything, but never the last one above the photos
        tops = {parts[0] for parts in paths.values() if len(parts) > 1}
        deep = all(len(parts) > 2 for parts in paths.values() if len(parts) > 1)
        if len(tops) != 1 or not deep or next(iter(tops)).casefold() in SIDES:
            break
        paths = {key: parts[1:] if len(parts) > 1 else parts for key, parts in paths.items()}
    tops = {parts[0].casefold() for parts in paths.values() if len(parts) > 1}
    has_sides = bool(tops) and tops <= set(SIDES)
    for member in entries:
        parts = paths[id(member)]
        side = SIDES[parts[0].casefold()] if has_sides and len(parts) > 1 else None
        folders = parts[1:-1] if has_sides else parts[:-1]
        if folders:
            yield member, names.clean_name(folders[0][:60]), side


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> tuple[bytes, str]:
    """(bytes, "") or (b"", why this one is skipped). Reads up to the limit, whatever the zip says of the size."""
    name = PurePosixPath(member.filename).name[:60]
    try:
        with archive.open(member) as file:
            content = file.read(MAX_FILE + 1)
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, RuntimeError, NotImplementedError) as error:
        return b"", f"{name} is damaged in the zip ({type(error).__name__})."
    except Exception as error:  # zlib, lzma and bz2 have errors of their own
        return b"", f"{name} cannot be unpacked ({type(error).__name__})."
    if len(content) > MAX_FILE:
        return b"", f"{name} is larger than {MAX_FILE / 1e6:.0f} MB."
    return content, ""
