"""The same latent vectors through a generator's training, and a run that collapsed beside the healthy one."""

from dataclasses import dataclass

import numpy as np
import torch

from demos.core.errors import DemoError
from demos.core.networks import files as network_files
from demos.core.networks.shipped import kept, module_bytes
from demos.dcgan import file_format, pretrained, sampling
from demos.dcgan.models import Generator
from demos.dcgan.pretrained import Gan
from demos.dcgan.sampling import MOST, as_bytes, latents
from demos.dcgan.training import scores

MEASURED = 64  # pictures that the diversity is measured on


@dataclass(frozen=True)
class Snapshot:
    """What a generator made at one moment of its training."""

    images: int  # training pictures seen
    epoch: float
    pixels: np.ndarray  # (N, size, size, 3) bytes
    diversity: float | None  # see `scores.diversity`
    of_real: float | None  # the same as a share of the training set's; None where that is unknown


def snapshots(gan: Gan) -> list[int]:
    """Training pictures seen at each moment that can be shown, the finished generator last."""
    shown = [images for i, images in enumerate(gan.config.snapshots) if _has(gan, i)]
    return [*shown, gan.config.images]


def _has(gan: Gan, index: int) -> bool:
    return pretrained.has(gan, file_format.SNAPSHOTS[index // file_format.PER_FILE])


def generator_at(gan: Gan, index: int) -> Generator:
    """The generator at moment `index` of `snapshots`, in evaluation mode; each is read once per process."""
    if index >= len(snapshots(gan)) - 1:
        return gan.generator

    def read() -> Generator:
        tensors = pretrained.tensors_of(gan, file_format.SNAPSHOTS[index // file_format.PER_FILE])
        return file_format.generator(gan.config, file_format.read_snapshot(tensors, index))

    return kept(("snapshot of", gan.name, gan.version, index), read, module_bytes)


@torch.inference_mode()
def load_snapshot(gan: Gan, index: int, seed: int = 0, count: int = 16) -> Snapshot:
    """The sheet of a seed at moment `index` (0 is before the first step).

    Raises:
        DemoError: no such moment, or a count out of range.
    """
    times = snapshots(gan)
    if not 0 <= index < len(times):
        raise DemoError(f"There is no moment {index} in this training. There are 0 to {len(times) - 1}.")
    if not 1 <= count <= MOST:
        raise DemoError(f"A sheet of {count} pictures cannot be made. Ask for 1 to {MOST}.")
    pictures = sampling.to_rgb01(generator_at(gan, index)(latents(seed, MEASURED, gan.latent)))
    diversity, real = scores.diversity(pictures), gan.config.diversity
    epoch = times[index] / gan.config.set_size if gan.config.set_size else 0.0
    return Snapshot(
        times[index],
        epoch,
        as_bytes(pictures[:count]),
        diversity,
        diversity / real if real and diversity is not None else None,
    )


def collapsed() -> Gan | None:
    """The run that was broken on purpose, where it is here."""
    return pretrained.load(pretrained.COLLAPSED) if network_files.available(pretrained.COLLAPSED) else None


def same_moment(other: Gan, images: int) -> int:
    """The other training's moment nearest to so many pictures seen."""
    times = snapshots(other)
    return min(range(len(times)), key=lambda i: abs(times[i] - images))
