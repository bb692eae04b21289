"""Trains a generator and its discriminator.

    python -m demos.dcgan.train --data ../shared/data --set cats --hours 1
    python -m demos.dcgan.train --data ../shared/data --set cats --collapse --snapshots 5 --hours 0.1
    python -m demos.dcgan.train --set fashion --snapshots 3 --hours 0.5 --push OWNER/NAME

Plain is the paper's game (Goodfellow et al. 2014, with the loss that does not saturate; Radford et al. 2016, section 4:
Adam with 2e-4 and beta1 0.5). Added, within the guidelines, and each can be turned off: both sides see pictures through
the same random changes (`augment.py`), the discriminator is asked for 0.9 instead of 1 on real ones (one-sided label
smoothing, Salimans et al. 2016, section 3.4), and what is kept of the generator is the moving average of its weights
(Yazici et al., "The Unusual Effectiveness of Averaging in GAN Training", 2019). `--spectral` departs from the
guidelines: spectral norm (Miyato et al. 2018) in place of batch norm's help in the discriminator.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations, parametrize

from demos.core import device, training, weights
from demos.dcgan import memorised, scores, sets, storage
from demos.dcgan.augment import augment
from demos.dcgan.networks import Discriminator, Generator, Shape

# When the generator is kept for the time machine, as shares of the training: most happens at the beginning.
SNAPSHOTS_AT = (0.0, 0.004, 0.012, 0.03, 0.07, 0.16, 0.35, 0.7)
SELDOM = 16  # a collapsing run's discriminator learns in one step of so many


@dataclass(frozen=True)
class Settings(training.Settings):
    data: str = "../shared/data"
    set: str = "cats"  # one of sets.KINDS
    checkpoint: str = ""  # where not said: ~/checkpoints/dcgan-cats/checkpoint.safetensors
    export: str = ""  # where not said: weights/dcgan-cats
    batch: int = 64
    lr: float = 2e-4  # section 4
    beta1: float = 0.5  # section 4
    weight_decay: float = 0.0
    clip: float = 0.0
    warmup: int = 0
    final_lr: float = 1.0  # the paper keeps the rate as it is
    log_steps: int = 20
    size: int = 64
    width: int = 0  # 0: what suits the set, and half of it for the run that collapses
    latent: int = 100
    average: float = 0.998  # decay of the generator's moving average; 0 keeps the generator as it is
    smooth: float = 0.1  # real pictures are to be called real with 1 minus this
    augment: str = "usual"  # a policy of augment.py, "" for none, or what suits the set
    generator_rate: float = 1.0  # the generator's learning rate as a multiple of `lr`
    spectral: bool = False
    snapshots: int = len(SNAPSHOTS_AT)  # how many of the generator through its training are exported
    collapse_at: float = 1.0  # from this share of the time on, the discriminator learns in few steps only
    collapse: bool = False  # the deliberately bad recipe: see `collapsing`
    push: str = ""  # a repository on the Hub to upload the result to

    @property
    def shape(self) -> Shape:
        kind = sets.KINDS[self.set]
        return Shape(self.size, kind.channels, self.latent, self.width or kind.width // (2 if self.collapse else 1))

    @property
    def policy(self) -> str:
        return sets.KINDS[self.set].augment if self.augment == "usual" else self.augment

    @property
    def name(self) -> str:
        return f"dcgan-{self.set}" + ("-collapsed" if self.collapse else "")


def completed(settings: Settings) -> Settings:
    """With the places filled in that were not said, and with the bad recipe where that was asked for."""
    settings = replace(
        settings,
        checkpoint=settings.checkpoint or f"~/checkpoints/{settings.name}/checkpoint.safetensors",
        export=settings.export or f"weights/{settings.name}",
    )
    return collapsing(settings) if settings.collapse else settings


def collapsing(settings: Settings) -> Settings:
    """Healthy at first; then the generator runs ahead of a discriminator that seldom learns.

    It finds a few pictures that pass, and all latent vectors lead to them: mode collapse (Goodfellow 2016, "NIPS 2016
    Tutorial", section 5.1.1: the minimum over G is taken before the maximum over D).
    """
    return replace(settings, collapse_at=0.5, generator_rate=2.0, average=0.9)


# ---- the game -------------------------------------------------------------------------------------------------------


class Game:
    """Both players and what each of them minimises in turn; `training.train` plays it.

    Args:
        pictures: gives a batch (N, channels, size, size) in -1..1 of real ones.
        networks: other ones than the paper's, for those who break them.
        random: where latent vectors are drawn from, if not from PyTorch's own numbers.
    """

    def __init__(
        self,
        settings: Settings,
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

    def task(self) -> training.Task:
        settings = self.settings
        networks = nn.ModuleDict(
            {"generator": self.generator, "discriminator": self.discriminator, "average": self.average}
        )
        updates = [
            training.Update(self._adam(self.discriminator, settings.lr), self.discriminator_loss),
            training.Update(self._adam(self.generator, settings.lr * settings.generator_rate), self.generator_loss),
        ]
        return training.Task(networks, updates, {"set": settings.set})

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
        if progress >= settings.collapse_at and self.steps % SELDOM:
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


# ---- snapshots and export -------------------------------------------------------------------------------------------


class Snapshots:
    """The generator through its training, kept beside the checkpoint, so that a resumed training has them all."""

    def __init__(self, checkpoint: Path) -> None:
        self.folder = checkpoint.parent / f"{checkpoint.stem}-snapshots"
        self.folder.mkdir(parents=True, exist_ok=True)

    def paths(self) -> list[Path]:
        return sorted(self.folder.glob("*.safetensors"))

    def keep_if_due(self, network: nn.Module, progress: float, images: int) -> None:
        due = sum(progress >= at for at in SNAPSHOTS_AT)
        if due > len(self.paths()):
            save_file(storage.squeezed(network), self.folder / f"{images:012d}.safetensors")

    def chosen(self, count: int) -> list[Path]:
        """So many of them, the first and the last and evenly between."""
        paths = self.paths()[: len(SNAPSHOTS_AT)]
        count = min(count, len(paths))
        return [paths[round(i * (len(paths) - 1) / max(1, count - 1))] for i in range(count)]

    def clear(self) -> None:
        for path in self.paths():
            path.unlink()


def export(
    generator: Generator, discriminator: Discriminator | None, config: storage.Config, folder: Path, kept: list[Path]
) -> None:
    """Writes the format of `storage.py`, and notes the files' hashes beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    written = [folder / storage.GENERATOR]
    save_file(storage.packed(generator), folder / storage.GENERATOR)
    if discriminator is not None:
        save_file(storage.packed(discriminator), folder / storage.DISCRIMINATOR)
        written.append(folder / storage.DISCRIMINATOR)
    written += storage.write_snapshots(folder, [load_file(path) for path in kept])
    (folder / storage.CONFIG).write_text(storage.to_json(config) + "\n", encoding="utf-8")
    for path in [*written, folder / storage.CONFIG]:
        weights.record_shipped(path)


def push(folder: Path, repo: str) -> str:
    """Uploads an exported folder to a repository on the Hub, which is made if need be; gives its address."""
    from huggingface_hub import HfApi

    api = HfApi()
    api.create_repo(repo, exist_ok=True)
    api.upload_folder(repo_id=repo, folder_path=folder, commit_message="A DCGAN of Hidden Layers")
    return f"{api.endpoint}/{repo}"


def describe(settings: Settings, pictures: Tensor, images: int, kept: list[Path]) -> storage.Config:
    kind = sets.KINDS[settings.set]
    some = pictures[:: max(1, len(pictures) // 500)]
    return storage.Config(
        settings.shape,
        title=kind.name,
        one=kind.one,
        many=kind.many,
        set=kind.name,
        images=images,
        set_size=len(pictures),
        diversity=scores.diversity(some.float() / 255),
        snapshots=tuple(int(path.stem) for path in kept),
    )


def main() -> None:
    arguments = training.parser(Settings, "Train a DCGAN.").parse_args()
    settings = completed(training.from_arguments(Settings, arguments))
    pictures = sets.load(settings.set, Path(settings.data), settings.size)
    print(f"{len(pictures)} {sets.KINDS[settings.set].many} of {settings.size} px", flush=True)
    game = Game(settings, Batches(pictures, settings.batch, sets.KINDS[settings.set].mirror))
    task, checkpoint = game.task(), Path(settings.checkpoint).expanduser()
    snapshots = Snapshots(checkpoint)
    if not checkpoint.exists():
        snapshots.clear()
        snapshots.keep_if_due(game.average, 0.0, 0)
    for log in training.train(task, settings):
        images = log.step * settings.batch
        snapshots.keep_if_due(game.average, log.progress, images)
        parts = "  ".join(f"{name} {value:.3f}" for name, value in sorted(log.losses.items()))
        epoch, speed = images / len(pictures), log.steps_per_second * settings.batch
        print(f"{log.seconds / 60:6.1f} min  epoch {epoch:6.2f}  {speed:5.0f} pictures/s  {parts}", flush=True)
    generator, discriminator = game.finished()
    kept, images = snapshots.chosen(settings.snapshots), game.played * settings.batch
    export(generator, discriminator, describe(settings, pictures, images, kept), Path(settings.export), kept)
    held_out = sets.load(settings.set, Path(settings.data), settings.size, held_out=True)
    memorised.write(discriminator, pictures, held_out[:2000], Path(settings.export))
    print(f"Written to {settings.export}", flush=True)
    if settings.push:
        print(push(Path(settings.export), settings.push), flush=True)


if __name__ == "__main__":
    main()
