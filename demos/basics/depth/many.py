"""Several networks of one shape that learn side by side: their weights in one tensor, their layers one product.

Each is what it would be alone: their losses are added, so that no gradient of one reaches another.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from demos.basics.depth.batch_norm import batch_norm
from demos.basics.depth.digits import CLASSES, SIZE
from demos.basics.depth.rules import initialise
from demos.basics.settings import PLACES

ACT: dict[str, Callable[[Tensor], Tensor]] = {
    "tanh": torch.tanh,
    "ReLU": torch.relu,
    "sigmoid": torch.sigmoid,
    "none": lambda x: x,
}


class Many:
    """K fully connected networks: 64 numbers, `layers` hidden layers of 64 neurons, 10 logits.

    Args:
        rules: the K rules of initialisation; biases begin at 0.
        normalised: for each network whether batch normalisation stands in its hidden layers, or None for nowhere.
        place: where it stands, one of PLACES.
    """

    def __init__(
        self, rules: Sequence[str], layers: int, activation: str, seed: int, *,
        normalised: Sequence[bool] | None = None, place: str = PLACES[0],
    ) -> None:  # fmt: skip
        self.activation, self.place, count = ACT[activation], place, len(rules)
        self.weights: list[Tensor] = []
        self.biases: list[Tensor] = []
        # The same random numbers for each network: what differs between them is the rule alone.
        randoms = [torch.Generator().manual_seed(seed) for _ in rules]
        for outputs in [SIZE] * layers + [CLASSES]:
            drawn = [initialise(torch.empty(outputs, SIZE), rule, at) for rule, at in zip(rules, randoms, strict=True)]
            self.weights.append(torch.stack(drawn).requires_grad_())
            self.biases.append(torch.zeros(count, 1, outputs, requires_grad=True))
        self.where = None if normalised is None else torch.tensor(normalised).view(-1, 1, 1)
        on = layers if normalised is not None and any(normalised) else 0
        self.gammas = [torch.ones(count, 1, SIZE, requires_grad=True) for _ in range(on)]
        self.betas = [torch.zeros(count, 1, SIZE, requires_grad=True) for _ in range(on)]
        self.means = [torch.zeros(count, 1, SIZE) for _ in range(on)]
        self.variances = [torch.ones(count, 1, SIZE) for _ in range(on)]
        self.training = True
        self.velocities = [torch.zeros_like(p) for p in self.parameters()]

    def parameters(self) -> list[Tensor]:
        """All that is learned, each with the K networks first."""
        return [*self.weights, *self.biases, *self.gammas, *self.betas]

    def __call__(self, x: Tensor, seen: list[Tensor] | None = None) -> Tensor:
        """Logits (K, N, 10) of digits (N, 64); the hidden activations, each (K, N, 64), are added to `seen`."""
        x = x.expand(len(self.weights[0]), *x.shape)
        last = len(self.weights) - 1
        for i, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            x = torch.baddbmm(bias, x, weight.transpose(1, 2))
            if i < last:
                x = self._hidden(x, i)
                if seen is not None:
                    seen.append(x)
        return x

    def _hidden(self, x: Tensor, i: int) -> Tensor:
        if self.where is None or not self.gammas:
            return self.activation(x)
        if self.place == PLACES[0]:
            return self.activation(torch.where(self.where, self._normalised(x, i), x))
        x = self.activation(x)
        return torch.where(self.where, self._normalised(x, i), x)

    def _normalised(self, x: Tensor, i: int) -> Tensor:
        return batch_norm(x, self.gammas[i], self.betas[i], self.means[i], self.variances[i], training=self.training)

    def losses(self, x: Tensor, labels: Tensor) -> Tensor:
        """(K,) mean cross-entropies of digits (N, 64) in nats."""
        logits = self(x)
        each = F.cross_entropy(logits.flatten(0, 1), labels.repeat(len(logits)), reduction="none")
        return each.view(len(logits), -1).mean(1)

    @torch.enable_grad()
    def step(self, x: Tensor, labels: Tensor, rates: Tensor, momentum: float = 0.0) -> Tensor:
        """One step of gradient descent, at a rate (K,) of each network's own; the losses (K,) before it."""
        losses = self.losses(x, labels)
        gradients = torch.autograd.grad(losses.sum(), self.parameters(), allow_unused=True)
        with torch.no_grad():
            for value, gradient, velocity in zip(self.parameters(), gradients, self.velocities, strict=True):
                if gradient is not None:
                    velocity.mul_(momentum).add_(gradient)
                    value.sub_(rates.view(-1, 1, 1) * velocity)
        return losses.detach()

    @torch.no_grad()
    def accuracies(self, x: Tensor, labels: Tensor, training: bool = False, batch: int | None = None) -> list[float]:
        """The share (0..1) that each network names rightly; in training mode, normalised over batches of `batch`."""
        kept = [t.clone() for t in (*self.means, *self.variances)]
        self.training = training
        parts = [self(part) for part in x.split(batch or len(x)) if len(part) > 1]
        self.training = True
        for now, before in zip((*self.means, *self.variances), kept, strict=True):
            now.copy_(before)
        guesses = torch.cat(parts, 1)
        # A network whose numbers have left all bounds names nothing.
        right = (guesses.argmax(2) == labels[: guesses.shape[1]]) & guesses.isfinite().all(2)
        return right.float().mean(1).tolist()
