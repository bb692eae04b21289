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

COMPARED = ("VGG16", "Pocket VGG16", "SqueezeNet 1.1", "SqueezeNext")
# Share of the flowers' held-out photos that a new last layer on frozen features gets right, by the same recipe:
# python -m benchmarks.basics --flowers (needs the photos). None: no trained weights of it are ours to measure.
FLOWERS = {"VGG16": None, "Pocket VGG16": 0.886, "SqueezeNet 1.1": None, "SqueezeNext": None}

# ---- sequences ------------------------------------------------------------------------------------------------------

# ---- the vanishing gradient -----------------------------------------------------------------------------------------

# ---- letters --------------------------------------------------------------------------------------------------------
