"""What programs ask of this tab: the functions behind `/stylize` and `/stylize_fast`, for notebooks too."""

from __future__ import annotations

from collections.abc import Iterator

from PIL import Image

from demos.core.choices import choose
from demos.core.images.load import load_image
from demos.core.networks import choice
from demos.style import selection
from demos.style import settings as style_settings
from demos.style.selection import SelectedStyle
from demos.style.settings import PaintSettings


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
        strength: of the style against the content; 1 is balanced, 0 keeps the photo; up to 10.
        style_scale: size of the style's strokes against the result; half as much halves them; 0.1 to 4.
        colours: one of `settings.COLOURS`.
        start: "photo", "noise" or "instant".
        steps: at each scale, 1 to 300.
        optimiser: one of `optimise.OPTIMISERS`.
        seed: of the noise.
        network: one of `arrival.names()`.
    """
    from demos.style import painting
    from demos.style.instant import stylise

    settings = PaintSettings(
        size=style_settings.SIZE.checked(size), style_strength=style_settings.STYLE_STRENGTH.checked(strength),
        style_scale=style_settings.STYLE_SCALE.checked(style_scale), steps=style_settings.STEPS.checked(steps),
        seed=style_settings.SEED.checked(seed),
        colours=choose(colours, style_settings.COLOURS, "choice of colours"),
        start=choose(start, style_settings.STARTS, "start"),
        optimiser=choose(optimiser, style_settings.OPTIMISERS, "optimiser"),
    )  # fmt: skip
    settings.check()
    photo, chosen = load_image(content), [SelectedStyle(selection.OWN, own=load_image(style))]
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
    from demos.core.networks import vgg
    from demos.style.instant import stylise

    settings = style_settings.InstantSettings(
        size=style_settings.SIZE.checked(size),
        strength=style_settings.STRENGTH.checked(strength),
        keep_colours=bool(keep_colours),
    )
    encoder, decoder = vgg.load(vgg.POCKET), stylise.load()
    return stylise.stylise(load_image(content), [(load_image(style), 1.0)], encoder, decoder, settings)
