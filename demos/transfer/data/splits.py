"""Which photos are held back: by a hash of their pixels, so that the order of upload does not matter."""

import hashlib
import itertools
from dataclasses import replace

from demos.transfer.data import duplicates
from demos.transfer.data import names as data_names
from demos.transfer.data.photos import Photo, PhotoSet

VALIDATION_SHARE = 4  # one photo in four is held back


def split(
    photo_set: PhotoSet, seed: int = 0, rounds: int = 0
) -> tuple[list[tuple[Photo, int]], list[tuple[Photo, int]]]:
    """(training, validation) photos with their labels: in every class one photo in `VALIDATION_SHARE` is held back.

    Photos that came with a side keep it. The others are ordered by a hash of their pixels and the seed: the same photos
    are held back whatever the order of upload, and a new photo moves few of the old ones. Photos that show the same
    (`duplicates.groups`) go to one side together, also across classes: one that was as good as taught would flatter.
    Only a class that has nothing else to be tested on, or to learn from, is divided all the same.

    Args:
        rounds: of a cross-validation (`Report.folds`): where there are any, every photo is learned from, in the order
            of the set, and none is held back.
    """
    if rounds:
        return [(photo, label) for label, group in enumerate(photo_set.classes) for photo in group.photos], []
    alike = duplicates.groups(photo_set)
    side_of: dict[str, bool] = {}  # group -> whether it is held back
    for group in photo_set.classes:
        for photo in group.photos:
            if photo.split is not None:  # its copies go where it came with; of both sides, they learn
                held = photo.split == "validation"
                side_of[alike[photo.digest]] = held and side_of.get(alike[photo.digest], True)
    train: list[tuple[Photo, int]] = []
    validation: list[tuple[Photo, int]] = []
    for label, group in enumerate(photo_set.classes):
        learns = [photo for photo in group.photos if photo.split == "train"]
        judges = [photo for photo in group.photos if photo.split == "validation"]
        open_ = sorted((p for p in group.photos if p.split is None), key=lambda p: _order(alike[p.digest], p, seed))
        free: list[Photo] = []
        for photo in open_:
            if alike[photo.digest] in side_of:
                (judges if side_of[alike[photo.digest]] else learns).append(photo)
            else:
                free.append(photo)
        given = any(photo.split == "validation" for photo in group.photos)
        wanted = 0 if given else max(1, round(len(open_) / VALIDATION_SHARE))
        together = [list(copies) for _, copies in itertools.groupby(free, key=lambda p: alike[p.digest])]
        for position, copies in enumerate(together):
            # A large group goes to the side that it fits better; the last one to a side that would be empty.
            missing = wanted - len(judges)
            last = position == len(together) - 1
            held = missing > 0 and (2 * missing >= len(copies) or (last and not judges))
            if last and held and not learns:
                held = False
            side_of[alike[copies[0].digest]] = held
            (judges if held else learns).extend(copies)
        _leave_none_empty(learns, judges)
        train += [(photo, label) for photo in learns]
        validation += [(photo, label) for photo in judges]
    return train, validation


def _leave_none_empty(learns: list[Photo], judges: list[Photo]) -> None:
    """A class with one side only gives a photo in `VALIDATION_SHARE` to the other, of those without a given side."""
    full, empty = (learns, judges) if not judges else (judges, learns)
    movable = [photo for photo in full if photo.split is None]
    if empty or not movable or len(full) < 2:
        return
    share = round(len(movable) / VALIDATION_SHARE) if empty is judges else len(movable) // 2
    for photo in movable[: max(1, min(share, len(full) - 1))]:
        full.remove(photo)
        empty.append(photo)


def example(photo_set: PhotoSet, seed: int = 0) -> Photo | None:
    """A photo to try first: one that the split holds back, of the class in the middle or the nearest that has one.

    Where cross-validation judges, it has been learned from, as all have.

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
    note = f"{which} came with {side} photos only, so photos are held back for validation here, by chance."
    return replace(photo_set, classes=tuple(classes), notes=(*photo_set.notes, note))


def _order(alike: str, photo: Photo, seed: int) -> tuple[str, str]:
    """By a hash of the group and the seed: copies one after the other."""
    return hashlib.sha256(f"{seed}:{alike}".encode()).hexdigest(), photo.digest
