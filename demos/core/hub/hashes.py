"""SHA-256 of files, and the small text files that note them, in the form of the `sha256sum` command.
A line is 64 hexadecimal digits, two spaces, and the file's name.
"""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

# (path, bytes, time of the last change in ns) -> hash: a file that did not change is hashed once per process.
_known: dict[tuple[str, int, int], str] = {}


def sha256(path: Path) -> str:
    """The file's hash in hexadecimal (0.4 s for the 553 MB of VGG16 where the processor helps)."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remembered_sha256(path: Path) -> str:
    """The file's hash, computed once per process for as long as the file's size and time of change stay the same."""
    state = path.stat()
    key = (str(path), state.st_size, state.st_mtime_ns)
    if key not in _known:
        _known[key] = sha256(path)
    return _known[key]


def error(path: Path, expected: str | None) -> str | None:
    """What is wrong with the file, as a clause; None when its hash is the expected one."""
    if expected is None:
        return "no hash is noted for it"
    try:
        actual = remembered_sha256(path)
    except OSError as problem:
        return f"it cannot be read: {problem.strerror}"
    return None if actual == expected else f"its sha256 begins with {actual[:12]} instead of {expected[:12]}"


def read(noted: Path) -> dict[str, str]:
    """File names and their hashes from the text file `noted`; none where there is no such file."""
    if not noted.is_file():
        return {}
    lines = (line.split(maxsplit=1) for line in noted.read_text(encoding="utf-8").splitlines())
    return {words[1].lstrip("*"): words[0] for words in lines if len(words) == 2}


def write(noted: Path, hashes: Mapping[str, str]) -> None:
    """Writes them in one step: a reader sees the old file or the new one, never half of it."""
    temporary = noted.with_name(f".{noted.name}.{os.getpid()}")
    temporary.write_text("".join(f"{hashes[name]}  {name}\n" for name in sorted(hashes)), encoding="utf-8")
    os.replace(temporary, noted)


def sidecar(path: Path) -> Path:
    """Where the hash of a single file is noted: beside it."""
    return path.with_name(path.name + ".sha256")
