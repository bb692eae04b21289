"""None of these: a photo whose features are far from every class that was taught, or like those of other things.

Two distances, and the larger one counts:

1. From the nearest class: the Mahalanobis distance to the means of the classes, with one covariance for all, shrunk
   (Lee et al., "A Simple Unified Framework for Detecting Out-of-Distribution Samples", 2018, section 2.1). Noise, a
   blank page and drawings among photos are far from everything.
2. Towards everyday photos, where the network was shown some (`everyday.py`): a further last layer has one class more,
   for them, and says how much more likely that one is than all the taught ones together.

Both are measured on photos that were left out of the fit, fold by fold, and their units are chosen there: 0 is the
middle one of the visitor's own photos, 1 is further than 95 in 100 of them. The threshold refuses `REFUSED` of them.
Where there are both, the second decides among photos, and it takes more than the furthest own photo for the first to
say no: everyday photos tell far more of other photos than emptiness does, and nothing of noise and blank pages.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

REFUSED = 0.05  # share of the visitor's own photos that may be refused
FOLDS = 5
DIRECTIONS = 64  # of the covariance that are kept; all others have one variance
SHRINK = 0.3  # of the mean variance, added to each
PENALTY = 1.0  # C of the layer with everyday photos, for features of length one, times the number of photos


@dataclass(frozen=True)
class Unknown:
    """What tells photos of other things from photos of the classes."""

    centres: Tensor  # (C, D): means of the classes, in units of `std`
    directions: Tensor  # (K, D): orthonormal; where photos of a class differ most
    gain: Tensor  # (K + 1,): 1 / variance along them, and of everything else
    mean: Tensor  # (D,)
    std: Tensor  # (D,)
    weight: Tensor  # (C + 1, D) of the layer with everyday photos, the last class; (0, D) where there are none
    bias: Tensor  # (C + 1,) or (0,)
    units: Tensor  # (2, 2): of each distance, its middle and its 95 % quantile on own photos
    threshold: float  # a photo whose distance is not below is none of these

    def raw(self, x: Tensor) -> Tensor:
        """(N, D) features to (N, 2): both distances, in no unit yet; the second is 0 without everyday photos."""
        z = (x - self.mean) / self.std
        off = z[:, None] - self.centres  # (N, C, D)
        along = (off @ self.directions.T).square()
        rest = (off.square().sum(2) - along.sum(2)).clamp_min(0)
        far = (along @ self.gain[:-1] + rest * self.gain[-1]).amin(1).sqrt()
        if not len(self.weight):
            return torch.stack([far, torch.zeros_like(far)], 1)
        logits = F.normalize(z, dim=1) @ self.weight.T + self.bias
        return torch.stack([far, logits[:, -1] - logits[:, :-1].logsumexp(1)], 1)

    def distance(self, x: Tensor) -> Tensor:
        """(N, D) features, not standardised, to (N,): 0 for a middling photo of the classes, 1 near the edge."""
        middle, edge = self.units.T
        return ((self.raw(x) - middle) / (edge - middle)).amax(1)

    def probability(self, x: Tensor) -> Tensor:
        """(N, D) features to (N,): 1/2 at the threshold, 1/400 for a middling photo of the classes."""
        return (6 * (self.distance(x) / self.threshold - 1)).sigmoid()

    def tensors(self) -> dict[str, Tensor]:
        """What a file holds of it, beside the threshold."""
        return {f"unknown.{name}": getattr(self, name) for name in TENSORS}

    @classmethod
    def of(cls, tensors: dict[str, Tensor], threshold: object, d: int, classes: int) -> "Unknown | None":
        """The one with those of `tensors`; None where nothing was written. Raises ValueError where they do not fit."""
        if threshold is None and not tensors:
            return None
        if set(tensors) != {f"unknown.{name}" for name in TENSORS} or not isinstance(threshold, float):
            raise ValueError("unknown")
        found = {name: tensors[f"unknown.{name}"] for name in TENSORS}
        if any(t.dtype != torch.float32 or not torch.isfinite(t).all() for t in found.values()):
            raise ValueError("numbers of unknown")
        k, others = len(found["directions"]), len(found["bias"])
        shapes = ((classes, d), (k, d), (k + 1,), (d,), (d,), (others, d), (others,), (2, 2))
        if any(found[name].shape != shape for name, shape in zip(TENSORS, shapes, strict=True)):
            raise ValueError("shapes of unknown")
        widths = found["units"][:, 1] - found["units"][:, 0]
        if others not in (0, classes + 1) or bool((found["std"] <= 0).any() or (widths <= 0).any()):
            raise ValueError("values of unknown")
        if bool((found["gain"] < 0).any()) or not 1e-6 < threshold < 1e6:
            raise ValueError("threshold of unknown")
        return cls(**found, threshold=threshold)


TENSORS = ("centres", "directions", "gain", "mean", "std", "weight", "bias", "units")


def learn(x: Tensor, y: Tensor, everyday: Tensor | None = None) -> Unknown | None:
    """What tells photos of other things from these, which are all that were taught, those held back among them.

    Args:
        x: (N, D) features, not standardised.
        y: (N,) labels in 0 .. C - 1, each of them there.
        everyday: (M, D) features of photos of all kinds.

    Returns:
        None where there are fewer than four photos, or all are alike.
    """
    classes = int(y.max()) + 1 if len(y) else 0
    if len(y) < 4 or classes < 2 or not bool(x.var(0).sum() > 0):
        return None
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(0))
    order = order[y[order].argsort(stable=True)]  # class by class, so that every fold has a share of each
    fold = torch.empty_like(y)
    fold[order] = torch.arange(len(y)) % min(FOLDS, len(y))
    raw = torch.zeros(len(y), 2)
    for index in fold.unique():
        out = fold == index
        kept = y[~out].unique()
        inside = torch.searchsorted(kept, y[~out])  # labels without gaps: a class of one photo may be out altogether
        # The photos of every fold find their own everyday photos new, too: no part judges what it was fitted on.
        raw[out] = _fit(x[~out], inside, len(kept), everyday).raw(x[out])
    middle, edge = raw.median(0).values, raw.quantile(0.95, dim=0)
    if everyday is not None:
        edge[0] = raw[:, 0].max() + (raw[:, 0].max() - middle[0]) / 4
    units = torch.stack([middle, torch.maximum(edge, middle + 1e-3 * middle.abs() + 1e-6)], 1)
    distances = ((raw - units[:, 0]) / (units[:, 1] - units[:, 0])).amax(1)
    fitted = _fit(x, y, classes, everyday)
    values = {name: getattr(fitted, name) for name in TENSORS} | {"units": units}
    return Unknown(**values, threshold=threshold(distances))


def threshold(distances: Tensor, refused: float = REFUSED) -> float:
    """What is above all but a share `refused` of own photos' distances (N,), at least 1/2.

    With so few photos that the share is less than one: beyond the furthest, by half of its way from the middle.
    """
    ordered = distances.sort().values
    place = math.ceil((len(ordered) + 1) * (1 - refused)) - 1  # Vovk et al.: the rank that holds for the next photo
    if place < len(ordered):
        return max(0.5, float(ordered[place]) * (1 + 1e-6))
    return max(0.5, float(ordered[-1] + (ordered[-1] - ordered.median()) / 2))


def _fit(x: Tensor, y: Tensor, classes: int, everyday: Tensor | None) -> Unknown:
    mean, std = x.mean(0), x.std(0, correction=0)
    std = std.clamp_min(max(1e-6, 0.05 * float(std.mean())))  # a number that never varied must not decide alone
    z = (x - mean) / std
    centres = torch.stack([z[y == label].mean(0) for label in range(classes)])
    within = z - centres[y]
    _, s, directions = torch.linalg.svd(within, full_matrices=False)
    keep = min(DIRECTIONS, len(s))
    variance = s.square() / len(z)
    floor = SHRINK * float(variance.sum()) / min(z.shape) + 1e-6
    # Where few photos leave most directions without any variance, what is shrunk is the variance of those that have it.
    gain = 1 / (torch.cat([variance[:keep], torch.zeros(1)]) + floor)
    weight, bias = torch.zeros(0, x.shape[1]), torch.zeros(0)
    if everyday is not None:
        weight, bias = _layer(z, y, classes, (everyday - mean) / std)
    return Unknown(centres, directions[:keep].contiguous(), gain, mean, std, weight, bias, torch.zeros(2, 2), 1.0)


def _layer(z: Tensor, y: Tensor, classes: int, others: Tensor) -> tuple[Tensor, Tensor]:
    """(weight, bias) of the layer with one class more: cross-entropy; all everyday photos weigh as much as ours."""
    rows = F.normalize(torch.cat([z, others]), dim=1)
    labels = torch.cat([y, torch.full((len(others),), classes)])
    share = torch.cat([torch.full((len(z),), 0.5 / len(z)), torch.full((len(others),), 0.5 / len(others))])
    weight, bias = torch.zeros(classes + 1, z.shape[1]), torch.zeros(classes + 1)
    parameters = [weight.requires_grad_(), bias.requires_grad_()]
    optimiser = torch.optim.LBFGS(parameters, max_iter=60, history_size=10, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        losses = F.cross_entropy(rows @ weight.T + bias, labels, reduction="none")
        loss = (losses * share).sum() + weight.square().sum() / (2 * PENALTY * len(rows))
        loss.backward()
        return loss

    with torch.enable_grad():
        optimiser.step(closure)  # type: ignore[arg-type]
    return weight.detach(), bias.detach()


@dataclass(frozen=True)
class Point:
    """What a threshold does."""

    threshold: float
    caught: float  # share of the photos of other things that it refuses
    refused: float  # share of one's own photos that it refuses


def trade_off(own: Tensor, others: Tensor, points: int = 60) -> tuple[Point, ...]:
    """What thresholds do, from one that refuses all to one that refuses none, by distances (N,) of own and others."""
    both = torch.cat([own, others]).double()
    edges = both.quantile(torch.linspace(0, 1, points, dtype=torch.float64)).unique().tolist()
    edges.append(math.nextafter(float(both.max()), math.inf))

    def share(distances: Tensor) -> Callable[[float], float]:
        return lambda edge: float((distances.double() >= edge).double().mean())

    return tuple(Point(edge, share(others)(edge), share(own)(edge)) for edge in edges)
