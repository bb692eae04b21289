"""Training the last layer, with early stopping: the state with the lowest validation loss is kept.

A validation loss that does not fall any more ends the training.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional as F

from demos.core.errors import DemoError
from demos.transfer import limits
from demos.transfer.head import Head
from demos.transfer.settings import INITIALISATIONS, HeadConfig


@dataclass(frozen=True)
class HeadStep:
    """One epoch of the training, and the best state so far. Losses are mean cross-entropies in nats, no penalty."""

    index: int
    total: int
    train_loss: float  # of the layer without dropout, as the validation loss
    validation_loss: float
    validation_accuracy: float
    best_index: int
    best_validation_loss: float
    first_validation_loss: float
    head: Head  # the best so far: what one gets by stopping here
    now: Head  # the state after this epoch
    train_accuracy: float


def fit(
    x: Tensor, y: Tensor, x_val: Tensor, y_val: Tensor, classes: int, config: HeadConfig | None = None
) -> Iterator[HeadStep]:
    """Trains the last layer; each yield is one epoch, a pass over the training photos. The first is before any.

    The state with the lowest validation loss is kept, of those after an epoch at least: where few photos are held back,
    their loss often calls chance the best (with five photos a class of ants and bees 0.73 of other photos were
    recognised, and 0.78 so).

    The penalty decay |W|^2 / 2 is a part of the loss for every optimiser, so that all have the same minimum.

    Args:
        x, y: training features (N, D) and labels (N,) in 0 .. classes - 1.
        x_val, y_val: the same of the photos held back. They choose the state that is kept, and never move a weight.

    Raises:
        DemoError: an unknown optimiser, or losses that are no numbers any more (a learning rate far too high).
    """
    config = limits.checked(config or HeadConfig())
    random = torch.Generator().manual_seed(config.seed)
    weight, bias = initial(classes, x.shape[1], config.initialisation, random), torch.zeros(classes)
    scaler = Head(x.mean(0), x.std(0, correction=0).clamp_min(1e-6), weight, bias)
    z, z_val = scaler.standardise(x), scaler.standardise(x_val)
    del x, x_val  # several trainings may be under way side by side

    def state() -> Head:
        return Head(scaler.mean, scaler.std, weight.detach().clone(), bias.detach().clone())

    @torch.no_grad()
    def measure(z: Tensor, y: Tensor) -> tuple[float, float]:
        logits = z @ weight.T + bias
        return F.cross_entropy(logits, y).item(), (logits.argmax(1) == y).float().mean().item()

    weight.requires_grad_(True)
    bias.requires_grad_(True)
    optimiser = _optimiser([weight, bias], config)
    decay = config.decay(len(y))

    def closure(seen: Tensor, labels: Tensor) -> Callable[[], Tensor]:
        """What an optimiser calls for the loss and its gradient.

        L-BFGS calls it several times a step, since it tries step lengths along a line: which numbers dropout takes
        away is decided before, or it would compare the losses of different networks.
        """

        def loss() -> Tensor:
            optimiser.zero_grad()
            value = F.cross_entropy(seen @ weight.T + bias, labels) + decay / 2 * weight.square().sum()
            value.backward()
            return value

        return loss

    (train, train_right), (validation, right) = measure(z, y), measure(z_val, y_val)
    first, best, best_index, best_head = validation, validation, 0, state()
    yield HeadStep(0, config.steps, train, validation, right, 0, best, first, best_head, best_head, train_right)
    for index in range(1, config.steps + 1):
        # Opened and closed within one epoch: grad mode is per thread, and epochs change threads.
        with torch.enable_grad():
            for batch in _batches(len(y), config.batch_size, random):
                seen = _dropped(z[batch], config.dropout, random)
                optimiser.step(closure(seen, y[batch]))  # type: ignore[arg-type]
        (train, train_right), (validation, right) = measure(z, y), measure(z_val, y_val)
        if not math.isfinite(train + validation):
            raise DemoError(
                f"The loss is no number any more after epoch {index}. Lower the learning rate of {config.rate():g}."
            )
        now = state()
        if index == 1 or validation < best:  # the untrained layer is never kept: few photos may call it the best
            best, best_index, best_head = validation, index, now
        yield HeadStep(
            index, config.steps, train, validation, right, best_index, best, first, best_head, now, train_right
        )
        if index - best_index >= config.patience:
            return


def decreases(steps: Sequence[HeadStep]) -> list[tuple[int, float, float]]:
    """(epoch, lowest validation loss before, lowest since) of every epoch that lowered it."""
    return [
        (after.index, before.best_validation_loss, after.best_validation_loss)
        for before, after in pairwise(steps)
        if after.best_validation_loss < before.best_validation_loss
    ]


def initial(classes: int, d: int, initialisation: str, random: torch.Generator) -> Tensor:
    """Where W (classes, d) starts: small numbers, so that no class is favoured, whatever the number of features.

    Zero works, too: this is one layer, and its classes differ from the first step on since their labels do. In a deep
    network it would not: all neurons of a layer would get the same gradient and stay alike.
    """
    if initialisation == INITIALISATIONS[0]:
        return (torch.rand(classes, d, generator=random) * 2 - 1) / math.sqrt(d)
    if initialisation == INITIALISATIONS[1]:
        return torch.randn(classes, d, generator=random) / math.sqrt(d)
    return torch.zeros(classes, d)


def _batches(n: int, size: int, random: torch.Generator) -> Sequence[Tensor | slice]:
    """Indices of one epoch's batches: all in order, or shuffled anew in groups of `size`."""
    return torch.randperm(n, generator=random).split(size) if 0 < size < n else [slice(None)]


def _dropped(z: Tensor, share: float, random: torch.Generator) -> Tensor:
    """Dropout (Srivastava et al., 2014): a share of the numbers is zero, the others grow to keep the sum's mean."""
    if share == 0:
        return z
    return z * (torch.rand(z.shape, generator=random) >= share) / (1 - share)


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
