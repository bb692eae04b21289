"""How much work a painting is, counted before it starts: the clock follows this, not the number of steps.

A step at 512 px takes twenty times as long as one at 64 px, so that a fifth of the steps is a fiftieth of the time.
Work is counted in pixels that the network looks at with a way back; how many seconds each takes, `cost.py` measures.
"""

from collections.abc import Sequence

from demos.style import settings as style_settings
from demos.style.settings import PaintSettings

# Measured from 64 to 1,024 px: a step of no pixels at all would take as long as one of so many.
A_STEP_ITSELF = 8_000
LOOKS = {"Adam": 1.0, "L-BFGS": 2.0}  # pictures that are looked at in a step; L-BFGS searches along its line
# Of a pixel of a style picture, which is looked at once at the beginning of a scale, against one of a step.
A_STYLES_PIXEL = 0.8


def scales(size: int) -> list[int]:
    """The longer sides, each twice the one before, the last being `size`."""
    sides = [size]
    while sides[0] >= 2 * style_settings.SMALLEST:
        sides.insert(0, sides[0] // 2)
    return sides


def steps_at(settings: PaintSettings) -> list[tuple[int, int]]:
    """(longer side, steps) of each scale."""
    return [(side, settings.steps) for side in scales(settings.size)]


def a_step(side: int, settings: PaintSettings, aspect: float = 1.0) -> float:
    """Work of one step at a scale; `aspect` is the photo's longer side over its shorter one."""
    return LOOKS[settings.optimiser] * (side * side / aspect + A_STEP_ITSELF)


def a_scale_begins(side: int, settings: PaintSettings, styles: int = 1) -> float:
    """Work before a scale's first step: the styles (taken for square) and the photo are looked at."""
    return A_STYLES_PIXEL * (side * settings.style_scale) ** 2 * styles if settings.style_losses() else 0.0


def whole(
    settings: PaintSettings, aspect: float = 1.0, styles: int = 1, plan: Sequence[tuple[int, int]] | None = None
) -> float:
    """Work of a run, or of the scales of it that are in `plan`."""
    return sum(
        a_scale_begins(side, settings, styles) + steps * a_step(side, settings, aspect)
        for side, steps in (steps_at(settings) if plan is None else plan)
    )


BELIEVED_AT_FIRST = 0.05  # the time that was expected counts like so much of the run, until the run knows better


def seconds_left(share: float, seconds: float, expected: float) -> float:
    """How long a run still takes.

    Args:
        share: of the work that is done, 0..1.
        seconds: that this took.
        expected: seconds for the whole run, as they were estimated before it began; 0 where nobody did.
    """
    believed = BELIEVED_AT_FIRST if expected > 0 else 0.0
    if share + believed <= 0:
        return 0.0
    return (1 - share) * (seconds + believed * expected) / (share + believed)
