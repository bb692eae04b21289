"""A file of the Hub, pinned by its hash: where the caches on this machine have it, whether it is sound, how it comes.

Knows no network of ours: `networks/files.py` does, and adds what works without a file that cannot be had.
"""

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import constants, try_to_load_from_cache
from huggingface_hub.utils import WeakFileLock

from demos.core.errors import DemoError
from demos.core.hub import client, explain, hashes, safetensors_part

SHA256_DIGITS = 64  # the Hub states this hash for large files; for small ones git's, of 40 digits

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pinned:
    """A file on the Hub, or a part of one."""

    repo: str  # OWNER/NAME
    file: str
    revision: str  # a commit; a branch ("main") is as safe, since the hash decides, but its file may change
    sha256: str  # of the whole file, in hexadecimal
    size: int = 0  # bytes that are fetched; 0 where that is not known beforehand
    prefixes: tuple[str, ...] = ()  # of the names of the tensors wanted; () is the whole file


# ---- whether the Hub may be asked -----------------------------------------------------------------------------------

_offline = False


def set_offline(offline: bool) -> None:
    """With True, the Hub is not asked for anything until set_offline(False): the app's --offline."""
    global _offline
    _offline = offline


def is_offline() -> bool:
    """Whether --offline or HF_HUB_OFFLINE forbids asking the Hub."""
    return _offline or constants.HF_HUB_OFFLINE


# ---- on this machine ------------------------------------------------------------------------------------------------


def cache_folder() -> Path:
    """Our own cache, beside the Hub's: parts of files, which the Hub's has no place for. Safe to delete."""
    return Path(constants.HF_HOME) / "hidden-layers"


def part_path(pinned: Pinned) -> Path:
    """Where a part of a file is kept."""
    # The hash in the name: when another revision is pinned, the old part is not taken for the new one.
    return cache_folder() / f"{_name(pinned)}-{pinned.sha256[:12]}.safetensors"


def _name(pinned: Pinned) -> str:
    """A file name for it: "vgg16.tv_in1k-features", "weights-dcgan-cats-config.json"."""
    what = [prefix.rstrip(".") for prefix in pinned.prefixes] or [pinned.file.replace("/", "-")]
    return "-".join([pinned.repo.split("/")[-1], *what])


def places(pinned: Pinned) -> Iterator[Path]:
    """Where a cache may have it, best place first; a part is also read from the whole file."""
    if pinned.prefixes:
        yield part_path(pinned)
    there = try_to_load_from_cache(pinned.repo, pinned.file, revision=pinned.revision)
    if isinstance(there, str):
        yield Path(there)


def find(pinned: Pinned) -> Path | None:
    """The file in a cache, or None. Checks no hash."""
    return next((path for path in places(pinned) if os.path.isfile(path)), None)


def expected_sha256(path: Path, pinned: Pinned) -> str | None:
    """The hash that the file at `path` must have; None where a part has lost the note of its own."""
    if pinned.prefixes and path == part_path(pinned):
        return hashes.read(hashes.sidecar(path)).get(path.name)
    return pinned.sha256


def delete(path: Path) -> None:
    """Deletes a cached file with what belongs to it; in the Hub's cache a link leads to the file itself."""
    try:
        for extra in (hashes.sidecar(path), safetensors_part.unfinished(path)):
            extra.unlink(missing_ok=True)
        while path.is_symlink():
            link, path = path, path.parent / os.readlink(path)
            link.unlink()
        path.unlink(missing_ok=True)
    except OSError as error:
        raise DemoError(f"{path} cannot be deleted ({error.strerror}).") from error


# ---- from the Hub ---------------------------------------------------------------------------------------------------


def fetch(pinned: Pinned, progress: client.Progress | None = None) -> Path:
    """The file with the pinned hash: from a cache where it is sound, else from the Hub.

    Two threads or processes that ask at once fetch once. A damaged file in a cache is named in the log, removed and
    fetched once more. An exception from `progress` ends the fetch; what came of a part is kept.

    Args:
        progress: called with (bytes done, bytes in all) as they arrive.

    Raises:
        DemoError: it cannot be had; the reason, in sentences.
    """
    path = find(pinned)
    wrong = None if path is None else hashes.error(path, expected_sha256(path, pinned))
    if path is not None and wrong is None:
        return path
    if is_offline():
        flag = "--offline" if _offline else "HF_HUB_OFFLINE"
        why = f"{flag} forbids asking the Hub: start once without it."
        raise DemoError(f"{path} is damaged ({wrong}), and {why}" if path else why)
    try:
        cache_folder().mkdir(parents=True, exist_ok=True)
        with WeakFileLock(cache_folder() / f"{_name(pinned)}.lock"):  # other threads and processes
            return _fetch_sound(pinned, progress or _silent)
    except client.FAILURES as error:
        raise DemoError(explain.explain(error, pinned.repo, pinned.file)) from error


def _fetch_sound(pinned: Pinned, progress: client.Progress) -> Path:
    """The file that another process fetched meanwhile, or the Hub's; after a damaged one once more."""
    wrong: str | None = None
    for _ in range(2):
        path = find(pinned)
        try:
            path = path or _download(pinned, progress)
            wrong = hashes.error(path, expected_sha256(path, pinned))
        except safetensors_part.BadHeader as error:
            wrong = str(error)
        if path is not None and wrong is None:
            return path
        if path is not None:
            delete(path)
        log.warning("%s is damaged (%s): removed, to be fetched once more", path or pinned.file, wrong)
    raise DemoError(f"{pinned.file} arrived damaged again ({wrong}) and was removed. Try later.")


def _download(pinned: Pinned, progress: client.Progress) -> Path:
    """The file from the Hub, once the hash that the Hub states was found equal to the pinned one."""
    state = client.file_state(pinned.repo, pinned.file, pinned.revision)
    if state.sha256 != pinned.sha256 and len(state.sha256) == SHA256_DIGITS:
        raise DemoError(
            f"The Hub states sha256 {state.sha256[:12]}... for {pinned.file} of {pinned.repo} at "
            f"{pinned.revision[:8]}, but {pinned.sha256[:12]}... is pinned here, so nothing was fetched. "
            "Please report this."
        )
    if pinned.prefixes:
        origin = f"{pinned.repo}@{pinned.revision}/{pinned.file}"
        note = {"source": origin, "source_sha256": pinned.sha256}
        try:
            return safetensors_part.fetch_part(state, pinned.prefixes, part_path(pinned), note, progress)
        except client.RangeIgnored as error:
            log.warning("%s: taking the whole file, %s", error, explain.megabytes(state.size or 0))
    return client.whole_file(pinned.repo, pinned.file, pinned.revision, progress, state.size or pinned.size)


def _silent(done: int, total: int) -> None:
    pass
