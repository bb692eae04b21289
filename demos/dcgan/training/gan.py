"""One training of a GAN: batches, the two updates, what the discriminator thinks."""

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations, parametrize

from demos.core import device
from demos.core.training import update
from demos.dcgan.models import Discriminator, Generator
from demos.dcgan.training.augment import augment
from demos.dcgan.training.options import GanOptions

STARVE_EVERY = 16  # a collapsing run's discriminator learns in one step of so many


# ---- the game -------------------------------------------------------------------------------------------------------


class GanTraining:
    """Both players and what each of them minimises in turn; `training.train` plays it.

    Args:
        pictures: gives a batch (N, channels, size, size) in -1..1 of real ones.
        networks: other ones than the paper's, for those who break them.
        random: where latent vectors are drawn from, if not from PyTorch's own numbers.
    """

    def __init__(
        self,
        settings: GanOptions,
        pictures: Callable[[], Tensor],
        networks: tuple[Generator, Discriminator] | None = None,
        random: torch.Generator | None = None,
    ) -> None:
        where, layout = device.current().device, device.current().memory_format
        self.settings, self.pictures, self.where, self.random = settings, pictures, where, random
        if networks is None:
            torch.manual_seed(settings.seed)
            networks = Generator(settings.shape), Discriminator(settings.shape)
        self.generator: Generator = networks[0].to(where, memory_format=layout)  # type: ignore[call-overload]
        self.discriminator: Discriminator = networks[1].to(where, memory_format=layout)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.generator).requires_grad_(False)
        if settings.spectral:
            for layer in self.discriminator.modules():
                if isinstance(layer, nn.Conv2d):
                    parametrizations.spectral_norm(layer)
        self.fake: Tensor | None = None
        self.steps = 0
        self.beliefs = (0.5, 0.5)  # D(x) and D(G(z)): how sure the discriminator was, on average, of the last batch

    def task(self) -> update.Task:
        settings = self.settings
        networks = nn.ModuleDict(
            {"generator": self.generator, "discriminator": self.discriminator, "average": self.average}
        )
        updates = [
            update.Update(self._adam(self.discriminator, settings.lr), self.discriminator_loss),
            update.Update(self._adam(self.generator, settings.lr * settings.generator_rate), self.generator_loss),
        ]
        return update.Task(networks, updates, {"set": settings.set})

    def _adam(self, network: nn.Module, rate: float) -> torch.optim.Adam:
        # Not fused: that kernel takes a resumed state, whose layout in memory is another, for what it is not.
        return torch.optim.Adam(network.parameters(), rate, betas=(self.settings.beta1, 0.999), foreach=True)

    def discriminator_loss(self, progress: float) -> dict[str, Tensor]:
        """Cross-entropy of calling real pictures real and made ones made; a batch of each, since batch norm sees one.

        Goodfellow et al. (2014), equation 1, in the form that is minimised.
        """
        settings = self.settings
        self.steps += 1
        real = self.pictures()
        z = torch.randn(settings.batch, settings.latent, generator=self.random).to(self.where)
        self.fake = self.generator(z)
        if progress >= settings.collapse_at and self.steps % STARVE_EVERY:
            return {"real": next(self.discriminator.parameters()).sum() * 0}  # nothing to learn in this step
        on_real = self.discriminator(augment(real, settings.policy)).float()
        on_fake = self.discriminator(augment(self.fake.detach(), settings.policy)).float()
        with torch.no_grad():
            self.beliefs = float(on_real.sigmoid().mean()), float(on_fake.sigmoid().mean())
        return {
            "real": F.binary_cross_entropy_with_logits(on_real, torch.full_like(on_real, 1 - settings.smooth)),
            "fake": F.binary_cross_entropy_with_logits(on_fake, torch.zeros_like(on_fake)),
        }

    def generator_loss(self, progress: float) -> dict[str, Tensor]:
        """Cross-entropy of having the made pictures called real: section 3 there, "maximize log D(G(z))".

        The pictures are those that the discriminator has just been trained on: made once, used twice.
        """
        assert self.fake is not None
        self._follow()
        # The discriminator is asked, not taught: its weights' gradients, a third of this step, are left out.
        self.discriminator.requires_grad_(False)
        on_fake = self.discriminator(augment(self.fake, self.settings.policy)).float()
        self.discriminator.requires_grad_(True)
        self.fake = None
        return {"generator": F.binary_cross_entropy_with_logits(on_fake, torch.ones_like(on_fake))}

    @property
    def played(self) -> int:
        """Steps so far. Batch norm counts them, in a buffer that checkpoints have: a resumed game goes on counting."""
        counted = [layer for layer in self.generator.modules() if isinstance(layer, nn.BatchNorm2d)]
        return int(counted[0].num_batches_tracked) if counted and counted[0].num_batches_tracked is not None else 0

    @torch.no_grad()
    def _follow(self) -> None:
        """The average takes a step towards the generator: all of it at first, `1 - average` of it later."""
        steps = self.played
        decay = min(self.settings.average, steps / (steps + 10))
        for mean, now in zip(_tensors(self.average), _tensors(self.generator), strict=True):
            if mean.is_floating_point():
                mean.lerp_(now, 1 - decay)
            else:
                mean.copy_(now)

    def finished(self) -> tuple[Generator, Discriminator]:
        """What is kept: the averaged generator, and the discriminator with spectral norm folded into its weights."""
        generator, discriminator = copy.deepcopy(self.average), copy.deepcopy(self.discriminator)
        for layer in discriminator.modules():
            if parametrize.is_parametrized(layer):
                parametrize.remove_parametrizations(layer, "weight")  # type: ignore[arg-type]
        return generator.cpu().eval(), discriminator.cpu().eval()


def _tensors(network: nn.Module) -> list[Tensor]:
    return [*network.parameters(), *network.buffers()]


class Batches:
    """Random batches of a set that lies in memory as bytes, mirrored half of the time where that is allowed."""

    def __init__(self, pictures: Tensor, batch: int, mirror: bool, random: torch.Generator | None = None) -> None:
        self.pictures, self.batch, self.mirror = pictures.to(device.current().device), batch, mirror
        self.random = random

    def __call__(self) -> Tensor:
        # PyTorch's own random numbers, whose state a checkpoint keeps: a resumed training draws on as it would have.
        chosen = torch.randint(len(self.pictures), (self.batch,), generator=self.random).to(self.pictures.device)
        batch = self.pictures[chosen].float() / 127.5 - 1
        if self.mirror:
            turned = (torch.rand(self.batch, 1, 1, 1, generator=self.random) < 0.5).to(batch.device)
            batch = torch.where(turned, batch.flip(3), batch)
        return batch.contiguous(memory_format=device.current().memory_format)
