"""What changes through a training: the learning rate, and plans by the share of the time that is over."""

import math
from collections.abc import Sequence

from demos.core.training.options import TrainingOptions


def cosine(step: int, progress: float, settings: TrainingOptions) -> float:
    """The learning rate's factor: a linear warm-up, then a half cosine down to `final_lr`.

    Source: Loshchilov and Hutter, "SGDR" (2017), equation 5, over the time allowed instead of over epochs.
    """
    warm = min(1.0, (step + 1) / max(1, settings.warmup))
    fall = 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
    return warm * (settings.final_lr + (1 - settings.final_lr) * fall)


def planned(progress: float, plan: Sequence[tuple[float, float]]) -> float:
    """The value of a plan, (until this share of the time, value) in order; the last value after its end."""
    return next((value for until, value in plan if progress <= until), plan[-1][1])
