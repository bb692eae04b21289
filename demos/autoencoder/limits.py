"""The numbers that one can set in this tab, with their ranges: the page, programs and notebooks have the same ones."""

from demos.autoencoder.settings import QUALITIES, QUALITY, STRONGEST
from demos.core.numbers import Real, Whole

STRENGTH = Real("Strength", 0, STRONGEST, 1)  # of the denoiser
QUALITY_LEVEL = Whole("Quality", 0, QUALITIES - 1, QUALITY)
