"""Where the trainings' batches come from: this process' part of them, on the device that trains."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from torch import Tensor

from demos.core import device
from demos.core.data import training_photos
from demos.core.data.crops import Cut, Sampler
from demos.core.data.random_stream import RandomStream
from demos.core.training import processes
from demos.core.training.options import TrainingOptions


def photos(
    settings: TrainingOptions,
    weights: Mapping[str, float],
    decode: Callable[[bytes], Tensor],
    by_area: bool = False,
) -> tuple[list[Tensor], list[float]]:
    """The photos (3, H, W) uint8 of the options, and how often each is drawn.

    Args:
        settings: name the folder, and further ones.
        weights: `training_photos.EVERYDAY`, `SHARP` or `EVERYDAY_AND_SHARP`.
        decode: `training_photos.decode` or `decode_small`.
        by_area: multiply each weight with the photo's area, so that patches come from every place equally often.

    Raises:
        DemoError: there are none.
    """
    chosen = training_photos.training_photos(Path(settings.data), weights, settings.photos, few=settings.dry_run)
    pictures = [decode(content) for content, _ in chosen]
    areas = [picture[0].numel() if by_area else 1.0 for picture in pictures]
    return pictures, [weight * area for (_, weight), area in zip(chosen, areas, strict=True)]


def sampler(pictures: Sequence[Tensor], weights: Sequence[float], cut: Cut, seed: int) -> Sampler:
    """Random crops of the pictures, for this process."""
    where = device.current().device
    return Sampler(
        pictures, weights, cut, seed=seed, rank=processes.rank(), world=processes.world(), device=where
    )  # fmt: skip


def stream(seed: int) -> RandomStream:
    """Random numbers per photo, for this process."""
    return RandomStream(seed, processes.rank(), processes.world())
