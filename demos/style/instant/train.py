"""Trains the instant mode's decoder: to repeat photos, and to make pictures whose style is another picture's.

    python -m demos.style.instant.train --data ../shared/data --hours 3
    python -m demos.style.instant.train --start weights/style_decoder.safetensors --hours 3    # goes on from there

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
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torchvision.transforms.v2 import functional as transforms

from demos.core import device
from demos.core.data import crops as data_crops
from demos.core.data import training_photos
from demos.core.data.crops import StyleCrops
from demos.core.data.splits import is_held_out
from demos.core.hub import hashes
from demos.core.images.load import load_image
from demos.core.networks import decoder, vgg
from demos.core.networks import files as network_files
from demos.core.training import loop, options, update
from demos.style.instant.losses import DecoderLosses
from demos.style.styles import textures

SIZES = (
    (0.45, 96),
    (0.9, 128),
    (1.0, 160),
)  # (until this share of the time, px): more crops first, larger strokes later
PLAIN = ((0.2, 0.5), (1.0, 0.25))  # (until this share of the time, share of photos that are only repeated)
# How often each kind of style picture is drawn. Photos as styles teach that colours alone may be asked for.
PAINTINGS, SWATCHES, PHOTOS = 0.55, 0.3, 0.15
SWATCH_SEEDS, SWATCH_SIDE = 4, 256


@dataclass(frozen=True)
class DecoderOptions(options.TrainingOptions):
    data: str = "../shared/data"
    checkpoint: str = "~/checkpoints/style_decoder.safetensors"
    export: str = "weights/style_decoder.safetensors"
    batch: int = 8
    lr: float = 2e-3
    weight_decay: float = 0.0
    ema: float = 0.999
    start: str = ""  # a shipped decoder to go on from
    cut: str = "relu4_1"
    blocks: str = ",".join(map(str, decoder.BLOCKS))
    pixel_weight: float = 20.0
    content_weight: float = 2.0
    style_weight: float = 3.0
    smooth_weight: float = 1.0


# ---- pictures -------------------------------------------------------------------------------------------------------


def paintings(folder: Path, held_out: bool = False) -> Iterable[Tensor]:
    """The paintings (3, H, W) as bytes, about a fifth of them held out: to judge by, never to train on."""
    for path in sorted((folder / "paintings").glob("*.jpg")):
        content = path.read_bytes()
        if is_held_out(content) == held_out:
            yield transforms.pil_to_tensor(load_image(content))


def drawn() -> Iterable[Tensor]:
    """The styles drawn by mathematics, (3, 256, 256) as bytes, each with several seeds."""
    for name in textures.TEXTURES:
        for seed in range(SWATCH_SEEDS):
            yield transforms.pil_to_tensor(textures.texture(name, SWATCH_SIDE, seed))


# ---- the training ---------------------------------------------------------------------------------------------------


def at(progress: float, plan: Sequence[tuple[float, float]]) -> float:
    """The value of a plan, (until this share of the time, value) in order."""
    return next(value for until, value in plan if progress <= until)


def make_task(settings: DecoderOptions) -> update.Task:
    """Photos, styles, encoder, decoder and optimiser, as the training loop wants them."""
    folder = Path(settings.data)
    contents, often = zip(*training_photos.natural(folder), strict=True)
    photos = [training_photos.decode(content) for content in contents]
    crops = data_crops.Crops(photos, list(often), settings.seed)
    kinds = [(PAINTINGS, list(paintings(folder))), (SWATCHES, list(drawn())), (PHOTOS, photos)]
    return task_of(settings, crops, StyleCrops(kinds, settings.seed + 1), vgg.load(vgg.POCKET), encoder_hash())


def task_of(
    settings: DecoderOptions, crops: data_crops.Crops, styles: StyleCrops, encoder: vgg.VGG16, encoder_sha256: str
) -> update.Task:
    """The same for any pictures and encoder."""
    where = device.current().device
    network = decoder.Decoder(encoder.widths, settings.cut, [int(n) for n in settings.blocks.split(",")])
    if settings.start:
        with safe_open(settings.start, "pt") as file:
            notes = file.metadata()
        network.load_state_dict(decoder.build(load_file(settings.start), notes).state_dict())
    lessons = DecoderLosses(network, encoder, settings).to(where).to(memory_format=torch.channels_last)

    def loss(progress: float) -> dict[str, Tensor]:
        size = int(at(progress, SIZES))
        photo = crops(settings.batch, size, mix=False).to(where)
        style = styles(settings.batch, size).to(where)
        return lessons(photo, style, plain=round(settings.batch * at(progress, PLAIN)))

    optimiser = torch.optim.AdamW(network.parameters(), lr=settings.lr, weight_decay=settings.weight_decay)
    note = decoder.metadata(network) | {"encoder_sha256": encoder_sha256}
    return update.Task(nn.ModuleDict({"lessons": lessons}), [update.Update(optimiser, loss)], note)


def encoder_hash() -> str:
    """SHA-256 of the pocket VGG16's file: a decoder fits the features that it was trained on."""
    path = network_files.find(vgg.POCKET)
    return hashes.sha256(path) if path is not None else ""


def export(network: decoder.Decoder, path: Path, note: dict[str, str]) -> None:
    """Writes the decoder in float16 with its notes, and notes the file's hash beside it."""
    state = {key: tensor.detach().cpu().half().contiguous() for key, tensor in network.state_dict().items()}
    save_file(state, path, note)
    network_files.record_shipped(path)


def main() -> None:
    arguments = options.parser(DecoderOptions, "Train the instant mode's decoder.").parse_args()
    settings = options.from_arguments(DecoderOptions, arguments)
    task = make_task(settings)
    lessons = task.networks["lessons"]
    assert isinstance(lessons, DecoderLosses)
    for log in loop.train(task, settings):
        parts = "  ".join(f"{name} {value:.3f}" for name, value in sorted(log.losses.items()))
        speed = log.steps_per_second
        print(f"{log.seconds / 60:6.1f} min  {log.step:8d} steps  {speed:5.2f}/s  {parts}", flush=True)
    export(lessons.network, Path(settings.export), task.metadata)


if __name__ == "__main__":
    main()
