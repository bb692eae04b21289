"""The numbers that one can set in this tab, with their ranges: the page, programs and notebooks have the same ones."""

from dataclasses import replace

from demos.core.choices import choose
from demos.core.errors import DemoError
from demos.core.numbers import SEED, Real, Whole
from demos.transfer.settings import INITIALISATIONS, OPTIMISERS, HeadConfig

STEPS = Whole("Epochs", 1, 1000, HeadConfig.steps)
PATIENCE = Whole("Patience", 1, 1000, HeadConfig.patience, "epochs")
C = Real("C", 0.001, 1e6, HeadConfig.c)
LEARNING_RATE = Real(
    "Learning rate", 0, 1e38, HeadConfig.learning_rate
)  # so high that the loss can end: it is said then
WEIGHT_DECAY = Real("Weight decay", 0, 1e6, 0)
DROPOUT = Real("Dropout", 0, 0.95, HeadConfig.dropout)
BATCH_SIZE = Whole("Batch size", 0, 2000, HeadConfig.batch_size, "photos")
VIEWS = Whole("Augmented views", 0, 8, HeadConfig.views)
__all__ = [
    "BATCH_SIZE", "DROPOUT", "LEARNING_RATE", "PATIENCE", "SEED", "STEPS", "VIEWS", "WEIGHT_DECAY", "C", "checked",
]  # fmt: skip


def checked(config: HeadConfig) -> HeadConfig:
    """The same with whatever was left empty at its default.

    Raises:
        DemoError: a number outside of its range, or batches for L-BFGS.
    """
    config = replace(
        config,
        optimiser=choose(config.optimiser, OPTIMISERS, "optimiser"),
        steps=STEPS.checked(config.steps),
        patience=PATIENCE.checked(config.patience),
        c=C.checked(config.c),
        learning_rate=LEARNING_RATE.checked(config.learning_rate),
        seed=SEED.checked(config.seed),
        weight_decay=_decay(config.weight_decay),
        dropout=DROPOUT.checked(config.dropout),
        batch_size=BATCH_SIZE.checked(config.batch_size),
        initialisation=choose(config.initialisation, INITIALISATIONS, "initialisation"),
        views=VIEWS.checked(config.views),
    )
    if config.batch_size and config.optimiser == "L-BFGS":
        raise DemoError(
            "L-BFGS compares losses along a line, and needs all photos at once for it: a batch size of 0. "
            "For batches, choose Adam or SGD."
        )
    return config


def _decay(given: object) -> float | None:
    """None and an empty field take the decay that C means."""
    return None if given is None or (isinstance(given, str) and not given.strip()) else WEIGHT_DECAY.checked(given)
