"""The numbers that one can set in this tab, with their ranges: the page, programs and notebooks have the same ones."""

from demos.core.numbers import SEED, Real, Whole
from demos.dcgan import settings

COUNT = Whole("Pictures", 1, settings.MOST, 16)
TRUNCATION = Real("Truncation", *settings.TRUNCATIONS, settings.TRUNCATIONS[1])
STOPS = Whole("Stops", 2, settings.MOST, 4)
WALKED = Whole("Through how many pictures", 2, 8, 4)  # on the page
FRAMES = Whole("Frames from one stop to the next", 2, 300, settings.FRAMES)
STEPS = Whole("Steps", 1, 1000, settings.STEPS)  # of the search for a photo's latent vector
FURTHEST = Real("A direction", -settings.FURTHEST, settings.FURTHEST, 0, "units")
LIVE_SECONDS = Real("Seconds", 1, settings.LONGEST, 60, "s")
PLANE_RATE = Real("The generator's rate", 0.25, 16, 1, "times the discriminator's")
PLANE_TURNS = Whole("Steps of the discriminator for one of the generator", 1, 10, 1)
PLANE_STEPS = Whole("Steps", 1, 10_000, 3000)
__all__ = [
    "COUNT", "FRAMES", "FURTHEST", "LIVE_SECONDS", "PLANE_RATE", "PLANE_STEPS", "PLANE_TURNS", "SEED", "STEPS", "STOPS",
    "TRUNCATION", "WALKED",
]  # fmt: skip
