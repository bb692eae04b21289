"""How far a share of few photos may be from the truth."""


def wilson(correct: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share, honest for few photos too; 0 to 1 of no photos. Source: Wilson (1927)."""
    from scipy.stats import binomtest

    if total == 0:
        return 0.0, 1.0
    interval = binomtest(correct, total).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)
