"""The choices and limits of the DCGAN tab, free of torch."""

from demos.core.data import small

# ---- sampling -------------------------------------------------------------------------------------------------------

MOST = 64  # pictures on a sheet
TRUNCATIONS = (0.0, 1.0)  # share of chance in a latent vector; the rest is the nearest good one, see `sampling`

# ---- moving through the latent space --------------------------------------------------------------------------------

WAYS = ("On the sphere (slerp)", "Straight (lerp)")
FRAMES = 24  # from one stop of a walk to the next
SLIDERS = 6  # directions to steer in
FURTHEST = 4.0  # units either way; see `directions._step`
STEPS = 120  # of the search for a photo's latent vector

# ---- trainings on the page ------------------------------------------------------------------------------------------

DIGITS, CLOTHES = "Handwritten digits", "Clothes (Fashion-MNIST)"
BATCHES = (16, 32, 64, 128)
LONGEST = 600  # seconds
# The paper's guidelines as switches: (field of `Ablation`, words when it is kept, words when it is broken).
SWITCHES = (
    ("strides", "strided convolutions", "pooling"),
    ("batch_norm", "batch norm", "no batch norm"),
    ("convolutional", "no fully connected layer", "fully connected"),
    ("tanh", "tanh at the output", "sigmoid at the output"),
    ("leaky", "LeakyReLU in D", "ReLU in D"),
    ("low_beta1", "beta1 0.5", "beta1 0.9"),
)
TARGETS = ("Ring of eight", "Grid of sixteen", "Two", "One")  # in two dimensions
DRAWN = "Draw your own"
ROLES = ("Both", "Only the generator", "Only the discriminator")  # who learns


def sets_here() -> list[str]:
    """What a network can be trained on now; clothes only where Fashion-MNIST is on this machine."""
    return [DIGITS, CLOTHES] if small.fashion_folder() is not None else [DIGITS]
