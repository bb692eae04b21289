"""The choices and limits of the transfer tab, free of torch."""

from dataclasses import dataclass

# Photos of each class up to which cross-validation judges, and the layer learns from all. A quarter of more is enough
# to judge by: of fewer, what is said of one class would not be right within ten points.
CROSS_VALIDATED = 200
FIRST_SET = "Things"  # what the page opens with
EXAMPLES = ("cheetah", "lion", "motorcycle", "coffee", "chelsea", "rocket")  # photos of things that ImageNet names
OPTIMISERS = ("L-BFGS", "Adam", "SGD")
INITIALISATIONS = ("Uniform in ±1/√n", "Normal, deviation 1/√n", "Zero")  # n: how many numbers a photo becomes


@dataclass(frozen=True)
class HeadConfig:
    """How the last layer is trained."""

    optimiser: str = "L-BFGS"
    steps: int = 40  # epochs, at most: passes over the training photos; all photos at once make one step each
    patience: int = 8  # epochs without a lower validation loss before the training ends
    c: float = 30.0  # scikit-learn's C: the penalty on W is |W|^2 / (2 C N), N being the number of photos
    learning_rate: float = 0.0  # 0 takes the optimiser's own: 1 for L-BFGS, 0.3 for Adam, 5 for SGD
    seed: int = 0
    weight_decay: float | None = None  # the penalty on W is decay |W|^2 / 2; None takes the one of C: 1 / (C N)
    dropout: float = 0.0  # share of z's numbers that are zero in a step, others anew in the next
    batch_size: int = 0  # photos in one step of Adam and SGD; 0 takes all at once, as L-BFGS has to
    initialisation: str = INITIALISATIONS[0]
    views: int = 0  # augmented pictures of each training photo, beside the photo itself

    def rate(self) -> float:
        """The learning rate, the optimiser's own where none is set."""
        return self.learning_rate or {"L-BFGS": 1.0, "Adam": 0.3, "SGD": 5.0}[self.optimiser]

    def decay(self, photos: int) -> float:
        """The weight decay for so many training photos: the one that is set, or the one that is meant by C."""
        return 1 / (self.c * photos) if self.weight_decay is None else self.weight_decay


# ---- explanations ---------------------------------------------------------------------------------------------------

# The cuts at which Grad-CAM looks, from fine to coarse, by the name of the network; VGG16's where none is named.
CUTS_TO_EXPLAIN = {"squeezenext": ("stage2", "stage3", "last")}
CUTS_OF_VGG16 = ("pool3", "pool4", "pool5")


def cuts_to_explain(network: str) -> tuple[str, ...]:
    """Where Grad-CAM looks in the network of that name, from fine to coarse."""
    return CUTS_TO_EXPLAIN.get(network, CUTS_OF_VGG16)


# ---- none of these ---------------------------------------------------------------------------------------------------

NONE_OF_THESE = "none of these"  # what is said of a photo that is of no class
