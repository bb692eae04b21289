"""Statistics of activations, and how one picture's are given to another."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from demos.core.networks import vgg

EPSILON = 1e-5  # added to variances: a channel that is silent in the photo is not blown up
FLOOR = 1e-2  # the same for covariances, as a share of the mean variance
PICTURE = "picture"  # beside the network's cuts: the decoded picture, whose colours are given the style's as well


# ---- statistics and the maps between them ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Statistics:
    """What is kept of a style at one depth: how strong each channel is, and which channels rise together."""

    mean: Tensor  # (N, C, 1, 1) float32
    covariance: Tensor  # (N, C, C) float32

    @property
    def std(self) -> Tensor:
        """(N, C, 1, 1): the spread of each channel."""
        variance = self.covariance.diagonal(dim1=1, dim2=2)[..., None, None]
        return (variance + EPSILON).sqrt()


def statistics(features: Tensor) -> Statistics:
    """Mean and covariance over positions; `features` is (N, C, h, w) of any precision."""
    with torch.autocast(features.device.type, enabled=False):  # sums over thousands of positions need float32
        x = features.float().flatten(2)  # (N, C, h w)
        mean = x.mean(2, keepdim=True)
        centred = x - mean
        return Statistics(mean.unsqueeze(3), centred @ centred.transpose(1, 2) / x.shape[2])


def adain(content: Tensor, style_mean: Tensor, style_std: Tensor) -> Tensor:
    """`content` (N, C, h, w) with the style's mean and spread in every channel, (N or 1, C, 1, 1) each; equation 8."""
    own = statistics(content)
    return ((content.float() - own.mean) / own.std * style_std + style_mean).to(content.dtype)


def transport(own: Statistics, style: Statistics) -> Tensor:
    """The matrix (N, C, C) that gives centred activations the style's covariance.

    T = A^-1/2 (A^1/2 B A^1/2)^1/2 A^-1/2 for covariances A and B: of all linear maps from A to B the one that moves
    the activations least (Lu et al. 2019, equation 10), so that the photo stays recognisable. For A = B it is the
    identity, where whitening and colouring by other roots would still turn the channels about.
    """
    sizes = [s.covariance.diagonal(dim1=1, dim2=2).mean(1).view(-1, 1, 1) for s in (own, style)]
    floor = (FLOOR / 2 * (sizes[0] + sizes[1]) + 1e-12) * torch.eye(own.covariance.shape[1], device=own.mean.device)
    roots = roots_on(own.mean.device)
    root, inverse = roots(own.covariance + floor)
    middle, _ = roots(root @ (style.covariance + floor) @ root)
    return inverse @ middle @ inverse


def roots_on(device: torch.device) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
    """How roots and their inverses are computed there: eigenvalues are slow on a GPU, and make the CPU wait for it."""
    return roots_by_eigenvalues if device.type == "cpu" else roots_by_newton_schulz


def roots_by_eigenvalues(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """The root and its inverse of symmetric positive matrices (N, C, C), however ill-conditioned."""
    root: Tensor = SquareRoot.apply(matrix)
    return root, torch.linalg.inv(root)


def roots_by_newton_schulz(matrix: Tensor, steps: int = 24) -> tuple[Tensor, Tensor]:
    """The root and its inverse of symmetric positive matrices (N, C, C), by products of matrices only.

    A step doubles the digits that are right; before, it takes a small eigenvalue's root 1.5 times nearer. 24 steps are
    enough for eigenvalues from 1e-7 of the matrix' norm on, which `FLOOR` sees to; a smaller one's root comes out too
    small. Far more steps let the rounding errors of float32 grow, where eigenvalues are as far apart as 1e8.

    Source: Higham, "Functions of Matrices" (2008), equation 6.35; Lin and Maji, "Improved Bilinear Pooling with CNNs"
    (2017), section 3.1, for its use in networks.
    """
    norm = torch.linalg.matrix_norm(matrix, keepdim=True)  # all eigenvalues come into 0..1
    identity = torch.eye(matrix.shape[-1], dtype=matrix.dtype, device=matrix.device)
    root, inverse = matrix / norm, identity.expand_as(matrix)
    for _ in range(steps):
        step = 1.5 * identity - 0.5 * inverse @ root
        root, inverse = root @ step, step @ inverse
    return root * norm.sqrt(), inverse / norm.sqrt()


class SquareRoot(torch.autograd.Function):
    """The root of symmetric positive matrices (N, C, C), with a gradient that stays finite where eigenvalues meet.

    From R R = A follows dR R + R dR = dA: in the basis of eigenvectors, dR = dA / (r_i + r_j).
    """

    @staticmethod
    def forward(context: Any, matrix: Tensor) -> Tensor:
        values, vectors = torch.linalg.eigh(matrix)
        roots = values.clamp_min(1e-20).sqrt()
        context.save_for_backward(roots, vectors)
        return (vectors * roots.unsqueeze(1)) @ vectors.transpose(1, 2)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> Tensor:
        roots, vectors = context.saved_tensors
        turned = vectors.transpose(1, 2) @ gradients[0] @ vectors
        return vectors @ (turned / (roots.unsqueeze(1) + roots.unsqueeze(2))) @ vectors.transpose(1, 2)


class Restyle:
    """The decoder's hook: at each depth that there are statistics of, activations are moved towards them.

    Args:
        targets: depth to the statistics aimed at, those of one picture or of as many as are decoded.
        strength: 0 changes nothing, 1 goes all the way; a number, or (N, 1, 1) for N pictures, some of which are to be
            repeated as they are while the decoder learns. For less of a style, mix its statistics with the photo's.
        correlations: False for AdaIN, which moves every channel for itself.
    """

    def __init__(
        self, targets: Mapping[str, Statistics], strength: Tensor | float = 1.0, correlations: bool = True
    ) -> None:
        self.targets, self.strength, self.correlations = targets, strength, correlations

    def __call__(self, depth: str, x: Tensor) -> Tensor:
        """(N, C, h, w) to the same shape and precision."""
        if depth not in self.targets:
            return x
        target, strength = self.targets[depth], self.strength
        with torch.autocast(x.device.type, enabled=False):
            if not self.correlations:
                wide = strength.unsqueeze(3) if isinstance(strength, Tensor) else strength
                return (x.float() + wide * (adain(x, target.mean, target.std).float() - x.float())).to(x.dtype)
            own = statistics(x)
            matrix = transport(own, target)
            # The way from x to T (x - mean) + style mean is linear as well: all of it is one matrix and one shift.
            shift = strength * (target.mean.squeeze(3) - matrix @ own.mean.squeeze(3))  # (N, C, 1)
            matrix = strength * matrix + (1 - strength) * torch.eye(x.shape[1], device=x.device)
            return torch.baddbmm(shift, matrix, x.float().flatten(2)).view(x.shape).to(x.dtype)


def style_statistics(encoder: vgg.VGG16, style: Tensor, depths: Sequence[str]) -> dict[str, Statistics]:
    """The statistics of style pictures (N, 3, H, W), RGB 0..1, at each depth, and of the pictures themselves."""
    return {depth: statistics(features) for depth, features in encoder.features(style, depths).items()} | {
        PICTURE: statistics(style)
    }


def mix(described: Sequence[Mapping[str, Statistics]], shares: Sequence[float]) -> dict[str, Statistics]:
    """The weighted mean of several styles' statistics."""
    parts = [share / sum(shares) for share in shares]
    return {
        depth: Statistics(
            torch.stack([part * one[depth].mean for part, one in zip(parts, described, strict=True)]).sum(0),
            torch.stack([part * one[depth].covariance for part, one in zip(parts, described, strict=True)]).sum(0),
        )
        for depth in described[0]
    }
