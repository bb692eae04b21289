"""Contact sheets, enlargements and GIFs, pixel by pixel."""

import numpy as np
import pytest
from PIL import Image

from demos.core.images import sheets


@pytest.mark.parametrize("colours", [(3,), ()], ids=["rgb", "grey"])
def test_a_contact_sheet_has_every_picture_in_its_place(colours: tuple[int, ...]) -> None:
    pictures = np.arange(5, dtype=np.uint8).reshape(5, 1, 1, *[1] * len(colours)) * np.ones((4, 6, *colours), np.uint8)
    sheet = np.asarray(sheets.contact_sheet(pictures, columns=3, times=1, gap=1, background=128))
    assert sheet.shape == (2 * 4 + 1, 3 * 6 + 2, *colours)
    for i in range(5):
        top, left = i // 3 * 5, i % 3 * 7
        assert (sheet[top : top + 4, left : left + 6] == i).all()
    assert (sheet[4] == 128).all()  # the gap
    assert (sheet[5:, 14:] == 128).all()  # no sixth picture
    twice = sheets.contact_sheet(pictures, columns=3, times=2, gap=1, background=128)
    np.testing.assert_array_equal(np.asarray(twice)[::2, ::2], sheet)


def test_enlarging_one_and_many_is_the_same() -> None:
    frames = np.random.default_rng(0).integers(0, 256, (2, 10, 7, 3), np.uint8)
    large = sheets.enlarge_frames(frames, 35)
    assert large.shape == (2, 30, 21, 3)
    np.testing.assert_array_equal(np.asarray(sheets.enlarge(Image.fromarray(frames[1]), 35)), large[1])
    assert sheets.enlarge(Image.new("RGB", (40, 3)), 35).size == (40, 3)  # never smaller


@pytest.mark.parametrize("dither", [False, True])
def test_a_gif_has_its_frames_its_time_and_its_last_moment(dither: bool) -> None:
    frames = np.zeros((6, 12, 16, 3), np.uint8)
    frames[..., 0] = 30 * np.arange(6, dtype=np.uint8)[:, None, None]
    path = sheets.gif(frames, 10, "film.gif", hold=1.5, dither=dither)
    assert path.name == "film.gif"
    with Image.open(path) as film:
        durations = []
        for i in range(film.n_frames):
            film.seek(i)
            durations.append(film.info["duration"])
            assert np.abs(np.asarray(film.convert("RGB"))[..., 0].astype(int) - 30 * i).mean() < 16
        assert durations == [100] * 5 + [1500]
        assert film.info["loop"] == 0


@pytest.mark.parametrize(
    ("count", "columns", "places"),
    [
        (5, 3, [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)]),
        (4, 0, [(0, 0), (0, 1), (1, 0), (1, 1)]),  # as nearly square as it gets
        (2, 9, [(0, 0), (0, 1)]),
    ],
)
def test_a_sheet_is_read_like_a_page(count: int, columns: int, places: list[tuple[int, int]]) -> None:
    pictures = np.random.default_rng(0).integers(0, 255, (count, 4, 6, 3), np.uint8)
    found = np.array(sheets.contact_sheet(pictures, columns, times=1))
    rows, across = (max(place[axis] for place in places) + 1 for axis in (0, 1))
    assert found.shape == (rows * 6 - 2, across * 8 - 2, 3)  # 2 px of white between two of them
    for picture, (row, column) in zip(pictures, places, strict=True):
        assert np.array_equal(found[6 * row : 6 * row + 4, 8 * column : 8 * column + 6], picture)
        found[6 * row : 6 * row + 4, 8 * column : 8 * column + 6] = 255
    assert found.min() == 255
    larger = np.asarray(sheets.contact_sheet(pictures, columns, times=3))
    assert np.array_equal(larger[1::3, 1::3], np.asarray(sheets.contact_sheet(pictures, columns, times=1)))


def test_enlarging_repeats_pixels() -> None:
    small = np.random.default_rng(0).integers(0, 256, (3, 5, 3), np.uint8)
    found = np.asarray(sheets.enlarge(Image.fromarray(small), 21))  # four times 5 are 20
    assert np.array_equal(found, small.repeat(4, 0).repeat(4, 1))
