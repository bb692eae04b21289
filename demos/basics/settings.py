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

SETS = ("Moons", "Rings", "Spirals")
OPTIMISERS = {"SGD": 0.1, "Momentum": 0.05, "Adam": 0.02}  # each with its learning rate
LAYERS = Whole("Hidden layers", 1, 4, 2)
WIDTH = Whole("Neurons in a layer", 1, 64, 16)
NOISE = Real("Noise", 0, 0.5, 0.15)
PLAY_STEPS = Whole("Steps", 1, 5000, 400)

# ---- initialisation -------------------------------------------------------------------------------------------------

# ---- batch normalisation --------------------------------------------------------------------------------------------

# ---- the notes' network ---------------------------------------------------------------------------------------------

# ---- SqueezeNext ----------------------------------------------------------------------------------------------------

# ---- sequences ------------------------------------------------------------------------------------------------------

# ---- the vanishing gradient -----------------------------------------------------------------------------------------

# ---- letters --------------------------------------------------------------------------------------------------------
