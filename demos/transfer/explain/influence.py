"""The training photo whose removal changes an answer most.

The last layer is a convex problem with one best solution, so that "what if this photo had not been there?" has one
exact answer: teach the layer anew without it, to the very end. For each of hundreds of photos that would take a while:

1. an influence function says of every photo, in one go, about what its removal does to the class's logit against the
   others (Koh and Liang, "Understanding Black-box Predictions via Influence Functions", 2017, section 2, with the
   inverse Hessian applied by conjugate gradients, section 3);
2. for the few with the largest effect, the layer is really taught again without the photo, from the solution with all.

Only the second number is shown. Features and their standardisation stay as they are: the network did not learn here.
The penalty is that of the run's settings, and a photo goes with its augmented views. What only shapes the way to the
optimum (optimiser, learning rate, batches, initialisation) makes no difference; dropout is left out.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from demos.core.errors import DemoError
from demos.transfer.settings import HeadConfig

CANDIDATES = 3
MOST = 40_000_000  # rows x features x classes: about ten seconds on one core
WEAKEST = 1e5  # scikit-learn's C above which the penalty is so weak that the search for the optimum would not end
PLAIN = HeadConfig()


@dataclass(frozen=True)
class Removal:
    """What the answer would be without one training photo."""

    index: int  # of the training photo
    before: float  # the class's probability, the layer taught to the end on all photos
    after: float  # the same without this photo


@dataclass(frozen=True)
class Layer:
    """The last layer at its optimum; arrays in double precision."""

    theta: np.ndarray  # (C, D + 1): weights, and the bias in the last column

    def probabilities(self, z: np.ndarray) -> np.ndarray:
        """(N, D) standardised features to (N, C)."""
        return _softmax(_logits(self.theta, z))


def too_weak(config: HeadConfig, rows: int) -> bool:
    """Whether the penalty is too weak for one best layer to be found; without any, there is none to be found."""
    return config.decay(rows) * rows * WEAKEST < 1


def optimum(z: Tensor, y: Tensor, classes: int, config: HeadConfig = PLAIN, start: Layer | None = None) -> Layer:
    """The one best last layer: the mean of the cross-entropies, plus decay |W|^2 / 2, is at its lowest.

    Args:
        z, y: standardised features (N, D) and labels (N,).
        config: of which the penalty is taken.
        start: where the search begins; it ends at the same place from anywhere.

    Raises:
        DemoError: there is next to no penalty, so that there is no such layer.
    """
    if too_weak(config, len(y)):
        raise DemoError("With next to no weight decay the weights grow without end, and no layer is the best one.")
    from scipy.optimize import minimize

    rows, d = z.double().numpy(), z.shape[1]
    penalty = len(rows) * config.decay(len(rows))  # of the sum of the cross-entropies
    hot = np.eye(classes)[y.numpy()]

    def cost(flat: np.ndarray) -> tuple[float, np.ndarray]:
        theta = flat.reshape(classes, d + 1)
        logits = _logits(theta, rows)
        top = logits.max(1, keepdims=True)
        log_sum = np.log(np.exp(logits - top).sum(1, keepdims=True)) + top
        weight = theta[:, :d]
        loss = (log_sum[:, 0] - (logits * hot).sum(1)).sum() + (weight**2).sum() * penalty / 2
        wrong = np.exp(logits - log_sum) - hot
        slope = np.concatenate([wrong.T @ rows + penalty * weight, wrong.sum(0)[:, None]], 1)
        return float(loss), slope.ravel()

    first = np.zeros(classes * (d + 1)) if start is None else start.theta.ravel()
    found = minimize(cost, first, jac=True, method="L-BFGS-B", options={"maxiter": 2000, "gtol": 1e-6, "ftol": 1e-13})
    return Layer(found.x.reshape(classes, d + 1))


def estimates(layer: Layer, z: Tensor, y: Tensor, z_new: Tensor, label: int, config: HeadConfig = PLAIN) -> np.ndarray:
    """(N,) about what removing each row does to log p(label) - log(1 - p(label)) of features `z_new` (D,).

    To first order: the slope of that number, through the inverse Hessian of the cost, times the slope of what the row
    adds to the cost. That is its cross-entropy, and where the decay is a fixed number, its share of the penalty.
    """
    from scipy.sparse.linalg import LinearOperator, cg

    rows, new = z.double().numpy(), z_new.double().numpy()[None]
    classes, d = layer.theta.shape[0], rows.shape[1]
    penalty = len(rows) * config.decay(len(rows))
    p = layer.probabilities(rows)

    def hessian(flat: np.ndarray) -> np.ndarray:
        direction = flat.reshape(classes, d + 1)
        moved = _logits(direction, rows)
        moved = p * (moved - (p * moved).sum(1, keepdims=True))
        # The bias has no penalty, and one direction in which nothing changes: a little keeps the matrix invertible.
        own = np.concatenate([direction[:, :d] * penalty, direction[:, d:] * 1e-6], 1)
        return (np.concatenate([moved.T @ rows, moved.sum(0)[:, None]], 1) + own).ravel()

    q = layer.probabilities(new)[0]
    # d/d logit_k of logit_label - log(sum of exp of the other logits)
    others = np.where(np.arange(classes) == label, 0.0, q)
    slope = np.eye(classes)[label] - others / max(others.sum(), 1e-300)
    target = np.concatenate([slope[:, None] * new, slope[:, None]], 1).ravel()
    operator = LinearOperator((target.size, target.size), matvec=hessian)
    solved, _ = cg(operator, target, rtol=1e-5, maxiter=200)
    direction = solved.reshape(classes, d + 1)
    wrong = p - np.eye(classes)[y.numpy()]
    share = 0.0 if config.weight_decay is None else config.weight_decay * float((direction * layer.theta)[:, :d].sum())
    return (wrong * _logits(direction, rows)).sum(1) + share


def most_influential(
    z: Tensor, y: Tensor, z_new: Tensor, classes: int, label: int, config: HeadConfig = PLAIN,
    of: Tensor | None = None, own: int | None = None,
) -> Removal | None:  # fmt: skip
    """The training photo without which p(label) of features `z_new` (D,) changes most, really left out.

    Args:
        z, y: standardised features (N, D) and labels (N,) of the training photos and their augmented views.
        config: how it was taught.
        of: (N,) the number of the photo that a row is of, 0 .. photos - 1; each row is one photo where it is not given.
        own: the number of the photo that is asked about, where it is a training photo: it is no answer to itself.

    Returns:
        None where no photo can be left out, because each is the only one of its class.

    Raises:
        DemoError: as `optimum`.
    """
    of = torch.arange(len(y)) if of is None else of
    layer = optimum(z, y, classes, config)
    moved = np.bincount(of.numpy(), estimates(layer, z, y, z_new, label, config))
    label_of = dict(zip(of.tolist(), y.tolist(), strict=True))
    counts = np.bincount([*label_of.values()], minlength=classes)
    allowed = [i for i in np.argsort(-np.abs(moved)).tolist() if i in label_of and counts[label_of[i]] > 1]
    new = z_new.double().numpy()[None]
    before = float(layer.probabilities(new)[0, label])
    removals = []
    allowed = [i for i in allowed if i != own]
    for index in allowed[:CANDIDATES]:
        kept = of != index
        without = optimum(z[kept], y[kept], classes, config, start=layer)
        removals.append(Removal(index, before, float(without.probabilities(new)[0, label])))
    return max(removals, key=lambda one: abs(_logit(one.after) - _logit(one.before))) if removals else None


def _logits(theta: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """(N, D) to (N, C)."""
    return rows @ theta[:, :-1].T + theta[:, -1]


def _softmax(logits: np.ndarray) -> np.ndarray:
    from scipy.special import softmax

    return softmax(logits, axis=1)


def _logit(p: float) -> float:
    p = min(max(p, 1e-12), 1 - 1e-12)
    return float(np.log(p / (1 - p)))
