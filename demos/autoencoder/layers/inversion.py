"""What does each layer of VGG16 still know? An autoencoder whose encoder is VGG16, cut at pool1 to pool5.

A decoder of transposed convolutions was trained for each cut to make the photo again from what that layer says of it
(as Dosovitskiy and Brox, "Inverting Visual Representations with Convolutional Networks", 2016, did).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F

from demos.autoencoder import quality
from demos.autoencoder.layers import network as layers_network
from demos.core.images import tensors
from demos.core.images.load import fit
from demos.core.networks import decoder, vgg


@dataclass(frozen=True)
class LayerReconstruction:
    """A photo as one layer remembers it."""

    cut: str
    picture: Image.Image
    values: int  # numbers at the cut
    pixels: int  # numbers of the photo
    psnr: float


@torch.no_grad()
def what_each_knows(photo: Image.Image, encoder: vgg.VGG16, decoders: nn.ModuleDict) -> Iterator[LayerReconstruction]:
    """The photo again from each layer, the shallowest first."""
    photo = fit(photo, layers_network.SIDE)
    x = tensors.to_tensor(photo, encoder.mean.device)
    height, width = x.shape[-2:]
    padded = F.pad(x, (0, -width % 32, 0, -height % 32), mode="replicate")
    for cut in layers_network.CUTS:
        features = encoder.features(padded, [cut])[cut]
        network = decoders[cut]
        assert isinstance(network, decoder.Decoder)
        picture = tensors.to_image(network(features.to(network.last.weight.dtype))[:, :, :height, :width])
        yield LayerReconstruction(cut, picture, features[0].numel(), x.numel(), quality.psnr(photo, picture))
