"""A visitor's photo, or the example."""

from __future__ import annotations

from PIL import Image


def opened(path: str | None, example: str) -> Image.Image:
    """The photo at a path; the example `example` where there is none. DemoError for what is no photo."""
    from demos.core.data.samples import photo
    from demos.core.images.load import load_image

    return load_image(path) if path else photo(example)
