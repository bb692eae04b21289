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

RULES = ("Zero", "Uniform ±1/√n", "Normal 1/√n", "Glorot", "He")  # variances: 0, 1/(3n), 1/n, 2/(n_in + n_out), 2/n_in
ACTIVATIONS = ("tanh", "ReLU", "sigmoid", "none")
LAYERS = Whole("Hidden layers", 1, 50, 16)
INITIAL_RATE = Real("Learning rate", 0.001, 1, 0.01)
INITIAL_STEPS = Whole("Steps", 10, 400, 150)

# ---- batch normalisation --------------------------------------------------------------------------------------------

PLACES = ("before the activation", "after the activation")
MODES = ("training", "evaluation")
BATCH = Whole("Batch size", 2, 64, 32)
SCANNED = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)  # learning rates, each tried with and without batch normalisation
NORM_STEPS = Whole("Steps", 20, 600, 200)

# ---- the notes' network ---------------------------------------------------------------------------------------------

# ---- SqueezeNext ----------------------------------------------------------------------------------------------------

COMPARED = ("VGG16", "Pocket VGG16", "SqueezeNet 1.1", "SqueezeNext")
# Share of the flowers' held-out photos that a new last layer on frozen features gets right, by the same recipe:
# python -m benchmarks.basics --flowers (needs the photos). None: no trained weights of it are ours to measure.
FLOWERS = {"VGG16": None, "Pocket VGG16": 0.886, "SqueezeNet 1.1": None, "SqueezeNext": None}

# ---- sequences ------------------------------------------------------------------------------------------------------

# ---- the vanishing gradient -----------------------------------------------------------------------------------------

# ---- letters --------------------------------------------------------------------------------------------------------

TEMPERATURE = Real("Temperature", 0, 2, 0.7)
LETTER_STEPS = Whole("Steps", 20, 600, 250)
TASTE = 50  # steps of the run that the part opens with
