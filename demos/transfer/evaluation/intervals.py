"""How far a share of few photos may be from the truth."""

import math

Z = 1.959964  # of 95 %


def wilson(correct: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share, honest for few photos too; 0 to 1 of no photos. Source: Wilson (1927)."""
    from scipy.stats import binomtest

    if total == 0:
        return 0.0, 1.0
    interval = binomtest(correct, total).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


def wilson_of(share: float, total: int) -> tuple[float, float]:
    """The same of a share that no whole number of `total` >= 1 photos need have: for curves."""
    centre = (share + Z * Z / (2 * total)) / (1 + Z * Z / total)
    half = Z / (1 + Z * Z / total) * math.sqrt(share * (1 - share) / total + Z * Z / (4 * total * total))
    return max(0.0, centre - half), min(1.0, centre + half)
