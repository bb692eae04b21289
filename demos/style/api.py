"""What programs ask of this tab: the functions behind `/stylize` and `/stylize_fast`, for notebooks too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PIL import Image

from demos.core.cache import once
from demos.core.choices import choose
from demos.core.data import samples
from demos.core.images.load import load_image
from demos.core.networks import choice
from demos.style import limits, selection
from demos.style import settings as style_settings
from demos.style.selection import SelectedStyle
from demos.style.settings import PaintSettings

if TYPE_CHECKING:
    from demos.style.painting import Painting

FIRST_PHOTO, OPENING = "china", PaintSettings(size=256, steps=30)


@once
def first_painting() -> Painting:
    """What the page opens with: an example photo in the first style, painted small."""
    from demos.core.networks import vgg
    from demos.style import painting
    from demos.style.styles import gallery

    styles = [SelectedStyle(gallery.names()[0])]
    network = vgg.load(vgg.POCKET)
    return list(painting.paint(samples.photo(FIRST_PHOTO), styles, network, OPENING))[-1]


def stylize(
    content: str,
    style: str,
    size: float = 512,
    strength: float = PaintSettings.style_strength,
    style_scale: float = PaintSettings.style_scale,
    colours: str = PaintSettings.colours,
    start: str = "photo",
    steps: float = PaintSettings.steps,
    optimiser: str = "Adam",
    seed: float = 0,
    network: str = choice.AUTOMATIC,
) -> Iterator[Image.Image]:
    """Paints a photo in a style picture, by optimising its pixels; gives a frame about four times a second.

    Args:
        content: the photo.
        style: the style picture.
        size: longer side of the result, 64 to 2048 px.
        strength: of the style against the content; 1 is balanced, 0 keeps the photo; up to 100.
        style_scale: size of the style's strokes against the result; half as much halves them; 0.1 to 4.
        colours: one of `settings.COLOURS`.
        start: "photo", "noise" or "instant".
        steps: at each scale, 1 to 300.
        optimiser: one of `optimise.OPTIMISERS`.
        seed: of the noise.
        network: one of `arrival.names()`.
    """
    from demos.core.images import tensors
    from demos.style import painting
    from demos.style.instant import stylise

    settings = PaintSettings(
        size=limits.SIZE.checked(size), style_strength=limits.STYLE_STRENGTH.checked(strength),
        style_scale=limits.STYLE_SCALE.checked(style_scale), steps=limits.STEPS.checked(steps),
        seed=limits.SEED.checked(seed),
        colours=choose(colours, style_settings.COLOURS, "choice of colours"),
        start=choose(start, style_settings.STARTS, "start"),
        optimiser=choose(optimiser, style_settings.OPTIMISERS, "optimiser"),
    )  # fmt: skip
    settings.check()
    photo, chosen = load_image(content), [SelectedStyle(selection.OWN, own=load_image(style))]
    tensors.check_proportions(photo, settings.size)
    preview = stylise.preview(photo, chosen, settings) if settings.start == "instant" else None
    for progress in painting.paint(photo, chosen, choice.load(network), settings, preview=preview):
        yield progress.picture


def stylize_fast(
    content: str, style: str, size: float = 512, strength: float = 1.0, keep_colours: bool = False
) -> Image.Image:
    """Paints a photo in a style picture in one pass of a trained decoder, in well under a second.

    Args:
        content: the photo.
        style: the style picture.
        size: longer side of the result, 64 to 2048 px.
        strength: 0 (the photo) to 1.
        keep_colours: light and dark from the painting, colours from the photo.
    """
    from demos.core.images import tensors
    from demos.core.networks import vgg
    from demos.style.instant import stylise

    settings = style_settings.InstantSettings(
        size=limits.SIZE.checked(size), strength=limits.STRENGTH.checked(strength), keep_colours=bool(keep_colours)
    )
    encoder, decoder = vgg.load(vgg.POCKET), stylise.load()
    photo = load_image(content)
    tensors.check_proportions(photo, settings.size)
    return stylise.stylise(photo, [(load_image(style), 1.0)], encoder, decoder, settings)
