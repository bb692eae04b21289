"""Training the last layer, with early stopping: the state with the lowest validation loss is kept.

A validation loss that rises ends the training.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from demos.core.errors import DemoError
from demos.transfer import limits
from demos.transfer.head import Head
from demos.transfer.settings import HeadConfig


@dataclass(frozen=True)
class HeadStep:
    """One step of the training, and the best state so far."""

    index: int
    total: int
    train_loss: float  # mean cross-entropy in nats, without the penalty
    validation_loss: float
    validation_accuracy: float
    best_index: int
    best_validation_loss: float
    first_validation_loss: float
    head: Head  # the best so far: what one gets by stopping here


def fit(
    x: Tensor, y: Tensor, x_val: Tensor, y_val: Tensor, classes: int, config: HeadConfig | None = None
) -> Iterator[HeadStep]:
    """Trains the last layer; each yield is one step of the optimiser.

    Args:
        x, y: training features (N, D) and labels (N,) in 0 .. classes - 1.
        x_val, y_val: the same of the photos held back. They choose the state that is kept, and never move a weight.

    Raises:
        DemoError: an unknown optimiser, or losses that are no numbers any more (a learning rate far too high).
    """
    config = limits.checked(config or HeadConfig())
    random = torch.Generator().manual_seed(config.seed)
    d = x.shape[1]
    # +-1/sqrt(n), n being the layer's inputs: no class starts out favoured, whatever the number of features.
    weight = (torch.rand(classes, d, generator=random) * 2 - 1) / math.sqrt(d)
    bias = torch.zeros(classes)
    scaler = Head(x.mean(0), x.std(0, correction=0).clamp_min(1e-6), weight, bias)
    z, z_val = scaler.standardise(x), scaler.standardise(x_val)

    def state() -> Head:
        return Head(scaler.mean, scaler.std, weight.detach().clone(), bias.detach().clone())

    def validate() -> tuple[float, float, float]:
        with torch.no_grad():
            logits = z_val @ weight.T + bias
            accuracy = (logits.argmax(1) == y_val).float().mean().item()
            train = F.cross_entropy(z @ weight.T + bias, y).item()
            return train, F.cross_entropy(logits, y_val).item(), accuracy

    weight.requires_grad_(True)
    bias.requires_grad_(True)
    optimiser = _optimiser([weight, bias], config)

    def closure() -> Tensor:
        """L-BFGS asks for the loss several times a step: it tries step lengths along a line."""
        optimiser.zero_grad()
        loss = F.cross_entropy(z @ weight.T + bias, y) + weight.square().sum() / (2 * config.c * len(y))
        loss.backward()
        return loss

    train, validation, accuracy = validate()
    first, best, best_index, best_head = validation, validation, 0, state()
    yield HeadStep(0, config.steps, train, validation, accuracy, 0, best, first, best_head)
    for index in range(1, config.steps + 1):
        with (
            torch.enable_grad()
        ):  # opened and closed within one step: grad mode is per thread, and steps change threads
            optimiser.step(closure)  # type: ignore[arg-type]
        train, validation, accuracy = validate()
        if not math.isfinite(train + validation):
            raise DemoError(
                f"The loss is no number any more after step {index}. Lower the learning rate of {config.rate():g}."
            )
        if validation < best:
            best, best_index, best_head = validation, index, state()
        yield HeadStep(index, config.steps, train, validation, accuracy, best_index, best, first, best_head)
        if index - best_index >= config.patience:
            return


def _optimiser(parameters: list[Tensor], config: HeadConfig) -> torch.optim.Optimizer:
    if config.optimiser == "L-BFGS":
        # One iteration a step, so that validation sees every state on the way; `max_eval` is what the line search may
        # spend (its default of 1.25 evaluations for one iteration would leave it none).
        return torch.optim.LBFGS(
            parameters, lr=config.rate(), max_iter=1, max_eval=25, history_size=20, line_search_fn="strong_wolfe"
        )
    if config.optimiser == "Adam":
        return torch.optim.Adam(parameters, lr=config.rate())
    return torch.optim.SGD(parameters, lr=config.rate(), momentum=0.9)
