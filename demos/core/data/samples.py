"""Example photos that installed packages carry: they work offline, and the repository ships nobody's picture.

Only files inside the packages' wheels are used (scikit-image fetches many more, which would need a network). The
packages are found without being imported: opening one photo need not load scikit-learn.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from PIL import Image

from demos.core.errors import DemoError
from demos.core.images.load import load_image


@dataclass(frozen=True)
class Sample:
    """A picture inside an installed package."""

    title: str
    package: str
    file: str  # inside the package's folder
    credit: str  # who made it and under which terms, as the package says

    def path(self) -> Path:
        """Where it is on this machine. Raises DemoError where the package no longer carries it."""
        spec = find_spec(self.package)  # of a package at the top: finds it without importing it
        path = Path(spec.origin).parent / self.file if spec is not None and spec.origin else None
        if path is None or not path.is_file():
            raise DemoError(
                f"The example {self.title!r} is not in the installed {self.package}. Run make install again."
            )
        return path


def _skimage(title: str, file: str, credit: str) -> Sample:
    return Sample(title, "skimage", f"data/{file}", f"{credit} (scikit-image's example data)")


def _sklearn(title: str, file: str, author: str) -> Sample:
    licence = "CC BY 2.0, creativecommons.org/licenses/by/2.0"
    return Sample(
        title, "sklearn", f"datasets/images/{file}", f"{author} on Flickr, {licence} (scikit-learn's sample images)"
    )


def _gradio(title: str, file: str) -> Sample:
    return Sample(
        title, "gradio", f"media_assets/images/{file}", "Gradio's example media (Apache-2.0), which names no author"
    )


# Credits say what the packages say: scikit-image in the docstrings of skimage.data, scikit-learn in
# datasets/images/README.txt, Gradio nothing but its own licence.
PHOTOS: dict[str, Sample] = {
    "astronaut": _skimage("Astronaut Eileen Collins", "astronaut.png", "NASA, public domain"),
    "chelsea": _skimage("Chelsea the cat", "chelsea.png", "Stefan van der Walt, CC0"),
    "coffee": _skimage("A cup of coffee", "coffee.png", "Rachel Michetti, Pikolo Espresso Bar, CC0"),
    "rocket": _skimage("A rocket on its pad", "rocket.jpg", "SpaceX, public domain"),
    "motorcycle": _skimage(
        "A motorcycle", "motorcycle_left.png", "Middlebury 2014 stereo benchmark, Scharstein et al., no licence stated"
    ),
    "hubble": _skimage("The Hubble eXtreme Deep Field", "hubble_deep_field.jpg", "NASA, public domain"),
    "tissue": _skimage(
        "Tissue under the microscope",
        "ihc.png",
        "Center for Microscopy And Molecular Imaging, no known copyright restrictions",
    ),
    "retina": _skimage("A retina", "retina.jpg", "Mikael Häggström, CC0"),
    "coins": _skimage("Greek coins from Pompeii", "coins.png", "Brooklyn Museum, no known copyright restrictions"),
    "moon": _skimage("The surface of the moon", "moon.png", "no author or licence stated"),
    "photographer": _skimage("A photographer", "camera.png", "Lav Varshney, CC0"),
    "china": _sklearn("Summer palace", "china.jpg", "danielbuechele"),
    "flower": _sklearn("A dahlia", "flower.jpg", "vultilion"),
    "lion": _gradio("A lion", "lion.jpg"),
    "cheetah": _gradio("A cheetah", "cheetah.jpg"),
    "tower": _gradio("The Eiffel tower", "tower.jpg"),
    "bus": _gradio("A bus, drawn 61 px wide", "bus.png"),
}

TEXTURES: dict[str, Sample] = {
    "brick": _skimage("Brick wall", "brick.png", "CC0Textures, CC0"),
    "grass": _skimage("Grass", "grass.png", "linolafett on DeviantArt, CC0"),
    "gravel": _skimage("Gravel", "gravel.png", "CC0Textures, CC0"),
}


def photo(name: str) -> Image.Image:
    """The example photo or texture `name`, upright RGB at its full size.

    Raises:
        DemoError: there is no such example, or its package does not carry it.
    """
    sample = (PHOTOS | TEXTURES).get(name)
    if sample is None:
        raise DemoError(f"There is no example called {name!r}. There are: {', '.join(PHOTOS | TEXTURES)}.")
    return load_image(sample.path())


def textures() -> dict[str, Image.Image]:
    """Every texture, 512 x 512 px RGB (grey in the file)."""
    return {name: photo(name) for name in TEXTURES}
