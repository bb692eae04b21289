"""What does each layer of VGG16 still know? An autoencoder whose encoder is VGG16, cut at pool1 to pool5.

A decoder of transposed convolutions was trained for each cut to make the photo again from what that layer says of it
(as Dosovitskiy and Brox, "Inverting Visual Representations with Convolutional Networks", 2016, did).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from demos.autoencoder import measures
from demos.core import decoder, device, images, vgg, weights
from demos.core.errors import DemoError

NETWORK = "layer-decoders"  # in the catalogue
CUTS = ("pool1", "pool2", "pool3", "pool4", "pool5")
BLOCKS = (0, 1, 1, 0, 0)
SIDE = 384  # px of the longer side that are looked at


@dataclass(frozen=True)
class Known:
    """A photo as one layer remembers it."""

    cut: str
    picture: Image.Image
    values: int  # numbers at the cut
    pixels: int  # numbers of the photo
    psnr: float


def new_decoders(encoder: vgg.VGG16) -> nn.ModuleDict:
    """One untrained decoder for each cut."""
    return nn.ModuleDict({cut: decoder.Decoder(encoder.widths, cut, BLOCKS, "transposed") for cut in CUTS})


def notes(decoders: nn.ModuleDict) -> dict[str, str]:
    """A file's metadata: that of one decoder, since only the cuts differ."""
    one = decoders[CUTS[0]]
    assert isinstance(one, decoder.Decoder)
    return {key: value for key, value in decoder.notes(one).items() if key != "cut"}


def build(tensors: dict[str, Tensor], metadata: dict[str, str]) -> nn.ModuleDict:
    """The five decoders from one file; DemoError where it holds something else."""
    found = {}
    for cut in CUTS:
        own = {key.removeprefix(f"{cut}."): value for key, value in tensors.items() if key.startswith(f"{cut}.")}
        found[cut] = decoder.build(own, metadata | {"cut": cut})
    return nn.ModuleDict(found)


def available() -> bool:
    return weights.find(NETWORK) is not None


def load() -> nn.ModuleDict:
    """The shipped decoders on the chosen device; built once per process and shared.

    Raises:
        DemoError: the file is missing, damaged or something else.
    """
    if not available():
        raise DemoError(
            "The decoders of VGG16's layers are not on this machine (weights/layers.safetensors). Restore them with "
            "git checkout -- weights, or train them: python -m demos.autoencoder.train --what layers"
        )
    where = device.current()
    return weights.cached(
        f"{NETWORK} on {where.device}", lambda: where.place(build(weights.load(NETWORK), weights.metadata(NETWORK)))
    )


@torch.no_grad()
def what_each_knows(photo: Image.Image, encoder: vgg.VGG16, decoders: nn.ModuleDict) -> Iterator[Known]:
    """The photo again from each layer, the shallowest first."""
    photo = images.fit(photo, SIDE)
    x = images.to_tensor(photo, encoder.mean.device)
    height, width = x.shape[-2:]
    padded = F.pad(x, (0, -width % 32, 0, -height % 32), mode="replicate")
    for cut in CUTS:
        seen = encoder.features(padded, [cut])[cut]
        one = decoders[cut]
        assert isinstance(one, decoder.Decoder)
        picture = images.to_image(one(seen.to(one.last.weight.dtype))[:, :, :height, :width])
        yield Known(cut, picture, seen[0].numel(), x.numel(), measures.psnr(photo, picture))
