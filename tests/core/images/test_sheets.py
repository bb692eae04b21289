"""Sheets and enlargements: each picture whole, in its place."""

import numpy as np
import pytest
from PIL import Image

from demos.core.images import sheets


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
