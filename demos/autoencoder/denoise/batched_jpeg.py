"""JPEG compression of a whole batch as tensor operations, each photo with a quality of its own.

For trainings: a JPEG library takes photos one by one and on the CPU. What is computed is what libjpeg computes with its
defaults (colours at half size, the standard's tables) up to rounding, without the lossless half: the coefficients are
rounded and given back, no bits are written.

Source: ITU-T T.81 (1992), annexes A.3.3 (the transform) and K.1 (the tables); JFIF 1.02 (the colours).
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

BLOCK = 8
LUMINANCE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)  # table K.1
CHROMINANCE_CORNER = ((17, 18, 24, 47), (18, 21, 26, 66), (24, 26, 56, 99), (47, 66, 99, 99))  # table K.2; 99 elsewhere


def compress(photos: Tensor, quality: Tensor) -> Tensor:
    """Photos as they come back from a JPEG file with 4:2:0 subsampling.

    Args:
        photos: (N, 3, H, W) RGB 0..1, of any size.
        quality: (N,) whole numbers 1..100, of any type, on the same device.

    Returns:
        (N, 3, H, W) float32, multiples of 1/255 in 0..1; no gradient goes through.
    """
    height, width = photos.shape[2:]
    with torch.no_grad(), torch.autocast(photos.device.type, enabled=False):  # bfloat16 has 8 bits, as many as a pixel
        pixels = (photos.float().clamp(0, 1) * 255).round()
        pixels = F.pad(pixels, (0, -width % (2 * BLOCK), 0, -height % (2 * BLOCK)), mode="replicate")
        red, green, blue = pixels.unbind(1)
        luminance = (0.299 * red + 0.587 * green + 0.114 * blue).round() - 128
        cb = (-0.168736 * red - 0.331264 * green + 0.5 * blue).round()
        cr = (0.5 * red - 0.418688 * green - 0.081312 * blue).round()
        chrominance = F.avg_pool2d(torch.stack([cb, cr], 1), 2).round()
        tables = quantisation_tables(quality)  # (N, 2, 8, 8)
        luminance = _requantised(luminance.unsqueeze(1), tables[:, :1]).squeeze(1) + 128
        chrominance = _requantised(chrominance, tables[:, 1:])
        chrominance = F.interpolate(chrominance, scale_factor=2, mode="bilinear", align_corners=False).round()
        cb, cr = chrominance.unbind(1)
        rgb = [luminance + 1.402 * cr, luminance - 0.344136 * cb - 0.714136 * cr, luminance + 1.772 * cb]
        return torch.stack(rgb, 1)[..., :height, :width].round().clamp(0, 255) / 255


def quantisation_tables(quality: Tensor) -> Tensor:
    """Steps of the coefficients of luminance and chrominance, (N, 2, 8, 8) float32, for qualities (N,) in 1..100.

    libjpeg's scaling of the standard's tables (`jpeg_quality_scaling`): 50 leaves them, 100 makes every step 1.
    """
    quality = quality.float().view(-1, 1, 1, 1)
    percent = torch.where(quality < 50, (5000 / quality).floor(), 200 - 2 * quality)
    base = _standard_tables().to(quality.device, non_blocking=True)
    return ((base * percent + 50) / 100).floor().clamp(1, 255)


def _standard_tables() -> Tensor:
    chrominance = torch.full((BLOCK, BLOCK), 99.0)
    chrominance[:4, :4] = torch.tensor(CHROMINANCE_CORNER)
    return torch.stack([torch.tensor(LUMINANCE, dtype=torch.float32), chrominance])


def _requantised(planes: Tensor, tables: Tensor) -> Tensor:
    """Planes (N, C, H, W) in -128..127 through the cosine transform of blocks, rounded to the tables (N, 1, 8, 8)."""
    steps = torch.arange(BLOCK, device=planes.device, dtype=torch.float32)
    cosines = 0.5 * torch.cos((2 * steps + 1) * steps.unsqueeze(1) * math.pi / (2 * BLOCK))  # (frequency, place)
    cosines[0] *= math.sqrt(0.5)
    blocks = planes.unflatten(3, (-1, BLOCK)).unflatten(2, (-1, BLOCK)).transpose(3, 4)  # (N, C, H/8, W/8, 8, 8)
    tables = tables[:, :, None, None]
    coefficients = (cosines @ blocks @ cosines.T / tables).round() * tables
    blocks = cosines.T @ coefficients @ cosines
    return blocks.transpose(3, 4).flatten(4, 5).flatten(2, 3).round().clamp(-128, 127)
