"""Directions worth steering in, found without labels.

z itself is isotropic: its principal components are any directions at all. What the generator makes of z is not. So the
directions are the principal components of an early activation, mapped back to z by least squares (Härkönen et al.,
"GANSpace: Discovering Interpretable GAN Controls", 2020, section 2.2, its way for BigGAN).
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from demos.core import cache
from demos.core.networks.shipped import tensor_bytes
from demos.dcgan import limits, sampling
from demos.dcgan.pretrained import Gan
from demos.dcgan.sampling import as_bytes
from demos.dcgan.settings import SLIDERS

SAMPLES = 4096  # latent vectors; GANSpace takes a million, of a 4 x 4 map of an early block far fewer will do
BLOCK = 1  # the activations after the second block, 8 x 8: the first is still close to linear in z
POOLED = 4  # px: averaged to as many, since directions are about the whole picture
SHOWN = (-3.0, -1.5, 0.0, 1.5, 3.0)  # units along each direction, in the overview


@dataclass(frozen=True)
class Directions:
    """Principal directions of a generator in its latent space."""

    z: Tensor  # (SLIDERS, latent): how z moves for one unit of each slider
    explained: tuple[float, ...]  # share of the activation's variance


def directions(gan: Gan) -> Directions:
    """The generator's directions, computed once and kept."""
    key = ("directions of", gan.name, gan.version)
    return cache.networks.get(key, lambda: find(gan), lambda kept: tensor_bytes([kept.z]))


@torch.no_grad()
def find(gan: Gan, samples: int = SAMPLES, block: int = BLOCK) -> Directions:
    """PCA of the activation, then for each component the latent direction that goes with it best."""
    random = torch.Generator().manual_seed(0)
    z = torch.randn(samples, gan.latent, generator=random)
    x = torch.cat([activation(gan, part, block) for part in z.split(512)])
    x = x - x.mean(0)
    count = min(SLIDERS, *x.shape, gan.latent)
    with torch.random.fork_rng(devices=[]):  # it starts from random vectors: the same ones every time
        torch.default_generator.manual_seed(0)
        _, spread, components = torch.svd_lowrank(x, q=count + 10, niter=4)
    # Which of the two signs a component comes with is chance: the largest number in it is positive here.
    components = components[:, :count]
    components = components * components.gather(0, components.abs().argmax(0, keepdim=True)).sign()
    along = x @ components  # (samples, count)
    # Equation 4: the U that makes |z - U a|^2 smallest; a's columns are uncorrelated, so each is solved alone.
    moves = (along.T @ z) / along.square().sum(0)[:, None]
    total = x.square().sum()
    return Directions(
        moves / moves.norm(dim=1, keepdim=True) * _step(gan.latent),
        tuple(float(s**2 / total) for s in spread[:count]),
    )


def _step(latent: int) -> float:
    """How long one unit of a slider is in z: an eighth of a typical vector's length, which is the root of its size."""
    return latent**0.5 / 8


def activation(gan: Gan, z: Tensor, block: int) -> Tensor:
    """(N, features) of what comes out of a block, pooled to `POOLED` px."""
    x = z[:, :, None, None]
    for layer in gan.generator.blocks[: block + 1]:
        x = layer(x)
    return torch.nn.functional.adaptive_avg_pool2d(x, POOLED).flatten(1)


def steer(z: Tensor, principal: Directions, amounts: tuple[float, ...] | list[float]) -> Tensor:
    """z (N, latent) moved by so many units along each direction.

    Raises:
        DemoError: an amount out of range.
    """
    moved = torch.tensor([limits.FURTHEST.checked(amount) for amount in amounts][: len(principal.z)])
    return z + moved @ principal.z[: len(moved)]


def arithmetic(plus: Tensor, minus: Tensor, other: Tensor) -> Tensor:
    """A - B + C (1, latent), at the mean length of the three.

    Radford et al. (2016), section 6.3.2 and figure 7, who average three vectors for each letter. The sum of three is
    longer than any of them, and the generator was trained on none as long.
    """
    total = plus - minus + other
    length = torch.stack([v.norm() for v in (plus, minus, other)]).mean()
    return total / total.norm().clamp_min(1e-6) * length


def overview(gan: Gan, z: Tensor) -> np.ndarray:
    """What each direction does to z (1, latent): (SLIDERS * 5, size, size, 3) bytes, a row for each direction."""
    principal = directions(gan)
    moved = torch.cat([z + amount * direction for direction in principal.z for amount in SHOWN])
    return as_bytes(sampling.generate(gan, moved))
