"""Keeping the photo's colours: two ways, one before painting and one after (Gatys et al., "Preserving Color", 2016)."""

import numpy as np
import torch
from PIL import Image
from skimage.exposure import match_histograms
from torch import Tensor

# ITU-R BT.601: how bright red, green and blue are to an eye.
_LUMA = (0.299, 0.587, 0.114)


def luminance(picture: Tensor) -> Tensor:
    """(N, 3, H, W) RGB 0..1 to (N, 1, H, W) brightness 0..1."""
    weights = torch.tensor(_LUMA, dtype=picture.dtype, device=picture.device).view(1, 3, 1, 1)
    return (picture * weights).sum(1, keepdim=True)


def with_chroma_of(picture: Tensor, photo: Tensor) -> Tensor:
    """The picture's light and dark in the photo's colours: all of its drawing, none of its palette (section 3.2).

    Both (N, 3, H, W), RGB 0..1, of one size. Only brightness moves; where it would leave 0..1, colour fades.
    """
    bright = luminance(picture)
    return (photo - luminance(photo) + bright).clamp(0, 1)


def match(style: Image.Image, photo: Image.Image) -> Image.Image:
    """The style picture repainted in the photo's colours, before anything is painted (section 3.1)."""
    matched = match_histograms(np.asarray(style), np.asarray(photo), channel_axis=-1)
    return Image.fromarray(np.clip(np.round(matched), 0, 255).astype(np.uint8))
