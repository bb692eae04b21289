"""Maps drawn over the photo: warm where something speaks for the class, cool where it speaks against it.

The photo beneath is grey, so that its own colours are not taken for the map's.
"""

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor
from torch.nn import functional as F

SIDE = 320  # px of a drawn map
WARM, COOL = (203, 72, 16), (24, 122, 158)
STRENGTH = 0.85  # of the colour at the map's strongest place


def warm(square: Image.Image, heat: Tensor) -> Image.Image:
    """A map (h, w) of 0 and more over the photo; its own highest value is the strongest colour."""
    return both(square, heat.clamp_min(0))


def both(square: Image.Image, values: Tensor) -> Image.Image:
    """A map (h, w) with a sign over the photo: warm above 0, cool below; NaN, and 0, leave the photo as it is."""
    grey = square.resize((SIDE, SIDE), Image.Resampling.BICUBIC).convert("L").convert("RGB")
    known = values.nan_to_num(0.0).float()
    fine = F.interpolate(known[None, None], (SIDE, SIDE), mode="bicubic", align_corners=False)[0, 0]
    fine = fine.clamp(known.min(), known.max())  # cubics overshoot: beside warm there would be cool that is not there
    most = float(known.abs().max())
    if most <= 0:
        return grey
    share = (fine / most).clamp(-1, 1).numpy()[..., None]
    colour = np.where(share > 0, np.array(WARM), np.array(COOL))
    alpha = STRENGTH * np.abs(share)
    # A pale photo first: on a dark one neither colour would be seen.
    pale = 60 + np.asarray(grey, dtype=np.float32) * (195 / 255)
    return Image.fromarray(np.clip(pale * (1 - alpha) + colour * alpha, 0, 255).round().astype(np.uint8))


def covered(square: Image.Image, box: tuple[int, int, int, int], grey: tuple[int, int, int]) -> Image.Image:
    """The square with the box (left, top, right, bottom, in its own px) covered, as the network saw it, and framed."""
    picture = square.copy()
    draw = ImageDraw.Draw(picture)
    draw.rectangle((box[0], box[1], box[2] - 1, box[3] - 1), fill=grey)
    large = picture.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    scale = SIDE / square.width
    edge = [round(side * scale) for side in box]
    ImageDraw.Draw(large).rectangle((edge[0], edge[1], edge[2] - 1, edge[3] - 1), outline=WARM, width=3)
    return large


def pixels_of(values: Tensor, boxes: list[tuple[int, int, int, int]], size: int) -> Tensor:
    """One value per box to a map (size, size): at each px the mean of the boxes that cover it, NaN where none does."""
    total, count = torch.zeros(size, size), torch.zeros(size, size)
    for value, (left, top, right, bottom) in zip(values.tolist(), boxes, strict=True):
        total[top:bottom, left:right] += value
        count[top:bottom, left:right] += 1
    return total / count  # 0 / 0 is NaN
