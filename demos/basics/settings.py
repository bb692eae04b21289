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
HAND_RATE = Real("Learning rate", 0.01, 2, 0.2)

# ---- the playground -------------------------------------------------------------------------------------------------

PLAYGROUND_SETS = ("Moons", "Rings", "Spirals")
DRAWN_SET = "Draw your own"
OPTIMISERS = {"SGD": 0.1, "Momentum": 0.05, "Adam": 0.02, "L-BFGS": 1.0}  # each with its learning rate
LAYERS = Whole("Hidden layers", 1, 4, 2)
WIDTH = Whole("Neurons in a layer", 1, 64, 16)
NOISE = Real("Noise", 0, 0.5, 0.15)
PLAY_STEPS = Whole("Steps", 1, 5000, 400)

# ---- initialisation -------------------------------------------------------------------------------------------------

RULES = ("Zero", "Uniform ±1/√n", "Normal 1/√n", "Glorot", "He")  # variances: 0, 1/(3n), 1/n, 2/(n_in + n_out), 2/n_in
INITIAL_ACTIVATIONS = ("tanh", "ReLU", "sigmoid", "none")
DEPTH = Whole("Hidden layers", 1, 50, 16)
INITIAL_RATE = Real("Learning rate", 0.001, 1, 0.01)
INITIAL_STEPS = Whole("Steps", 10, 400, 150)

# ---- batch normalisation --------------------------------------------------------------------------------------------

PLACES = ("before the activation", "after the activation")
MODES = ("training", "evaluation")
BATCH = Whole("Batch size", 2, 64, 32)
SCANNED = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)  # learning rates, each tried with and without batch normalisation
NORM_STEPS = Whole("Steps", 20, 600, 200)

# ---- the notes' network ---------------------------------------------------------------------------------------------

DIGITS, CIFAR = "Digits (1,797, on this machine)", "CIFAR-10 (photos, a 170 MB download)"
SETS = (DIGITS, CIFAR)
LOOPS = ("The notes' loop", "Today's loop", "Both, in turns")
NET_EPOCHS = Whole("Epochs", 1, 12, 3)
NET_DIGITS = Whole("Digits to learn from", 60, 1200, 600)  # half of them: a run of seconds
TASTED_DIGITS, TASTED_EPOCHS = 180, 2  # of the run that the part opens with
PHOTO_LAYERS = ("Convolution", "Pooling", "Dropout")
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

COMPARED = ("VGG16", "Pocket VGG16", "SqueezeNet 1.1", "SqueezeNext")
# Share of the flowers' held-out photos that a new last layer on frozen features gets right, by the same recipe:
# python -m benchmarks.basics --flowers (needs the photos). None: no trained weights of it are ours to measure.
FLOWERS = {"VGG16": None, "Pocket VGG16": 0.886, "SqueezeNet 1.1": None, "SqueezeNext": 0.805}

# ---- sequences ------------------------------------------------------------------------------------------------------

NETWORKS = ("Time-delay", "Elman", "LSTM", "GRU")
SEQUENCE_TASKS = ("Echo", "Adding", "Parity", "Next letter")
LAG = Whole("Lag", 1, 200, 10, "steps")
SWEPT = (4, 8, 15, 30, 60, 120)  # lags at which memory is measured; the time-delay network's window ends after 15
# Steps of learning: what each task asks for, on two cores in a few seconds.
RACE_STEPS = {
    name: Whole("Steps", 20, 3000, steps) for name, steps in zip(SEQUENCE_TASKS, (80, 500, 600, 200), strict=True)
}
LAGS = dict(zip(SEQUENCE_TASKS, (60, 30, 6, 10), strict=True))  # that the page offers: at least one network solves it
REACH_STEPS = 160  # at least, where memory is measured
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

TEMPERATURE = Real("Temperature", 0, 2, 0.7)
LETTER_STEPS = Whole("Steps", 20, 600, 250)
TASTE = 50  # steps of the run that the part opens with
