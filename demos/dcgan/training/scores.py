"""How good a generator is, in numbers: how far its pictures are from real ones as a crowd, how real, how varied.

The pictures are looked at by the pocket VGG16 (pool5, averaged over positions). **This is not Inception's FID**:
numbers compare with other numbers from here and with nothing else. The same distance between two halves of the real
pictures is the floor: no generator can be asked for less.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from demos.core.networks import files as network_files
from demos.core.networks import vgg

NEIGHBOURS = 3  # k of precision and recall; the paper's value
SMALLEST = 32  # px: five poolings leave nothing of smaller pictures, which are enlarged to it
MOST = 4000  # pictures of each side for precision and recall: all pairs are compared


@dataclass(frozen=True)
class Score:
    """A generator against a set of real pictures."""

    frechet: float  # 0 is a crowd just like the real one
    floor: float  # the same between two halves of the real ones
    precision: float  # share of fake pictures that lie among real ones: realism
    recall: float  # share of real pictures that lie among fake ones: variety


# ---- features -------------------------------------------------------------------------------------------------------


@torch.inference_mode()
def features(pictures: Tensor, network: vgg.VGG16, batch: int = 256) -> Tensor:
    """(N, C, H, W), bytes or RGB/grey 0..1, to (N, channels of pool5), float64 on the CPU."""
    batches = []
    for part in pictures.split(batch):
        x = part.to(network.mean.device)
        x = (x.float() / 255 if x.dtype == torch.uint8 else x.float()).expand(-1, 3, -1, -1)
        if min(x.shape[2:]) < SMALLEST:
            x = F.interpolate(x, size=(SMALLEST, SMALLEST), mode="bilinear")
        batches.append(network.features(x, ["pool5"])["pool5"].float().mean((2, 3)).double().cpu())
    return torch.cat(batches)


def spread(features: Tensor) -> float:
    """How much pictures differ, from their features (N, D), N at least 2: 0 is one picture N times, mode collapse.

    Half the mean squared distance between two of them, that is the variance summed over the features. Pixels would not
    do: noise differs from noise in all of them, and looks alike. As a share of the training
    set's, 1 is as varied as that.
    """
    return float(features.double().var(0).sum())


def diversity(pictures: Tensor) -> float | None:
    """`spread` of pictures (N, C, H, W), bytes or 0..1; None where the pocket VGG16 is not on this machine."""
    if network_files.find(vgg.POCKET) is None:
        return None
    return spread(features(pictures, vgg.load(vgg.POCKET)))


# ---- the Frechet distance -------------------------------------------------------------------------------------------


def frechet(one: Tensor, two: Tensor) -> float:
    """Between two crowds of features (N, D) and (M, D), each taken for a normal distribution.

    |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^1/2): Dowson and Landau (1982); Heusel et al. (2017) for GANs.
    """
    means, covariances = zip(*(_moments(x) for x in (one, two)), strict=True)
    apart = (means[0] - means[1]).square().sum()
    # (A B)^1/2 has the trace of (A^1/2 B A^1/2)^1/2, which is symmetric: eigh will do, without scipy's sqrtm.
    root = _root(covariances[0])
    middle = root @ covariances[1] @ root
    eigenvalues = torch.linalg.eigvalsh((middle + middle.T) / 2).clamp_min(0)
    distance = apart + covariances[0].trace() + covariances[1].trace() - 2 * eigenvalues.sqrt().sum()
    return max(0.0, float(distance))


def _moments(x: Tensor) -> tuple[Tensor, Tensor]:
    x = x.double()
    mean = x.mean(0)
    return mean, (x - mean).T @ (x - mean) / max(1, len(x) - 1)


def _root(matrix: Tensor) -> Tensor:
    values, vectors = torch.linalg.eigh(matrix)
    return (vectors * values.clamp_min(0).sqrt()) @ vectors.T


# ---- precision and recall -------------------------------------------------------------------------------------------


def precision_recall(real: Tensor, fake: Tensor, neighbours: int = NEIGHBOURS) -> tuple[float, float]:
    """Kynkäänniemi et al., "Improved Precision and Recall Metric for Assessing Generative Models" (2019), equation 2.

    A crowd is the union of balls around its members, each as large as the way to its k-th nearest neighbour there.
    """
    real, fake = real[:MOST].float(), fake[:MOST].float()
    return _coverage_of(fake, real, neighbours), _coverage_of(real, fake, neighbours)


def _coverage_of(points: Tensor, crowd: Tensor, neighbours: int) -> float:
    """The share of `points` that lies in a ball of the crowd."""
    radius = torch.cdist(crowd, crowd).kthvalue(min(neighbours + 1, len(crowd)), dim=1).values  # the first is itself
    return float((torch.cdist(points, crowd) <= radius).any(1).float().mean())


def score(real: Tensor, fake: Tensor) -> Score:
    """Of features of real and of fake pictures."""
    precision, recall = precision_recall(real, fake)
    return Score(frechet(real, fake), frechet(real[0::2], real[1::2]), precision, recall)


# ---- which classes are there ----------------------------------------------------------------------------------------


def coverage(real: Tensor, labels: Sequence[int] | np.ndarray, fake: Tensor) -> dict[int, float]:
    """The share of fake pictures that a small classifier (logistic regression on features) takes for each class."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300)).fit(real.numpy(), np.asarray(labels))
    predicted = classifier.predict(fake.numpy())
    return {int(label): float((predicted == label).mean()) for label in np.unique(labels)}
