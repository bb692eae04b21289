"""Trains a generator and its discriminator.

    python -m demos.dcgan.training --data ../shared/data --set cats --hours 1
    python -m demos.dcgan.training --data ../shared/data --set cats --collapse --snapshots 5 --hours 0.1
    python -m demos.dcgan.training --set fashion --snapshots 3 --hours 0.5 --push OWNER/NAME

Plain is the paper's game (Goodfellow et al. 2014, with the loss that does not saturate; Radford et al. 2016, section 4:
Adam with 2e-4 and beta1 0.5). Added, within the guidelines, and each can be turned off: both sides see pictures through
the same random changes (`augment.py`), the discriminator is asked for 0.9 instead of 1 on real ones (one-sided label
smoothing, Salimans et al. 2016, section 3.4), and what is kept of the generator is the moving average of its weights
(Yazici et al., "The Unusual Effectiveness of Averaging in GAN Training", 2019). `--spectral` departs from the
guidelines: spectral norm (Miyato et al. 2018) in place of batch norm's help in the discriminator.
"""

from pathlib import Path

from demos.core.training import loop, options
from demos.dcgan.explore import nearest
from demos.dcgan.training import datasets, export
from demos.dcgan.training import options as training_options
from demos.dcgan.training.export import Snapshots
from demos.dcgan.training.gan import Batches, GanTraining
from demos.dcgan.training.options import GanOptions


def main() -> None:
    arguments = options.parser(GanOptions, "Train a DCGAN.").parse_args()
    settings = training_options.completed(options.from_arguments(GanOptions, arguments))
    pictures = datasets.load(settings.set, Path(settings.data), settings.size)
    print(f"{len(pictures)} {datasets.KINDS[settings.set].many} of {settings.size} px", flush=True)
    game = GanTraining(settings, Batches(pictures, settings.batch, datasets.KINDS[settings.set].mirror))
    task, checkpoint = game.task(), Path(settings.checkpoint).expanduser()
    snapshots = Snapshots(checkpoint)
    if not checkpoint.exists():
        snapshots.clear()
        snapshots.keep_if_due(game.average, 0.0, 0)
    for log in loop.train(task, settings):
        images = log.step * settings.batch
        snapshots.keep_if_due(game.average, log.progress, images)
        parts = "  ".join(f"{name} {value:.3f}" for name, value in sorted(log.losses.items()))
        epoch, speed = images / len(pictures), log.steps_per_second * settings.batch
        print(f"{log.seconds / 60:6.1f} min  epoch {epoch:6.2f}  {speed:5.0f} pictures/s  {parts}", flush=True)
    generator, discriminator = game.finished()
    kept, images = snapshots.chosen(settings.snapshots), game.played * settings.batch
    export.export(
        generator, discriminator, export.describe(settings, pictures, images, kept), Path(settings.export), kept
    )
    held_out = datasets.load(settings.set, Path(settings.data), settings.size, held_out=True)
    nearest.write(discriminator, pictures, held_out[:2000], Path(settings.export))
    print(f"Written to {settings.export}", flush=True)
    if settings.push:
        print(export.push(Path(settings.export), settings.push), flush=True)


if __name__ == "__main__":
    main()
