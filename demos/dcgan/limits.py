"""The numbers that one can set in this tab, with their ranges: the page, programs and notebooks have the same ones."""

from demos.core.numbers import SEED, Real, Whole
from demos.dcgan import settings

COUNT = Whole("Pictures", 1, settings.MOST, 16)
TRUNCATION = Real("Truncation", *settings.TRUNCATIONS, settings.TRUNCATIONS[1], "standard deviations")
STOPS = Whole("Stops", 2, settings.MOST, 4)
FRAMES = Whole("Frames from one stop to the next", 2, 300, settings.FRAMES)
STEPS = Whole("Steps", 1, 1000, settings.STEPS)  # of the search for a photo's latent vector
__all__ = ["COUNT", "FRAMES", "SEED", "STEPS", "STOPS", "TRUNCATION"]
