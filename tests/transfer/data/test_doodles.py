"""Our drawn things: the same seed the same picture, no two alike, the thing wholly on the paper."""

import random
from dataclasses import replace

import numpy as np
import pytest

from demos.transfer.data import doodles, example_sets, photos, splits


def test_a_seed_is_a_picture() -> None:
    assert doodles.draw("fish", 3).tobytes() == doodles.draw("fish", 3).tobytes()
    assert doodles.draw("fish", 3).size == (doodles.SIDE, doodles.SIDE)
    assert doodles.draw("fish", 3).mode == "RGB"


@pytest.mark.parametrize("thing", doodles.THINGS)
def test_a_thing_is_large_and_nothing_of_it_is_cut_off(thing: str) -> None:
    for seed in range(example_sets.DOODLES_EACH):
        dice = random.Random(f"{thing} {seed}")
        pen = doodles.Pen(dice)
        doodles.THINGS[thing](pen, dice)
        drawn = np.asarray(pen.sheet.getchannel("A")) > 0
        edge = np.concatenate([drawn[0], drawn[-1], drawn[:, 0], drawn[:, -1]])
        assert 0.04 < drawn.mean() < 0.7
        assert edge.mean() < 0.02


def test_the_opening_set_is_balanced_and_no_two_pictures_are_one() -> None:
    found = example_sets.load("Things")
    assert found.names == tuple(doodles.THINGS)
    assert len({photo.digest for group in found.classes for photo in group.photos}) == found.count == 108
    for group in found.classes:
        sides = [photo.split for photo in group.photos]
        assert (sides.count("train"), sides.count("validation")) == (12, 6)


def test_the_photo_to_try_is_held_back_also_of_a_set_without_sides() -> None:
    given = example_sets.load("Things")
    bare = photos.PhotoSet(
        tuple(
            replace(group, photos=tuple(replace(photo, split=None) for photo in group.photos))
            for group in given.classes[:3]
        )
    )
    for photo_set, seed in ((given, 0), (bare, 0), (bare, 5)):
        found = splits.example(photo_set, seed)
        assert found in [photo for photo, _ in splits.split(photo_set, seed)[1]]
        assert found in photo_set.classes[len(photo_set.classes) // 2].photos
    assert splits.example(photos.PhotoSet()) is None
    assert splits.example(photos.PhotoSet().add_class("empty")) is None
