"""Any style in one pass: the photo's activations are given the style's statistics, and a decoder makes the picture.

Huang and Belongie, "Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization" (2017), gave each
channel the style's mean and spread. Here channels also get the style's correlations, which is what a Gram matrix holds
(Li et al., "Universal Style Transfer via Feature Transforms", 2017), by the linear map that moves the photo's
activations least (Lu et al., "A Closed-form Solution to Universal Style Transfer", 2019); and that not only at
relu4_1 but at every depth of the decoder on its way back to the picture (as Sheng et al., "Avatar-Net", 2018, do).
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from demos.core.errors import DemoError
from demos.core.images import tensors
from demos.core.networks import decoder, shipped, vgg
from demos.core.networks import files as network_files
from demos.style import settings as style_settings
from demos.style.instant import statistics
from demos.style.instant.statistics import Restyle
from demos.style.optimise import colours
from demos.style.selection import SelectedStyle
from demos.style.settings import InstantSettings

DECODER = "style-decoder"  # its name in the catalogue
MARGIN = 2  # positions at the cut that are added around a photo
FINE = 0.7  # times the strength at full size, after large strokes: a second pass in full overshoots the style


# ---- pictures -------------------------------------------------------------------------------------------------------


def stylise(
    photo: Image.Image,
    styles: Sequence[tuple[Image.Image, float]],
    encoder: vgg.VGG16,
    decoder: decoder.Decoder,
    settings: InstantSettings | None = None,
) -> Image.Image:
    """The photo painted in a style, or in a mixture of several.

    Args:
        photo: RGB, of any size.
        styles: (picture, share); shares are positive and count in proportion to one another.
        encoder: the network whose features the decoder was trained on.

    Returns:
        RGB, of the photo's shape, the longer side `settings.size` px. A strength between 0 and 1 takes twice as long.

    Raises:
        DemoError: no style, a share that is not positive, a size or a strength out of range, a photo
            that would be too thin.
    """
    settings = settings or InstantSettings()
    settings.check()
    if not styles:
        raise DemoError("There is no style to paint in. Choose at least one.")
    for _, share in styles:
        if not 0 < share < float("inf"):
            raise DemoError(f"A style's share is {share:g}. Give every style a share above 0, or leave it out.")
    tensors.check_proportions(photo, settings.size)
    small, strength = tensors.resized(photo, settings.size), settings.strength
    if strength == 0:
        return small
    content = tensors.to_tensor(small, encoder.mean.device)
    start = content
    if settings.large_strokes and settings.size >= 2 * style_settings.SMALLEST:
        # The decoder sees some 60 px: at full size that is a stroke, at half of it a pane, a wheel or a wave. What was
        # lost of the photo by halving it comes back, the less the more style is asked for.
        half = replace(settings, size=settings.size // 2, large_strokes=False, keep_colours=False)
        coarse = tensors.to_tensor(stylise(photo, styles, encoder, decoder, half), encoder.mean.device)
        halved = tensors.to_tensor(tensors.resized(photo, half.size), encoder.mean.device)
        start = _enlarged(coarse, content) + (1 - strength) * (content - _enlarged(halved, content))
        start, strength = start.clamp(0, 1), FINE * strength
    with torch.inference_mode():
        pictures = [tensors.to_tensor(tensors.resized(s, settings.size), encoder.mean.device) for s, _ in styles]
        targets = statistics.mix(
            [statistics.style_statistics(encoder, one, decoder.depths) for one in pictures],
            [share for _, share in styles],
        )
        left_out: Tensor | float = 0.0
        if strength < 1:
            # The photo is one more style, and the mixture is gone to in full. Going half of the way at every depth
            # instead leaves activations that no picture has, which the decoder paints in glaring colours.
            own = statistics.style_statistics(encoder, start, decoder.depths)
            targets = statistics.mix([targets, own], [strength, 1 - strength])
            # What the decoder loses of a photo that is only repeated comes back, the less the more style is asked for.
            copy = paint(start, encoder, decoder, Restyle(own, correlations=settings.correlations))
            left_out = (1 - strength) * (start - copy)
        picture = paint(start, encoder, decoder, Restyle(targets, correlations=settings.correlations))
        picture = (picture + left_out).clamp(0, 1)
        if settings.keep_colours:
            picture = colours.with_chroma_of(picture, content)
        return tensors.to_image(picture)


def _enlarged(picture: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(picture, like.shape[-2:], mode="bicubic")


def paint(content: Tensor, encoder: vgg.VGG16, decoder: decoder.Decoder, hook: decoder.Hook | None = None) -> Tensor:
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
    return picture if hook is None else hook(statistics.PICTURE, picture).clamp(0, 1)


# ---- the trained decoder --------------------------------------------------------------------------------------------


def available() -> bool:
    """Whether the decoder can be had now."""
    return network_files.available(DECODER)


def load() -> decoder.Decoder:
    """The shipped decoder, frozen, on the chosen device in its fast precision; built once per process and shared.

    Its header names the SHA-256 of the encoder's file that it was trained on ("encoder_sha256"). With another one of
    the same widths it works as well as the features are alike, which is why a difference is no error.

    Raises:
        DemoError: the file is missing, damaged or not a decoder.
    """
    return shipped.network(DECODER, decoder.build)


def preview(
    photo: Image.Image, styles: list[SelectedStyle], settings: style_settings.PaintSettings
) -> Image.Image | None:
    """The instant result for the same settings: what is seen before the first step. None where nothing is painted."""
    used = [(style.picture(), style.share) for style in styles if style.share > 0]
    if not used or settings.style_strength <= 0 or not available():
        return None
    quick = style_settings.InstantSettings(size=min(settings.size, 512), strength=min(1.0, settings.style_strength))
    return stylise(photo, used, vgg.load(vgg.POCKET), load(), quick)
