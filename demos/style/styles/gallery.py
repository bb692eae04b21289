"""The styles that are offered: drawn by our programs, and textures that installed packages carry."""

from PIL import Image

from demos.core.cache import once
from demos.core.data import samples
from demos.core.errors import DemoError
from demos.core.images.load import fit, square_crop
from demos.style.styles import textures

FOUND = {"hubble": "Deep sky", "gravel": "Gravel", "tissue": "Tissue"}  # sample -> title
SIDE, THUMBNAIL = 512, 128  # px


def names() -> list[str]:
    """Titles, in the gallery's order."""
    return [swatch.title for swatch in textures.TEXTURES.values()] + list(FOUND.values())


def picture(name: str, side: int = SIDE) -> Image.Image:
    """The style called `name`, its longer side at most `side` px.

    Raises:
        DemoError: there is no such style.
    """
    for key, swatch in textures.TEXTURES.items():
        if name in (key, swatch.title):
            return textures.texture(key, side)
    for sample, title in FOUND.items():
        if name in (sample, title):
            return fit(samples.photo(sample), side)
    raise DemoError(f"There is no style called {name!r}. There are: {', '.join(names())}.")


@once
def thumbnails() -> list[tuple[Image.Image, str]]:
    """(small picture, title) of every style."""
    return [(square_crop(picture(name, 2 * THUMBNAIL), THUMBNAIL), name) for name in names()]
