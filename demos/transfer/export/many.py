"""Many photos at once: what the classifier says of each, as a table of plain values, a CSV and JSON."""

import csv
import io
import itertools
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from demos.core.errors import DemoError
from demos.core.files import new_file
from demos.core.images.load import fit
from demos.transfer.classifier import Classifier
from demos.transfer.data import archive as archives
from demos.transfer.data import names, photos, splits
from demos.transfer.data.left_out import LeftOut
from demos.transfer.data.photos import MAX_PHOTOS, Photo, PhotoSet
from demos.transfer.settings import NONE_OF_THESE

BATCH = 8
THUMB = 64  # px
Where = tuple[str, tuple[str, ...]]  # a file, and the path in it where it is a zip


@dataclass(frozen=True)
class Row:
    """One photo and what was said of it."""

    name: str
    label: str  # a class, or `NONE_OF_THESE`
    probability: float  # of the most probable class
    unknown: bool  # whether it is none of the classes
    every: tuple[float, ...]  # the probability of each class
    thumb: bytes  # a small JPEG
    where: Where | None = None  # None: a photo of the set


@dataclass(frozen=True)
class Many:
    """How far it is, and what was said so far."""

    done: int
    total: int
    classes: tuple[str, ...]
    rows: tuple[Row, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    def doubtful(self) -> list[int]:
        """The rows' numbers, the most doubtful first: none of these, then by the probability of what was said."""
        return sorted(range(len(self.rows)), key=lambda i: (not self.rows[i].unknown, self.rows[i].probability))


def classify(files: Sequence[str | Path], taught: Classifier) -> Iterator[Many]:
    """What the classifier says of photos, or of all photos in zips; a broken one is left out and said.

    Raises:
        DemoError: no file, more than `MAX_PHOTOS`, a hostile zip, or the network is not to be had.
    """
    wheres = [where for file in files for where in _listed(str(file))]
    if not wheres:
        raise DemoError("There are no photos yet. Choose several, or a zip of them.")
    if len(wheres) > MAX_PHOTOS:
        raise DemoError(f"These are {len(wheres)} photos; at most {MAX_PHOTOS} go at once. Choose fewer.")
    yield from _answers(_read(wheres), len(wheres), taught)


def held_back(about: PhotoSet, taught: Classifier, most: int = 24) -> Iterator[Many]:
    """The same of photos of the set that the split holds back, in place of photos of one's own."""
    validation = splits.split(about, taught.report.seed if taught.report else 0)[1]
    # Evenly over all of them: they stand class by class, and the first 24 would be of the first classes alone.
    count = min(most, len(validation))
    chosen = [validation[i * len(validation) // count][0] for i in range(count)]
    yield from _answers(((photo, None) for photo in chosen), len(chosen), taught)


def photo_of(row: Row) -> tuple[str, bytes]:
    """(name, bytes) of a row's file, to become a training photo. Raises DemoError where it is in the set, or gone."""
    if row.where is None:
        raise DemoError(f"{row.name} is in the set already. Its class is changed on 'Mistakes'.")
    content = next(_contents([row.where]))[1]
    if isinstance(content, LeftOut):
        raise DemoError(f"{content} Choose the files once more.")
    return content


# ---- reading --------------------------------------------------------------------------------------------------------


def _listed(file: str) -> list[Where]:
    if not zipfile.is_zipfile(file):
        return [(file, ())]
    with archives.opened(file) as archive:
        return [(file, path) for path in archives.checked(archive)[0]]


def _read(wheres: Sequence[Where]) -> Iterator[tuple[Photo, Where] | LeftOut]:
    """Each photo, shrunk, one after the other: never all of them in memory."""
    for number, (where, content) in enumerate(_contents(wheres), start=1):
        if isinstance(content, LeftOut):
            yield content
            continue
        try:
            photo = photos.read(content, number)
        except DemoError as error:
            yield photos.unreadable(names.file_name(content[0]), str(error))
            continue
        yield photo, where


def _contents(wheres: Sequence[Where]) -> Iterator[tuple[Where, tuple[str, bytes] | LeftOut]]:
    """(name, bytes) of each file; a zip is opened once for those in it."""
    budget = archives.Budget()
    for file, inside in itertools.groupby(wheres, key=lambda where: where[0]):
        paths = [path for _, path in inside]
        if paths == [()]:
            yield (file, ()), _file(file)
            continue
        with archives.opened(file) as archive:
            members = archives.checked(archive)[0]
            for path in paths:
                gone = LeftOut(names.file_name("/".join(path)), "is not in the zip any more.")
                there = path in members
                yield (file, path), archives.content(archive, members[path], path, budget) if there else gone


def _file(file: str) -> tuple[str, bytes] | LeftOut:
    name = names.file_name(Path(file).name)
    try:
        with Path(file).open("rb") as opened:
            content = opened.read(archives.MAX_FILE + 1)
    except OSError:
        return LeftOut(name, "is not there (any more).")
    if len(content) > archives.MAX_FILE:
        return LeftOut(name, f"is larger than {archives.MAX_FILE / 1e6:.0f} MB.")
    return name, content


def _answers(come: Iterator[tuple[Photo, Where | None] | LeftOut], total: int, taught: Classifier) -> Iterator[Many]:
    network, rows, left_out = taught.loaded(), [], []
    waiting: list[tuple[Photo, Where | None]] = []
    for done, one in enumerate(come, start=1):
        if isinstance(one, LeftOut):
            left_out.append(one)
        else:
            waiting.append(one)
        if waiting and (len(waiting) == BATCH or done == total):
            x = taught.features_of([photo.image for photo, _ in waiting], network)
            said = zip(waiting, taught.probabilities(x).tolist(), taught.is_unknown(x).tolist(), strict=True)
            rows += [_row(photo, where, every, unknown, taught.classes) for (photo, where), every, unknown in said]
            waiting = []
        if done % BATCH == 0 or done == total:
            yield Many(done, total, taught.classes, tuple(rows), tuple(left_out))


def _row(photo: Photo, where: Where | None, every: list[float], unknown: bool, classes: tuple[str, ...]) -> Row:
    best = max(range(len(every)), key=every.__getitem__)
    file = io.BytesIO()
    fit(photo.image, THUMB).save(file, "JPEG", quality=80)
    name = names.file_name("/".join(where[1])) if where and where[1] else photo.name
    label = NONE_OF_THESE if unknown else classes[best]
    return Row(name, label, every[best], unknown, tuple(every), file.getvalue(), where)


# ---- to take along --------------------------------------------------------------------------------------------------


def as_csv(many: Many) -> Path:
    """A CSV: file, label, probability, none_of_these, and the probability of each class."""
    path = new_file("photos.csv")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "label", "probability", "none_of_these", *map(_cell, many.classes)])
        for row in many.rows:
            numbers = [f"{p:.6f}" for p in row.every]
            writer.writerow(
                [_cell(row.name), _cell(row.label), f"{row.probability:.6f}", "yes" if row.unknown else "no", *numbers]
            )
    return path


def as_json(many: Many) -> dict:
    """The same as plain values, with a sentence for each file that was left out."""
    return {
        "photos": [
            {
                "file": row.name,
                "label": row.label,
                "probability": row.probability,
                "none_of_these": row.unknown,
                "probabilities": dict(zip(many.classes, row.every, strict=True)),
            }
            for row in many.rows
        ],
        "left_out": [str(one) for one in many.left_out],
    }


def _cell(words: str) -> str:
    """Text that no spreadsheet takes for a formula. Source: OWASP, "CSV Injection"."""
    return f"'{words}" if words[:1] in ("=", "+", "-", "@", "\t", "\r") else words
