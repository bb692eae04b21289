"""One training of a GAN: batches, the two updates, what the discriminator thinks."""

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations, parametrize

from demos.core import device
from demos.core.data.random_stream import RandomStream, send
from demos.core.training import update
from demos.dcgan.models import Discriminator, Generator
from demos.dcgan.training.augment import augment
from demos.dcgan.training.options import GanOptions

STARVE_EVERY = 16  # a collapsing run's discriminator learns in one step of so many


# ---- the two updates ------------------------------------------------------------------------------------------------


class GanTraining:
    """Both networks and what each of them minimises in turn; `core.training.loop` trains them.

    Args:
        settings: of the training.
        pictures: gives a batch (N, channels, size, size) in -1..1 of real ones.
        networks: other ones than the paper's, for ablations.
        random: where latent vectors are drawn from, if not from PyTorch's own numbers.
    """

    def __init__(
        self,
        settings: GanOptions,
        pictures: Callable[[], Tensor],
        networks: tuple[Generator, Discriminator] | None = None,
        random: RandomStream | None = None,
    ) -> None:
        where, layout = device.current().device, device.current().memory_format
        self.settings, self.pictures, self.where = settings, pictures, where
        self.random = random or RandomStream(None)
        if networks is None:
            torch.manual_seed(settings.seed)
            networks = Generator(settings.shape), Discriminator(settings.shape)
        self.generator: Generator = networks[0].to(where, memory_format=layout)  # type: ignore[call-overload]
        self.discriminator: Discriminator = networks[1].to(where, memory_format=layout)  # type: ignore[call-overload]
        if settings.spectral:
            for layer in self.discriminator.modules():
                if isinstance(layer, nn.Conv2d):
                    parametrizations.spectral_norm(layer)
        self.fake: Tensor | None = None
        # D(x) and D(G(z)), scalars 0..1: how sure the discriminator was, on average, that the last batch was real.
        self.d_real, self.d_fake = torch.tensor(0.5), torch.tensor(0.5)

    def task(self) -> update.Task:
        """The two updates of a step: first the discriminator's, then the generator's."""
        settings = self.settings
        networks = nn.ModuleDict({"generator": self.generator, "discriminator": self.discriminator})
        adam_d = self._adam(self.discriminator, settings.lr)
        adam_g = self._adam(self.generator, settings.lr * settings.generator_rate)
        updates = [
            update.Update(self.discriminator, adam_d, self.discriminator_loss),
            update.Update(self.generator, adam_g, self.generator_loss),
        ]
        return update.Task(networks, updates, {"set": settings.set}, {"random": self.random}, averaged=self.generator)

    def _adam(self, network: nn.Module, rate: float) -> torch.optim.Adam:
        fused = self.where.type == "cuda"
        return torch.optim.Adam(
            network.parameters(), rate, betas=(self.settings.beta1, 0.999), fused=fused, foreach=not fused
        )  # fmt: skip

    def discriminator_loss(self, discriminator: nn.Module, step: int, progress: float) -> dict[str, Tensor]:
        """Cross-entropy of calling real pictures real and generated ones not.

        A batch of each, since batch norm sees one. Goodfellow et al. (2014), equation 1, in the form that is minimised.
        """
        settings = self.settings
        real = self.pictures()
        self.fake = self.generator(send(self.random.randn(settings.batch, settings.latent), self.where))
        if progress >= settings.collapse_at and (step + 1) % STARVE_EVERY:
            return {"real": next(discriminator.parameters()).sum() * 0}  # nothing to learn in this step
        on_real = discriminator(augment(real, settings.policy)).float()
        on_fake = discriminator(augment(self.fake.detach(), settings.policy)).float()
        with torch.no_grad():
            self.d_real, self.d_fake = on_real.sigmoid().mean(), on_fake.sigmoid().mean()
        return {
            "real": F.binary_cross_entropy_with_logits(on_real, torch.full_like(on_real, 1 - settings.smooth)),
            "fake": F.binary_cross_entropy_with_logits(on_fake, torch.zeros_like(on_fake)),
        }

    def generator_loss(self, generator: nn.Module, step: int, progress: float) -> dict[str, Tensor]:
        """Cross-entropy of having the generated pictures called real: section 3 there, "maximize log D(G(z))".

        The pictures are those that the discriminator has just been trained on: generated once, used twice.
        """
        assert self.fake is not None
        # The discriminator is asked, not taught: its weights' gradients, a third of this step, are left out.
        self.discriminator.requires_grad_(False)
        on_fake = self.discriminator(augment(self.fake, self.settings.policy)).float()
        self.discriminator.requires_grad_(True)
        self.fake = None
        return {"generator": F.binary_cross_entropy_with_logits(on_fake, torch.ones_like(on_fake))}

    @property
    def steps_done(self) -> int:
        """Steps so far, after resuming too: batch norm counts them, in a buffer that checkpoints have."""
        counted = [layer for layer in self.generator.modules() if isinstance(layer, nn.BatchNorm2d)]
        return int(counted[0].num_batches_tracked) if counted and counted[0].num_batches_tracked is not None else 0

    def trained_networks(self) -> tuple[Generator, Discriminator]:
        """What is kept: the generator, and the discriminator with spectral norm folded into its weights."""
        generator, discriminator = copy.deepcopy(self.generator), copy.deepcopy(self.discriminator)
        for layer in discriminator.modules():
            if parametrize.is_parametrized(layer):
                parametrize.remove_parametrizations(layer, "weight")  # type: ignore[arg-type]
        return generator.cpu().eval(), discriminator.cpu().eval()


class Batches:
    """Random batches of a set that lies in memory as bytes, mirrored half of the time where that is allowed.

    Args:
        pictures: (M, channels, size, size) uint8.
        batch: pictures in each.
        mirror: whether a mirrored picture is one of the set.
        random: where the choice is drawn from, if not from PyTorch's own numbers.
    """

    def __init__(self, pictures: Tensor, batch: int, mirror: bool, random: RandomStream | None = None) -> None:
        self.pictures, self.batch, self.mirror = pictures.to(device.current().device), batch, mirror
        self.random = random or RandomStream(None)

    def __call__(self) -> Tensor:
        """(batch, channels, size, size) float32 in -1..1, on the device."""
        chosen = send(self.random.randint(len(self.pictures), self.batch), self.pictures.device)
        batch = self.pictures[chosen].float() / 127.5 - 1
        if self.mirror:
            turned = send(self.random.rand(self.batch, 1, 1, 1) < 0.5, batch.device)
            batch = torch.where(turned, batch.flip(3), batch)
        return batch.contiguous(memory_format=device.current().memory_format)
