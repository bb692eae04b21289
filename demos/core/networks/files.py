"""Where a network's file lies on this machine, whether it is sound, and how it gets here."""

import os
from collections.abc import Iterator
from pathlib import Path

from demos.core.errors import DemoError
from demos.core.hub import client, explain, hashes, safetensors_part
from demos.core.hub import fetch as hub_fetch
from demos.core.hub.fetch import Pinned
from demos.core.networks import catalogue
from demos.core.networks.catalogue import Network, record

WEIGHTS = Path(__file__).resolve().parents[3] / "weights"
SHIPPED = WEIGHTS  # files trained here, and those put there by hand
HASHES = "SHA256SUMS"  # the hashes of the shipped files, beside them, in each folder
# The same hashes in one file with paths from weights/ on, for a checkout without that folder.
EXPECTED = Path(__file__).with_name("shipped.sha256")


# ---- where a file is ------------------------------------------------------------------------------------------------


def find(name: str | Network) -> Path | None:
    """The file that the network can be read from, or None. Checks no hash.

    For a part of a larger file ("vgg16-features") this is the larger one where only that is here.
    """
    return next((path for path in places(record(name)) if os.path.isfile(path)), None)


def places(network: Network) -> Iterator[Path]:
    """Where the file may lie, best place first: weights/, then the caches."""
    yield in_weights(network)
    pinned = origin(network)
    if pinned is not None:
        yield from hub_fetch.places(pinned)


def in_weights(network: Network) -> Path:
    """Where in weights/ it lies, or may be put by hand on a machine without network, under its repository's name."""
    if network.origin is None:
        return SHIPPED / network.file
    return SHIPPED / f"{network.origin.repo.split('/')[-1]}.safetensors"


def origin(network: Network) -> Pinned | None:
    """Where on the Hub the file is; None for a network of ours where no repository has ours."""
    if network.origin is not None:
        return network.origin
    expected = hashes.read(EXPECTED).get(network.file)
    return Pinned(catalogue.HUB, network.file, "main", expected) if catalogue.HUB and expected else None


def parts(name: str | Network) -> list[Network]:
    """The network, and the files beside it where it has a folder of its own: a DCGAN's config and snapshots."""
    network = record(name)
    folder = network.file.rpartition("/")[0]
    if network.origin is not None or not folder:
        return [network]
    beside = [file for file in hashes.read(EXPECTED) if file.startswith(f"{folder}/") and file != network.file]
    return [network, *(Network(file, file, f"a part of {network.name}") for file in beside)]


def available(name: str | Network) -> bool:
    """Whether loading it will do: it is on this machine, or it is one of ours, a few MB, and the Hub may be asked.

    VGG16 counts where it is here only: its download is large, and the visitor is told before.
    """
    network = record(name)
    if find(network) is not None:
        return True
    return network.origin is None and origin(network) is not None and not hub_fetch.is_offline()


def state(name: str | Network) -> str:
    """One of "shipped", "cached", "on the Hub", "on the Hub: 59 MB", and "missing" for one of ours."""
    network = record(name)
    path, pinned = find(network), origin(network)
    if path is not None:
        return "shipped" if network.origin is None and path == in_weights(network) else "cached"
    if pinned is None:
        return "missing"
    return f"on the Hub: {explain.megabytes(pinned.size)}" if pinned.size else "on the Hub"


def size(name: str | Network) -> int:
    """Bytes of the file of a network of ours (0 if it is not here), or of the tensors that come from the Hub."""
    network = record(name)
    if network.origin is not None:
        return network.origin.size
    path = find(network)
    return 0 if path is None else path.stat().st_size


# ---- whether it is sound --------------------------------------------------------------------------------------------


def record_shipped(path: str | os.PathLike[str]) -> None:
    """Notes the hash of a file to be shipped, in place of an older one.

    In SHA256SUMS beside it, and for a file in this repository's weights/ in `EXPECTED` as well.
    """
    path = Path(path)
    path = path.parent.resolve() / path.name
    sha256 = hashes.sha256(path)
    noted = path.parent / HASHES
    hashes.write(noted, hashes.read(noted) | {path.name: sha256})
    if path.is_relative_to(WEIGHTS):
        hashes.write(EXPECTED, hashes.read(EXPECTED) | {path.relative_to(WEIGHTS).as_posix(): sha256})


def file_hash(name: str | Network) -> str:
    """SHA-256 of the network's file; "" where it is not here. A decoder fits the features that it was trained on."""
    path = find(name)
    return hashes.remembered_sha256(path) if path is not None else ""


def integrity_error(path: Path, network: Network) -> str | None:
    """What is wrong with the network's file at `path`, as a clause; None when its hash is the expected one."""
    pinned = origin(network)
    if network.origin is None and path == in_weights(network):
        expected = hashes.read(path.parent / HASHES).get(path.name)
    else:
        expected = None if pinned is None else hub_fetch.expected_sha256(path, pinned)
    return hashes.error(path, expected)


def companions_error(path: Path) -> str | None:
    """What is wrong with the other files of a network with a folder of its own (a DCGAN's snapshots), as a clause."""
    if path.parent == SHIPPED or SHIPPED not in path.parents:
        return None
    noted = hashes.read(path.parent / HASHES)
    others = {name: path.parent / name for name in noted if name != path.name}
    wrong = [name for name, other in others.items() if hashes.error(other, noted[name]) is not None]
    return f"{', '.join(wrong)} beside it: missing, or another sha256" if wrong else None


# ---- how it gets here, and goes -------------------------------------------------------------------------------------


def path(name: str | Network, progress: client.Progress | None = None) -> Path:
    """The network's file, its hash checked; from the Hub if it is not here. What lies in weights/ asks nobody.

    Args:
        progress: called with (bytes done, bytes in all) as they arrive.

    Raises:
        DemoError: it cannot be had, with the reason and what works without it.
    """
    network = record(name)
    here, pinned = in_weights(network), origin(network)
    if os.path.isfile(here):
        wrong = integrity_error(here, network)
        if wrong is None:
            return here
        if network.origin is not None:
            raise _cannot_have(network, f"{here} is damaged ({wrong}). Delete it or replace it.")
        raise _cannot_have(network, _restore(network, wrong))
    if pinned is None:
        raise _cannot_have(network, _restore(network, "the file is missing"))
    try:
        return hub_fetch.fetch(pinned, progress)
    except DemoError as error:
        raise _cannot_have(network, str(error)) from error


def _restore(network: Network, wrong: str) -> str:
    train = f", or train one: python -m {network.trainer}" if network.trainer else ""
    return f"weights/{network.file}: {wrong}. Restore it with git checkout -- weights{train}."


def _cannot_have(network: Network, why: str) -> DemoError:
    """`why` is a sentence; what is missing goes before it and what works without it after."""
    others = [name for name in catalogue.NETWORKS if name != network.name and find(name) is not None]
    works = f"This works without it: {', '.join(others or ['all that needs no trained network'])}."
    size = network.origin.size if network.origin else 0
    what = f"{network.name} ({explain.megabytes(size)})" if size else network.name
    return DemoError(f"{what} cannot be had. {why} {works}")


def remove(name: str | Network) -> list[Path]:
    """Deletes the network's files from the caches with their `parts`, unfinished ones too, and returns their paths.

    Raises:
        DemoError: nothing is there, or nothing that may be deleted (weights/), or the disk refuses.
    """
    network = record(name)
    removed = []
    for pinned in filter(None, map(origin, parts(network))):
        # A part of a file leaves the whole file alone.
        for path in [hub_fetch.part_path(pinned)] if pinned.prefixes else list(hub_fetch.places(pinned)):
            if os.path.isfile(path) or os.path.isfile(safetensors_part.unfinished(path)):
                hub_fetch.delete(path)
                removed.append(path)
    if removed:
        return removed
    here = find(network)
    if here is None:
        raise DemoError(f"There is nothing to remove: {network.name} is not on this machine.")
    if SHIPPED in here.parents:
        raise DemoError(f"{here} is in no cache. Delete the file itself if that is what you want.")
    wholes = [other.name for other in catalogue.NETWORKS.values() if other.origin and not other.origin.prefixes]
    how = f" To delete that: --remove {wholes[0]}" if wholes else ""
    raise DemoError(f"{network.name} is read from the whole file, {here}.{how}")
