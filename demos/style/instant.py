"""Any style in one pass: the photo's activations are given the style's statistics, and a decoder makes the picture.

Huang and Belongie, "Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization" (2017), gave each
channel the style's mean and spread. Here channels also get the style's correlations, which is what a Gram matrix holds
(Li et al., "Universal Style Transfer via Feature Transforms", 2017), by the linear map that moves the photo's
activations least (Lu et al., "A Closed-form Solution to Universal Style Transfer", 2019); and that not only at
relu4_1 but at every depth of the decoder on its way back to the picture (as Sheng et al., "Avatar-Net", 2018, do).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from demos.core import decoder as decoders
from demos.core import device, images, vgg, weights
from demos.core.errors import DemoError
from demos.style import colours, optimise

DECODER = "style-decoder"  # its name in the catalogue
EPSILON = 1e-5  # added to variances: a channel that is silent in the photo is not blown up
MARGIN = 2  # positions at the cut that are added around a photo
FLOOR = 1e-2  # the same for covariances, as a share of the mean variance
PICTURE = "picture"  # beside the network's cuts: the decoded picture, whose colours are given the style's as well


@dataclass(frozen=True)
class Settings:
    """What an instant picture can be told."""

    size: int = 512  # px of the longer side of the result; the styles are looked at in this size, too
    strength: float = 1.0  # 0 is the photo itself, 1 all of the style
    keep_colours: bool = False  # light and dark from the painting, colours from the photo
    correlations: bool = True  # False: each channel for itself, as AdaIN does

    def check(self) -> None:
        """Raises DemoError for what cannot be painted."""
        if not optimise.SMALLEST <= self.size <= optimise.LARGEST:
            raise DemoError(
                f"{self.size} px cannot be painted. Choose a size from {optimise.SMALLEST} to {optimise.LARGEST} px."
            )
        if not 0 <= self.strength <= 1:
            raise DemoError(f"A strength of {self.strength:g} is out of range. Choose one from 0 to 1.")


# ---- statistics and the maps between them ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Statistics:
    """What is kept of a style at one depth: how strong each channel is, and which channels rise together."""

    mean: Tensor  # (N, C, 1, 1) float32
    covariance: Tensor  # (N, C, C) float32

    @property
    def std(self) -> Tensor:
        """(N, C, 1, 1): the spread of each channel."""
        variance = self.covariance.diagonal(dim1=1, dim2=2)[..., None, None]
        return (variance + EPSILON).sqrt()


def statistics(features: Tensor) -> Statistics:
    """Mean and covariance over positions; `features` is (N, C, h, w) of any precision."""
    with torch.autocast(features.device.type, enabled=False):  # sums over thousands of positions need float32
        x = features.float().flatten(2)  # (N, C, h w)
        mean = x.mean(2, keepdim=True)
        centred = x - mean
        return Statistics(mean.unsqueeze(3), centred @ centred.transpose(1, 2) / x.shape[2])


def adain(content: Tensor, style_mean: Tensor, style_std: Tensor) -> Tensor:
    """`content` (N, C, h, w) with the style's mean and spread in every channel, (N or 1, C, 1, 1) each; equation 8."""
    own = statistics(content)
    return ((content.float() - own.mean) / own.std * style_std + style_mean).to(content.dtype)


def transport(own: Statistics, style: Statistics) -> Tensor:
    """The matrix (N, C, C) that gives centred activations the style's covariance.

    T = A^-1/2 (A^1/2 B A^1/2)^1/2 A^-1/2 for covariances A and B: of all linear maps from A to B the one that moves
    the activations least (Lu et al. 2019, equation 10), so that the photo stays recognisable. For A = B it is the
    identity, where whitening and colouring by other roots would still turn the channels about.
    """
    sizes = [s.covariance.diagonal(dim1=1, dim2=2).mean(1).view(-1, 1, 1) for s in (own, style)]
    floor = (FLOOR / 2 * (sizes[0] + sizes[1]) + 1e-12) * torch.eye(own.covariance.shape[1], device=own.mean.device)
    root: Tensor = SquareRoot.apply(own.covariance + floor)
    inverse = torch.linalg.inv(root)
    middle: Tensor = SquareRoot.apply(root @ (style.covariance + floor) @ root)
    return inverse @ middle @ inverse


class SquareRoot(torch.autograd.Function):
    """The root of symmetric positive matrices (N, C, C), with a gradient that stays finite where eigenvalues meet.

    From R R = A follows dR R + R dR = dA: in the basis of eigenvectors, dR = dA / (r_i + r_j).
    """

    @staticmethod
    def forward(context: Any, matrix: Tensor) -> Tensor:
        values, vectors = torch.linalg.eigh(matrix)
        roots = values.clamp_min(1e-20).sqrt()
        context.save_for_backward(roots, vectors)
        return (vectors * roots.unsqueeze(1)) @ vectors.transpose(1, 2)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> Tensor:
        roots, vectors = context.saved_tensors
        turned = vectors.transpose(1, 2) @ gradients[0] @ vectors
        return vectors @ (turned / (roots.unsqueeze(1) + roots.unsqueeze(2))) @ vectors.transpose(1, 2)


class Restyle:
    """The decoder's hook: at each depth that there are statistics of, activations are moved towards them.

    Args:
        targets: depth to the statistics aimed at, those of one picture or of as many as are decoded.
        strength: 0 changes nothing, 1 goes all the way; a number, or (N, 1, 1) for N pictures, some of which are to be
            repeated as they are while the decoder learns. For less of a style, mix its statistics with the photo's.
        correlations: False for AdaIN, which moves every channel for itself.
    """

    def __init__(
        self, targets: Mapping[str, Statistics], strength: Tensor | float = 1.0, correlations: bool = True
    ) -> None:
        self.targets, self.strength, self.correlations = targets, strength, correlations

    def __call__(self, depth: str, x: Tensor) -> Tensor:
        """(N, C, h, w) to the same shape and precision."""
        if depth not in self.targets:
            return x
        target, strength = self.targets[depth], self.strength
        with torch.autocast(x.device.type, enabled=False):
            if not self.correlations:
                wide = strength.unsqueeze(3) if isinstance(strength, Tensor) else strength
                return (x.float() + wide * (adain(x, target.mean, target.std).float() - x.float())).to(x.dtype)
            own = statistics(x)
            matrix = transport(own, target)
            # The way from x to T (x - mean) + style mean is linear as well: all of it is one matrix and one shift.
            shift = strength * (target.mean.squeeze(3) - matrix @ own.mean.squeeze(3))  # (N, C, 1)
            matrix = strength * matrix + (1 - strength) * torch.eye(x.shape[1], device=x.device)
            return torch.baddbmm(shift, matrix, x.float().flatten(2)).view(x.shape).to(x.dtype)


# ---- pictures -------------------------------------------------------------------------------------------------------


def stylise(
    photo: Image.Image,
    styles: Sequence[tuple[Image.Image, float]],
    encoder: vgg.VGG16,
    decoder: decoders.Decoder,
    settings: Settings | None = None,
) -> Image.Image:
    """The photo painted in a style, or in a mixture of several.

    Args:
        photo: RGB, of any size.
        styles: (picture, share); shares are positive and count in proportion to one another.
        encoder: the network whose features the decoder was trained on.

    Returns:
        RGB, of the photo's shape, the longer side `settings.size` px. A strength between 0 and 1 takes twice as long.

    Raises:
        DemoError: no style, a share that is not positive, a size or a strength out of range.
    """
    settings = settings or Settings()
    settings.check()
    if not styles:
        raise DemoError("There is no style to paint in. Choose at least one.")
    for _, share in styles:
        if not 0 < share < float("inf"):
            raise DemoError(f"A style's share is {share:g}. Give every style a share above 0, or leave it out.")
    small, strength = optimise.resized(photo, settings.size), settings.strength
    if strength == 0:
        return small
    content = images.to_tensor(small, encoder.mean.device)
    with torch.inference_mode():
        pictures = [images.to_tensor(optimise.resized(s, settings.size), encoder.mean.device) for s, _ in styles]
        targets = mix([describe(encoder, one, decoder.depths) for one in pictures], [share for _, share in styles])
        left_out: Tensor | float = 0.0
        if strength < 1:
            # The photo is one more style, and the mixture is gone to in full. Going half of the way at every depth
            # instead leaves activations that no picture has, which the decoder paints in glaring colours.
            own = describe(encoder, content, decoder.depths)
            targets = mix([targets, own], [strength, 1 - strength])
            # What the decoder loses of a photo that is only repeated comes back, the less the more style is asked for.
            copy = paint(content, encoder, decoder, Restyle(own, correlations=settings.correlations))
            left_out = (1 - strength) * (content - copy)
        picture = paint(content, encoder, decoder, Restyle(targets, correlations=settings.correlations))
        picture = (picture + left_out).clamp(0, 1)
        if settings.keep_colours:
            picture = colours.with_chroma_of(picture, content)
        return images.to_image(picture)


def describe(encoder: vgg.VGG16, style: Tensor, depths: Sequence[str]) -> dict[str, Statistics]:
    """The statistics of style pictures (N, 3, H, W), RGB 0..1, at each depth, and of the pictures themselves."""
    return {depth: statistics(found) for depth, found in encoder.features(style, depths).items()} | {
        PICTURE: statistics(style)
    }


def mix(described: Sequence[Mapping[str, Statistics]], shares: Sequence[float]) -> dict[str, Statistics]:
    """The weighted mean of several styles' statistics."""
    parts = [share / sum(shares) for share in shares]
    return {
        depth: Statistics(
            torch.stack([part * one[depth].mean for part, one in zip(parts, described, strict=True)]).sum(0),
            torch.stack([part * one[depth].covariance for part, one in zip(parts, described, strict=True)]).sum(0),
        )
        for depth in described[0]
    }


def paint(content: Tensor, encoder: vgg.VGG16, decoder: decoders.Decoder, hook: decoders.Hook | None = None) -> Tensor:
    """(N, 3, H, W), RGB 0..1, of any size through encoder and decoder; the same shape again, float32."""
    height, width = content.shape[-2:]
    # VGG16 pads with zeros, which would show as a frame: the border is repeated and cut off again, with what is missing
    # to a whole number of the decoder's positions.
    margin = MARGIN * decoder.stride
    right, below = margin + -width % decoder.stride, margin + -height % decoder.stride
    padded = F.pad(content, (margin, right, margin, below), mode="replicate")
    features = encoder.features(padded, [decoder.cut])[decoder.cut]
    picture = decoder(features.to(decoder.last.weight.dtype), hook)
    picture = picture[:, :, margin : margin + height, margin : margin + width]
    return picture if hook is None else hook(PICTURE, picture).clamp(0, 1)


# ---- the trained decoder --------------------------------------------------------------------------------------------


def available() -> bool:
    """Whether the decoder is on this machine."""
    return DECODER in weights.NETWORKS and weights.find(DECODER) is not None


def load() -> decoders.Decoder:
    """The shipped decoder, frozen, on the chosen device in its fast precision; built once per process and shared.

    Its header names the SHA-256 of the encoder's file that it was trained on ("encoder_sha256"). With another one of
    the same widths it works as well as the features are alike, which is why a difference is no error.

    Raises:
        DemoError: the file is missing, damaged or not a decoder.
    """
    if not available():
        raise DemoError("The instant mode's decoder is not on this machine. Paint step by step, or restore weights/.")
    where = device.current()
    return weights.cached(
        f"{DECODER} on {where.device}",
        lambda: where.place(decoders.build(weights.load(DECODER), weights.metadata(DECODER))),
    )
