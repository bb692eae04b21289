"""What a visitor painted on the photo: where it stays as it is, and where the second style goes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

PROTECT, SECOND = "#ffffff", "#1f6f8b"  # the brush's two colours
LEAST = 20  # alpha under which a stroke's soft edge counts as nothing


@dataclass(frozen=True)
class Masks:
    """Mode L, white is "here"; None where nothing was painted."""

    protect: Image.Image | None = None
    second: Image.Image | None = None


def from_editor(value: dict[str, Any] | None) -> Masks:
    """The masks of an image editor's value: its layers hold the strokes, RGBA.

    Strokes near white protect, every other colour is the second style's. A stroke's inside counts as whole.
    """
    layers = [layer for layer in (value or {}).get("layers") or [] if layer is not None]
    if not layers:
        return Masks()
    protect = np.zeros(layers[0].size[::-1], bool)
    second = protect.copy()
    for layer in layers:
        pixels = np.asarray(layer.convert("RGBA"))
        painted, white = pixels[..., 3] >= LEAST, pixels[..., :3].min(-1) > 200
        protect |= painted & white
        second |= painted & ~white
    return Masks(_image(protect), _image(second & ~protect))


def _image(mask: np.ndarray) -> Image.Image | None:
    return Image.fromarray(mask.astype(np.uint8) * 255) if mask.any() else None
