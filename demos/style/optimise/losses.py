"""What style transfer asks of a picture: the photo's content in a deep layer, the painting's style in the earlier ones.

Gatys, Ecker and Bethge, "Image Style Transfer Using Convolutional Neural Networks" (2016). Two things differ from
the paper, so that weights mean the same on every network and layer: the Gram matrix is a mean over positions
(equation 3 has the sum), and each loss is relative to its target's size (1 is "as far as nothing at all", 0 "equal").

Everything works on a batch of N pictures at once, each with a loss of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from demos.core.networks import vgg
from demos.style.settings import PALETTE

# px that the picture's edge is repeated by, as VGG's own border of zeros would be painted as a dark rim. What is
# computed of the border itself does not count: an edge pixel is in it sixteen times, and would become a dotted rim.
BORDER = 16


def activations(network: vgg.VGG16, picture: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
    """The layers' activations of a picture (N, 3, H, W), as if it went on beyond its edge."""
    if not layers:
        return {}
    framed = F.pad(picture, (BORDER,) * 4, mode="replicate")
    return {layer: _crop_border(x, framed) for layer, x in network.features(framed, layers).items()}


def _crop_border(x: Tensor, framed: Tensor) -> Tensor:
    """Activations without those of the border."""
    edge = round(BORDER * x.shape[-1] / framed.shape[-1])  # 16 at relu1_1, 1 at relu5_1
    return x[:, :, edge:-edge, edge:-edge] if edge else x


def gram(activations: Tensor, where: Tensor | None = None) -> Tensor:
    """Which channels fire together, wherever: (N, C, H, W) to (N, C, C) float32, a mean over positions.

    `where` (1, 1, H, W), 0..1, says how much each position counts: a region's own Gram matrix (Gatys et al.,
    "Controlling Perceptual Factors in Neural Style Transfer", 2017, section 4).
    """
    matrix: Tensor = _Gram.apply(activations, where)  # type: ignore[no-untyped-call]
    return matrix


class _Gram(torch.autograd.Function):
    """G = X'WX / sum(W) for activations X (positions, channels), with a gradient by hand: dX = WX (dG + dG') / sum(W).

    Autograd differentiates both factors apart and keeps float32 copies of the activations for it: on a narrow network
    that cost as much as the convolutions. The rows stay where channels_last has them.
    """

    @staticmethod
    def forward(context: Any, activations: Tensor, where: Tensor | None) -> Tensor:
        rows = activations.permute(0, 2, 3, 1).flatten(1, 2)  # (N, H W, C)
        weight = None if where is None else where.flatten(2).transpose(1, 2)  # (1, H W, 1)
        context.save_for_backward(rows, weight)
        context.shape = activations.shape
        with torch.autocast(rows.device.type, enabled=False):
            x = rows.float()  # sums over thousands of positions need float32
            if weight is None:
                return x.transpose(1, 2) @ x / x.shape[1]
            return (x * weight).transpose(1, 2) @ x / weight.sum().clamp_min(1e-6)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        rows, weight = context.saved_tensors
        total = rows.shape[1] if weight is None else weight.sum().clamp_min(1e-6)
        both = ((gradients[0] + gradients[0].transpose(1, 2)) / total).to(rows.dtype)
        with torch.autocast(rows.device.type, enabled=False):
            gradient = rows @ both if weight is None else (rows @ both) * weight.to(rows.dtype)
        n, channels, height, width = context.shape
        return gradient.view(n, height, width, channels).permute(0, 3, 1, 2), None


def palette(picture: Tensor, where: Tensor | None = None) -> Tensor:
    """The colours of a picture, wherever they are: (N, 3, H, W) to (N, 3, 4), their covariance and their mean.

    A Gram matrix of the pixels themselves. The first layer's filters leave hues open that an eye does not.
    """
    x = picture.float().flatten(2)  # (N, 3, H W)
    weight = torch.ones_like(x[:1, :1]) if where is None else where.flatten(2)
    weight = weight / weight.sum().clamp_min(1e-6)
    mean = (x * weight).sum(2, keepdim=True)  # (N, 3, 1)
    x = x - mean
    spread = x @ (x * weight).transpose(1, 2)
    # A quarter: so much smaller than means are the variances of colours within 0..1.
    return torch.cat([spread, mean / 4], 2)


def relative_per_picture(values: Tensor, target: Tensor) -> Tensor:
    """Squared distance as a share of the target's own square, for each of N: 0 for equal, 1 for `values` of zeros."""
    target = target.float()
    distance = (values.float() - target).square().flatten(1).sum(1)
    return distance / target.square().flatten(1).sum(1).clamp_min(1e-12)


def total_variation(picture: Tensor) -> Tensor:
    """Mean squared difference of neighbours; (N, 3, H, W), RGB 0..1, to (N,): high for grain that nobody asked for."""
    down = (picture[:, :, 1:] - picture[:, :, :-1]).square().flatten(1).mean(1)
    right = (picture[:, :, :, 1:] - picture[:, :, :, :-1]).square().flatten(1).mean(1)
    return down + right


@dataclass(frozen=True)
class Region:
    """Part of the picture and the style that it is painted in; `where` is None for all of it."""

    grams: Mapping[str, Tensor]  # layer -> (1 or N, C, C)
    where: Tensor | None = None  # (1, 1, H, W), 0..1

    def share(self) -> float:
        """Of the picture's area."""
        return 1.0 if self.where is None else float(self.where.mean())


@dataclass(frozen=True)
class Targets:
    """What is asked for: styles by region with the layers' weights, and the photo's activations."""

    regions: Sequence[Region]  # with "palette" among their Gram matrices where colours are asked for by themselves
    style_weights: Mapping[str, float]  # layer -> weight
    content: Mapping[str, Tensor]  # layer -> (1, C, H, W)
    content_weight: float
    strength: Tensor | float = 1.0  # of the style's losses: one for all pictures, or (N,)
    smoothness: float = 0.0

    def layers(self) -> list[str]:
        return sorted({*self.style_weights, *self.content} - {PALETTE}, key=vgg.CUTS.index)


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
        cuts = [layer for layer in layers if layer != PALETTE]
        features = activations(network, style, cuts)
        for layer in layers:
            part = (palette(style) if layer == PALETTE else gram(features[layer])) * (share / whole)
            mixed[layer] = mixed[layer] + part if layer in mixed else part
    return mixed


@torch.no_grad()
def content_activations(network: vgg.VGG16, photo: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
    """The content targets: activations (N, C, h, w) float32 by layer, for a photo (N, 3, H, W) RGB 0..1."""
    return {layer: features.float() for layer, features in activations(network, photo, layers).items()}


def losses(network: vgg.VGG16, picture: Tensor, targets: Targets) -> dict[str, Tensor]:
    """The weighted losses, "content relu4_2", "style relu1_1" ..., each (N,); what is minimised is their sum."""
    features = activations(network, picture, targets.layers())
    parts = {
        f"content {layer}": targets.content_weight * relative_per_picture(features[layer], target)
        for layer, target in targets.content.items()
    }
    for layer, weight in targets.style_weights.items():
        if layer == PALETTE:
            continue
        grams = [gram(features[layer], at_layer(region.where, features[layer])) for region in targets.regions]
        parts[f"style {layer}"] = targets.strength * weight * distance_from_styles(grams, targets, layer)
    return parts | pixel_losses(picture, targets)


def pixel_losses(picture: Tensor, targets: Targets) -> dict[str, Tensor]:
    """Those of the losses that need no network, each (N,): the colours and the grain."""
    parts = {}
    if PALETTE in targets.style_weights:
        here = [palette(picture, region.where) for region in targets.regions]
        weight = targets.strength * targets.style_weights[PALETTE]
        parts[f"style {PALETTE}"] = weight * distance_from_styles(here, targets, PALETTE)
    if targets.smoothness > 0:
        parts["smoothness"] = targets.smoothness * total_variation(picture)
    return parts


def distance_from_styles(grams: Sequence[Tensor], targets: Targets, layer: str) -> Tensor:
    """(N,): of the regions' Gram matrices (N, C, C) from those asked for, each region by its share of the picture."""
    whole = sum(region.share() for region in targets.regions)
    apart = [
        region.share() / whole * relative_per_picture(here, region.grams[layer])
        for here, region in zip(grams, targets.regions, strict=True)
    ]
    return torch.stack(apart).sum(0)


def at_layer(where: Tensor | None, activations: Tensor) -> Tensor | None:
    """A region's map at the size of a layer."""
    if where is None:
        return None
    height, width = activations.shape[-2:]
    return F.adaptive_avg_pool2d(where, (height, width))
