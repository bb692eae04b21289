"""The numbers that one can set in this tab, with their ranges: the page, programs and notebooks have the same ones."""

from demos.core.numbers import SEED, Real, Whole
from demos.style.settings import LARGEST, SMALLEST, PaintSettings

SIZE = Whole("Size", SMALLEST, LARGEST, PaintSettings.size, "px")
STYLE_STRENGTH = Real("Style strength", 0, 100, PaintSettings.style_strength)
STYLE_SCALE = Real("Style scale", 0.1, 4, PaintSettings.style_scale)
STEPS = Whole("Steps at each scale", 1, 300, PaintSettings.steps)
STRENGTH = Real("Strength", 0, 1, 1)  # of the instant mode
__all__ = ["SEED", "SIZE", "STEPS", "STRENGTH", "STYLE_SCALE", "STYLE_STRENGTH"]
