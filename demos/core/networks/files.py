"""Where a network's file is on this machine, whether it is sound, and how it gets here."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

from huggingface_hub import constants, try_to_load_from_cache
from huggingface_hub.utils import WeakFileLock

from demos.core.errors import DemoError
from demos.core.hub import client, explain, hashes, ranges
from demos.core.hub import fetch as hub_fetch
from demos.core.networks import catalogue
from demos.core.networks.catalogue import NETWORKS, Network, megabytes, record

SHIPPED = Path(__file__).resolve().parents[3] / "weights"  # files trained here, and those put there by hand
HASHES = "SHA256SUMS"  # the hashes of the shipped files, beside them, in each folder


# ---- where a file is ----


def find(name: str | Network) -> Path | None:
    """The file that the network can be read from, or None. Checks no hash.

    For a part of a larger file ("vgg16-features") this is the larger one where only that is here.
    """
    return next((path for path in places(catalogue.record(name)) if os.path.isfile(path)), None)


def places(network: Network) -> Iterator[Path]:
    """Where the file may lie, best place first."""
    if network.repo is None:
        yield SHIPPED / network.file
        return
    # For machines without network: the whole file, carried there by hand under the repository's name.
    yield SHIPPED / f"{network.repo.split('/')[-1]}.safetensors"
    if network.tensors:
        yield part_path(network)
    there = try_to_load_from_cache(network.repo, network.file, revision=network.revision)
    if isinstance(there, str):
        yield Path(there)


def cache_folder() -> Path:
    """Our own cache, beside the Hub's: parts of files, which the Hub's has no place for. Safe to delete."""
    return Path(constants.HF_HOME) / "hidden-layers"


def part_path(network: Network) -> Path:
    """Where a part of a Hub file is kept."""
    # The hash in the name: when another revision is pinned, the old part is not taken for the new one.
    return cache_folder() / f"{network.name}-{network.sha256[:12]}.safetensors"


def is_cached_file(path: Path) -> bool:
    """Whether the file lies in a cache, where we may delete it, and not in weights/."""
    return SHIPPED not in path.parents


def state(name: str | Network) -> str:
    """One of "shipped", "cached", "on the Hub: 59 MB", and "missing" for a shipped file that is not there."""
    network = catalogue.record(name)
    here = find(network) is not None
    if network.repo is None:
        return "shipped" if here else "missing"
    return "cached" if here else f"on the Hub: {catalogue.megabytes(network.size)}"


def size(name: str | Network) -> int:
    """Bytes of a shipped network's file (0 if missing), or of the tensors that are fetched from the Hub."""
    network = catalogue.record(name)
    path = find(network) if network.repo is None else None
    return network.size if path is None else path.stat().st_size


# ---- whether it is sound ----


def record_shipped(path: str | os.PathLike[str]) -> None:
    """Notes the hash of a file to be shipped in SHA256SUMS beside it, in place of an older one."""
    path = Path(path)
    noted = path.parent / HASHES
    hashes.write(noted, hashes.read(noted) | {path.name: hashes.sha256(path)})


def integrity_error(path: Path, network: Network) -> str | None:
    """What is wrong with the network's file at `path`, as a clause; None when its hash is as expected."""
    if network.repo is None:
        expected = hashes.read(path.parent / HASHES).get(path.name)
    elif network.tensors and path == part_path(network):
        expected = hashes.read(hashes.sidecar(path)).get(path.name)
    else:
        expected = network.sha256
    if expected is None:
        return "no hash is noted for it"
    try:
        found = hashes.sha256(path)
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    return None if found == expected else f"its sha256 begins with {found[:12]} instead of {expected[:12]}"


def companions_error(path: Path) -> str | None:
    """What is wrong with the other files of a network with a folder of its own (a DCGAN's snapshots), as a clause."""
    noted = hashes.read(path.parent / HASHES)
    if path.parent == SHIPPED or is_cached_file(path):
        return None
    others = {name: path.parent / name for name in noted if name != path.name}
    wrong = [name for name, other in others.items() if not other.is_file() or hashes.sha256(other) != noted[name]]
    return f"{', '.join(wrong)} beside it: missing, or another sha256" if wrong else None


def remove(name: str | Network) -> list[Path]:
    """Deletes the network's files from the caches, unfinished ones too, and returns their paths.

    Raises:
        DemoError: nothing is there, or nothing that may be deleted (weights/), or the disk refuses.
    """
    network = catalogue.record(name)
    removed = []
    for path in list(places(network)):
        own = path == part_path(network) if network.tensors else is_cached_file(path)
        if own and (os.path.isfile(path) or os.path.isfile(ranges.unfinished(path))):
            delete(path)
            removed.append(path)
    if removed:
        return removed
    here = find(network)
    if here is None:
        raise DemoError(f"There is nothing to remove: {network.name} is not on this machine.")
    if not is_cached_file(here):
        raise DemoError(f"{here} is in no cache. Delete the file itself if that is what you want.")
    owners = [other for other in catalogue.NETWORKS.values() if other.sha256 == network.sha256 and not other.tensors]
    how = f" To delete that: --remove {owners[0].name}" if owners else ""
    raise DemoError(f"{network.name} is read from the whole file, {here}.{how}")


def delete(path: Path) -> None:
    """Deletes a cached file with what belongs to it; in the Hub's cache a link leads to the file itself."""
    try:
        for extra in (hashes.sidecar(path), ranges.unfinished(path)):
            extra.unlink(missing_ok=True)
        while path.is_symlink():
            link, path = path, path.parent / os.readlink(path)
            link.unlink()
        path.unlink(missing_ok=True)
    except OSError as error:
        raise DemoError(f"{path} cannot be deleted ({error.strerror}).") from error


log = logging.getLogger(__name__)


# ---- from the Hub ----


def fetch(name: str | Network, progress: client.Progress | None = None) -> Path:
    """The network's file, its hash checked; from the Hub if it is not here.

    Two threads or processes that ask at once fetch once. A damaged file in a cache is named in the log,
    removed and fetched once more. An exception from `progress` ends the fetch; what came of a part is kept.

    Args:
        progress: told (bytes done, bytes in all) as they arrive.

    Raises:
        DemoError: it cannot be had, with the reason and what works without it.
    """
    network = record(name)
    path = find(network)
    wrong = integrity_error(path, network) if path is not None else "the file is missing"
    if path is not None and wrong is None:
        return path
    if network.repo is None:
        why = f"weights/{network.file}: {wrong}. Restore it with: git checkout -- weights"
        raise _cannot_have(network, why)
    if hub_fetch.is_offline():
        flag = "--offline" if hub_fetch._offline else "HF_HUB_OFFLINE"
        why = f"{flag} forbids asking the Hub: start once without it."
        raise _cannot_have(network, f"{path} is damaged ({wrong}), and {why}" if path else why)
    try:
        cache_folder().mkdir(parents=True, exist_ok=True)
        with WeakFileLock(cache_folder() / f"{network.name}.lock"):  # other threads and processes
            return _fetch_sound(network, progress or _silent)
    except client.FAILURES as error:
        raise _cannot_have(network, explain.explain(error, network.repo, network.file)) from error


def _fetch_sound(network: Network, progress: client.Progress) -> Path:
    """The file that another process fetched meanwhile, or the Hub's; after a damaged one once more."""
    wrong: str | None = None
    for _ in range(2):
        path = find(network)
        try:
            path = path or _download(network, progress)
            wrong = integrity_error(path, network)
        except ranges.BadHeader as error:
            wrong = str(error)
        if path is not None and wrong is None:
            return path
        if path is not None:
            if not is_cached_file(path):
                raise _cannot_have(network, f"{path} is damaged ({wrong}). Delete it or replace it.")
            delete(path)
        log.warning("%s is damaged (%s): removed, to be fetched once more", path or network.file, wrong)
    raise _cannot_have(network, f"{network.file} arrived damaged again ({wrong}) and was removed. Try later.")


def _download(network: Network, progress: client.Progress) -> Path:
    """The file from the Hub, once the hash that the Hub states was found equal to the pinned one."""
    assert network.repo is not None
    link = client.file_state(network.repo, network.file, network.revision)
    if link.sha256 != network.sha256:
        raise _cannot_have(
            network,
            f"The Hub states sha256 {link.sha256[:12]}... for {network.file} of {network.repo} at "
            f"{network.revision[:8]}, but {network.sha256[:12]}... is pinned here, so nothing was fetched. "
            "Please report this.",
        )
    if network.tensors:
        origin = f"{network.repo}@{network.revision}/{network.file}"
        note = {"source": origin, "source_sha256": network.sha256}
        try:
            return ranges.fetch_part(link, network.tensors, part_path(network), note, progress)
        except client.RangeIgnored as error:
            log.warning("%s: taking the whole file, %s", error, megabytes(link.size or 0))
    return client.whole_file(network.repo, network.file, network.revision, progress, link.size or network.size)


def _cannot_have(network: Network, why: str) -> DemoError:
    """`why` is a sentence; what is missing goes before it and what works without it after."""
    here = [name for name, other in NETWORKS.items() if name != network.name and find(other) is not None]
    works = f"This works without it: {', '.join(here or ['all that needs no trained network'])}."
    what = f"{network.name} ({megabytes(network.size)})" if network.size else network.name
    return DemoError(f"{what} cannot be had. {why} {works}")


def _silent(done: int, total: int) -> None:
    pass
