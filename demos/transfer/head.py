"""The only layer that is trained: p(class) = softmax(W z + b), z being a photo's standardised features.

    z = (x - mean) / std, scaled to length one; mean and std are those of the training photos

`training/fit.py` finds W and b.
"""

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Head:
    """A trained last layer, with the standardisation that it was trained behind."""

    mean: Tensor  # (D,)
    std: Tensor  # (D,)
    weight: Tensor  # (C, D)
    bias: Tensor  # (C,)

    def standardise(self, features: Tensor) -> Tensor:
        """(N, D) features to z, (N, D), each row of length one: a photo's contrast should not decide its class."""
        return F.normalize((features - self.mean) / self.std, dim=1)

    def logits(self, features: Tensor) -> Tensor:
        """(N, D) features to (N, C)."""
        return self.standardise(features) @ self.weight.T + self.bias

    def probabilities(self, features: Tensor) -> Tensor:
        """(N, D) features to (N, C), each row summing to one."""
        return self.logits(features).softmax(1)
