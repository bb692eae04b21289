"""A gallery of styles painted by programs of ours: every picture is made here, and nobody else's is shipped.

A style is a texture with forms at several scales and a palette; its picture fills the square, as the Gram matrices
of `demos.style.optimise.losses` would take an empty corner for part of the style.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from PIL import Image

from demos.core.cache import Cache
from demos.core.errors import DemoError
from demos.style.styles import fields, painted, pieces, printed

SMALLEST, LARGEST = 64, 1024
drawn = Cache(50_000_000)  # 16 of the largest


@dataclass(frozen=True)
class Texture:
    """A style: `draw` takes the size, random numbers and the palette (K, 3) 0..1; gives (size, size, 3) 0..1."""

    name: str
    title: str
    palette: tuple[str, ...]  # hex colours, from dark to light or in the painter's order
    draw: Callable[[int, np.random.Generator, np.ndarray], np.ndarray]


_GALLERY = (
    Texture(
        "night", "Night of whirls",
        ("#0b1437", "#12296b", "#1d4aa8", "#3f7fc9", "#86b6d9", "#e8e2b0", "#f6cf3f", "#f2a51d"), painted.night,
    ),
    Texture(
        "dusk", "Burning dusk",
        ("#c8321f", "#f07f2a", "#f7c04a", "#e8562b", "#e9a45c", "#3f6f8f", "#17335e", "#2f7f7a", "#101a33"),
        painted.dusk,
    ),
    Texture(
        "waves", "Woodcut waves", ("#0f2747", "#1e4b7e", "#5f93b0", "#d9b98a", "#e9dcbd", "#f6f0dd"), printed.waves
    ),
    Texture(
        "glass", "Stained glass",
        ("#12246b", "#1f5fd0", "#17988f", "#3fae4a", "#f3c81f", "#f08a1c", "#d8202c", "#8a1a6b"), pieces.glass,
    ),
    Texture(
        "gold", "Gold and spirals",
        ("#1c1410", "#7a1f1a", "#12695f", "#21407f", "#efe3c2", "#b57a1c", "#e8bf4d"), pieces.gold,
    ),
    Texture(
        "marbling", "Marbled paper", ("#14243f", "#b3262b", "#f0e4c8", "#1f6f78", "#e0a02c", "#e9d3b0"),
        printed.marbling,
    ),
    Texture(
        "impasto", "Thick oil",
        ("#0f2a22", "#1f5f3a", "#7fae3a", "#f5dc5a", "#f08a2a", "#d02a2f", "#6a1f4f", "#1c2f7a"), painted.impasto,
    ),
    Texture(
        "mosaic", "Mosaic",
        ("#123a5e", "#1f7a8c", "#7fc0b4", "#efe2c0", "#e2a93b", "#c4502c", "#6f1d2a"), pieces.mosaic,
    ),
    Texture(
        "cubist", "Cubist planes",
        ("#1c1a22", "#7a3a1c", "#d9822b", "#f5d98a", "#f3ead2", "#4fa3a8", "#1d4f7a", "#c23b22"), pieces.cubist,
    ),
    Texture(
        "points", "Points of colour",
        ("#4a2a7f", "#1f4a9f", "#b8365a", "#2f8a4f", "#2f9fcf", "#ee7f3f", "#8fc95f", "#f7b8a8", "#f7d94f", "#cfe8e0"),
        painted.points,
    ),
    Texture(
        "discs", "Wheels of colour",
        ("#17306f", "#2f8fc9", "#2f9f6f", "#f2d53f", "#f08a2f", "#d8303a", "#efe6d0", "#5f2f7f"), painted.discs,
    ),
    Texture("linocut", "Linocut", ("#15161c", "#b5322a", "#e8893a", "#f3dfb4"), printed.linocut),
    Texture(
        "tapestry", "Kilim", ("#1d2a44", "#8f1f24", "#c9572c", "#d9a441", "#efe0bd", "#2f6a66"), pieces.tapestry
    ),
    Texture(
        "contours", "Islands of contour lines",
        ("#16202f", "#1f5f8f", "#2fa39a", "#f2d24f", "#ee7f3a", "#c92f3f", "#efe3cc"), printed.contours,
    ),
    Texture(
        "batik", "Batik", ("#141f4a", "#2a4fa0", "#a3341f", "#e0912f", "#f4e6c4"), printed.batik
    ),
    Texture("ink", "Ink wash", ("#10131c", "#27395a", "#6f8ba6", "#d8c9a6", "#f3e8cf", "#c22f1c"), painted.ink),
)  # fmt: skip
TEXTURES: dict[str, Texture] = {one.name: one for one in _GALLERY}


def texture(name: str, size: int = 512, seed: int = 0, palette: Sequence[str] | None = None) -> Image.Image:
    """The style `name` as an RGB picture of size x size; the same arguments give the same picture.

    Args:
        palette: other colours, "#rrggbb", at least three; None for the style's own.

    Raises:
        DemoError: no such style, a size that is not painted, or a palette that cannot be read.
    """
    if name not in TEXTURES:
        raise DemoError(f"There is no style called {name!r}. There are: {', '.join(TEXTURES)}.")
    if not SMALLEST <= size <= LARGEST:
        raise DemoError(f"A style cannot be painted {size} px wide. Choose a size from {SMALLEST} to {LARGEST} px.")
    colours = TEXTURES[name].palette if palette is None else tuple(palette)
    if len(colours) < 3:
        raise DemoError(f"A palette needs at least 3 colours, and this one has {len(colours)}.")
    key = name, int(size), int(seed), tuple(_hex(colour) for colour in colours)
    return drawn.get(key, lambda: _draw(*key), lambda picture: 3 * picture.width * picture.height).copy()


def _hex(colour: str) -> str:
    if not re.fullmatch(r"#?[0-9a-fA-F]{6}", str(colour)):
        raise DemoError(f"{colour!r} is not a colour. Write it like #1d4aa8: six digits from 0 to f.")
    return str(colour).removeprefix("#").lower()


def _draw(name: str, size: int, seed: int, colours: tuple[str, ...]) -> Image.Image:
    palette = np.array([list(bytes.fromhex(colour)) for colour in colours]) / 255
    rng = np.random.default_rng([crc32(name.encode()), abs(seed), int(seed < 0)])
    return fields.to_image(TEXTURES[name].draw(size, rng, palette))
