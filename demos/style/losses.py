"""What style transfer asks of a picture: the photo's content in a deep layer, the painting's style in the earlier ones.

Gatys, Ecker and Bethge, "Image Style Transfer Using Convolutional Neural Networks" (2016). Two things differ from
the paper, so that weights mean the same on every network and layer: the Gram matrix is a mean over positions
(equation 3 has the sum), and each loss is relative to its target's size (1 is "as far as nothing at all", 0 "equal").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from demos.core import vgg

STYLE_LAYERS: dict[str, float] = {"relu1_1": 1.0, "relu2_1": 1.0, "relu3_1": 1.0, "relu4_1": 1.0, "relu5_1": 1.0}
CONTENT_LAYER = "relu4_2"


def gram(activations: Tensor) -> Tensor:
    """Which channels fire together, wherever: (N, C, H, W) to (N, C, C) float32, a mean over positions."""
    x = activations.float().flatten(2)  # (N, C, H W); sums over thousands of positions need float32
    return x @ x.transpose(1, 2) / x.shape[2]


def relative(found: Tensor, target: Tensor) -> Tensor:
    """Squared distance as a share of the target's own square: 0 for equal, 1 for a `found` of zeros."""
    return (found.float() - target.float()).square().sum() / target.float().square().sum().clamp_min(1e-12)


def total_variation(picture: Tensor) -> Tensor:
    """Mean squared difference of neighbours; (N, 3, H, W), RGB 0..1. High for grain that no layer asked for."""
    down = (picture[:, :, 1:] - picture[:, :, :-1]).square().mean()
    right = (picture[:, :, :, 1:] - picture[:, :, :, :-1]).square().mean()
    return down + right


@dataclass(frozen=True)
class Targets:
    """What is asked for: Gram matrices by layer with their weights, and the photo's activations."""

    style: Mapping[str, Tensor]  # layer -> (1, C, C)
    style_weights: Mapping[str, float]
    content: Mapping[str, Tensor]  # layer -> (1, C, H, W)
    content_weights: Mapping[str, float]

    def layers(self) -> list[str]:
        return sorted({*self.style, *self.content}, key=vgg.CUTS.index)


@torch.no_grad()
def style_grams(
    network: vgg.VGG16, styles: Sequence[Tensor], shares: Sequence[float], layers: Sequence[str]
) -> dict[str, Tensor]:
    """The Gram matrices of one style, or the weighted mean of several: a mixture of their textures.

    Args:
        styles: pictures (1, 3, H, W), RGB 0..1, of any sizes.
        shares: how much of each; they are scaled to sum to one.
    """
    whole = sum(shares)
    mixed: dict[str, Tensor] = {}
    for style, share in zip(styles, shares, strict=True):
        found = network.features(style, layers)
        for layer in layers:
            part = gram(found[layer]) * (share / whole)
            mixed[layer] = mixed[layer] + part if layer in mixed else part
    return mixed


@torch.no_grad()
def content_activations(network: vgg.VGG16, photo: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
    return {layer: found.float() for layer, found in network.features(photo, layers).items()} if layers else {}


def losses(network: vgg.VGG16, picture: Tensor, targets: Targets) -> dict[str, Tensor]:
    """The weighted loss of each layer, "content relu4_2", "style relu1_1" ...; their sum is what is minimised."""
    found = network.features(picture, targets.layers())
    parts = {
        f"content {layer}": targets.content_weights[layer] * relative(found[layer], target)
        for layer, target in targets.content.items()
    }
    parts |= {
        f"style {layer}": targets.style_weights[layer] * relative(gram(found[layer]), target)
        for layer, target in targets.style.items()
    }
    return parts
