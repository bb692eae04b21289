"""The choices and limits of the style tab, free of torch: pages, programs and notebooks have the same ones."""

import math
from dataclasses import dataclass, field

from demos.core.errors import DemoError
from demos.core.networks.cuts import CUTS
from demos.core.numbers import SEED, Real, Whole

PLACES = ("First style", "Second style", "Third style")
SMALLEST, LARGEST = 64, 2048  # px of a picture's longer side: pool4 is 4 px at 64
SIZES = (256, 384, 512, 768, 1024, 1536, 2048)  # px of the longer side, as the page offers them
LEVELS = 6  # pictures in the canvas' sum
OPTIMISERS = ("Adam", "L-BFGS")
STARTS = ("photo", "noise", "instant")
FREE, LUMINANCE, HISTOGRAM = "the style's", "the photo's", "the photo's palette"  # whose colours
COLOURS = (FREE, LUMINANCE, HISTOGRAM)
STYLE_LAYERS: dict[str, float] = {"relu1_1": 1.0, "relu2_1": 1.0, "relu3_1": 1.0, "relu4_1": 1.0, "relu5_1": 1.0}
CONTENT_LAYER = "relu4_2"
PALETTE = "palette"  # beside the layers: the pixels' own colours

# The numbers that one can set, with their ranges and defaults.
SIZE = Whole("Size", SMALLEST, LARGEST, 512, "px")
STYLE_STRENGTH = Real("Style strength", 0, 10, 1.0)
STYLE_SCALE = Real("Style scale", 0.1, 4, 1.5)
STEPS = Whole("Steps at each scale", 1, 300, 40)
STRENGTH = Real("Strength", 0, 1, 1)  # of the instant mode
NUMBERS: dict[str, Real] = {
    "size": SIZE, "style_strength": STYLE_STRENGTH, "style_scale": STYLE_SCALE, "steps": STEPS, "seed": SEED,
}  # fmt: skip


@dataclass(frozen=True)
class InstantSettings:
    """What an instant picture can be told."""

    size: int = 512  # px of the longer side of the result; the styles are looked at in this size, too
    strength: float = 1.0  # 0 is the photo itself, 1 all of the style
    keep_colours: bool = False  # light and dark from the painting, colours from the photo
    large_strokes: bool = (
        True  # painted at half the size first, where what the decoder sees of a style is twice as large
    )
    correlations: bool = True  # False: each channel for itself, as AdaIN does

    def check(self) -> None:
        """Raises DemoError for what cannot be painted."""
        SIZE.checked(self.size)
        STRENGTH.checked(self.strength)


@dataclass(frozen=True)
class PaintSettings:
    """How a picture is painted; the defaults are what looked best on three photos, in paintings and drawn styles."""

    size: int = 512  # px of the longer side of the result
    style_strength: float = 1.0  # of the style's losses against the content's; 0 keeps the photo
    style_scale: float = 1.5  # size of the style picture against the result's; smaller gives finer strokes
    content_weight: float = 0.08
    palette: float = 1.5  # weight of the style's colours as such
    content_layer: str = CONTENT_LAYER
    smoothness: float = 4.0  # weight of the total variation
    steps: int = 40  # at each scale
    optimiser: str = "Adam"
    learning_rate: float = 0.015  # of Adam at the last scale, in units of brightness; L-BFGS finds its own step
    start: str = "photo"  # "photo", "noise" or "instant" (one pass of the trained decoder)
    colours: str = FREE
    seed: int = 0
    layers: dict[str, float] = field(default_factory=lambda: dict(STYLE_LAYERS))
    average: float = 0.8  # decay of the running average of iterates, which is what is shown

    def check(self) -> None:
        """Raises DemoError for what cannot be painted."""
        for name, number in NUMBERS.items():
            number.checked(getattr(self, name))
        for name in ("content_weight", "palette", "smoothness", "average"):
            if not math.isfinite(getattr(self, name)):
                raise DemoError(f"A {name.replace('_', ' ')} must be a number; {getattr(self, name)} is none.")
        if not self.learning_rate > 0:
            raise DemoError("Painting needs a learning rate above 0.")
        for choice, known in (
            (self.optimiser, OPTIMISERS),
            (self.start, STARTS),
            (self.colours, COLOURS),
        ):
            if choice not in known:
                raise DemoError(f"There is no choice called {choice!r}. Choose one of: {', '.join(known)}.")
        for layer in (*self.layers, self.content_layer):
            if layer not in CUTS:
                raise DemoError(f"VGG16 has no layer called {layer!r}. It has: {', '.join(CUTS)}.")
        if not any(self.style_losses().values()) and self.content_weight <= 0:
            raise DemoError("Nothing is asked of the picture: give the content or one of the layers a weight above 0.")

    def style_losses(self) -> dict[str, float]:
        """The layers' weights, scaled so that they sum to one: more layers do not mean more style."""
        if self.style_strength <= 0:
            return {}
        kept = {layer: weight for layer, weight in self.layers.items() if weight > 0}
        shares = {layer: weight / sum(kept.values()) for layer, weight in kept.items()}
        return shares | ({PALETTE: self.palette} if self.palette > 0 and kept else {})
