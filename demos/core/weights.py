"""The one door for networks: fetches a file if need be, checks its hash, and reads its tensors.

A file is looked for in `weights/`, in our cache, in the Hub's local cache and on the Hub, in this order. Only
safetensors files are read, nothing is ever unpickled, and nothing is read whose hash does not fit.

    python -m demos.core.weights                lists every network: origin, licence, size, state
    python -m demos.core.weights --fetch NAME   fetches one ahead of its first use
    python -m demos.core.weights --verify       checks the hashes of the files that are here
    python -m demos.core.weights --remove NAME  deletes one from the caches

To ship another network: one line in `catalogue.py`, and `record_shipped` once its file lies in `weights/`.
"""

import logging
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from huggingface_hub import constants
from huggingface_hub.utils import WeakFileLock

from demos.core import hub, partial
from demos.core.catalogue import (
    NETWORKS,
    Network,
    cache_folder,
    damage,
    delete,
    find,
    is_cached_file,
    megabytes,
    part_path,
    record,
    record_shipped,
    remove,
    size,
    state,
)
from demos.core.errors import DemoError

if TYPE_CHECKING:  # torch takes a second to load, and listing the networks needs none of it
    import torch

T = TypeVar("T")
log = logging.getLogger(__name__)

_offline = False
_loaded: dict[str, object] = {}
_locks: dict[str, threading.RLock] = {}
_guard = threading.Lock()  # of _locks


def set_offline(offline: bool) -> None:
    """With True, the Hub is not asked for anything until set_offline(False): the app's --offline."""
    global _offline
    _offline = offline


def is_offline() -> bool:
    """Whether --offline or HF_HUB_OFFLINE forbids asking the Hub."""
    return _offline or constants.HF_HUB_OFFLINE


# ---- from the Hub ----


def fetch(name: str | Network, progress: hub.Progress | None = None) -> Path:
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
    wrong = damage(path, network) if path is not None else "the file is missing"
    if path is not None and wrong is None:
        return path
    if network.repo is None:
        why = f"weights/{network.file}: {wrong}. Restore it with: git checkout -- weights"
        raise _cannot_have(network, why)
    if is_offline():
        flag = "--offline" if _offline else "HF_HUB_OFFLINE"
        why = f"{flag} forbids asking the Hub: start once without it."
        raise _cannot_have(network, f"{path} is damaged ({wrong}), and {why}" if path else why)
    try:
        cache_folder().mkdir(parents=True, exist_ok=True)
        with WeakFileLock(cache_folder() / f"{network.name}.lock"):  # other threads and processes
            return _fetch_sound(network, progress or _silent)
    except hub.FAILURES as error:
        raise _cannot_have(network, hub.explain(error, network.repo, network.file)) from error


def _fetch_sound(network: Network, progress: hub.Progress) -> Path:
    """The file that another process fetched meanwhile, or the Hub's; after a damaged one once more."""
    wrong: str | None = None
    for _ in range(2):
        path = find(network)
        try:
            path = path or _download(network, progress)
            wrong = damage(path, network)
        except partial.BadHeader as error:
            wrong = str(error)
        if path is not None and wrong is None:
            return path
        if path is not None:
            if not is_cached_file(path):
                raise _cannot_have(network, f"{path} is damaged ({wrong}). Delete it or replace it.")
            delete(path)
        log.warning("%s is damaged (%s): removed, to be fetched once more", path or network.file, wrong)
    raise _cannot_have(network, f"{network.file} arrived damaged again ({wrong}) and was removed. Try later.")


def _download(network: Network, progress: hub.Progress) -> Path:
    """The file from the Hub, once the hash that the Hub states was found equal to the pinned one."""
    assert network.repo is not None
    link = hub.link(network.repo, network.file, network.revision)
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
            return partial.fetch_part(link, network.tensors, part_path(network), note, progress)
        except hub.RangeIgnored as error:
            log.warning("%s: taking the whole file, %s", error, megabytes(link.size or 0))
    return hub.whole(network.repo, network.file, network.revision, progress, link.size or network.size)


def _cannot_have(network: Network, why: str) -> DemoError:
    """`why` is a sentence; what is missing goes before it and what works without it after."""
    here = [name for name, other in NETWORKS.items() if name != network.name and find(other) is not None]
    works = f"This works without it: {', '.join(here or ['all that needs no trained network'])}."
    what = f"{network.name} ({megabytes(network.size)})" if network.size else network.name
    return DemoError(f"{what} cannot be had. {why} {works}")


# ---- from the file ----


def load(name: str | Network, progress: hub.Progress | None = None) -> "dict[str, torch.Tensor]":
    """The network's tensors on the CPU, in the precision that they are stored in, from a file found sound.

    Which keys and shapes there must be is known, and checked, where the network is built.
    """
    from safetensors import SafetensorError, safe_open

    network = record(name)
    path = fetch(network, progress)
    try:
        with safe_open(path, framework="pt") as file:
            keys = [key for key in file.offset_keys() if key.startswith(network.tensors or "")]
            tensors = {key: file.get_tensor(key) for key in keys}
    except (SafetensorError, OSError) as error:
        raise DemoError(f"{path} is not a safetensors file ({error}).") from error
    if not tensors:
        raise DemoError(f"{path} holds no tensor of {network.name}.")
    return tensors


def metadata(name: str | Network) -> dict[str, str]:
    """What the header of the network's file on this machine says about it; DemoError where none is here."""
    network = record(name)
    path = find(network)
    if path is None:
        raise DemoError(f"{network.name} is not on this machine.")
    try:
        return partial.read_header(path)[1]
    except (partial.BadHeader, OSError) as error:
        raise DemoError(f"{path} is not a safetensors file: {error}.") from error


# ---- once per process ----


def cached(name: str, build: Callable[[], T]) -> T:
    """What `build()` returned the first time, for every visitor: read it, never change it.

    Threads that ask at once wait for the one that builds. The lock is for this name only, so that 59 MB on
    their way to one visitor keep nobody from the network that is there. If `build` raises, nothing is kept.
    """
    with _lock_of(name):
        if name not in _loaded:
            _loaded[name] = build()
        return _loaded[name]  # type: ignore[return-value]


def forget(name: str | None = None) -> None:
    """Lets go of what `cached` keeps under that name, or of everything."""
    for key in [name] if name is not None else list(_loaded):
        _loaded.pop(key, None)


def _lock_of(name: str) -> threading.RLock:
    with _guard:
        return _locks.setdefault(name, threading.RLock())


def _silent(done: int, total: int) -> None:
    pass


if __name__ == "__main__":
    from demos.core import weights_command

    sys.exit(weights_command.main())
