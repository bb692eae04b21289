"""Which generators there are, and how one is loaded: shipped in weights/, or from the Hub by a visitor's word.

A repository on the Hub is one of ours when it holds `config.json` and `generator.safetensors` in the format of
`file_format.py`; everything in them is checked before anything is built, and no code of theirs is run.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from huggingface_hub import try_to_load_from_cache
from huggingface_hub.errors import HfHubHTTPError, HFValidationError
from huggingface_hub.utils import validate_repo_id
from torch import Tensor

from demos.core import cache, device
from demos.core.choices import folded
from demos.core.errors import DemoError
from demos.core.hub import client, explain, fetch, hashes
from demos.core.networks import catalogue
from demos.core.networks import files as network_files
from demos.core.networks import shipped as networks_shipped
from demos.core.networks.catalogue import Network
from demos.dcgan import file_format, models
from demos.dcgan.file_format import Config
from demos.dcgan.models import Discriminator, Generator

SHIPPED = {"Cats": "dcgan-cats", "Clothes": "dcgan-fashion"}  # the name on the page, and in the catalogue
COLLAPSED = "dcgan-cats-collapsed"
# Bytes of a file from the Hub: the widest DCGANs that `Shape` allows have 200 MB. At most a fifth of what may be kept,
# so that what a visitor types does not push out everything else.
LARGEST = min(200_000_000, cache.networks.limit_bytes // 5)
MAIN = "main"
TRAIN = "Train one in the meantime: the tab *Train one now* needs no network of ours."


@dataclass(frozen=True)
class Gan:
    """A loaded DCGAN, shared by all visitors: read it, never change it."""

    name: str  # on the page: "Cats", or a repository's
    config: Config
    generator: Generator  # with its batch norm, in float32, on the CPU: what *Inside* looks into
    folded_generator: Generator  # the same, batch norm folded, on the device in its fast precision
    discriminator: Discriminator | None
    # The generator file's hash, or the repository's commit: with the name it is the key of what is computed from it.
    version: str

    @property
    def latent(self) -> int:
        """Numbers in a latent vector."""
        return self.config.shape.latent

    @property
    def bytes(self) -> int:
        """Of memory, of all its networks."""
        return networks_shipped.module_bytes(self.generator, self.folded_generator, self.discriminator)


def names() -> list[str]:
    """What the page offers: the shipped ones that can be had now."""
    return [name for name, shipped in SHIPPED.items() if network_files.available(shipped)]


def load(name: str = "", progress: client.Progress | None = None) -> Gan:
    """The DCGAN of that name, loaded once per process: one of `names()`, "owner/repository", or "" for the first.

    Raises:
        DemoError: none of that name, or its files are missing, damaged or of another format.
    """
    name = (name or "").strip() or next(iter(names()), "")
    if not name:
        raise DemoError(f"No trained generator is in weights/. Restore it with: git checkout -- weights. {TRAIN}")
    by_name = {**SHIPPED, **{shipped: shipped for shipped in (*SHIPPED.values(), COLLAPSED)}}
    name = next((known for known in by_name if folded(known) == folded(name)), name)
    if name in by_name:
        return _kept((by_name[name],), partial(_shipped, name, by_name[name]))
    if _may_be_a_repository(name):
        commit = cache.networks.get(("commit of", name), partial(_commit, name), lambda _: 1000)
        return _kept((name, commit), partial(_from_hub, name, commit, progress))
    listed = ", ".join(names()) or "none in weights/"
    raise DemoError(f"There is no generator {name[:60]!r}. There are: {listed}; or type a Hub repository, OWNER/NAME.")


def _kept(key: tuple[str, ...], make: Callable[[], Gan]) -> Gan:
    return networks_shipped.kept((*key, str(device.current().device)), make, lambda gan: gan.bytes)


def _may_be_a_repository(name: str) -> bool:
    try:
        validate_repo_id(name)
    except HFValidationError:
        return False
    return "/" in name


def build(
    name: str, config: Config, generator: Generator, discriminator: Discriminator | None, version: str = ""
) -> Gan:
    """Everything that is made of a generator once. Without a version it gets one that no other has."""
    folded_generator = device.current().place(models.fold_batch_norm(generator))
    return Gan(name, config, generator, folded_generator, discriminator, version or uuid.uuid4().hex)


# ---- shipped --------------------------------------------------------------------------------------------------------


def part(shipped: str, file: str) -> Network:
    """The record of one file of a shipped DCGAN, for the one way that all networks come."""
    if file == file_format.GENERATOR:
        return catalogue.NETWORKS[shipped]
    return Network(f"{shipped}/{file}", f"{shipped}/{file}", "a part of it")


def config_of(shipped: str) -> Config:
    """Raises DemoError where it is not here."""
    record = part(shipped, file_format.CONFIG)
    if not network_files.available(record):
        raise DemoError(f"weights/{shipped} is not here. Restore it with: git checkout -- weights. {TRAIN}")
    return file_format.from_json(network_files.path(record).read_text(encoding="utf-8"))


def _shipped(name: str, shipped: str) -> Gan:
    config = config_of(shipped)
    record, discriminator_record = part(shipped, file_format.GENERATOR), part(shipped, file_format.DISCRIMINATOR)
    generator = file_format.generator(config, networks_shipped.tensors(record)[0])
    discriminator = None
    if network_files.available(discriminator_record):
        discriminator = file_format.discriminator(config, networks_shipped.tensors(discriminator_record)[0])
    version = hashes.remembered_sha256(network_files.path(record))
    return build(name, config, generator, discriminator, version)


def has(gan: Gan, file: str) -> bool:
    """Whether another file of a shipped DCGAN (snapshots, neighbours) can be had; one from the Hub has none."""
    shipped = SHIPPED.get(gan.name, gan.name)
    return shipped in catalogue.NETWORKS and network_files.available(part(shipped, file))


def tensors_of(gan: Gan, file: str) -> dict[str, Tensor]:
    """The tensors of such a file; ask `has` first.

    Raises:
        DemoError: it cannot be had.
    """
    return networks_shipped.tensors(part(SHIPPED.get(gan.name, gan.name), file))[0]


# ---- from the Hub ---------------------------------------------------------------------------------------------------


def _commit(repo: str) -> str:
    """The commit that a repository is at; where the Hub must not be asked, the one that was fetched last."""
    return _fetch(repo, file_format.CONFIG, MAIN, file_format.LONGEST_CONFIG).parent.name  # .../COMMIT/config.json


def _from_hub(repo: str, commit: str, progress: client.Progress | None) -> Gan:
    config = file_format.from_json(
        _fetch(repo, file_format.CONFIG, commit, file_format.LONGEST_CONFIG).read_text(encoding="utf-8")
    )
    generator = file_format.generator(
        config, networks_shipped.read(_fetch(repo, file_format.GENERATOR, commit, LARGEST, progress))[0]
    )
    try:
        path = _fetch(repo, file_format.DISCRIMINATOR, commit, LARGEST, progress)
    except _NotThere:
        return build(repo, config, generator, None, commit)
    return build(repo, config, generator, file_format.discriminator(config, networks_shipped.read(path)[0]), commit)


class _NotThere(DemoError):
    """The repository has no such file."""


def _fetch(repo: str, file: str, revision: str, most: int, progress: client.Progress | None = None) -> Path:
    """A file of a repository in the Hub's cache; its size is known before a byte is taken.

    No hash is pinned: the visitor named the repository, and the format lets a file do no more than be refused.
    """
    cached = try_to_load_from_cache(repo, file, revision=revision)
    if isinstance(cached, str) and (fetch.is_offline() or revision != MAIN):  # what a branch leads to changes
        return Path(cached)
    if fetch.is_offline():
        kind = _NotThere if file == file_format.DISCRIMINATOR else DemoError
        raise kind(f"{repo} is not on this machine, and --offline forbids asking the Hub. Start without it once.")
    try:
        size = client.file_state(repo, file, revision).size or 0
        if size > most:
            raise DemoError(
                f"{file} of {repo} has {explain.megabytes(size)}, more than any DCGAN of this kind "
                f"({explain.megabytes(most)}). Name another repository."
            )
        return client.whole_file(repo, file, revision, progress or _silent, size)
    except client.FAILURES as error:
        status = error.response.status_code if isinstance(error, HfHubHTTPError) else None
        if status == 404:
            raise _NotThere(
                f"The Hub has no {file} in {repo} (404). A repository needs config.json and generator.safetensors; "
                "python -m demos.dcgan.training --push OWNER/NAME makes one. Check the name."
            ) from error
        raise DemoError(f"{repo} cannot be had. {explain.explain(error, repo, file)}") from error


def _silent(done: int, total: int) -> None:
    pass
