"""The choices of *Start here* and the numbers that one can set, each with its range; free of torch."""

from demos.core.numbers import SEED, Real, Whole

__all__ = ["SEED", "Real", "Whole"]

# ---- one neuron -----------------------------------------------------------------------------------------------------

# ---- forward and backward -------------------------------------------------------------------------------------------

# ---- the playground -------------------------------------------------------------------------------------------------

# ---- initialisation -------------------------------------------------------------------------------------------------

# ---- batch normalisation --------------------------------------------------------------------------------------------

# ---- the notes' network ---------------------------------------------------------------------------------------------

DIGITS, CIFAR = "Digits (1,797, on this machine)", "CIFAR-10 (photos, a 170 MB download)"
SETS = (DIGITS, CIFAR)
LOOPS = ("The notes' loop", "Today's loop", "Both, in turns")
NET_EPOCHS = Whole("Epochs", 1, 12, 3)
LAYERS = ("Convolution", "Pooling", "Dropout")
FILTERS = {  # nine numbers row by row; each sum of products is divided by the last
    "Edges": ((-1, -1, -1, -1, 8, -1, -1, -1, -1), 1),
    "Blur": ((1, 2, 1, 2, 4, 2, 1, 2, 1), 16),
    "Sharpen": ((0, -1, 0, -1, 5, -1, 0, -1, 0), 1),
    "Emboss": ((-2, -1, 0, -1, 1, 1, 0, 1, 2), 1),
}
OWN = "My nine numbers"
FILTER_NUMBER = Real("A number of the filter", -99, 99, 0)
POOLS = ("Largest (max)", "Mean (average)")
PLACE = Whole("The place", 0, 100, 55, "%")
DROPPED = Real("The share that is dropped", 0, 0.95, 0.25)
ORDERS = ("Shuffled", "In order", "Weighted: mostly threes")
LOADED = Whole("Pictures in the set", 8, 200, 50)
LOADER_BATCH = Whole("Pictures in a batch", 1, 64, 16)
CHANGES = ("Mirror", "Crop", "Colour")

# ---- SqueezeNext ----------------------------------------------------------------------------------------------------

# ---- sequences ------------------------------------------------------------------------------------------------------

# ---- the vanishing gradient -----------------------------------------------------------------------------------------

# ---- letters --------------------------------------------------------------------------------------------------------
