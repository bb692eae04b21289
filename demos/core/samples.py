"""Example photos that installed packages carry: they work offline, and the repository ships nobody's picture.

Only files inside the packages' wheels are used (scikit-image fetches many more, which would need a network). The
packages are found without being imported: opening one photo need not load scikit-learn.
"""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

from demos.core import images
from demos.core.errors import DemoError


@dataclass(frozen=True)
class Sample:
    """A picture inside an installed package."""

    title: str
    package: str
    file: str  # inside the package's folder
    credit: str  # who made it and under which terms, as the package says

    def path(self) -> Path:
        """Where it is on this machine. Raises DemoError where the package no longer carries it."""
        spec = find_spec(self.package)
        path = Path(spec.origin).parent / self.file if spec is not None and spec.origin else None
        if path is None or not path.is_file():
            raise DemoError(
                f"The example {self.title!r} is not in the installed {self.package}. Run make install again."
            )
        return path


def _skimage(title: str, file: str, credit: str) -> Sample:
    return Sample(title, "skimage", f"data/{file}", f"scikit-image: {credit}")


def _gradio(title: str, file: str) -> Sample:
    return Sample(title, "gradio", f"media_assets/images/{file}", "Gradio's example media (Apache-2.0 package)")


PHOTOS: dict[str, Sample] = {
    "astronaut": _skimage("Astronaut Eileen Collins", "astronaut.png", "NASA, public domain"),
    "chelsea": _skimage("Chelsea the cat", "chelsea.png", "Stefan van der Walt, CC0"),
    "coffee": _skimage("A cup of coffee", "coffee.png", "Rachel Michetti, CC0"),
    "rocket": _skimage("A rocket on its pad", "rocket.jpg", "SpaceX, public domain"),
    "motorcycle": _skimage("A motorcycle", "motorcycle_left.png", "Middlebury stereo 2014, D. Scharstein"),
    "hubble": _skimage("The Hubble deep field", "hubble_deep_field.jpg", "NASA, public domain"),
    "tissue": _skimage("Tissue under the microscope", "ihc.png", "Human Protein Atlas lab, no known restrictions"),
    "retina": _skimage("A retina", "retina.jpg", "M. Haggstrom, CC0"),
    "coins": _skimage("Greek coins", "coins.png", "Brooklyn Museum, no known restrictions"),
    "moon": _skimage("The moon", "moon.png", "NASA, public domain"),
    "china": Sample("Summer palace", "sklearn", "datasets/images/china.jpg", "scikit-learn: danielbuechele, CC BY 2.0"),
    "flower": Sample("A dahlia", "sklearn", "datasets/images/flower.jpg", "scikit-learn: vultilion, CC BY 2.0"),
    "lion": _gradio("A lion", "lion.jpg"),
    "cheetah": _gradio("A cheetah", "cheetah.jpg"),
    "tower": _gradio("The Eiffel tower", "tower.jpg"),
    "bus": _gradio("A bus", "bus.png"),
}

TEXTURES: dict[str, Sample] = {
    "brick": _skimage("Brick wall", "brick.png", "CC0 Textures, CC0"),
    "grass": _skimage("Grass", "grass.png", "CC0 Textures, CC0"),
    "gravel": _skimage("Gravel", "gravel.png", "CC0 Textures, CC0"),
}


def photo(name: str) -> Image.Image:
    """The example photo or texture `name`, upright RGB at its full size.

    Raises:
        DemoError: there is no such example, or its package does not carry it.
    """
    sample = (PHOTOS | TEXTURES).get(name)
    if sample is None:
        raise DemoError(f"There is no example called {name!r}. There are: {', '.join(PHOTOS | TEXTURES)}.")
    return images.load(sample.path())


def textures() -> dict[str, Image.Image]:
    """Every texture, 512 x 512 px RGB (grey in the file)."""
    return {name: photo(name) for name in TEXTURES}


@cache
def digits() -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's handwritten digits: (1797, 8, 8) uint8 0..255, white on black, and their labels (1797,).

    Source: Alpaydin and Kaynak, "Optical Recognition of Handwritten Digits", UCI (1998), the test part.
    """
    from sklearn.datasets import load_digits

    found = load_digits()
    return np.round(found.images * (255 / 16)).astype(np.uint8), found.target
