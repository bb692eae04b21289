"""Augmented views: the same ones for the same photo and seed, different ones else, and only of training photos."""

import numpy as np
import pytest
from PIL import Image

from demos.transfer.data import example_sets, photos
from demos.transfer.data.photos import Photo
from demos.transfer.settings import HeadConfig
from demos.transfer.training import augmentation


@pytest.fixture(scope="module")
def train() -> list[tuple[Photo, int]]:
    groups = example_sets.load("Materials").classes[:2]
    return [(photo, label) for label, group in enumerate(groups) for photo in group.photos[:3]]


def pixels(photo: Photo) -> np.ndarray:
    return np.asarray(photo.image)


def test_off_by_default(train: list[tuple[Photo, int]]) -> None:
    assert augmentation.views(train, HeadConfig()) == train


def test_views_follow_photo_and_seed_and_nothing_else(train: list[tuple[Photo, int]]) -> None:
    config = HeadConfig(views=2)
    made = augmentation.views(train, config)
    assert [label for _, label in made] == [label for _, label in train] * 3
    assert made[: len(train)] == train
    alone = augmentation.views(train[1:2], config)  # without the others around it
    for view, (same, _) in zip((made[7][0], made[13][0]), alone[1:], strict=True):
        assert view.digest == same.digest
        assert np.array_equal(pixels(view), pixels(same))
    other = augmentation.views(train, HeadConfig(views=2, seed=1))
    assert not np.array_equal(pixels(other[7][0]), pixels(made[7][0]))
    assert len({photo.digest for photo, _ in [*made, *other]}) == 5 * len(train)  # each with features of its own
    assert not np.array_equal(pixels(made[7][0]), pixels(made[13][0]))


@pytest.mark.parametrize("size", [(256, 256), (700, 256), (256, 900), (2, 5), (40, 2)])
def test_every_shape_of_photo_gives_squares(size: tuple[int, int]) -> None:
    grey = photos.stored(Image.new("RGB", size, (120, 130, 140)))
    for view, _ in augmentation.views([(grey, 0)], HeadConfig(views=8))[1:]:
        assert view.image.size == (photos.SHORT_SIDE, photos.SHORT_SIDE)
        assert view.image.mode == "RGB"
        assert pixels(view).min() > 50  # nothing from outside of the photo: no black border


def test_crops_stay_in_the_middle_and_some_are_flipped() -> None:
    """A photo whose red grows from left to right: its order tells a flip, its range where the crop was."""
    ramp = np.zeros((256, 256, 3), np.uint8) + 100
    ramp[..., 0] = np.arange(256) // 2 + 60
    photo = photos.stored(Image.fromarray(ramp))
    views = [pixels(view).astype(float) for view, _ in augmentation.views([(photo, 0)], HeadConfig(views=8))[1:]]
    flipped = [view[:, 5, 0].mean() > view[:, -5, 0].mean() for view in views]
    assert 0 < sum(flipped) < 8
