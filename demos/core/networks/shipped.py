"""From a name to a network: the file found sound, opened once, the network built once and shared.

Only safetensors files are read, nothing is ever unpickled, and nothing is read whose hash does not fit. Which keys and
shapes there must be is known, and checked, where a network is built: callers pass their `build`.
"""

from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from demos.core import cache, device
from demos.core.errors import DemoError
from demos.core.hub import client
from demos.core.networks import files as network_files
from demos.core.networks.catalogue import Network, record

if TYPE_CHECKING:
    from torch import Tensor, nn

M = TypeVar("M", bound="nn.Module")
T = TypeVar("T")
Metadata = dict[str, str]


def network(
    name: str,
    build: "Callable[[dict[str, Tensor], Metadata], M]",
    progress: client.Progress | None = None,
    *,
    place: bool = True,
) -> M:
    """The network of that name, frozen, on the chosen device; built once per process and device, and shared.

    Args:
        name: of the catalogue.
        build: makes it of the tensors and the metadata in its file; raises DemoError where they are something else.
        progress: called with (bytes done, bytes in all) while the file comes from the Hub.
        place: in the device's fast precision and layout; with False, as `build` left it.

    Raises:
        DemoError: the file cannot be had, is damaged or holds something else.
    """
    where = device.current()

    def make() -> M:
        module = build(*tensors(name, progress))
        return where.place(module) if place else module.to(where.device).eval().requires_grad_(False)

    return kept((name, str(where.device)), make, module_bytes)


def kept(key: Hashable, make: Callable[[], T], size: Callable[[T], int]) -> T:
    """What `make` makes with networks in it, made once in a process; `size` says its bytes.

    Whoever asks first may be in inference mode, whose tensors let no gradient pass: the networks are for all.
    """

    def for_all() -> T:
        import torch

        with torch.inference_mode(False):
            return make()

    return cache.networks.get(key, for_all, size)


def tensors(name: str | Network, progress: client.Progress | None = None) -> "tuple[dict[str, Tensor], Metadata]":
    """The network's tensors, on the CPU in the precision that they are stored in, and its metadata.

    The file is checked and then opened once for both.

    Raises:
        DemoError: the file cannot be had, is damaged, or is no safetensors file with tensors of the network.
    """
    entry = record(name)
    path = network_files.path(entry, progress)
    tensors, metadata = read(path, entry.origin.prefixes if entry.origin else ())
    if not tensors:
        raise DemoError(f"{path} holds no tensor of {entry.name}.")
    return tensors, metadata


def read(path: Path, prefixes: tuple[str, ...] = ()) -> "tuple[dict[str, Tensor], Metadata]":
    """The tensors in a file whose names begin with one of `prefixes` (all for none), and its metadata.

    Raises:
        DemoError: it is no safetensors file.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            keys = [key for key in file.offset_keys() if key.startswith(prefixes or "")]
            return {key: file.get_tensor(key) for key in keys}, dict(file.metadata() or {})
    except (SafetensorError, OSError) as error:
        raise DemoError(f"{path} is not a safetensors file ({error}).") from error


# ---- sizes, for the cache -------------------------------------------------------------------------------------------


def tensor_bytes(tensors: "Iterable[Tensor]") -> int:
    """Bytes of the tensors' values."""
    return sum(tensor.nbytes for tensor in tensors)


def module_bytes(*modules: "nn.Module | None") -> int:
    """Bytes of the parameters and buffers of all of them."""
    return sum(tensor_bytes([*module.parameters(), *module.buffers()]) for module in modules if module is not None)
