"""From a name to a network: the file found sound, its tensors read, the network built once and shared.

Only safetensors files are read, nothing is ever unpickled, and nothing is read whose hash does not fit.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # torch takes a second to load, and listing the networks needs none of it
    import torch
from typing import TYPE_CHECKING

from demos.core.errors import DemoError
from demos.core.hub import client, ranges
from demos.core.networks import files as network_files
from demos.core.networks.catalogue import Network, record
from demos.core.networks.files import find

# ---- from the file ----


def tensors(name: str | Network, progress: client.Progress | None = None) -> "dict[str, torch.Tensor]":
    """The network's tensors on the CPU, in the precision that they are stored in, from a file found sound.

    Which keys and shapes there must be is known, and checked, where the network is built.
    """
    from safetensors import SafetensorError, safe_open

    network = record(name)
    path = network_files.fetch(network, progress)
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
        return ranges.read_header(path)[1]
    except (ranges.BadHeader, OSError) as error:
        raise DemoError(f"{path} is not a safetensors file: {error}.") from error
