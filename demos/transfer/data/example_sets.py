"""Sets to teach with one click: one that we draw, two that installed packages carry, and the tutorial's ants and bees.

All but the last work offline. Ants and bees is the data of PyTorch's transfer-learning tutorial: found in the
folder of `--data`, or fetched with torchvision's download helpers (47 MB, said first).
"""

import hashlib
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from PIL import Image

from demos.core.data import samples, small
from demos.core.data.folder import data_folder
from demos.core.errors import DemoError
from demos.core.hub import fetch
from demos.core.images.load import digest
from demos.transfer.data import archive, doodles
from demos.transfer.data.photos import Photo, PhotoClass, PhotoSet, Split

PATCH = 112  # px of a material's patch
TRAIN_PATCHES, VALIDATION_PATCHES = 12, 6
DIGITS_EACH, DIGIT_SIZE = 24, 96
DOODLES_EACH = 18  # of them, every third is held back

# Six materials of the size of a hand or a leaf; each is cut from one photo, from the region named as shares of its
# sides (left, top, right, bottom): the whole photo where it shows nothing else.
MATERIALS: dict[str, tuple[str, tuple[float, float, float, float]]] = {
    "brick": ("brick", (0, 0, 1, 1)),
    "grass": ("grass", (0, 0, 1, 1)),
    "gravel": ("gravel", (0, 0, 1, 1)),
    "cat's fur": ("chelsea", (0, 0, 1, 1)),
    "tissue": ("tissue", (0, 0, 1, 1)),
    "petals": ("flower", (0.25, 0.15, 0.85, 0.95)),
}

ANTS_BEES = "Ants and bees"
ANTS_BEES_URL = "https://download.pytorch.org/tutorial/hymenoptera_data.zip"
ANTS_BEES_FOLDER = "ants_bees"
ANTS_BEES_SHA256 = "fbc41b31d544714d18dd1230b1e2b455e1557766e13e67f9f5a7a23af7c02209"  # as found in public code


@dataclass(frozen=True)
class ExampleSet:
    """A set to choose on the page."""

    title: str
    description: str
    build: Callable[[], PhotoSet]


def things() -> PhotoSet:
    """Six things that everybody knows, drawn by this program, each picture another one."""
    classes = []
    for name in doodles.THINGS:
        photos = []
        for i in range(DOODLES_EACH):
            image = doodles.draw(name, i)
            side: Split = "validation" if i % 3 == 2 else "train"
            photos.append(Photo(image, f"{name} {i + 1}", digest(image), side))
        classes.append(PhotoClass(name, tuple(photos)))
    return PhotoSet(tuple(classes))


def materials() -> PhotoSet:
    """Patches at random places: those for training from the upper half of a photo, for validation from the lower."""
    dice = random.Random(0)
    classes = []
    for name, (source, region) in MATERIALS.items():
        image = _region(samples.photo(source), region)
        halves: tuple[tuple[Split, int, int, int], ...] = (
            ("train", 0, image.height // 2 - PATCH, TRAIN_PATCHES),
            ("validation", image.height // 2, image.height - PATCH, VALIDATION_PATCHES),
        )
        patches = []
        for side, top, bottom, count in halves:
            for i in range(count):
                x, y = dice.randint(0, image.width - PATCH), dice.randint(top, bottom)
                patch = image.crop((x, y, x + PATCH, y + PATCH))
                patches.append(Photo(patch, f"{name}, {side} {i + 1}", digest(patch), side))
        classes.append(PhotoClass(name, tuple(patches)))
    return PhotoSet(tuple(classes))


def _region(image: Image.Image, region: tuple[float, float, float, float]) -> Image.Image:
    left, top, right, bottom = region
    w, h = image.size
    return image.crop((round(left * w), round(top * h), round(right * w), round(bottom * h)))


def digits() -> PhotoSet:
    """Ten classes of handwritten digits, 8 x 8 px enlarged with hard pixels."""
    pixels, labels = small.digits()
    classes = []
    for digit in range(10):
        photos = []
        for i, picture in enumerate(pixels[labels == digit][:DIGITS_EACH]):
            image = Image.fromarray(255 - picture).convert("RGB").resize((DIGIT_SIZE,) * 2, Image.Resampling.NEAREST)
            side: Split = "validation" if i % 4 == 3 else "train"
            photos.append(Photo(image, f"a {digit}, {i + 1}", digest(image), side))
        classes.append(PhotoClass(str(digit), tuple(photos)))
    return PhotoSet(tuple(classes))


def here(name: str) -> bool:
    """Whether that set can be had now: it is on this machine, or the app may fetch it."""
    if name != ANTS_BEES or not fetch.is_offline():
        return True
    given = data_folder()
    return (given is not None and (given / ANTS_BEES_FOLDER / "train").is_dir()) or _zipped().is_file()


_download_lock = threading.Lock()


def ants_and_bees() -> PhotoSet:
    """About 400 photos, the tutorial's own split.

    Raises:
        DemoError: there is no copy in `--data` and none can be fetched.
    """
    given = data_folder()
    if given is not None and (given / ANTS_BEES_FOLDER / "train").is_dir():
        return _from_folder(given / ANTS_BEES_FOLDER)
    zipped = _zipped()
    with _download_lock:
        if not zipped.is_file():
            _download(zipped)
    return archive.from_zip(zipped)


def _zipped() -> Path:
    return fetch.cache_folder() / "hymenoptera_data.zip"


def _from_folder(folder: Path) -> PhotoSet:
    photo_set = PhotoSet()
    sides: tuple[tuple[str, Split], ...] = (("train", "train"), ("val", "validation"))
    for name, side in sides:
        for path in sorted((folder / name).iterdir()):
            if path.is_dir():
                photo_set = photo_set if path.name in photo_set.names else photo_set.add_class(path.name)
                photo_set = photo_set.add_photos(path.name, sorted(path.glob("*.jpg")), side)
    return replace(photo_set, left_out=())


def _download(target: Path) -> None:
    from torchvision.datasets.utils import download_url

    if fetch.is_offline():
        raise DemoError(
            "Ants and bees would be fetched (47 MB), but the app is offline. "
            "Things, Materials and Digits are here, or name a folder that holds ants_bees with --data."
        )
    unfinished = target.with_suffix(".part")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        download_url(ANTS_BEES_URL, str(unfinished.parent), filename=unfinished.name)
    except Exception as error:  # the helper passes on whatever urllib, ssl and socket raise
        unfinished.unlink(missing_ok=True)
        raise DemoError(
            "Ants and bees (47 MB) could not be fetched: there is no way to it from here now. "
            "Things, Materials and Digits are here, or name a folder that holds ants_bees with --data."
        ) from error
    sha256 = hashlib.sha256(unfinished.read_bytes()).hexdigest()
    if sha256 != ANTS_BEES_SHA256:
        unfinished.unlink()
        raise DemoError(
            f"Ants and bees came with another content than is pinned here (sha256 {sha256[:12]}...) and is not used. "
            "Try once more; Things, Materials and Digits are here meanwhile."
        )
    unfinished.replace(target)


@lru_cache(maxsize=4)
def load(name: str) -> PhotoSet:
    """A ready-made set, built once and the same object for every visitor: sets never change."""
    if name not in EXAMPLE_SETS:
        raise DemoError(f"There is no set called {name!r}. There are: {', '.join(EXAMPLE_SETS)}.")
    return EXAMPLE_SETS[name].build()


EXAMPLE_SETS: dict[str, ExampleSet] = {
    example.title: example
    for example in (
        ExampleSet("Things", "Six things that we drew, 18 pictures of each; 6 of them are held back.", things),
        ExampleSet(
            "Materials",
            "Six materials, 18 patches each. Training patches come from the upper half of a photo, "
            "validation patches from the lower.",
            materials,
        ),
        ExampleSet("Digits", "Ten handwritten digits, 24 of each: nothing that VGG16 has ever seen.", digits),
        ExampleSet(
            ANTS_BEES,
            "The data of PyTorch's tutorial: about 400 photos of ants and bees (47 MB are fetched once).",
            ants_and_bees,
        ),
    )
}
