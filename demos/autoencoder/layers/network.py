"""The decoders that turn each layer's activations back into a picture."""

from torch import Tensor, nn

from demos.core import device
from demos.core.cache import cached
from demos.core.errors import DemoError
from demos.core.networks import decoder, shipped, vgg
from demos.core.networks import files as network_files

NETWORK = "layer-decoders"  # in the catalogue
CUTS = ("pool1", "pool2", "pool3", "pool4", "pool5")
BLOCKS = (0, 1, 1, 0, 0)
SIDE = 384  # px of the longer side that are looked at


def new_decoders(encoder: vgg.VGG16) -> nn.ModuleDict:
    """One untrained decoder for each cut."""
    return nn.ModuleDict({cut: decoder.Decoder(encoder.widths, cut, BLOCKS, "transposed") for cut in CUTS})


def metadata(decoders: nn.ModuleDict) -> dict[str, str]:
    """A file's metadata: that of one decoder, since only the cuts differ."""
    one = decoders[CUTS[0]]
    assert isinstance(one, decoder.Decoder)
    return {key: value for key, value in decoder.metadata(one).items() if key != "cut"}


def build(tensors: dict[str, Tensor], metadata: dict[str, str]) -> nn.ModuleDict:
    """The five decoders from one file; DemoError where it holds something else."""
    found = {}
    for cut in CUTS:
        own = {key.removeprefix(f"{cut}."): value for key, value in tensors.items() if key.startswith(f"{cut}.")}
        found[cut] = decoder.build(own, metadata | {"cut": cut})
    return nn.ModuleDict(found)


def available() -> bool:
    return network_files.find(NETWORK) is not None


def load() -> nn.ModuleDict:
    """The shipped decoders on the chosen device; built once per process and shared.

    Raises:
        DemoError: the file is missing, damaged or something else.
    """
    if not available():
        raise DemoError(
            "The decoders of VGG16's layers are not on this machine (weights/layers.safetensors). Restore them with "
            "git checkout -- weights, or train them: python -m demos.autoencoder.layers.train"
        )
    where = device.current()
    return cached(
        f"{NETWORK} on {where.device}", lambda: where.place(build(shipped.tensors(NETWORK), shipped.metadata(NETWORK)))
    )
