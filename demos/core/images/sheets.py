"""Contact sheets and enlargements: many small pictures as one."""

import math

import numpy as np
from PIL import Image

FRAME = 2  # px between two pictures of a sheet in one file


def enlarge(picture: Image.Image, side: int = 256) -> Image.Image:
    """A whole number of times as large, with hard pixels: smoothing would show what is not there."""
    times = max(1, side // max(picture.size))
    return picture.resize((picture.width * times, picture.height * times), Image.Resampling.NEAREST)


def contact_sheet(pictures: np.ndarray, columns: int = 0, times: int = 2) -> Image.Image:
    """Pictures (N, H, W, 3) as one, row by row, as nearly square as it gets."""
    count, height, width = pictures.shape[:3]
    columns = min(count, columns or math.ceil(math.sqrt(count)))
    rows = math.ceil(count / columns)
    made = np.full((rows * (height + FRAME) - FRAME, columns * (width + FRAME) - FRAME, 3), 255, np.uint8)
    for i, picture in enumerate(pictures):
        top, left = i // columns * (height + FRAME), i % columns * (width + FRAME)
        made[top : top + height, left : left + width] = picture
    found = Image.fromarray(made)
    return found.resize((found.width * times, found.height * times), Image.Resampling.NEAREST)
