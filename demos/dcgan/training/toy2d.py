"""A GAN whose pictures are points: two numbers each, so that everything it does can be seen at once.

Generator and discriminator are small fully connected networks (there is no picture to convolve); the losses are those
of `gan.py`. After Kahng et al., "GAN Lab" (2019), and the ring of Gaussians of Metz et al., "Unrolled GANs" (2017).
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from skimage import measure
from torch import Tensor, nn
from torch.nn import functional as F

from demos.core.errors import DemoError
from demos.dcgan.models import SLOPE
from demos.dcgan.settings import DRAWN, ROLES

HIDDEN, LAYERS, LATENT = 64, 2, 8
BATCH, RATE, BETA1 = 256, 1e-3, 0.5
EXTENT = 1.5  # the plane shown is -EXTENT..EXTENT either way
GRID = 48  # cells of the decision surface, either way
SHOWN = 400  # points of each kind
SPREAD = 0.06  # of each Gaussian
NEAR = 4 * SPREAD  # a point this near to a mode's centre is its
FAIR = 0.25  # of a mode's fair share of the points: with fewer it does not count as found
LONGEST, MOST_STEPS, PER_FRAME = 300.0, 20_000, 20


# ---- what is to be learned ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Target:
    """A distribution on the plane: points to draw from, and where its modes are."""

    points: Tensor  # (M, 2)
    centres: Tensor  # (modes, 2)
    near: float  # how far from a centre a point may be to count for it

    def draw(self, count: int, random: torch.Generator) -> Tensor:
        """(count, 2) points."""
        return self.points[torch.randint(len(self.points), (count,), generator=random)]


def gaussians(centres: Tensor, spread: float = SPREAD) -> Target:
    """20,000 points of a mixture of equal Gaussians around centres (modes, 2), with standard deviation `spread`."""
    random = torch.Generator().manual_seed(0)
    chosen = centres[torch.randint(len(centres), (20_000,), generator=random)]
    return Target(chosen + spread * torch.randn(chosen.shape, generator=random), centres, NEAR)


def _ring(count: int = 8) -> Tensor:
    angle = torch.arange(count) / count * 2 * torch.pi
    return torch.stack([angle.cos(), angle.sin()], 1)


def _grid(side: int = 4) -> Tensor:
    line = torch.linspace(-1, 1, side)
    return torch.cartesian_prod(line, line)


TARGETS = {
    "Ring of eight": lambda: gaussians(_ring()),
    "Grid of sixteen": lambda: gaussians(_grid(), 0.05),
    "Two": lambda: gaussians(torch.tensor([[-0.7, 0.0], [0.7, 0.0]]), 0.12),
    "One": lambda: gaussians(torch.tensor([[0.6, 0.4]]), 0.2),
}


def target(name: str, drawing: Image.Image | None = None) -> Target:
    """A distribution by name, or of what was drawn.

    Raises:
        DemoError: no such distribution, or nothing was drawn.
    """
    if name == DRAWN:
        return drawn(drawing)
    if name not in TARGETS:
        raise DemoError(f"There is no distribution {name!r}. There are: {', '.join([*TARGETS, DRAWN])}.")
    return TARGETS[name]()


def drawn(drawing: Image.Image | None) -> Target:
    """Points where there is ink (the alpha of an RGBA drawing, or what is dark); each separate stroke is a mode."""
    if drawing is None:
        raise DemoError("Nothing is drawn yet. Draw a few blobs on the canvas first.")
    small = drawing.resize((96, 96))
    ink = np.asarray(small.getchannel("A") if "A" in small.getbands() else small.convert("L").point(lambda v: 255 - v))
    where = ink > 100
    if where.sum() < 4:
        raise DemoError(f"Only {int(where.sum())} spots are drawn. Draw a few larger blobs.")
    rows, columns = np.nonzero(where)
    at = torch.from_numpy(np.stack([columns, rows], 1)).float()
    points = _to_plane(at, 96)
    random = torch.Generator().manual_seed(0)
    many = points[torch.randint(len(points), (20_000,), generator=random)]
    many = many + (torch.rand(many.shape, generator=random) - 0.5) * 2 * EXTENT / 96
    labels = measure.label(where, connectivity=2)[rows, columns]
    centres = torch.stack([points[torch.from_numpy(labels == label)].mean(0) for label in np.unique(labels)])
    return Target(many, centres, 0.3)


def _to_plane(cells: Tensor, side: int) -> Tensor:
    """Columns and rows of a picture (row 0 on top) to the plane (y upwards)."""
    unit = (cells + 0.5) / side * 2 - 1
    return torch.stack([unit[:, 0], -unit[:, 1]], 1) * EXTENT


# ---- the GAN ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ToySettings:
    """How the two networks are trained."""

    rate: float = RATE
    generator_rate: float = 1.0  # the generator's rate as a multiple
    discriminator_steps: int = 1  # for each of the generator's
    trained: str = ROLES[0]  # which networks learn
    seed: int = 0

    def check(self) -> None:
        """Raises DemoError for what is out of range."""
        if not 1e-5 <= self.rate <= 0.1:
            raise DemoError(f"A learning rate of {self.rate:g} is out of range. Choose one from 0.00001 to 0.1.")
        if not 0.01 <= self.generator_rate <= 100:
            raise DemoError(f"{self.generator_rate:g} times the rate is out of range. Choose 0.01 to 100.")
        if not 1 <= self.discriminator_steps <= 10:
            raise DemoError(f"{self.discriminator_steps} steps are out of range. Choose 1 to 10.")
        if self.trained not in ROLES:
            raise DemoError(f"There is no {self.trained!r}. Choose one of: {', '.join(ROLES)}.")


@dataclass(frozen=True)
class ToyStep:
    """One look at the plane."""

    step: int
    seconds: float
    surface: np.ndarray  # (GRID, GRID), row 0 on top: how real the discriminator finds each place, 0..1
    real: np.ndarray  # (SHOWN, 2)
    fake: np.ndarray  # (SHOWN, 2)
    modes_found: int  # those that the generator has
    modes: int
    share_near: float  # of the fake points that lie at any mode
    losses: tuple[float, float]  # discriminator, generator
    total: int = 0  # steps of the whole run


def perceptron(inputs: int, outputs: int, activation: type[nn.Module]) -> nn.Sequential:
    """(N, inputs) to (N, outputs) through `LAYERS` hidden layers of `HIDDEN` neurons."""
    layers: list[nn.Module] = []
    for _ in range(LAYERS):
        layers += [nn.Linear(inputs, HIDDEN), nn.LeakyReLU(SLOPE) if activation is nn.LeakyReLU else activation()]
        inputs = HIDDEN
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))


class ToyGan:
    """A generator and a discriminator of points."""

    def __init__(self, target: Target, settings: ToySettings) -> None:
        settings.check()
        self.target, self.settings = target, settings
        self.random = torch.Generator().manual_seed(settings.seed)
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(settings.seed)
            self.generator = perceptron(LATENT, 2, nn.ReLU)
            self.discriminator = perceptron(2, 1, nn.LeakyReLU)
        rates = settings.rate, settings.rate * settings.generator_rate
        self.optimisers = [
            torch.optim.Adam(network.parameters(), rate, betas=(BETA1, 0.999), fused=True)
            for network, rate in zip((self.discriminator, self.generator), rates, strict=True)
        ]
        self.losses = (float("nan"), float("nan"))

    def latents(self, count: int = BATCH) -> Tensor:
        """(count, LATENT) standard normal numbers."""
        return torch.randn(count, LATENT, generator=self.random)

    @torch.enable_grad()
    def step(self) -> None:
        """The discriminator's updates, then the generator's; of those that learn at all."""
        on_d, on_g = self.losses
        if self.settings.trained != ROLES[1]:
            for _ in range(self.settings.discriminator_steps):
                on_d = self._teach_discriminator()
        if self.settings.trained != ROLES[2]:
            on_g = self._teach_generator()
        self.losses = on_d, on_g

    def _teach_discriminator(self) -> float:
        with torch.no_grad():
            fake_points = self.generator(self.latents())
        real = self.discriminator(self.target.draw(BATCH, self.random))
        fake = self.discriminator(fake_points)
        loss = F.softplus(-real).mean() + F.softplus(fake).mean()  # -log D(x) - log(1 - D(G(z)))
        return self._descend(0, loss)

    def _teach_generator(self) -> float:
        return self._descend(1, F.softplus(-self.discriminator(self.generator(self.latents()))).mean())

    def _descend(self, which: int, loss: Tensor) -> float:
        self.optimisers[which].zero_grad()
        loss.backward()
        self.optimisers[which].step()
        return float(loss.detach())

    @torch.no_grad()
    def snapshot(self, step: int, seconds: float, total: int = 0) -> ToyStep:
        """Surface, points and counts as they are now, always from the same random numbers."""
        random = torch.Generator().manual_seed(1)
        cells = torch.cartesian_prod(torch.arange(GRID), torch.arange(GRID)).flip(1).float()
        surface = torch.sigmoid(self.discriminator(_to_plane(cells, GRID))).view(GRID, GRID)
        fake_points = self.generator(torch.randn(2000, LATENT, generator=random))
        modes_found, share_near = modes(fake_points, self.target)
        real = self.target.draw(SHOWN, random)
        return ToyStep(
            step, seconds, surface.numpy(), real.numpy(), fake_points[:SHOWN].numpy(),
            modes_found, len(self.target.centres), share_near, self.losses, total,
        )  # fmt: skip


def modes(points: Tensor, target: Target) -> tuple[int, float]:
    """How many modes have at least `FAIR` of their fair share of the points (N, 2); and the share near any mode."""
    distance, nearest = torch.cdist(points, target.centres).min(1)
    hits = torch.bincount(nearest[distance < target.near], minlength=len(target.centres))
    fair = len(points) / len(target.centres)
    return int((hits >= FAIR * fair).sum()), float((distance < target.near).float().mean())


def train_toy(target: Target, settings: ToySettings | None = None, steps: int = 3000) -> Iterator[ToyStep]:
    """Yields a look every `PER_FRAME` steps; the last is the end.

    Raises:
        DemoError: settings or a number of steps out of range.
    """
    if not 1 <= steps <= MOST_STEPS:
        raise DemoError(f"{steps} steps are out of range. Choose 1 to {MOST_STEPS}.")
    gan, started = ToyGan(target, settings or ToySettings()), time.monotonic()
    yield gan.snapshot(0, 0.0, steps)
    for step in range(1, steps + 1):
        gan.step()
        if step % PER_FRAME == 0 or step == steps:
            seconds = time.monotonic() - started
            yield gan.snapshot(step, seconds, steps)
            if seconds > LONGEST:
                return
