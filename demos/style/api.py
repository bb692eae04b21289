"""What programs ask of this tab: the functions behind `/stylize` and `/stylize_fast`, for notebooks too."""

from collections.abc import Iterator

from PIL import Image

from demos.core import arrival, images, samples, vgg
from demos.core.choices import choose
from demos.core.once import once
from demos.style import colours as kept
from demos.style import gallery, instant, optimise, painting
from demos.style.optimise import Settings
from demos.style.painting import Chosen, Painting

FIRST_PHOTO, OPENING = "china", Settings(size=256, steps=30)


@once
def first_painting() -> Painting:
    """What the page opens with: an example photo in the first style, painted small."""
    styles = [Chosen(gallery.names()[0])]
    network = vgg.load(vgg.POCKET)
    return list(painting.paint(samples.photo(FIRST_PHOTO), styles, network, OPENING))[-1]


def stylize(
    content: str,
    style: str,
    size: float = 512,
    strength: float = Settings.style_strength,
    style_scale: float = Settings.style_scale,
    colours: str = Settings.colours,
    start: str = "photo",
    steps: float = Settings.steps,
    optimiser: str = "Adam",
    seed: float = 0,
    network: str = arrival.AUTOMATIC,
) -> Iterator[Image.Image]:
    """Paints a photo in a style picture, by optimising its pixels; gives a frame about four times a second.

    Args:
        content: the photo.
        style: the style picture.
        size: longer side of the result, in px.
        strength: of the style against the content; 1 is balanced, 0 keeps the photo.
        style_scale: size of the style's strokes against the result; half as much halves them.
        colours: one of `colours.CHOICES`.
        start: "photo", "noise" or "instant".
        steps: at each scale.
        optimiser: one of `optimise.OPTIMISERS`.
        seed: of the noise.
        network: one of `arrival.names()`.
    """
    settings = Settings(
        size=int(size), style_strength=strength, style_scale=style_scale, steps=int(steps), seed=int(seed),
        colours=choose(colours, kept.CHOICES, "choice of colours"), start=choose(start, optimise.STARTS, "start"),
        optimiser=choose(optimiser, optimise.OPTIMISERS, "optimiser"),
    )  # fmt: skip
    settings.check()
    photo, chosen = images.load(content), [Chosen(gallery.OWN, own=images.load(style))]
    first = at_once(photo, chosen, settings) if settings.start == "instant" else None
    for progress in painting.paint(photo, chosen, arrival.load(network), settings, first=first):
        yield progress.picture


def stylize_fast(
    content: str, style: str, size: float = 512, strength: float = 1.0, keep_colours: bool = False
) -> Image.Image:
    """Paints a photo in a style picture in one pass of a trained decoder, in well under a second.

    Args:
        content: the photo.
        style: the style picture.
        size: longer side of the result, in px.
        strength: 0 (the photo) to 1.
        keep_colours: light and dark from the painting, colours from the photo.
    """
    settings = instant.Settings(size=int(size), strength=strength, keep_colours=keep_colours)
    encoder, decoder = vgg.load(vgg.POCKET), instant.load()
    return instant.stylise(images.load(content), [(images.load(style), 1.0)], encoder, decoder, settings)


def at_once(photo: Image.Image, styles: list[Chosen], settings: optimise.Settings) -> Image.Image | None:
    """The instant result for the same settings: what is seen before the first step. None where nothing is painted."""
    used = [(style.picture(), style.share) for style in styles if style.share > 0]
    if not used or settings.style_strength <= 0 or not instant.available():
        return None
    quick = instant.Settings(size=min(settings.size, 512), strength=min(1.0, settings.style_strength))
    return instant.stylise(photo, used, vgg.load(vgg.POCKET), instant.load(), quick)
