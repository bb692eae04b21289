"""Copies and frames are near, other photos are far, and neither straddles a split."""

import io
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from demos.core.data import samples
from demos.core.images.load import load_image
from demos.transfer.data import duplicates, example_sets, splits
from demos.transfer.data.photos import Photo, PhotoClass, PhotoSet, stored

NAMES = [name for name in samples.PHOTOS if name != "bus"]  # of 61 px: nothing is left of it at half the size


def photo(name: str) -> Image.Image:
    return load_image(str(samples.PHOTOS[name].path()))


def near(one: Photo, other: Photo) -> bool:
    return bool(duplicates.pairs([one, other], [0, 1]))


def as_jpeg(image: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


@pytest.mark.parametrize("name", NAMES)
def test_copies_are_near(name: str) -> None:
    whole = photo(name)
    half = whole.resize((whole.width // 2, whole.height // 2))
    lighter = whole.point(lambda v: min(255, round(v * 1.04)))
    for copy in (half, as_jpeg(whole, 30), as_jpeg(half, 50), lighter):
        assert near(stored(whole), stored(copy))


def test_other_photos_are_far() -> None:
    found = [stored(photo(name)) for name in NAMES]
    assert duplicates.pairs(found, list(range(len(found)))) == []


@pytest.mark.parametrize("name", ["Things", "Materials", "Digits"])
def test_the_example_sets_have_none(name: str) -> None:
    found = example_sets.load(name)
    assert len(set(duplicates.groups(found).values())) == found.count


def test_frames_of_a_moment_are_near_only_one_after_the_other() -> None:
    """The same scene moved by an eightieth of its width and a little lighter, as a webcam gives it."""
    scene = photo("astronaut").resize((200, 200))
    frames = [stored(scene.crop((s, s, 160 + s, 160 + s)), str(s)) for s in (0, 2)]
    assert duplicates.pairs(frames, [0, 0]) == [(0, 1)]
    assert duplicates.pairs(frames, [0, 1]) == []


def test_plain_pictures_are_not_said_to_be_the_same() -> None:
    plain = [stored(Image.new("RGB", (64, 64), (v, v, v))) for v in (100, 101, 102)]
    assert duplicates.pairs(plain, [0, 0, 0]) == []


def picture(scene: int, copy: int) -> Photo:
    random = np.random.default_rng(scene)
    coarse = Image.fromarray(random.integers(0, 256, (8, 8, 3), dtype=np.uint8)).resize(
        (64, 64), Image.Resampling.BICUBIC
    )
    made = coarse.point(lambda v: min(255, v + copy))
    return Photo(made, f"{scene}-{copy}", f"straddle {scene}-{copy}")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(1, 4), min_size=2, max_size=8), min_size=2, max_size=4), st.integers(0, 2**31 - 1))
def test_nothing_straddles(sizes: list[list[int]], seed: int) -> None:
    """Whatever groups of copies there are in each class: every one lies on one side, and both sides have photos."""
    scene = itertools.count()
    groups = []
    for label, counts in enumerate(sizes):
        photos = [picture(number, copy) for count in counts for number in [next(scene)] for copy in range(count)]
        groups.append(PhotoClass(str(label), tuple(photos)))
    found = PhotoSet(tuple(groups))
    alike = duplicates.groups(found)
    train, validation = splits.split(found, seed)
    learned, judged = ({alike[p.digest] for p, _ in side} for side in (train, validation))
    assert not learned & judged
    assert len(train) + len(validation) == found.count
    for side in (train, validation):
        assert {label for _, label in side} == set(range(len(sizes)))
    assert splits.split(found, seed) == (train, validation)


def test_a_copy_in_another_class_goes_along() -> None:
    one = PhotoClass("a", tuple(picture(100 + i, 0) for i in range(8)))
    two = PhotoClass("b", tuple(picture(100 + i, 1) for i in range(8)))
    for seed in range(5):
        train, validation = splits.split(PhotoSet((one, two)), seed)
        learned, judged = ({p.name.split("-")[0] for p, _ in side} for side in (train, validation))
        assert not learned & judged


def test_one_scene_only_is_divided_all_the_same() -> None:
    one = PhotoClass("a", tuple(picture(200, i) for i in range(4)))
    two = PhotoClass("b", tuple(picture(300 + i, 0) for i in range(4)))
    train, validation = splits.split(PhotoSet((one, two)))
    assert {label for _, label in train} == {label for _, label in validation} == {0, 1}


def test_copies_follow_a_given_side() -> None:
    given_ = [picture(400 + i, 0) for i in range(4)]
    sided = [Photo(p.image, p.name, p.digest, "validation" if i < 2 else "train") for i, p in enumerate(given_)]
    loose = [picture(400 + i, 1) for i in range(4)]
    train, validation = splits.split(PhotoSet((PhotoClass("a", (*sided, *loose)),)))
    assert {p.name for p, _ in validation} == {"400-0", "400-1", "401-0", "401-1"}
    assert len(train) == 4
