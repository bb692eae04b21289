"""Which generators there are, and how one is loaded: shipped in weights/, or from the Hub by a visitor's word.

A repository on the Hub is one of ours when it holds `config.json` and `generator.safetensors` in the format of
`storage.py`; everything in them is checked before anything is built, and no code of theirs is run.
"""

from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import try_to_load_from_cache
from huggingface_hub.errors import HfHubHTTPError, HFValidationError
from huggingface_hub.utils import validate_repo_id
from safetensors import SafetensorError, safe_open
from torch import Tensor

from demos.core import device
from demos.core.cache import cached
from demos.core.choices import folded
from demos.core.errors import DemoError
from demos.core.hub import client, explain, fetch
from demos.core.networks import catalogue
from demos.core.networks import files as network_files
from demos.core.networks import shipped as networks_shipped
from demos.core.networks.catalogue import Network
from demos.dcgan import file_format, models
from demos.dcgan.file_format import Config
from demos.dcgan.models import Discriminator, Generator

SHIPPED = {"Cats": "dcgan-cats", "Clothes": "dcgan-fashion"}  # the name on the page, and in the catalogue
COLLAPSED = "dcgan-cats-collapsed"
LARGEST = 200_000_000  # bytes of a file from the Hub: one of the widest DCGANs that `Shape` allows
MAIN = "main"
TRAIN = "Train one in the meantime: the tab *Train one now* needs no network of ours."


@dataclass(frozen=True)
class Gan:
    """A loaded DCGAN, shared by all visitors: read it, never change it."""

    name: str  # on the page: "Cats", or a repository's
    config: Config
    generator: Generator  # with its batch norm, in float32, on the CPU: what *Inside* looks into
    fast: Generator  # the same, batch norm folded, on the device in its fast precision
    discriminator: Discriminator | None

    @property
    def latent(self) -> int:
        return self.config.shape.latent


def names() -> list[str]:
    """What the page offers: the shipped ones that are here."""
    return [name for name, shipped in SHIPPED.items() if network_files.find(shipped) is not None]


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
        return cached(f"{by_name[name]} on {device.current().device}", lambda: _shipped(name, by_name[name]))
    if _may_be_a_repository(name):
        return cached(f"{name} on {device.current().device}", lambda: _from_hub(name, progress))
    listed = ", ".join(names()) or "none in weights/"
    raise DemoError(f"There is no generator {name[:60]!r}. There are: {listed}; or type a Hub repository, OWNER/NAME.")


def _may_be_a_repository(name: str) -> bool:
    try:
        validate_repo_id(name)
    except HFValidationError:
        return False
    return "/" in name


def build(name: str, config: Config, generator: Generator, discriminator: Discriminator | None) -> Gan:
    """Everything that is made of a generator once."""
    fast = device.current().place(models.fold_batch_norm(generator))
    return Gan(name, config, generator, fast, discriminator)


# ---- shipped --------------------------------------------------------------------------------------------------------


def part(shipped: str, file: str) -> Network:
    """The record of one file of a shipped DCGAN, for the door that all networks come through."""
    if file == file_format.GENERATOR:
        return catalogue.NETWORKS[shipped]
    return Network(f"{shipped}/{file}", f"{shipped}/{file}", "a part of it")


def config_of(shipped: str) -> Config:
    """Raises DemoError where it is not here."""
    path = network_files.SHIPPED / shipped / file_format.CONFIG
    if not path.is_file():
        raise DemoError(f"weights/{shipped} is not here. Restore it with: git checkout -- weights. {TRAIN}")
    return file_format.from_json(path.read_text(encoding="utf-8"))


def _shipped(name: str, shipped: str) -> Gan:
    config = config_of(shipped)
    generator = file_format.generator(config, networks_shipped.tensors(part(shipped, file_format.GENERATOR)))
    judge = part(shipped, file_format.DISCRIMINATOR)
    there = network_files.find(judge) is not None
    return build(
        name, config, generator, file_format.discriminator(config, networks_shipped.tensors(judge)) if there else None
    )


def tensors_of(gan: Gan, file: str) -> dict[str, Tensor] | None:
    """Another file of a shipped DCGAN (snapshots, neighbours); None where it has none, or comes from the Hub."""
    shipped = SHIPPED.get(gan.name, gan.name)
    if shipped not in catalogue.NETWORKS or network_files.find(part(shipped, file)) is None:
        return None
    return networks_shipped.tensors(part(shipped, file))


# ---- from the Hub ---------------------------------------------------------------------------------------------------


def _from_hub(repo: str, progress: client.Progress | None) -> Gan:
    config = file_format.from_json(
        _fetch(repo, file_format.CONFIG, file_format.LONGEST_CONFIG).read_text(encoding="utf-8")
    )
    generator = file_format.generator(config, _read(_fetch(repo, file_format.GENERATOR, LARGEST, progress)))
    try:
        judge = file_format.discriminator(config, _read(_fetch(repo, file_format.DISCRIMINATOR, LARGEST, progress)))
    except _NotThere:
        judge = None
    return build(repo, config, generator, judge)


class _NotThere(DemoError):
    """The repository has no such file."""


def _fetch(repo: str, file: str, most: int, progress: client.Progress | None = None) -> Path:
    """A file of a repository as it is today, its size known before a byte is taken.

    No hash is pinned: the visitor named the repository, and the format lets a file do no more than be refused.
    """
    if fetch.is_offline():
        cached = try_to_load_from_cache(repo, file, revision=MAIN)
        if isinstance(cached, str):
            return Path(cached)
        kind = _NotThere if file == file_format.DISCRIMINATOR else DemoError
        raise kind(f"{repo} is not on this machine, and --offline forbids asking the Hub. Start without it once.")
    try:
        size = client.file_state(repo, file, MAIN).size or 0
        if size > most:
            raise DemoError(
                f"{file} of {repo} has {catalogue.megabytes(size)}, more than any DCGAN of this kind "
                f"({catalogue.megabytes(most)}). Name another repository."
            )
        return client.whole_file(repo, file, MAIN, progress or _silent, size)
    except client.FAILURES as error:
        status = error.response.status_code if isinstance(error, HfHubHTTPError) else None
        if status == 404:
            raise _NotThere(
                f"The Hub has no {file} in {repo} (404). A repository needs config.json and generator.safetensors; "
                "python -m demos.dcgan.training --push OWNER/NAME makes one. Check the name."
            ) from error
        raise DemoError(f"{repo} cannot be had. {explain.explain(error, repo, file)}") from error


def _read(path: Path) -> dict[str, Tensor]:
    try:
        with safe_open(path, framework="pt") as file:
            return {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118  (safe_open is no dict)
    except (SafetensorError, OSError) as error:
        raise DemoError(f"{path.name} is not a safetensors file ({error}). Name another repository.") from error


def _silent(done: int, total: int) -> None:
    pass
