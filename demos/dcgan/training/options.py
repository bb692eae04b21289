"""The options of a GAN's training, and the recipe that collapses on purpose."""

from dataclasses import dataclass, replace

from demos.core.training import options
from demos.dcgan.models import Shape
from demos.dcgan.training import datasets

# When the generator is kept for the time machine, as shares of the training: most happens at the beginning.
SNAPSHOTS_AT = (0.0, 0.004, 0.012, 0.03, 0.07, 0.16, 0.35, 0.7)


@dataclass(frozen=True)
class GanOptions(options.TrainingOptions):
    """The options of a GAN's training; numbers are the paper's where it has them."""

    set: str = options.option("cats", f"the pictures to learn: {' or '.join(datasets.KINDS)}")
    checkpoint: str = options.option("", "the file to save to; where not said, in ~/checkpoints, by the set's name")
    export: str = options.option("", "the folder to write the networks to; where not said, in weights, likewise")
    batch: int = 128  # section 4
    lr: float = 2e-4  # section 4
    weight_decay: float = 0.0
    clip: float = 0.0
    warmup: int = 0
    # The paper keeps both rates as they are; falling ones let the average settle.
    linear: bool = True
    fall_at: float = 0.6
    final_lr: float = 0.1
    ema: float = options.option(0.9995, "decay of the generator's moving average, which is what is kept; 0 keeps none")
    log_steps: int = 20
    beta1: float = options.option(0.5, "of Adam; the paper's section 4")
    size: int = options.option(64, "px of a picture's side")
    width: int = options.option(0, "of the networks; 0: what suits the set, and half of it for the run that collapses")
    latent: int = options.option(100, "numbers in a latent vector")
    smooth: float = options.option(0.1, "real pictures are to be called real with 1 minus this")
    augment: str = options.option("usual", 'a policy of augment.py, "" for none, or "usual": what suits the set')
    generator_rate: float = options.option(1.0, "the generator's learning rate as a multiple of the discriminator's")
    spectral: bool = options.option(False, "spectral norm in the discriminator")
    snapshots: int = options.option(len(SNAPSHOTS_AT), "how many generators through the training are exported")
    collapse_at: float = options.option(
        1.0, "from this share of the time on, the discriminator learns in few steps only"
    )
    collapse: bool = options.option(False, "the deliberately bad recipe")  # see `collapsing`
    push: str = options.option("", "a repository on the Hub to upload the result to")

    @property
    def shape(self) -> Shape:
        """Of both networks."""
        kind = datasets.KINDS[self.set]
        return Shape(self.size, kind.channels, self.latent, self.width or kind.width // (2 if self.collapse else 1))

    @property
    def policy(self) -> str:
        """Of the augmentation, in the words of `augment.py`."""
        return datasets.KINDS[self.set].augment if self.augment == "usual" else self.augment

    @property
    def name(self) -> str:
        """Of the training, in the names of its files."""
        return f"dcgan-{self.set}" + ("-collapsed" if self.collapse else "")


def completed(settings: GanOptions) -> GanOptions:
    """With the places filled in that were not said, and with the bad recipe where that was asked for."""
    settings = replace(
        settings,
        checkpoint=settings.checkpoint or f"~/checkpoints/{settings.name}/checkpoint.safetensors",
        export=settings.export or f"weights/{settings.name}",
    )
    return collapsing(settings) if settings.collapse else settings


def collapsing(settings: GanOptions) -> GanOptions:
    """Healthy at first; then the generator runs ahead of a discriminator that seldom learns.

    It finds a few pictures that pass, and all latent vectors lead to them: mode collapse (Goodfellow 2016, "NIPS 2016
    Tutorial", section 5.1.1: the minimum over G is taken before the maximum over D).
    """
    return replace(settings, collapse_at=0.5, generator_rate=2.0, ema=0.9, final_lr=1.0)
