"""Pictures on their way to the page, as files: small JPEGs while something runs, every pixel at its end."""

from typing import Any

from PIL import Image

from demos.core.files import new_file
from demos.core.images.load import fit

PREVIEW = 1000  # px of a preview's longer side: a full photo after each tile would keep everyone waiting
# What pictures of results are made with: exact pixels, and no button that would send them somewhere.
SHOWN: dict[str, Any] = {"format": "png", "interactive": False, "buttons": ["download", "fullscreen"]}
GALLERY: dict[str, Any] = {
    "columns": 3, "height": "auto", "show_label": False, "elem_classes": "hl-captions",
    "object_fit": "contain", **SHOWN,
}  # fmt: skip


def preview(picture: Image.Image) -> str:
    """A JPEG of at most `PREVIEW` px a side."""
    path = new_file("preview.jpg")
    fit(picture, PREVIEW).save(path, quality=85)
    return str(path)


def whole(picture: Image.Image, name: str) -> str:
    """Every pixel, as a PNG; lightly packed, since a large noisy photo takes five times as long otherwise."""
    path = new_file(name)
    picture.save(path, compress_level=1)
    return str(path)
