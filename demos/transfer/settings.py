"""The choices and limits of the transfer tab, free of torch."""

from dataclasses import dataclass

FIRST_SET = "Things"  # what the page opens with
EXAMPLES = ("cheetah", "lion", "motorcycle", "coffee", "chelsea", "rocket")  # photos of things that ImageNet names
OPTIMISERS = ("L-BFGS", "Adam", "SGD")


@dataclass(frozen=True)
class HeadConfig:
    """How the last layer is trained."""

    optimiser: str = "L-BFGS"
    steps: int = 40  # at most; of L-BFGS each has a line search of its own
    patience: int = 8  # steps without a lower validation loss before the training ends
    c: float = 30.0  # scikit-learn's C: the penalty on W is |W|^2 / (2 C N), N being the number of photos
    learning_rate: float = 0.0  # 0 takes the optimiser's own: 1 for L-BFGS, 0.3 for Adam, 5 for SGD
    seed: int = 0

    def rate(self) -> float:
        """The learning rate, the optimiser's own where none is set."""
        return self.learning_rate or {"L-BFGS": 1.0, "Adam": 0.3, "SGD": 5.0}[self.optimiser]
