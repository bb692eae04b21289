"""The numbers that one can set in this tab, with their ranges: the page, programs and notebooks have the same ones."""

from dataclasses import replace

from demos.core.choices import choose
from demos.core.numbers import SEED, Real, Whole
from demos.transfer.settings import OPTIMISERS, HeadConfig

STEPS = Whole("Steps", 1, 1000, HeadConfig.steps)
PATIENCE = Whole("Patience", 1, 1000, HeadConfig.patience, "steps")
C = Real("C", 0.001, 1e6, HeadConfig.c)
LEARNING_RATE = Real(
    "Learning rate", 0, 1e38, HeadConfig.learning_rate
)  # so high that the loss can end: it is said then
__all__ = ["LEARNING_RATE", "PATIENCE", "SEED", "STEPS", "C", "checked"]


def checked(config: HeadConfig) -> HeadConfig:
    """The same with whatever was left empty at its default. Raises DemoError for a number outside of its range."""
    return replace(
        config,
        optimiser=choose(config.optimiser, OPTIMISERS, "optimiser"),
        steps=STEPS.checked(config.steps),
        patience=PATIENCE.checked(config.patience),
        c=C.checked(config.c),
        learning_rate=LEARNING_RATE.checked(config.learning_rate),
        seed=SEED.checked(config.seed),
    )
