"""What a training leaves: a file in half precision, with its metadata, its hash noted beside it."""

from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor, nn

from demos.core.networks import files as network_files


def export(network: nn.Module, path: str | Path, metadata: Mapping[str, str]) -> None:
    """Writes a network's parameters and buffers, floating-point ones as float16.

    Args:
        network: as it is to be loaded again.
        path: of the safetensors file; its folder is made.
        metadata: strings, from which the network can be built again.
    """
    tensors = {
        key: (tensor.half() if tensor.is_floating_point() else tensor)
        for key, tensor in network.state_dict().items()
    }  # fmt: skip
    write(tensors, Path(path), metadata)


def write(tensors: Mapping[str, Tensor], path: Path, metadata: Mapping[str, str] | None = None) -> None:
    """Writes tensors as they are, and notes the file's hash in SHA256SUMS beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(
        {key: tensor.detach().cpu().contiguous() for key, tensor in tensors.items()}, path, dict(metadata or {}) or None
    )
    network_files.record_shipped(path)
