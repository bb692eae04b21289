"""Strokes become masks; the photo's colours stay."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from demos.style.optimise import colours, masks


def layer(*strokes: tuple[tuple[int, int, int, int], str]) -> Image.Image:
    image = Image.new("RGBA", (60, 40))
    for box, colour in strokes:
        ImageDraw.Draw(image).rectangle(box, fill=colour)
    return image


def test_white_protects_and_blue_is_the_second_style() -> None:
    painted = layer(((0, 0, 9, 9), masks.PROTECT), ((30, 0, 39, 19), masks.SECOND))
    found = masks.from_editor({"layers": [painted], "background": None})
    assert found.protect is not None
    assert found.second is not None
    assert (np.asarray(found.protect) > 0).sum() == 100
    assert (np.asarray(found.second) > 0).sum() == 200
    assert set(np.unique(np.asarray(found.second))) == {0, 255}
    strokes = np.asarray(painted)  # each pixel where it was painted, white ones full in red
    assert np.array_equal(np.asarray(found.protect) > 0, strokes[..., 0] == 255)
    assert np.array_equal(np.asarray(found.second) > 0, (strokes[..., 3] > 0) & (strokes[..., 0] < 255))


def test_white_wins_over_blue_and_layers_add_up() -> None:
    one, two = layer(((0, 0, 9, 9), masks.SECOND)), layer(((0, 0, 9, 4), masks.PROTECT))
    found = masks.from_editor({"layers": [one, two]})
    assert (np.asarray(found.protect) > 0).sum() == 50
    assert (np.asarray(found.second) > 0).sum() == 50


def test_nothing_painted_is_no_mask() -> None:
    for value in (None, {}, {"layers": []}, {"layers": [None]}, {"layers": [layer()]}):
        assert masks.from_editor(value) == masks.Masks()


@pytest.mark.parametrize(("colour", "bright"), [((1, 0, 0), 0.299), ((0, 1, 0), 0.587), ((0, 0, 1), 0.114)])
def test_green_is_the_brightest_and_blue_the_darkest(colour: tuple[int, int, int], bright: float) -> None:
    """ITU-R BT.601, section 2.5.1."""
    picture = torch.tensor(colour).float().view(1, 3, 1, 1).expand(1, 3, 2, 2)
    torch.testing.assert_close(colours.luminance(picture), torch.full((1, 1, 2, 2), bright))


def test_luminance_of_the_painting_colours_of_the_photo() -> None:
    photo, painted = torch.rand(1, 3, 8, 8) * 0.2 + 0.4, torch.rand(1, 3, 8, 8) * 0.2 + 0.4
    found = colours.with_chroma_of(painted, photo)
    torch.testing.assert_close(colours.luminance(found), colours.luminance(painted))
    torch.testing.assert_close(found - colours.luminance(found), photo - colours.luminance(photo))
    torch.testing.assert_close(colours.with_chroma_of(photo, photo), photo)


def test_matching_takes_the_photos_palette() -> None:
    random = np.random.default_rng(0)
    photo = Image.fromarray(random.integers(100, 140, (40, 40, 3), np.uint8))
    style = Image.fromarray(random.integers(0, 256, (30, 50, 3), np.uint8))
    found = np.asarray(colours.match(style, photo))
    assert found.shape == (30, 50, 3)
    assert found.min() >= 100
    assert found.max() < 140


def test_matching_gives_each_rank_the_photos_value_of_that_rank() -> None:
    """In every colour for itself: as many different values in both, so that ranks are one to one."""
    random = np.random.default_rng(0)
    style, photo = (
        np.stack([random.choice(np.arange(low, 256), 64, replace=False) for low in lows], -1).astype(np.uint8)
        for lows in ((0, 60, 120), (150, 0, 30))
    )
    found = np.asarray(colours.match(*(Image.fromarray(x.reshape(8, 8, 3)) for x in (style, photo)))).reshape(64, 3)
    for channel in range(3):
        ranks = style[:, channel].argsort().argsort()
        assert np.array_equal(found[:, channel], np.sort(photo[:, channel])[ranks])
