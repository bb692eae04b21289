"""The numbers that one can set in this tab, with their ranges: the page, programs and notebooks have the same ones."""

from demos.autoencoder.settings import QUALITIES, QUALITY, STRONGEST
from demos.core.numbers import SEED, Real, Whole

STRENGTH = Real("Strength", 0, STRONGEST, 1)  # of the denoiser
LEVELS = {  # of each noise: how much
    "Gaussian": Real("Gaussian noise", 0, 75, 25, "of 255"),
    "Salt and pepper": Real("Salt and pepper", 0, 50, 5, "per cent"),
    "Poisson": Real("Poisson noise", 2, 255, 40, "photons"),
    "Speckle": Real("Speckle", 0, 75, 20, "per cent"),
    "JPEG": Real("JPEG quality", 1, 95, 15),
}
CHART_SIGMA = Real("Noise on the chart", 5, 75, 40, "of 255")
QUALITY_LEVEL = Whole("Quality", 0, QUALITIES - 1, QUALITY)
BITS = Whole("Bits for each value", 1, 8, 3)
FLIPS = Whole("Bits to flip", 1, 100, 1)
BOTTLENECK = Whole("Bottleneck", 1, 64, 2, "numbers")
NOISE = Real("Noise", 0, 1, 0.3)  # on what the small autoencoder sees
SECONDS = Real("Seconds to teach", 1, 60, 15, "s")
__all__ = [
    "BITS", "BOTTLENECK", "CHART_SIGMA", "FLIPS", "LEVELS", "NOISE", "QUALITY_LEVEL", "SECONDS", "SEED", "STRENGTH",
]  # fmt: skip
