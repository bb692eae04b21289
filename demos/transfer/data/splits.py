"""Which photos are held back: by a hash of their pixels, so that the order of upload does not matter."""

import hashlib
from dataclasses import replace

from demos.transfer.data import names as data_names
from demos.transfer.data.photos import Photo, PhotoSet

VALIDATION_SHARE = 4  # one photo in four is held back


def split(photo_set: PhotoSet, seed: int = 0) -> tuple[list[tuple[Photo, int]], list[tuple[Photo, int]]]:
    """(training, validation) photos with their labels: in every class one photo in `VALIDATION_SHARE` is held back.

    Photos that came with a side keep it. The others are ordered by a hash of their pixels and the seed: the same photos
    are held back whatever the order of upload, and a new photo moves few of the old ones.
    """
    train: list[tuple[Photo, int]] = []
    validation: list[tuple[Photo, int]] = []
    for label, group in enumerate(photo_set.classes):
        open_ = sorted((p for p in group.photos if p.split is None), key=lambda p: _order(p.digest, seed))
        given = [photo for photo in group.photos if photo.split == "validation"]
        fixed = [photo for photo in group.photos if photo.split == "train"]
        held_back = 0 if given else max(1, round(len(open_) / VALIDATION_SHARE))
        validation += [(photo, label) for photo in given + open_[:held_back]]
        train += [(photo, label) for photo in fixed + open_[held_back:]]
    return train, validation


def example(photo_set: PhotoSet, seed: int = 0) -> Photo | None:
    """A photo to try first: one that is held back, of the class in the middle or the nearest that has one.

    Args:
        seed: the one of the teaching, which decides what is held back where the photos came without sides.
    """
    middle = len(photo_set.classes) // 2
    held_back = [(abs(label - middle), photo) for photo, label in reversed(split(photo_set, seed)[1])]
    return min(held_back, key=lambda pair: pair[0])[1] if held_back else None


def with_own_split(photo_set: PhotoSet) -> PhotoSet:
    """Classes whose photos all came with one side (only a train folder) get a split of their own, with a note."""
    classes, sides = [], set()
    for group in photo_set.classes:
        given = {photo.split for photo in group.photos}
        if len(given) == 1 and None not in given:
            sides |= given
            group = replace(group, photos=tuple(replace(photo, split=None) for photo in group.photos))
        classes.append(group)
    if not sides:
        return photo_set
    side = "training and validation" if len(sides) > 1 else "training" if sides == {"train"} else "validation"
    alone = [new.name for new, old in zip(classes, photo_set.classes, strict=True) if new is not old]
    which = "All classes" if len(alone) == len(classes) else data_names.listed(alone)
    note = f"{which} came with {side} photos only, so one photo in {VALIDATION_SHARE} is held back for validation."
    return replace(photo_set, classes=tuple(classes), notes=(*photo_set.notes, note))


def _order(digest: str, seed: int) -> str:
    return hashlib.sha256(f"{seed}:{digest}".encode()).hexdigest()
