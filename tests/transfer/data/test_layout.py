"""Which folder is a class: layouts as public data sets have them, and whatever hypothesis packs."""

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demos.core.errors import DemoError
from demos.transfer.data import archive, layout, names
from demos.transfer.data.photos import PhotoSet
from tests.transfer.data.zips import jpeg, zipped


def two(prefix: str, count: int, start: int = 0) -> list[str]:
    return [f"{prefix}{c}/{c}.{i}.jpg" for c in ("cats", "dogs") for i in range(start, start + count)]


def understood(paths: list[str]) -> layout.Layout:
    return layout.understand(tuple(path.split("/")) for path in paths)


def counted(found: layout.Layout) -> dict[str, tuple[int, int, int]]:
    """class -> photos for (training, validation, not said)."""
    labels = dict.fromkeys(one.label for one in found.placed)
    sides = ("train", "validation", None)
    return {
        label: (*(sum(one.side == side for one in found.placed if one.label == label) for side in sides),)  # type: ignore[misc]
        for label in labels
    }


SIDED = {name: (4, 2, 0) for name in ("cats", "dogs")}
TRAIN = {name: (4, 0, 0) for name in ("cats", "dogs")}
PLAIN = {name: (0, 0, 4) for name in ("cats", "dogs")}
LAYOUTS = {
    "folders": (two("", 4), PLAIN),
    "folders around them": (two("my/own/set/", 4), PLAIN),
    "train, val": (two("train/", 4) + two("val/", 2, 10), SIDED),
    "doubled": (two("training_set/training_set/", 4) + two("test_set/test_set/", 2, 10), SIDED),
    "Training, Testing": (two("Training/", 4) + two("Testing/", 2, 10), SIDED),
    "images": (two("set/train_images/", 4) + two("set/val_images/", 2, 10), SIDED),
    "years": (two("train2017/", 4) + two("val2017/", 2, 10), SIDED),
    "Train, Valid, Test": (
        two("Train/", 4) + two("Valid/", 1, 10) + two("Test/", 1, 20),
        {"cats": (4, 2, 0), "dogs": (4, 2, 0)},
    ),
    "notes beside": ([*two("set/train/", 4), *two("set/val/", 2, 10), "set/docs/readme.txt", "set/labels.csv"], SIDED),
    "in itself": (two("c/c/train/", 4) + two("c/c/val/", 2, 10) + two("c/train/", 4) + two("c/val/", 2, 10), SIDED),
    "with a prefix": (two("asl_train/asl_train/", 4) + two("asl_test/asl_test/", 2, 10), SIDED),
    "seg": ([*two("seg_train/seg_train/", 4), *two("seg_test/seg_test/", 2, 10), "seg_pred/seg_pred/1.jpg"], SIDED),
    "sides inside of classes": (
        [f"{c}/{s}/{i}.jpg" for c in ("cats", "dogs") for s, n in (("train", 4), ("val", 2)) for i in range(n)],
        SIDED,
    ),
    "loose test photos": ([*two("data/train/", 4), "data/test/1.jpg", "data/test/2.jpg"], TRAIN),
    "only train": (two("train/", 4), TRAIN),
    "another case": (two("train/", 4) + [p.replace("cats/", "Cats/") for p in two("val/", 2, 10)], SIDED),
    "folders in classes": ([p.replace("s/", "s/indoor/") for p in two("", 4)], PLAIN),
    "loose photos": ([*two("", 4), "new1.jpg", "new2.jpg"], PLAIN),
    "in file names": ([p.split("/")[1] for p in two("", 4)], PLAIN),
    "in file names, in a folder": ([f"photos/{p.split('/')[1]}" for p in two("", 4)], PLAIN),
    "in file names, with sides": (
        [f"train/{p.split('/')[1]}" for p in two("", 4)] + [f"test/{p.split('/')[1]}" for p in two("", 2, 10)],
        SIDED,
    ),
    "in other file names": (
        [f"{c}{end}.jpg" for c in ("cats", "dogs") for end in ("_01", " (1)", "-2", "3")],
        PLAIN,
    ),
    "no endings": ([p.removesuffix(".jpg").replace(".", "") for p in two("", 4)], PLAIN),
    "station and train's like": (
        ["train station/1.jpg", "train station/2.jpg", "bus station/1.jpg", "bus station/2.jpg"],
        {"train station": (0, 0, 2), "bus station": (0, 0, 2)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts_of_public_sets(name: str) -> None:
    paths, expected = LAYOUTS[name]
    found = understood(paths)
    assert counted(found) == expected
    assert len(found.placed) + len(found.left_out) == len(paths)


def test_what_lies_beside_is_said_by_its_path() -> None:
    said = [str(one) for one in understood([*LAYOUTS["notes beside"][0], "set/train/x.jpg", "set/more/y.jpg"]).left_out]
    assert said == [
        "set/docs/readme.txt is no photo, and lies beside set/train and set/val.",
        "set/labels.csv is no photo, and lies beside set/train and set/val.",
        "set/train/x.jpg lies in no class's folder.",
        "set/more/y.jpg lies beside set/train and set/val.",
    ]
    nested = [str(one) for one in understood(LAYOUTS["in itself"][0]).left_out]
    assert nested[0] == "c/c/train/cats/cats.0.jpg lies beside c/train and c/val."
    loose = [str(one) for one in understood(LAYOUTS["loose photos"][0]).left_out]
    assert loose == ["new1.jpg lies in no class's folder.", "new2.jpg lies in no class's folder."]


def test_classes_from_file_names_are_said() -> None:
    assert "cats.0.jpg is cats" in understood(LAYOUTS["in file names"][0]).notes[0]


@pytest.mark.parametrize(
    ("paths", "seen"),
    [
        ([f"{i}.jpg" for i in range(9)], "9 photos outside of folders"),
        ([f"IMG_{i}.jpg" for i in range(9)], "IMG_0.jpg"),
        (["train/1.jpg", "train/2.jpg", "test/1.jpg", "test/2.jpg"], r"train \(2 photos\); test \(2 photos\)"),
        (["train/1.jpg", "train/2.jpg", "bus/1.jpg", "bus/2.jpg"], r"bus \(2 photos\).*'train' is a class"),
        ([*two("train/", 3), "samples/1.jpg", "samples/2.jpg"], r"train \(6 photos in 2 folders\); samples"),
        ([f"{c}_{s}/{i}.jpg" for c in ("cat", "dog") for s in ("train", "test") for i in (1, 2)], "cat_train"),
        ([*two("set/train/", 2), *two("set/val/", 2), "more/y.jpg"], r"set \(8 photos in 2 folders\); more"),
        (["train/train/1.jpg", "train/train/2.jpg"], r"train \(2 photos in 1 folder\)"),
        ([], "holds no photos"),
    ],
)
def test_what_is_not_clear_is_refused_with_what_was_seen(paths: list[str], seen: str) -> None:
    with pytest.raises(DemoError, match=seen):
        understood(paths)


# ---- whatever hypothesis packs --------------------------------------------------------------------------------------

SIDE_PAIRS = st.sampled_from(
    [
        ("train", "val"),
        ("Training", "Testing"),
        ("train_images", "test_images"),
        ("TRAIN", "valid"),
        ("train-set", "dev"),
    ]
)
WORDS = st.text(
    st.characters(categories=["L", "Nd", "Zs", "P", "S"], exclude_characters="/\\\0"), min_size=1, max_size=70
)


def is_class(word: str) -> bool:
    """A folder that can only be a class."""
    shown = names.key(word)
    return any(c.isalnum() for c in shown) and layout._words(word)[1] is None and not word.startswith(".")


CLASSES = st.lists(WORDS.filter(is_class), min_size=2, max_size=4, unique_by=names.key)


@settings(deadline=None, max_examples=60)
@given(CLASSES, st.none() | SIDE_PAIRS, st.lists(WORDS.filter(is_class), max_size=2), st.booleans())
def test_every_way_to_pack_the_same_classes(
    classes: list[str], sides: tuple[str, str] | None, around: list[str], doubled: bool
) -> None:
    wrapper = tuple(around)
    paths = []
    for folder in classes:
        for i in range(3):
            paths += [(*wrapper, *((side,) * (1 + doubled)), folder, f"{i}.jpg") for side in sides or ()]
            paths += [] if sides else [(*wrapper, folder, f"{i}.jpg")]
    found = layout.understand(paths)
    assert len(counted(found)) == len(classes)
    assert set(counted(found).values()) == {(3, 3, 0) if sides else (0, 0, 3)}
    assert not found.left_out


PARTS = st.sampled_from(
    ["train", "val", "test", "cats", "Cats", "dogs", "c", "images", "train_images", "notes", "\u200d", "ü" * 99]
)
FILES = st.sampled_from(
    ["1.jpg", "cat.0.jpg", "cat.1.jpg", "dog.0.jpg", "dog.1.JPG", "IMG_1.heic", "x.txt", "y", "z.csv"]
)
PATHS = st.lists(st.tuples(st.lists(PARTS, max_size=4), FILES).map(lambda p: (*p[0], p[1])), max_size=25, unique=True)


@settings(deadline=None, max_examples=200)
@given(PATHS)
def test_every_tree_is_read_whole_or_refused(paths: list[tuple[str, ...]]) -> None:
    try:
        found = layout.understand(paths)
    except DemoError:
        return
    assert len(found.placed) + len(found.left_out) == len(paths)
    assert not {names.key(one.label) for one in found.placed} & {"train", "test", "train_images"}


@settings(deadline=None, max_examples=40)
@given(PATHS, st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
def test_every_zip_is_a_set_or_one_sentence(paths: list[tuple[str, ...]], method: int) -> None:
    files = {"/".join(p): jpeg(i) if p[-1][-1] in "gG" else b"x" for i, p in enumerate(paths)}
    try:
        found = archive.from_zip(io.BytesIO(zipped(files, method)))
    except DemoError:
        return
    assert isinstance(found, PhotoSet)
    assert found.count + len(found.left_out) == len(paths)
