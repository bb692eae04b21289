"""The painted styles: reproducible, re-colourable, full of forms at every scale."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from demos.core.errors import DemoError
from demos.style.styles import textures

NAMES = list(textures.TEXTURES)
SIZE = 96
OTHER = ("#2b0a3d", "#7a1fa2", "#ff5fa2", "#37d6c0", "#f4ffe0")


@cache
def pixels(name: str, seed: int = 0, palette: tuple[str, ...] | None = None) -> np.ndarray:
    return np.asarray(textures.texture(name, SIZE, seed, palette), np.float32) / 255


def rgb(colour: str) -> np.ndarray:
    return np.array(list(bytes.fromhex(colour[1:]))) / 255


def test_the_gallery_has_at_least_twelve_styles_with_their_own_palettes() -> None:
    assert len(textures.TEXTURES) >= 12
    assert len({one.title for one in textures.TEXTURES.values()}) == len(NAMES)
    assert all(name == one.name and len(one.palette) >= 3 for name, one in textures.TEXTURES.items())


@pytest.mark.parametrize("name", NAMES)
class TestEachStyle:
    def test_is_an_rgb_square_and_the_same_every_time(self, name: str) -> None:
        first = textures.texture(name, SIZE)
        assert (first.mode, first.size) == ("RGB", (SIZE, SIZE))
        textures.drawn.forget()
        np.testing.assert_array_equal(np.asarray(textures.texture(name, SIZE)), np.asarray(first))

    def test_takes_on_another_palette_and_differs_with_the_seed(self, name: str) -> None:
        """Its pixels lie nearer to mixtures of the palette that was asked for than to those of its own."""
        recoloured = pixels(name, seed=1, palette=OTHER)
        found = recoloured.reshape(-1, 3)
        own = np.stack([rgb(colour) for colour in textures.TEXTURES[name].palette])
        other = np.stack([rgb(colour) for colour in OTHER])
        assert distance(found, other) < 0.8 * distance(found, own)
        shares = np.bincount(np.linalg.norm(found[:, None] - other, axis=-1).argmin(1), minlength=len(other))
        assert (shares > 0.005 * len(found)).sum() >= 4
        alike = np.corrcoef(recoloured.mean(-1).ravel(), pixels(name).mean(-1).ravel())[0, 1]
        assert abs(alike) < 0.8  # another picture, not the same one in other colours

    def test_has_no_empty_area(self, name: str) -> None:
        """Every patch an eighth of the side wide has texture, and every quarter of the picture strong contrast."""
        grey = pixels(name).mean(-1)
        patches = grey.reshape(8, 12, 8, 12).std(axis=(1, 3))
        assert patches.min() > 0.008
        assert (patches > 0.03).mean() > 0.85
        assert grey.reshape(2, 48, 2, 48).std(axis=(1, 3)).min() > 0.06

    def test_has_forms_at_several_scales(self, name: str) -> None:
        """Energy in every octave from fine strokes to large forms, and colours that are not all one hue."""
        grey = pixels(name).mean(-1)
        blurred = [grey, *(ndimage.gaussian_filter(grey, deviation) for deviation in (1, 2, 4, 8, 16))]
        bands = [float((a - b).std()) for a, b in pairwise(blurred)]
        assert min(bands) > 0.012, bands
        assert pixels(name).std(axis=(0, 1)).max() > 0.12

    def test_looks_alike_at_every_size(self, name: str) -> None:
        """The larger picture made small is close to the small one: its forms grow with it."""
        large = textures.texture(name, 160).resize((32, 32), Image.Resampling.BOX)
        small = pixels(name).reshape(32, 3, 32, 3, 3).mean((1, 3))
        a, b = np.asarray(large, np.float32).ravel(), small.ravel()
        assert np.corrcoef(a, b)[0, 1] > 0.8


def distance(found: np.ndarray, palette: np.ndarray) -> float:
    """The mean distance of colours from the nearest mixture of two neighbours in a palette, lighter or darker."""
    mixtures = [a + (b - a) * t for a in palette for b in palette for t in (0, 0.33, 0.67)]
    shaded = np.concatenate([np.stack(mixtures) * light for light in (0.55, 0.75, 0.9, 1.0)])
    return float(np.linalg.norm(found[::29, None] - shaded, axis=-1).min(1).mean())


def test_what_it_gives_is_the_callers_own() -> None:
    first = textures.texture(NAMES[0], 64)
    first.paste((0, 0, 0), (0, 0, 64, 64))
    assert np.asarray(textures.texture(NAMES[0], 64)).max() > 0


@pytest.mark.parametrize(
    ("name", "size", "palette", "said"),
    [
        ("velvet", 128, None, "no style called 'velvet'"),
        (NAMES[0], 63, None, "63 px"),
        (NAMES[0], 1025, None, "1025 px"),
        (NAMES[0], 128, ("#000000", "#ffffff"), "at least 3 colours"),
        (NAMES[0], 128, ("#000000", "#ffffff", "#12345"), "'#12345' is not a colour"),
        (NAMES[0], 128, ("#000000", "#ffffff", "blue"), "'blue' is not a colour"),
    ],
)
def test_what_cannot_be_painted_is_said_in_a_sentence(
    name: str, size: int, palette: tuple[str, ...] | None, said: str
) -> None:
    with pytest.raises(DemoError, match=said):
        textures.texture(name, size, palette=palette)
