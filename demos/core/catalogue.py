"""The networks by name, and their files on this machine: where they are and whether they are sound.

Asks no network and loads no torch; `weights.py` is the door that everything else goes through.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from huggingface_hub import constants, try_to_load_from_cache

from demos.core import hashes, partial
from demos.core.errors import DemoError

SHIPPED = Path(__file__).resolve().parents[2] / "weights"  # files trained here, and those put there by hand
HASHES = "SHA256SUMS"  # the hashes of the shipped files, beside them, in each folder


@dataclass(frozen=True)
class Network:
    """What is known of a network's file without having it."""

    name: str
    file: str  # in its repository, or in weights/, where it may lie in a folder
    purpose: str
    licence: str = "MIT"
    repo: str | None = None  # on the Hub; None: shipped in weights/, with its hash in weights/SHA256SUMS
    revision: str = ""  # a commit, never a branch: the file behind it cannot change
    sha256: str = ""  # of the whole file
    size: int = 0  # bytes of the tensors that are fetched
    tensors: tuple[str, ...] = ()  # prefixes of the tensors wanted; () is all of them


# The Hub's VGG16 (Simonyan and Zisserman, 2015, with torchvision's weights) is one file and two entries: its
# convolutions are a tenth of it, and all that most visitors need.
_VGG16 = Network(
    "vgg16",
    "model.safetensors",
    "all of VGG16, with the 1,000 classes of ImageNet",
    licence="BSD-3-Clause",
    repo="timm/vgg16.tv_in1k",
    revision="b8d8aa2dd860af9233c8c67385a8097fd6c35d3f",
    sha256="57b026918159a6bf9faf8405c3a551903768e7138989d9c6224a14227203fad8",
    size=553_430_176,
)

_NETWORKS = (
    Network("pocket-vgg16", "pocket_vgg16.safetensors", "a narrow VGG16, distilled here: there at once"),
    Network("style-decoder", "style_decoder.safetensors", "paints a photo in any style in one pass, trained here"),
    Network("denoiser", "denoiser.safetensors", "cleans noisy photos, trained here"),
    Network("codec", "codec.safetensors", "compresses photos to small files, trained here"),
    Network("taught-digits", "taught_digits.safetensors", "an autoencoder with two values, taught on digits here"),
    Network("layer-decoders", "layers.safetensors", "photos again from VGG16's layers, trained here"),
    replace(
        _VGG16,
        name="vgg16-features",
        purpose="VGG16's convolutions: features for new classes and for style",
        size=58_858_752,
        tensors=("features.",),
    ),
    _VGG16,
    # DCGANs trained here: a folder each, whose config.json says what else is in it (demos/dcgan/storage.py).
    Network("dcgan-cats", "dcgan-cats/generator.safetensors", "makes faces of cats, 64 px"),
    Network("dcgan-fashion", "dcgan-fashion/generator.safetensors", "makes clothes, 64 px"),
    Network("dcgan-cats-collapsed", "dcgan-cats-collapsed/generator.safetensors", "broken on purpose: one cat only"),
)
NETWORKS: dict[str, Network] = {network.name: network for network in _NETWORKS}


def record(name: str | Network) -> Network:
    """The record of that name; a record passes through, so that every function here takes either."""
    if isinstance(name, Network):
        return name
    if name not in NETWORKS:
        raise DemoError(f"There is no network {name!r}. There are {', '.join(NETWORKS)}.")
    return NETWORKS[name]


def megabytes(count: int) -> str:
    """A size for people: "59 MB", "7.7 MB" (millions of bytes, as the Hub counts)."""
    return f"{count / 1e6:.0f} MB" if count >= 9.95e6 else f"{count / 1e6:.1f} MB"


# ---- where a file is ----


def find(name: str | Network) -> Path | None:
    """The file that the network can be read from, or None. Checks no hash.

    For a part of a larger file ("vgg16-features") this is the larger one where only that is here.
    """
    return next((path for path in places(record(name)) if os.path.isfile(path)), None)


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
    network = record(name)
    here = find(network) is not None
    if network.repo is None:
        return "shipped" if here else "missing"
    return "cached" if here else f"on the Hub: {megabytes(network.size)}"


def size(name: str | Network) -> int:
    """Bytes of a shipped network's file (0 if missing), or of the tensors that are fetched from the Hub."""
    network = record(name)
    path = find(network) if network.repo is None else None
    return network.size if path is None else path.stat().st_size


# ---- whether it is sound ----


def record_shipped(path: str | os.PathLike[str]) -> None:
    """Notes the hash of a file to be shipped in SHA256SUMS beside it, in place of an older one."""
    path = Path(path)
    noted = path.parent / HASHES
    hashes.write(noted, hashes.read(noted) | {path.name: hashes.sha256(path)})


def damage(path: Path, network: Network) -> str | None:
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


def damage_beside(path: Path) -> str | None:
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
    network = record(name)
    removed = []
    for path in list(places(network)):
        own = path == part_path(network) if network.tensors else is_cached_file(path)
        if own and (os.path.isfile(path) or os.path.isfile(partial.unfinished(path))):
            delete(path)
            removed.append(path)
    if removed:
        return removed
    here = find(network)
    if here is None:
        raise DemoError(f"There is nothing to remove: {network.name} is not on this machine.")
    if not is_cached_file(here):
        raise DemoError(f"{here} is in no cache. Delete the file itself if that is what you want.")
    owners = [other for other in NETWORKS.values() if other.sha256 == network.sha256 and not other.tensors]
    how = f" To delete that: --remove {owners[0].name}" if owners else ""
    raise DemoError(f"{network.name} is read from the whole file, {here}.{how}")


def delete(path: Path) -> None:
    """Deletes a cached file with what belongs to it; in the Hub's cache a link leads to the file itself."""
    try:
        for extra in (hashes.sidecar(path), partial.unfinished(path)):
            extra.unlink(missing_ok=True)
        while path.is_symlink():
            link, path = path, path.parent / os.readlink(path)
            link.unlink()
        path.unlink(missing_ok=True)
    except OSError as error:
        raise DemoError(f"{path} cannot be deleted ({error.strerror}).") from error
