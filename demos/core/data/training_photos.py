"""The photos that the trainings of this project draw from, out of folders and archives."""

import itertools
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor
from torchvision.transforms.v2 import functional as transforms

from demos.core.data.splits import is_held_out
from demos.core.errors import DemoError
from demos.core.images.load import fit, load_image

LONGEST_SHORT_SIDE = 224
ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".avif")
FEW = 4  # photos of each set in a dry run


@dataclass(frozen=True)
class PhotoSet:
    """A set of training photos inside the data folder: a folder, or a tar archive."""

    path: str
    held_out: int = 0  # one file in so many is never trained on; 0: all are


# Wholly left out, for tests: cbsd68, real_noise, paintings (see the style decoder's training) and ants_bees/val.
SETS = {
    "flowers": PhotoSet("flowers", held_out=5),
    "ants_bees": PhotoSet("ants_bees/train"),
    "bsds_train": PhotoSet("bsds_train"),
    "natural": PhotoSet("natural.tar.gz", held_out=20),
    "natural_more": PhotoSet("natural_more.tar.gz", held_out=20),
    "sharp": PhotoSet("sharp.tar"),
}

# How often a photo of each set is drawn. For networks that recognise, every kind of photo counts:
EVERYDAY = {"flowers": 2.0, "ants_bees": 4.0, "bsds_train": 1.0, "natural": 1.0, "natural_more": 0.7}
# For networks that restore, sharp ones do: most of ours were shrunk from larger ones, or were not sharp to begin with.
SHARP = {"bsds_train": 3.0, "sharp": 2.0}
# For decoders, which see photos shrunk, both:
EVERYDAY_AND_SHARP = {"flowers": 1.0, "bsds_train": 4.0, "natural": 1.0, "sharp": 3.0}


def training_photos(
    folder: Path, weights: Mapping[str, float], further: Sequence[str] = (), few: bool = False
) -> list[tuple[bytes, float]]:
    """(content, how often to draw it) of every photo that may be trained on.

    Args:
        folder: has the sets; those that are not there are left out.
        weights: how often a photo of each set is drawn, by its name in `SETS`.
        further: other folders or tar archives, of which every photo is drawn with weight 1.
        few: only `FEW` of each, for a dry run.

    Raises:
        DemoError: a further path is not there, or there is no photo at all.
    """
    sources = [(folder / SETS[name].path, SETS[name].held_out, weight) for name, weight in weights.items()]
    for name in further:
        if not Path(name).expanduser().exists():
            raise DemoError(f"{name} is not there. --photos takes folders and tar archives of photos.")
        sources.append((Path(name).expanduser(), 0, 1.0))
    photos: list[tuple[bytes, float]] = []
    for path, share, weight in sources:
        contents = (content for content in contents_of(path) if not (share and is_held_out(content, share)))
        photos += [(content, weight) for content in itertools.islice(contents, FEW if few else None)]
    if not photos:
        raise DemoError(
            f"There are no training photos in {folder}. Name a folder with {', '.join(weights)} by --data, "
            "or any folder of photos by --photos."
        )
    return photos


def contents_of(path: Path) -> Iterator[bytes]:
    """The photos' files in a folder (with those inside it, by name) or a tar archive; none where it does not exist."""
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.suffix.lower() in ENDINGS:
                yield file.read_bytes()
    elif path.exists():
        yield from archived(path)


def held_out(folder: Path) -> Iterable[bytes]:
    """The twentieth of natural.tar.gz that no training sees: for unexplained variance and agreement."""
    return (content for content in archived(folder / "natural.tar.gz") if is_held_out(content, 20))


def archived(path: Path) -> Iterator[bytes]:
    """The photos' files in a tar archive."""
    with tarfile.open(path) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            if file is not None and member.name.lower().endswith(ENDINGS):
                yield file.read()


def decode(content: bytes) -> Tensor:
    """A photo as bytes (3, H, W), in its own size."""
    return transforms.pil_to_tensor(load_image(content))


def decode_small(content: bytes) -> Tensor:
    """A photo as bytes (3, H, W), the shorter side at most 224 px: what a resized crop is cut from."""
    image = load_image(content)
    if min(image.size) > LONGEST_SHORT_SIDE:
        image = fit(image, round(LONGEST_SHORT_SIDE * max(image.size) / min(image.size)))
    return transforms.pil_to_tensor(image)
