"""The photos that the trainings of this project draw from, out of folders and archives."""

import tarfile
from collections.abc import Iterable
from pathlib import Path

from torch import Tensor
from torchvision.transforms.v2 import functional as transforms

from demos.core.data.splits import is_held_out
from demos.core.images.load import fit, load_image

LONGEST_SHORT_SIDE = 224


def natural(folder: Path) -> Iterable[tuple[bytes, int]]:
    """(content, how often to draw it) of every photo that may be trained on.

    Left out: cbsd68, real_noise and paintings wholly; ants_bees/val; a fifth of flowers; a twentieth of natural.
    """
    for path in sorted((folder / "flowers").rglob("*.jpg")):
        content = path.read_bytes()
        if not is_held_out(content):
            yield content, 2
    for path in sorted((folder / "ants_bees" / "train").rglob("*.jpg")):
        yield path.read_bytes(), 4
    for path in sorted((folder / "bsds_train").rglob("*.jpg")):
        yield path.read_bytes(), 1
    for archive in ("natural.tar.gz", "natural_more.tar.gz"):
        for content in archived(folder / archive):
            if not is_held_out(content, 20):
                yield content, 1


def held_out(folder: Path) -> Iterable[bytes]:
    """The twentieth of natural.tar.gz that no training sees: for unexplained variance and agreement."""
    return (content for content in archived(folder / "natural.tar.gz") if is_held_out(content, 20))


def archived(path: Path) -> Iterable[bytes]:
    """The JPEG files in a tar archive."""
    with tarfile.open(path) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            if file is not None and member.name.endswith(".jpg"):
                yield file.read()


def decode(content: bytes) -> Tensor:
    """A photo as bytes (3, H, W), the shorter side at most 224 px: what a crop is cut from."""
    image = load_image(content)
    if min(image.size) > LONGEST_SHORT_SIDE:
        image = fit(image, round(LONGEST_SHORT_SIDE * max(image.size) / min(image.size)))
    return transforms.pil_to_tensor(image)
