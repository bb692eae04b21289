"""The visitor's classes and photos: immutable, so that a step back is only the old object.

Every change returns a new `PhotoSet`. Photos come in through `images.load`; a broken one among good ones is left out
and said in `left_out`, and the rest is used. So is one that another class has: a photo is of one class.
"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from PIL import Image

from demos.core.errors import DemoError
from demos.core.images.load import Source, digest, fit, load_image
from demos.transfer.data import left_out as told
from demos.transfer.data import names as data_names
from demos.transfer.data.left_out import LeftOut

Split = Literal["train", "validation"]
SHORT_SIDE = 256  # px kept of a photo's shorter side: the networks look at 224 px at most
MAX_CLASSES = 100
MAX_PHOTOS = 2000  # in one set; about 0.5 GB in memory


@dataclass(frozen=True)
class Photo:
    """One photo, shrunk to what the networks look at."""

    image: Image.Image  # RGB
    name: str
    digest: str
    split: Split | None = None  # None: decided by `splits.split`


@dataclass(frozen=True)
class PhotoClass:
    """A class and its photos."""

    name: str
    photos: tuple[Photo, ...] = ()


@dataclass(frozen=True)
class PhotoSet:
    """Classes with photos, the files that could not be used, and what was understood that one might not expect."""

    classes: tuple[PhotoClass, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Of the classes, in the order of their labels."""
        return tuple(group.name for group in self.classes)

    @property
    def skipped(self) -> tuple[str, ...]:
        """A sentence for each file that could not be used."""
        return tuple(str(one) for one in self.left_out)

    @property
    def count(self) -> int:
        """Photos in all classes."""
        return sum(len(group.photos) for group in self.classes)

    def get(self, name: str) -> PhotoClass:
        """The class of this name. Raises DemoError where there is none."""
        for group in self.classes:
            if group.name == name:
                return group
        raise DemoError(f"There is no class called '{name}'. There are: {', '.join(self.names) or 'none yet'}.")

    def add_class(self, name: str) -> "PhotoSet":
        """With one more, empty class. Raises DemoError for a bad or a taken name, or one class too many."""
        name = self._new_name(name)
        if len(self.classes) >= MAX_CLASSES:
            raise DemoError(f"There are {MAX_CLASSES} classes already, which is the most. Remove one first.")
        return replace(self, classes=(*self.classes, PhotoClass(name)))

    def rename_class(self, old: str, new: str) -> "PhotoSet":
        """With class `old` called `new`. Raises DemoError for a bad or a taken name."""
        group = self.get(old)
        return self._with(old, replace(group, name=self.remove_class(old)._new_name(new)))

    def remove_class(self, name: str) -> "PhotoSet":
        """Without that class. Raises DemoError where there is none."""
        gone = self.get(name)
        return replace(self, classes=tuple(group for group in self.classes if group is not gone))

    def add_photos(
        self, name: str, sources: Iterable[Source | tuple[str, bytes] | LeftOut], split: Split | None = None
    ) -> "PhotoSet":
        """The photos put into a class; one that is in the set already, in this class or another, is left out.

        Args:
            sources: what `images.load` takes, or (file name, bytes), or what is known to be left out.

        Raises:
            DemoError: no such class, or more than `MAX_PHOTOS` photos.
        """
        group, left_out = self.get(name), list(self.left_out)
        added: list[Photo] = []
        seen = {photo.digest: (one.name, photo.name) for one in self.classes for photo in one.photos}
        for number, source in enumerate(sources, start=len(group.photos) + 1):
            if isinstance(source, LeftOut):
                left_out.append(source)
                continue
            called = _name_of(source, number)
            try:
                photo = read(source, number, split)
            except DemoError as error:
                left_out.append(unreadable(called, str(error)))
                continue
            if photo.digest in seen:
                left_out.append(LeftOut(called, _twice(name, *seen[photo.digest])))
                continue
            seen[photo.digest] = (name, photo.name)
            added.append(photo)
            if self.count + len(added) > MAX_PHOTOS:
                raise DemoError(f"More than {MAX_PHOTOS} photos are too many for one set. Leave some out.")
        group = replace(group, photos=group.photos + tuple(added))
        return replace(self._with(name, group), left_out=tuple(left_out))

    def remove_photo(self, name: str, index: int) -> "PhotoSet":
        """Without photo `index` of class `name`. Raises DemoError where there is none."""
        group = self.get(name)
        if not 0 <= index < len(group.photos):
            raise DemoError(f"There is no photo number {index + 1} in {name}, which has {len(group.photos)}.")
        return self._with(name, replace(group, photos=group.photos[:index] + group.photos[index + 1 :]))

    def without(self, digests: Iterable[str]) -> "PhotoSet":
        """Without the photos of these digests, whatever class they are in; digests of no photo are passed over."""
        gone = set(digests)
        kept = [replace(group, photos=tuple(p for p in group.photos if p.digest not in gone)) for group in self.classes]
        return replace(self, classes=tuple(kept))

    def relabel(self, digest: str, name: str) -> "PhotoSet":
        """With the photo of this digest in class `name`. Raises DemoError where there is no such photo or class."""
        moved = next((photo for group in self.classes for photo in group.photos if photo.digest == digest), None)
        if moved is None:
            raise DemoError("This photo is not in the set any more. Choose another one.")
        fewer = self.without([digest])
        group = fewer.get(name)
        return fewer._with(name, replace(group, photos=(*group.photos, moved)))

    def _with(self, name: str, changed: PhotoClass) -> "PhotoSet":
        return replace(self, classes=tuple(changed if group.name == name else group for group in self.classes))

    def _new_name(self, name: str) -> str:
        cleaned = data_names.clean_name(name)
        if data_names.is_among(cleaned, self.names):
            raise DemoError(f"There is a class called '{cleaned}' already. Choose another name.")
        return cleaned


def read(source: Source | tuple[str, bytes], number: int = 1, split: Split | None = None) -> Photo:
    """One photo, decoded and shrunk to `SHORT_SIDE`. Raises DemoError, naming the file."""
    name = _name_of(source, number)
    image = load_image(source[1], name) if isinstance(source, tuple) else load_image(source)
    return stored(image, name.rsplit("/", 1)[-1], split)


def _name_of(source: Source | tuple[str, bytes], number: int) -> str:
    """What to call it in a sentence: its file's name, with its folders in an archive; its number where it has none."""
    name = source[0] if isinstance(source, tuple) else Path(source).name if isinstance(source, str | Path) else ""
    return data_names.file_name(name) if name else f"photo {number}"


def unreadable(name: str, sentence: str) -> LeftOut:
    """The sentence of `load_image`, which calls a photo by the last part of its path, with what we call it."""
    last = name.rsplit("/", 1)[-1]
    for called in (last, "".join(c for c in last if c.isprintable()).strip(), "This photo"):
        if sentence.startswith(f"{called} "):
            return LeftOut(name, sentence[len(called) + 1 :])
    return LeftOut(name, f"cannot be used: {sentence}")


def _twice(name: str, other: str, there: str) -> str:
    """Why a photo that is in class `other` already is not put into class `name`."""
    if name == other:
        return f"is in {name} already (as {there})."
    return (
        f"is in {other} already (as {there}), and a photo is of one class only: it was not put into {name}. "
        f"If {name} is right, remove it from {other} first."
    )


def stored(image: Image.Image, name: str = "", split: Split | None = None) -> Photo:
    """A picture as a photo of a set: every photo passes here, when taught and when tried, so that both are alike."""
    image = fit(image, max(SHORT_SIDE, round(SHORT_SIDE * max(image.size) / min(image.size))))
    return Photo(image, name, digest(image), split)


def from_data_urls(shots: object) -> list[bytes]:
    """The webcam's frames (a list of "data:image/jpeg;base64,...", at most 60 of them) as bytes of JPEG files.

    Raises:
        DemoError: not such a list.
    """
    if not isinstance(shots, list):
        raise DemoError("The webcam sent no photos. Hold the button once more.")
    try:
        return [base64.b64decode(str(shot).partition("base64,")[2], validate=True) for shot in shots[:60]]
    except (binascii.Error, ValueError) as error:
        raise DemoError("The webcam's photos arrived damaged. Hold the button once more.") from error


def check_ready(photo_set: PhotoSet) -> None:
    """Raises DemoError, saying what is missing and what was left out, unless two classes have at least two photos each.

    With photos of both sides, where they came with sides.
    """
    problem = _missing(photo_set)
    if problem:
        raise DemoError(f"{problem} {told.told(photo_set.left_out)}".strip())


def _missing(photo_set: PhotoSet) -> str:
    if len(photo_set.classes) < 2:
        there = "is 1" if len(photo_set.classes) == 1 else f"are {len(photo_set.classes)}"
        called = f" ({photo_set.names[0]})" if photo_set.classes else ""
        return f"Teaching needs at least two classes, and there {there}{called}. Add another one."
    for group in photo_set.classes:
        if len(group.photos) < 2:
            return (
                f"The class '{group.name}' has {len(group.photos)} of at least 2 photos "
                "(one to learn from, one to be tested on). Add photos, or remove the class."
            )
        for side in ("train", "validation"):
            if all(photo.split == side for photo in group.photos):
                return f"The class '{group.name}' has only {side} photos. It needs some of both sides."
    return ""
