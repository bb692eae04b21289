"""The choices of *Start here* and the numbers that one can set, each with its range; free of torch."""

from demos.core.numbers import SEED, Real, Whole

__all__ = ["SEED", "Real", "Whole"]

# ---- one neuron -----------------------------------------------------------------------------------------------------

ACTIVATIONS = ("sigmoid", "tanh", "ReLU", "leaky ReLU", "ELU", "GELU", "step")
GATES = {"AND": (0, 0, 0, 1), "OR": (0, 1, 1, 1), "XOR": (0, 1, 1, 0)}  # at (0, 0), (0, 1), (1, 0), (1, 1)
WEIGHT = Real("A weight", -12, 12, 1)
NEURON_STEPS = Whole("Steps", 1, 10_000, 2000)
NEURON_RATE = Real("Learning rate", 0.01, 10, 0.5)

# ---- forward and backward -------------------------------------------------------------------------------------------

SMOOTH = ("sigmoid", "tanh", "ReLU", "leaky ReLU", "ELU", "GELU")  # those that have a slope to go back along
INPUT = Real("An input", -2, 2, 1)
TARGET = Real("The target", -1, 1, 0.8)
HAND_RATE = Real("Learning rate", 0.01, 2, 0.5)

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
