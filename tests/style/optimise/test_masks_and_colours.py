"""Strokes become masks; the photo's colours stay."""

import numpy as np
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


def test_white_wins_over_blue_and_layers_add_up() -> None:
    one, two = layer(((0, 0, 9, 9), masks.SECOND)), layer(((0, 0, 9, 4), masks.PROTECT))
    found = masks.from_editor({"layers": [one, two]})
    assert (np.asarray(found.protect) > 0).sum() == 50
    assert (np.asarray(found.second) > 0).sum() == 50


def test_nothing_painted_is_no_mask() -> None:
    for value in (None, {}, {"layers": []}, {"layers": [None]}, {"layers": [layer()]}):
        assert masks.from_editor(value) == masks.Masks()


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
