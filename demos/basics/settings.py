"""The choices of *Start here* and the numbers that one can set, each with its range; free of torch."""

from demos.core.numbers import SEED, Real, Whole

__all__ = ["SEED", "Real", "Whole"]

# ---- one neuron -----------------------------------------------------------------------------------------------------

# ---- forward and backward -------------------------------------------------------------------------------------------

# ---- the playground -------------------------------------------------------------------------------------------------

# ---- initialisation -------------------------------------------------------------------------------------------------

# ---- batch normalisation --------------------------------------------------------------------------------------------

# ---- the notes' network ---------------------------------------------------------------------------------------------

# ---- SqueezeNext ----------------------------------------------------------------------------------------------------

# ---- sequences ------------------------------------------------------------------------------------------------------

NETWORKS = ("Time-delay", "Elman", "LSTM", "GRU")
SEQUENCE_TASKS = ("Echo", "Adding", "Parity", "Next letter")
LAG = Whole("Lag", 1, 200, 10, "steps")
SWEPT = (4, 8, 15, 30, 60, 120)  # lags at which memory is measured; the time-delay network's window ends after 15
# Steps of learning: what each task asks for, on two cores in a few seconds.
RACE_STEPS = {
    name: Whole("Steps", 20, 3000, steps) for name, steps in zip(SEQUENCE_TASKS, (160, 500, 600, 200), strict=True)
}
HIDDEN_UNITS = Whole("Hidden units", 4, 64, 32)
MOST_LETTERS = 20_000  # of a text of one's own

# ---- the vanishing gradient -----------------------------------------------------------------------------------------

STARTS = ("PyTorch's", "Orthogonal", "Chrono")  # what the weights start from
RADIUS = Real("Spectral radius", 0.5, 1.5, 0.9)
KEEP_BIAS = Real("Forget bias", 0.0, 6.0, 1.0)
BACK = Whole("Steps back", 10, 100, 40)
GRADIENT_CLIP = Real("Clipping", 0.0, 10.0, 1.0)  # 0: none
VANISHING_STEPS = Whole("Steps", 20, 1000, 200)

# ---- letters --------------------------------------------------------------------------------------------------------
