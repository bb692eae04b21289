"""Which folder is a class, and which a side of the split: read from the paths alone, before any photo is opened.

cats/tom.jpg   dogs/rex.jpg                          classes are folders
photos/cats/tom.jpg                                  folders around them all are stripped
train/cats/tom.jpg   val/cats/kitty.jpg              the sides that a set came with are kept, whatever they are called
cats/train/tom.jpg   cats/val/kitty.jpg              ... inside of the classes, too
training_set/training_set/cats/tom.jpg               ... and doubled
cat.0.jpg   cat.1.jpg   dog.0.jpg                    without folders, the files' names are the classes'

What fits none of these is refused with what was seen: a set is never guessed at.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from demos.core.errors import DemoError
from demos.transfer.data import names
from demos.transfer.data.left_out import LeftOut
from demos.transfer.data.photos import MAX_CLASSES, Split

Parts = tuple[str, ...]  # folders and file name

# Endings that decide where the photos are; camera files are no photos here, but are named when they are left out.
ENDINGS = "jpg jpeg jpe jfif png webp gif bmp dib tif tiff avif heic heif hif jp2 j2k jpx ppm pgm pbm pnm mpo"
CAMERA_FILES = "dng cr2 cr3 nef arw orf rw2 raf"
PICTURES = frozenset(ENDINGS.split() + CAMERA_FILES.split())
TO_LEARN, TO_CHECK = "train training", "val valid validation validate test testing dev eval evaluation holdout"
SIDES: dict[str, Split] = {word: "train" for word in TO_LEARN.split()}
SIDES |= {word: "validation" for word in TO_CHECK.split()}
BESIDE_SIDES = "set sets image images img imgs photo photos picture pictures data dataset split seg"
SET_WORDS = frozenset(BESIDE_SIDES.split())
BY_CAMERAS = (
    "img image dsc dscn dscf dcim pxl photo picture pic foto bild screenshot screen file frame scan new untitled"
)
CAMERA_WORDS = frozenset(BY_CAMERAS.split())


@dataclass(frozen=True)
class Placed:
    """A file that belongs to a class."""

    path: Parts
    label: str  # the class's name, cleaned
    side: Split | None


@dataclass(frozen=True)
class Layout:
    """Where everything belongs."""

    placed: tuple[Placed, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...] = ()  # what was understood that one might not expect


def understand(paths: Iterable[Parts]) -> Layout:
    """The class and side of each file, in the order of the paths.

    Raises:
        DemoError: no photos, or folders that could mean several things: with what was seen.
    """
    paths = list(paths)
    tree = [path for path in paths if _is_picture(path)] or paths  # without a known ending, all may be photos
    if not tree:
        raise DemoError("It holds no photos. It needs one folder per class, with at least 2 photos in each.")
    root = _strip(tree, ())
    sides = _sides(_children(tree, root), tree, root)
    homes: dict[Parts, Split | None] = {root: None}  # folders whose folders are the classes
    if sides:
        homes = {_strip(tree, (*root, child)): side for child, side in sides.items()}
    folders = {names.key(child) for home in homes for child in _children(tree, home)}
    if len(folders) < 2:
        flat = _by_file_names(paths, tree, homes)
        if flat is not None:
            return flat
    if not folders or any(_hides_sides(tree, home) for home in homes):
        raise DemoError(_not_understood(tree, root))
    return _by_folders(paths, tree, homes)


# ---- folders --------------------------------------------------------------------------------------------------------


def _by_folders(paths: list[Parts], tree: list[Parts], homes: dict[Parts, Split | None]) -> Layout:
    inner = _sides_inside(tree, homes)
    labels: dict[str, str] = {}  # by the key of the folder's whole name, so that two long names stay two
    placed, left_out = [], []
    pictured = {(home, path[len(home)]) for path in tree for home in homes if _below(path, home, 2)}
    for path in paths:
        home = next((home for home in homes if _below(path, home, 2) and (home, path[len(home)]) in pictured), None)
        if home is None:
            left_out.append(_outside(path, homes))
            continue
        folder = path[len(home)]
        if names.key(folder) not in labels:
            labels[names.key(folder)] = names.folder_name(folder, tuple(labels.values()))
        side = homes[home] or (side_of(path[len(home) + 1]) if inner and len(path) > len(home) + 2 else None)
        placed.append(Placed(path, labels[names.key(folder)], side))
    if len(labels) > MAX_CLASSES:
        raise DemoError(
            f"It has {len(labels)} folders of photos; at most {MAX_CLASSES} classes are taught. Pack fewer."
        )
    return Layout(tuple(placed), tuple(left_out))


def _outside(path: Parts, homes: dict[Parts, Split | None]) -> LeftOut:
    inside = any(_below(path, home, 1) for home in homes)
    where = "lies in no class's folder" if inside else f"lies beside {names.listed([_named(h) for h in homes])}"
    is_photo = "" if _is_picture(path) else "is no photo, and "
    return LeftOut(_named(path), f"{is_photo}{where}.")


def _named(path: Parts) -> str:
    return names.file_name("/".join(path) or "the folders")


def _strip(tree: list[Parts], root: Parts) -> Parts:
    """`root`, or the folder further down that holds every folder of photos and is neither a class nor a side."""
    while True:
        children = _children(tree, root)
        if len(children) != 1:
            return root
        child = (*root, children[0])
        is_side = side_of(children[0]) is not None and (not root or side_of(root[-1]) is None)
        if is_side or not _children(tree, child):
            return root
        root = child


def _children(tree: list[Parts], root: Parts) -> list[str]:
    """The folders with photos in a folder, in their order."""
    return list(dict.fromkeys(path[len(root)] for path in tree if _below(path, root, 2)))


def _below(path: Parts, root: Parts, levels: int) -> bool:
    return path[: len(root)] == root and len(path) >= len(root) + levels


def _is_picture(path: Parts) -> bool:
    return PurePosixPath(path[-1]).suffix[1:].casefold() in PICTURES


# ---- sides ----------------------------------------------------------------------------------------------------------


def side_of(folder: str) -> Split | None:
    """The side that a folder's name says, and nothing else: "Training", "test_set", "val_images", "train2017"."""
    rest, side = _words(folder)
    return side if not rest else None


def _words(folder: str) -> tuple[str, Split | None]:
    """(the words that say no side, joined; the side): "asl_alphabet_train" is "asl alphabet", train."""
    side, rest = None, []
    for word in re.findall(r"[^\W\d_]+", folder.casefold()):
        stem = next((word.removesuffix(end) for end in ("set", "images") if word.removesuffix(end) in SIDES), word)
        if stem in SIDES and side is None:
            side = SIDES[stem]
        elif word not in SET_WORDS:
            rest.append(word)
    return " ".join(rest), side


def _sides(children: list[str], tree: list[Parts], root: Parts) -> dict[str, Split]:
    """The folders that are sides; none where the folders are classes.

    Raises:
        DemoError: some of them could be sides, but the others, or what is in them, do not fit.
    """
    words = {child: _words(child) for child in children}
    sides = {child: side for child, (rest, side) in words.items() if side and not rest}
    if not sides:  # all with the same further words: flowers_train, flowers_test
        prefixed: dict[str, dict[str, Split]] = {}
        for child, (rest, side) in words.items():
            if side:
                prefixed.setdefault(rest, {})[child] = side
        both = [group for group in prefixed.values() if len(set(group.values())) == 2]
        if len(both) > 1:
            raise DemoError(_not_understood(tree, root))
        sides = both[0] if both else {}
    nested = [child for child in sides if _children(tree, (*root, child))]
    others = len(children) - len(sides)
    if sides and others and (not nested or len(sides) == 1):
        raise DemoError(_not_understood(tree, root))
    return sides


def _sides_inside(tree: list[Parts], homes: dict[Parts, Split | None]) -> bool:
    """Whether every folder inside of a class is a side."""
    if any(homes.values()):
        return False
    home = next(iter(homes))
    inner = {path[len(home) + 1] for path in tree if _below(path, home, 3)}
    return bool(inner) and all(side_of(folder) for folder in inner)


def _hides_sides(tree: list[Parts], home: Parts) -> bool:
    """Whether a folder that would be a class is a side, or has sides with folders of their own: a whole set beside."""
    return any(side_of(path[len(home)]) for path in tree if _below(path, home, 2)) or any(
        side_of(path[len(home) + 1]) for path in tree if _below(path, home, 4)
    )


# ---- photos without folders -----------------------------------------------------------------------------------------


def _by_file_names(paths: list[Parts], tree: list[Parts], homes: dict[Parts, Split | None]) -> Layout | None:
    """Classes from names such as cat.0.jpg, or None where these do not give at least two for most of the photos."""
    pictures = set(tree)
    words = {path: _label(path[-1]) for path in pictures}
    counts: dict[str, int] = {}
    for word in words.values():
        counts[names.key(word)] = counts.get(names.key(word), 0) + 1
    classes = {key for key, count in counts.items() if key and count >= 2}
    if not 2 <= len(classes) <= MAX_CLASSES or sum(counts[key] for key in classes) < len(pictures) / 2:
        return None
    labels: dict[str, str] = {}
    placed, left_out = [], []
    for path in paths:
        key = names.key(words.get(path, ""))
        if key not in classes:
            says = "has a name that says no class." if path in pictures else "is no photo."
            left_out.append(LeftOut(_named(path), says))
            continue
        if key not in labels:
            labels[key] = names.folder_name(words[path], tuple(labels.values()))
        home = next((home for home in homes if _below(path, home, 1)), None)
        placed.append(Placed(path, labels[key], homes[home] if home is not None else None))
    example = names.file_name(placed[0].path[-1])
    note = f"There are no folders per class, so the classes come from the files' names: {example} is {placed[0].label}."
    return Layout(tuple(placed), tuple(left_out), (note,))


def _label(file: str) -> str:
    """ "cat" of cat.0.jpg, cat_01.jpg or "cat (1).jpg"; "" where no number ends the name or only a camera speaks."""
    found = re.fullmatch(r"(.*?)[\s._\-]*\(?\d+\)?", PurePosixPath(file).stem)
    label = found[1] if found else ""
    letters = set(re.findall(r"[^\W\d_]+", label.casefold()))
    return label if letters and not letters & CAMERA_WORDS else ""


# ---- refusals -------------------------------------------------------------------------------------------------------


def _not_understood(tree: list[Parts], root: Parts) -> str:
    """What was seen, and what would be understood."""
    children = _children(tree, root)
    seen = [_seen(tree, root, child) for child in children[:5]]
    if len(children) > 5:
        seen.append(f"{len(children) - 5} more folders")
    loose = [path[-1] for path in tree if len(path) == len(root) + 1]
    if loose:
        number = f"{len(loose)} photo{'' if len(loose) == 1 else 's'}"
        seen.append(f"{number} outside of folders ({names.file_name(loose[0])}{', ...' if len(loose) > 1 else ''})")
    wanted = "It needs one folder per class (cats, dogs), or such folders inside of train and val."
    named = next((child for child in children if side_of(child)), None)
    if named is not None:
        wanted += f" Where '{names.file_name(named)}' is a class and not a part of the set, give it another name."
    return f"It is not clear which folders are the classes. Seen: {'; '.join(seen)}. {wanted}"


def _seen(tree: list[Parts], root: Parts, child: str) -> str:
    inside = [path for path in tree if _below(path, (*root, child), 1)]
    folders = len(_children(tree, (*root, child)))
    with_folders = f" in {folders} folder{'' if folders == 1 else 's'}" if folders else ""
    return f"{names.file_name(child)} ({len(inside)} photo{'' if len(inside) == 1 else 's'}{with_folders})"
