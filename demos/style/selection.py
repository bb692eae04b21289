"""What a visitor chooses: the styles in their three places, and the controls as `Settings`. No gradio in here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image

from demos.core.images.load import fit, load_image
from demos.style import settings as style_settings
from demos.style.settings import STYLE_LAYERS, PaintSettings


@dataclass(frozen=True)
class SelectedStyle:
    """A style that a visitor chose: one of the gallery's by name, or a picture of their own."""

    name: str = ""
    share: float = 1.0
    own: Image.Image | None = None

    def __hash__(self) -> int:
        """Gradio tells by it that a visitor's styles have changed; of itself a picture has none."""
        return hash((self.name, self.share, None if self.own is None else self.own.tobytes()))

    def picture(self) -> Image.Image:
        """The visitor's own picture, or the gallery's."""
        from demos.style.styles import gallery

        return self.own if self.own is not None else gallery.picture(self.name)


FIRST = (SelectedStyle(""), SelectedStyle("", 0.0), SelectedStyle("", 0.0))  # "" is the gallery's first
Styles = tuple[SelectedStyle, ...]
OWN = "your own"  # the name of a style that is no style of the gallery
# The fields of the settings that the page has a control for, beside the weights of the layers.
CONTROLS = ("size", "style_strength", "style_scale", "colours", "start", "optimiser", "steps", "seed")


def with_default(styles: Styles) -> Styles:
    """With the gallery's first style where nothing was chosen yet."""
    from demos.style.styles import gallery

    return tuple(replace(s, name=gallery.names()[0]) if not s.name and s.share > 0 else s for s in styles)


def active(styles: Styles) -> list[SelectedStyle]:
    """Those with a share above 0."""
    return [style for style in with_default(styles) if style.share > 0]


def set_style(styles: Styles, place: str, name: str, own: Image.Image | None = None) -> Styles:
    """A style in its place; its share is the one that the place had, or half."""
    index = style_settings.PLACES.index(place)
    share = styles[index].share or (1.0 if index == 0 else 0.5)
    return tuple(SelectedStyle(name, share, own) if i == index else s for i, s in enumerate(styles))


def set_own_image(styles: Styles, place: str, file: str) -> Styles:
    """The visitor's own picture in a place."""
    return set_style(styles, place, OWN, fit(load_image(file), 1024))


def set_weights(styles: Styles, shares: tuple[float, ...]) -> Styles:
    """The styles with these shares, in their order."""
    return tuple(replace(style, share=amount) for style, amount in zip(styles, shares, strict=True))


def describe(styles: Styles) -> str:
    """ "In the style of **Woodcut** 67 % + **Mosaic** 33 %"."""
    chosen = active(styles)
    whole = sum(style.share for style in chosen)
    parts = [f"**{s.name}**" + (f" {100 * s.share / whole:.0f} %" if len(chosen) > 1 else "") for s in chosen]
    return f"In the style of {' + '.join(parts)}" if parts else "No style: give one a share above 0"


def settings(values: Mapping[str, Any]) -> PaintSettings:
    """The page's controls as settings: fields of `PaintSettings` by name, style layers by theirs.

    Raises:
        DemoError: what they ask for cannot be painted.
    """
    layers = {layer: float(values[layer]) for layer in STYLE_LAYERS}
    fields = {name: value for name, value in values.items() if name not in layers}
    for name, number in style_settings.NUMBERS.items():
        fields[name] = number.checked(fields[name])
    paint_settings = PaintSettings(**fields, layers=layers)
    paint_settings.check()
    return paint_settings


def from_settings(paint_settings: PaintSettings) -> dict[str, float | str]:
    """What `settings` takes, of settings: the way back."""
    layers = {layer: paint_settings.layers.get(layer, 0.0) for layer in STYLE_LAYERS}
    return {name: getattr(paint_settings, name) for name in CONTROLS} | layers
