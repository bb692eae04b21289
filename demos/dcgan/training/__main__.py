"""Trains a generator and its discriminator.

    python -m demos.dcgan.training --data ../shared/data --set cats --minutes 4    # on a GPU; hours on a CPU
    python -m demos.dcgan.training --data ../shared/data --set cats --collapse --snapshots 5 --minutes 0.75
    python -m demos.dcgan.training --set fashion --snapshots 3 --minutes 2 --push OWNER/NAME

Plain is the paper's game (Goodfellow et al. 2014, with the loss that does not saturate; Radford et al. 2016, section 4:
Adam with 2e-4 and beta1 0.5). Added, within the guidelines, and each can be turned off: both sides see pictures through
the same random changes (`augment.py`), the discriminator is asked for 0.9 instead of 1 on real ones (one-sided label
smoothing, Salimans et al. 2016, section 3.4), and what is kept of the generator is the moving average of its weights
(Yazici et al., "The Unusual Effectiveness of Averaging in GAN Training", 2019). `--spectral` departs from the
guidelines: spectral norm (Miyato et al. 2018) in place of batch norm's help in the discriminator.
"""

from pathlib import Path

import torch
from torch import Tensor
from torchvision.transforms.v2.functional import pil_to_tensor

from demos.core.data import training_photos
from demos.core.images.load import load_image, square_crop
from demos.core.training import batches, loop, options, processes
from demos.dcgan.explore import nearest
from demos.dcgan.training import datasets, export
from demos.dcgan.training import options as training_options
from demos.dcgan.training.export import Snapshots
from demos.dcgan.training.gan import Batches, GanTraining
from demos.dcgan.training.options import GanOptions

FEW = 64  # pictures in a dry run


def training_pictures(settings: GanOptions) -> Tensor:
    """The set, and further photos cut to squares: (N, channels, size, size) uint8.

    Raises:
        DemoError: something of it is not there.
    """
    pictures = datasets.load(settings.set, Path(settings.data), settings.size)
    if settings.photos:
        contents = training_photos.training_photos(Path(settings.data), {}, settings.photos, few=settings.dry_run)
        mode = "RGB" if pictures.shape[1] == 3 else "L"
        squares = [square_crop(load_image(content), settings.size).convert(mode) for content, _ in contents]
        pictures = torch.cat([torch.stack([pil_to_tensor(square) for square in squares]), pictures])
    return pictures[:FEW] if settings.dry_run else pictures


def main() -> None:
    with options.command(GanOptions, "Train a DCGAN.") as asked:
        train(training_options.completed(asked))


def train(settings: GanOptions) -> None:
    """Trains, and writes the generator, the discriminator, snapshots and what the page needs of the photos."""
    first = processes.rank() == 0
    pictures, random = training_pictures(settings), batches.stream(settings.seed)
    training = GanTraining(
        settings,
        Batches(pictures, settings.batch, datasets.KINDS[settings.set].mirror, random),
        random=random,
    )  # fmt: skip
    if first:
        print(f"{len(pictures)} {datasets.KINDS[settings.set].many} of {settings.size} px", flush=True)
    task, checkpoint = training.task(), Path(settings.checkpoint).expanduser()
    snapshots, together = Snapshots(checkpoint), settings.batch * processes.world()
    if first and not checkpoint.exists():
        snapshots.clear()
        snapshots.save_if_due(training.generator, 0.0, 0)
    for log in loop.train(task, settings):
        if first:
            average = training.generator if log.average is None else log.average.averaged(training.generator)
            snapshots.save_if_due(average, log.progress, log.step * together)
            parts = "  ".join(f"{name} {value:.3f}" for name, value in sorted(log.losses.items()))
            epoch, speed = log.step * together / len(pictures), log.steps_per_second * together
            print(f"{log.seconds / 60:6.1f} min  epoch {epoch:6.2f}  {speed:5.0f} pictures/s  {parts}", flush=True)
    if not first:
        return
    generator, discriminator = training.trained_networks()
    kept, images = snapshots.chosen(settings.snapshots), training.steps_done * together
    export.export(
        generator, discriminator, export.describe(settings, pictures, images, kept), Path(settings.export), kept
    )
    held_out = datasets.load(settings.set, Path(settings.data), settings.size, held_out=True)
    nearest.write(pictures, held_out[: FEW if settings.dry_run else 2000], Path(settings.export), discriminator)
    if settings.dry_run:
        return
    print(f"Written to {settings.export}", flush=True)
    if settings.push:
        print(export.push(Path(settings.export), settings.push), flush=True)


if __name__ == "__main__":
    main()
