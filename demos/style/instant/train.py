"""Trains the instant mode's decoder: to repeat photos, and to make pictures whose style is another picture's.

    python -m demos.style.instant.train --data ../shared/data --minutes 5    # on a GPU; hours on a CPU
    python -m demos.style.instant.train --start weights/style_decoder.safetensors --minutes 5    # goes on from there

The encoder is the pocket VGG16 and stays as it is. In every batch some photos are decoded as they are, the others with
the statistics of a style at each depth (`instant.Restyle`); the encoder then looks at what came out. The losses, each
relative to its target's size (1 is as far as nothing at all), so that their weights hold for any encoder:

- pixels: the plain photos come back. Without it the decoder would know textures but no colours and no edges.
- content: at the cut, the picture has the activations that were decoded. Keeps a face a face.
- style relu1_1 ... relu5_1: there, it has the style's means, spreads and Gram matrix. Makes strokes and colours.
- smooth: neighbouring pixels are alike (total variation); little of it, against grain that no layer asked for.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn
from torchvision.transforms.v2.functional import pil_to_tensor

from demos.core import device
from demos.core.data import training_photos
from demos.core.data.crops import ResizedCrop, Sampler, StyleCrop
from demos.core.data.splits import is_held_out
from demos.core.networks import decoder, vgg
from demos.core.networks.files import file_hash
from demos.core.training import batches, loop, optimisation, options, update
from demos.core.training.export import export
from demos.core.training.optimisation import planned
from demos.style.instant.losses import DecoderLosses
from demos.style.styles import textures

# (until this share of the time, (px, share of the batch)): more crops first, larger strokes later
SIZES = ((0.5, (128, 1.0)), (1.0, (192, 0.5)))
PLAIN = ((0.2, 0.5), (1.0, 0.25))  # (until this share of the time, share of photos that are only repeated)
# How often each kind of style picture is drawn. Photos as styles teach that colours alone may be asked for.
PAINTINGS, SWATCHES, PHOTOS = 0.55, 0.3, 0.15
SWATCH_SEEDS, SWATCH_SIDE = 2, 192


@dataclass(frozen=True)
class DecoderOptions(options.TrainingOptions):
    """The options of the style decoder's training."""

    checkpoint: str = "~/checkpoints/style_decoder.safetensors"
    export: str = "weights/style_decoder.safetensors"
    batch: int = 24
    lr: float = 2e-3
    weight_decay: float = 0.0
    ema: float = 0.999
    start: str = options.option("", "a shipped decoder to go on from")
    cut: str = options.option("relu4_1", "of the encoder, from which the decoder starts")
    blocks: str = options.option(",".join(map(str, decoder.BLOCKS)), "residual blocks of each scale")
    pixel_weight: float = options.option(20.0, "of repeating the plain photos")
    content_weight: float = options.option(2.0, "of the activations that were decoded")
    style_weight: float = options.option(3.0, "of the style's means, spreads and Gram matrices")
    smooth_weight: float = options.option(1.0, "of neighbouring pixels being alike")


# ---- pictures -------------------------------------------------------------------------------------------------------


def paintings(folder: Path, held_out: bool = False) -> Iterable[Tensor]:
    """The paintings (3, H, W) as bytes, about a fifth of them held out: to judge by, never to train on."""
    for path in sorted((folder / "paintings").glob("*.jpg")):
        content = path.read_bytes()
        if is_held_out(content) == held_out:
            yield training_photos.decode(content)


def drawn(seeds: int = SWATCH_SEEDS) -> Iterable[Tensor]:
    """The styles drawn by mathematics, (3, SWATCH_SIDE, SWATCH_SIDE) as bytes, each with so many seeds."""
    for name in textures.TEXTURES:
        for seed in range(seeds):
            yield pil_to_tensor(textures.texture(name, SWATCH_SIDE, seed))


# ---- the training ---------------------------------------------------------------------------------------------------


def style_sampler(kinds: Sequence[tuple[float, Sequence[Tensor]]], seed: int) -> Sampler:
    """Crops of style pictures.

    Args:
        kinds: (how often, pictures (3, H, W) uint8) of each kind; an empty kind is never drawn.
        seed: of the random numbers.
    """
    pictures = [picture for _, several in kinds for picture in several]
    weights = [share / len(several) for share, several in kinds for _ in several]
    return batches.sampler(pictures, weights, StyleCrop(), seed)


def make_task(settings: DecoderOptions) -> update.Task:
    """Photos, styles, encoder, decoder and optimiser, as the training loop wants them."""
    photos, weights = batches.photos(settings, training_photos.EVERYDAY_AND_SHARP, training_photos.decode_small)
    crops = batches.sampler(photos, weights, ResizedCrop(jitter=0.0), settings.seed)
    swatches = list(drawn(1 if settings.dry_run else SWATCH_SEEDS))
    kinds = [(PAINTINGS, list(paintings(Path(settings.data)))), (SWATCHES, swatches), (PHOTOS, photos)]
    return task_of(
        settings, crops, style_sampler(kinds, settings.seed + 1), vgg.load(vgg.POCKET), file_hash(vgg.POCKET)
    )


def task_of(
    settings: DecoderOptions, crops: Sampler, styles: Sampler, encoder: vgg.VGG16, encoder_sha256: str
) -> update.Task:
    """The same for any pictures and encoder."""
    torch.manual_seed(settings.seed)
    where = device.current().device
    network = decoder.Decoder(encoder.widths, settings.cut, [int(n) for n in settings.blocks.split(",")])
    if settings.start:
        with safe_open(settings.start, "pt") as file:
            metadata = file.metadata()
        network.load_state_dict(decoder.build(load_file(settings.start), metadata).state_dict())
    losses = DecoderLosses(network, encoder, settings).to(where).to(memory_format=torch.channels_last)

    def loss(module: nn.Module, step: int, progress: float) -> dict[str, Tensor]:
        size, share = planned(progress, SIZES)
        count = max(1, round(settings.batch * share))
        photo, style = crops(count, size), styles(count, size)
        return module(photo, style, plain=round(count * planned(progress, PLAIN)))

    # No mean over photos: the losses are ratios of sums over each process' batch.
    return update.Task(
        nn.ModuleDict({"losses": losses}),
        [update.Update(losses, optimisation.adamw(network, settings), loss)],
        decoder.metadata(network) | {"encoder_sha256": encoder_sha256},
        {"crops": crops, "styles": styles},
    )


def main() -> None:
    with options.command(DecoderOptions, "Train the instant mode's decoder.") as settings:
        task = make_task(settings)
        network = task.networks.get_submodule("losses.network")
        loop.run(task, settings, lambda: export(network, settings.export, task.metadata))


if __name__ == "__main__":
    main()
