"""What a visitor chooses: the styles in their three places, and the controls as `Settings`. No gradio in here."""

from dataclasses import replace

from PIL import Image

from demos.core import images
from demos.style import gallery, losses
from demos.style.optimise import Settings
from demos.style.painting import Chosen

PLACES = ("First style", "Second style", "Third style")
FIRST = (Chosen(""), Chosen("", 0.0), Chosen("", 0.0))  # "" is the gallery's first
Styles = tuple[Chosen, ...]


def named(styles: Styles) -> Styles:
    """With the gallery's first style where nothing was chosen yet."""
    return tuple(replace(s, name=gallery.names()[0]) if not s.name and s.share > 0 else s for s in styles)


def used(styles: Styles) -> list[Chosen]:
    return [style for style in named(styles) if style.share > 0]


def put(styles: Styles, place: str, name: str, own: Image.Image | None = None) -> Styles:
    """A style in its place; its share is the one that the place had, or half."""
    index = PLACES.index(place)
    share = styles[index].share or (1.0 if index == 0 else 0.5)
    return tuple(Chosen(name, share, own) if i == index else s for i, s in enumerate(styles))


def own(styles: Styles, place: str, file: str) -> Styles:
    """The visitor's own picture in a place."""
    return put(styles, place, gallery.OWN, images.fit(images.load(file), 1024))


def share(styles: Styles, shares: tuple[float, ...]) -> Styles:
    return tuple(replace(style, share=amount) for style, amount in zip(styles, shares, strict=True))


def words(styles: Styles) -> str:
    """ "In the style of **Woodcut** 67 % + **Mosaic** 33 %"."""
    found = used(styles)
    whole = sum(style.share for style in found)
    parts = [f"**{s.name}**" + (f" {100 * s.share / whole:.0f} %" if len(found) > 1 else "") for s in found]
    return f"In the style of {' + '.join(parts)}" if parts else "No style: give one a share above 0"


def settings(
    size: float, strength: float, scale: float, kept: str, start: str, optimiser: str, steps: float, seed: float,
    *layers: float,
) -> Settings:  # fmt: skip
    """The page's controls, in the page's order.

    Raises:
        DemoError: what they ask for cannot be painted.
    """
    found = Settings(
        size=int(size), style_strength=strength, style_scale=scale, colours=kept, start=start, optimiser=optimiser,
        steps=int(steps), seed=int(seed), layers=dict(zip(losses.STYLE_LAYERS, layers, strict=True)),
    )  # fmt: skip
    found.check()
    return found


def controls(found: Settings) -> tuple[float | str, ...]:
    """What `settings` takes, of settings: the way back."""
    return (
        found.size, found.style_strength, found.style_scale, found.colours, found.start, found.optimiser, found.steps,
        found.seed, *(found.layers.get(layer, 0.0) for layer in losses.STYLE_LAYERS),
    )  # fmt: skip
