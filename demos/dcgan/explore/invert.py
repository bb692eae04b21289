"""Find me: the latent vector whose picture is nearest to a photo.

The generator only goes one way, so the way back is searched: many random vectors are tried, the best eight are improved
by gradient descent all at once, and the best of those wins. Zhu et al., "Generative Visual Manipulation on the Natural
Image Manifold" (2016), section 3.1; restarts as everybody's experience asks for.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from demos.core.errors import DemoError
from demos.core.networks import files as network_files
from demos.core.networks import vgg
from demos.dcgan import sampling
from demos.dcgan.pretrained import Gan
from demos.dcgan.sampling import as_bytes, target
from demos.dcgan.settings import STEPS

RESTARTS, TRIED = 8, 512

SECONDS = 8.0  # then the search ends, however far it is: a slower machine takes fewer steps
RATE = 0.12
CUTS, CUTS_WEIGHT = ("relu2_1", "relu3_1"), 0.3  # what must look alike besides the pixels, to the pocket VGG16
PULL = 0.002  # towards the length that latent vectors have: far out lie pictures that nobody trained


@dataclass(frozen=True)
class Inversion:
    """How far the search is, and the best so far."""

    gan: str  # the generator's name
    index: int
    total: int
    seconds: float
    target: np.ndarray  # (size, size, 3) bytes: the photo as the generator would have it
    picture: np.ndarray  # the best
    missing: np.ndarray  # what it cannot make: |photo - picture|, brighter is more
    others: np.ndarray  # (restarts, size, size, 3)
    z: np.ndarray  # (latent,) of the best
    error: float  # root of the mean squared difference, 0..1
    loss: float
    history: tuple[tuple[int, float], ...]  # (step, loss of the best)


def invert(
    gan: Gan, photo: Image.Image, steps: int = STEPS, restarts: int = RESTARTS, seed: int = 0, seconds: float = SECONDS
) -> Iterator[Inversion]:
    """Yields after every step; the last is the answer, after `steps` or when the time is up.

    Raises:
        DemoError: steps or restarts out of range.
    """
    if not 1 <= steps <= 1000 or not 1 <= restarts <= 32:
        raise DemoError(f"{steps} steps of {restarts} restarts are out of range: 1 to 1000, and 1 to 32.")
    started, goal = time.perf_counter(), target(gan, photo)
    criterion = InversionLoss(gan, goal)
    # Enabled and left within each step: a generator's steps may run in threads of their own.
    z = criterion.best_of_many(restarts, seed).requires_grad_(True)
    optimiser = torch.optim.Adam([z], RATE, betas=(0.9, 0.99))
    history: list[tuple[int, float]] = []
    best: tuple[float, Tensor, Tensor] | None = None
    for index in range(steps + 1):
        spent = time.perf_counter() - started
        progress = min(1.0, max(index / steps, spent / seconds))
        for group in optimiser.param_groups:
            group["lr"] = RATE * (0.5 * (1 + math.cos(math.pi * progress)))
        with torch.enable_grad():
            pictures = criterion.make(z)
            losses = criterion(pictures, z)
            optimiser.zero_grad()
            losses.sum().backward()  # each restart's loss has a gradient for its own vector only
        lowest, winner = losses.detach().min(0)
        if best is None or lowest < best[0]:
            best = float(lowest), z.detach()[winner].clone(), pictures.detach()[winner].clone()
        history.append((index, best[0]))
        total = index if progress >= 1 else steps
        yield _report(criterion, pictures.detach(), best, index, total, time.perf_counter() - started, history)
        if progress >= 1:
            return
        optimiser.step()


def _report(
    criterion: "InversionLoss", pictures: Tensor, best: tuple[float, Tensor, Tensor], index: int, total: int,
    seconds: float, history: list[tuple[int, float]],
) -> Inversion:  # fmt: skip
    goal, picture = criterion.goal.cpu(), sampling.to_rgb01(best[2][None])
    missing = (goal - picture).abs()
    return Inversion(
        criterion.gan.name, index, total, seconds, as_bytes(goal)[0], as_bytes(picture)[0],
        as_bytes((missing * 2).clamp(0, 1))[0],
        as_bytes(sampling.to_rgb01(pictures)), best[1].cpu().numpy(), float(missing.square().mean().sqrt()), best[0],
        tuple(history),
    )  # fmt: skip


class InversionLoss:
    """How unlike a photo pictures are: in their pixels, and in what the pocket VGG16 sees, where that is here."""

    def __init__(self, gan: Gan, goal: Tensor) -> None:
        self.gan, self.network = gan, gan.folded_generator
        weight = next(gan.folded_generator.parameters())
        self.where, self.dtype = weight.device, weight.dtype
        self.goal = goal.to(self.where)
        self.encoder = vgg.load(vgg.POCKET) if network_files.find(vgg.POCKET) is not None else None
        self.goal_activations = self._activations(self.goal) if self.encoder else {}

    @torch.no_grad()
    def best_of_many(self, restarts: int, seed: int) -> Tensor:
        """The best of `TRIED` random vectors (restarts, latent): a start that saves many steps."""
        z = torch.randn(TRIED, self.gan.latent, generator=torch.Generator().manual_seed(seed)).to(self.where)
        losses = torch.cat([self(self.make(part), part) for part in z.split(128)])
        return z[losses.argsort()[:restarts]].clone()

    def make(self, z: Tensor) -> Tensor:
        """Latent vectors (N, latent) to pictures (N, C, size, size) in -1..1, float32, with a gradient."""
        return self.network(z.to(self.dtype)).float()

    def __call__(self, pictures: Tensor, z: Tensor) -> Tensor:
        """(N, C, H, W) in -1..1 and their vectors to losses (N,)."""
        picture = (pictures * 0.5 + 0.5).expand(-1, 3, -1, -1)
        loss = (picture - self.goal).square().mean((1, 2, 3))
        if self.encoder is not None:
            for cut, activations in self._activations(picture).items():
                goal = self.goal_activations[cut]
                distance = (activations - goal).square().mean((1, 2, 3)) / goal.square().mean()
                loss = loss + CUTS_WEIGHT * distance / len(CUTS)
        length = z.square().mean(1)
        return loss + PULL * F.relu(length - 1)

    def _activations(self, picture: Tensor) -> dict[str, Tensor]:
        assert self.encoder is not None
        return {cut: activations.float() for cut, activations in self.encoder.features(picture, CUTS).items()}
