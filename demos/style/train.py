"""Trains the instant mode's decoder: to repeat photos, and to make pictures whose style is another picture's.

    python -m demos.style.train --data ../shared/data --hours 3
    python -m demos.style.train --start weights/style_decoder.safetensors --hours 3    # goes on from there

The encoder is the pocket VGG16 and stays as it is. In every batch some photos are decoded as they are, the others with
the statistics of a style at each depth (`instant.Restyle`); the encoder then looks at what came out. The losses, each
relative to its target's size (1 is as far as nothing at all), so that their weights hold for any encoder:

- pixels: the plain photos come back. Without it the decoder would know textures but no colours and no edges.
- content: at the cut, the picture has the activations that were decoded. Keeps a face a face.
- style relu1_1 ... relu5_1: there, it has the style's means, spreads and Gram matrix. Makes strokes and colours.
- smooth: neighbouring pixels are alike (total variation); little of it, against grain that no layer asked for.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.transforms.v2 import functional as transforms

from demos.core import decoder, device, distil, hashes, images, training, vgg, weights
from demos.style import instant, losses, swatches

STYLE_CUTS = tuple(losses.STYLE_LAYERS)
SIZES = (
    (0.45, 96),
    (0.9, 128),
    (1.0, 160),
)  # (until this share of the time, px): more crops first, larger strokes later
PLAIN = ((0.2, 0.5), (1.0, 0.25))  # (until this share of the time, share of photos that are only repeated)
# How often each kind of style picture is drawn. Photos as styles teach that colours alone may be asked for.
PAINTINGS, SWATCHES, PHOTOS = 0.55, 0.3, 0.15
SWATCH_SEEDS, SWATCH_SIDE = 4, 256
SMALLEST_SHARE = 0.08  # of a style picture's largest square, in a crop: strokes from near and from afar


@dataclass(frozen=True)
class Settings(training.Settings):
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
        if distil.is_test(content) == held_out:
            yield transforms.pil_to_tensor(images.load(content))


def drawn() -> Iterable[Tensor]:
    """The styles drawn by mathematics, (3, 256, 256) as bytes, each with several seeds."""
    for name in swatches.SWATCHES:
        for seed in range(SWATCH_SEEDS):
            yield transforms.pil_to_tensor(swatches.swatch(name, SWATCH_SIDE, seed))


class Styles:
    """Batches of square crops of style pictures, from near and from afar, half of them in other colours.

    Args:
        kinds: (how often, pictures (3, H, W) as bytes) of each kind; an empty kind is never drawn.
    """

    def __init__(self, kinds: Sequence[tuple[float, Sequence[Tensor]]], seed: int) -> None:
        self.kinds = [(often, pictures) for often, pictures in kinds if pictures]
        self.often = torch.tensor([often for often, _ in self.kinds])
        self.random = torch.Generator().manual_seed(seed)

    def __call__(self, batch: int, size: int) -> Tensor:
        """(batch, 3, size, size) float32 RGB 0..1."""
        picked = torch.multinomial(self.often, batch, replacement=True, generator=self.random).tolist()
        crops = torch.stack([self._crop(self.kinds[kind][1], size) for kind in picked])
        return (crops.float() / 255).contiguous(memory_format=torch.channels_last)

    def _crop(self, pictures: Sequence[Tensor], size: int) -> Tensor:
        which, share, y, x, mirror, palette, negative = torch.rand(7, generator=self.random).tolist()
        picture = pictures[int(which * len(pictures))]
        _, height, width = picture.shape
        # Every scale as often as every other: the logarithm of the area is uniform.
        side = max(1, round(min(height, width) * math.sqrt(SMALLEST_SHARE ** (1 - share))))
        cut = picture[:, round(y * (height - side)) :, round(x * (width - side)) :][:, :side, :side]
        cut = transforms.resize(cut, [size, size], antialias=True)
        if palette < 0.5:  # red, green and blue change places: a dozen paintings have few palettes
            cut = cut[torch.randperm(3, generator=self.random)]
        if negative < 0.15:
            cut = 255 - cut
        return cut.flip(2) if mirror < 0.5 else cut


# ---- losses ---------------------------------------------------------------------------------------------------------


def relative(found: Tensor, target: Tensor) -> Tensor:
    """Squared distance as a share of the target's square, both over the whole batch.

    Not the mean of each picture's share, as painting has it: a plain white style has next to nothing in the deep
    layers, and would count more than all the others.
    """
    target = target.float()
    return (found.float() - target).square().sum() / target.square().sum().clamp_min(1e-12)


class Lessons(nn.Module):
    """The decoder that learns, and what is asked of it."""

    def __init__(self, network: decoder.Decoder, encoder: vgg.VGG16, settings: Settings) -> None:
        super().__init__()
        self.network, self.settings = network, settings
        self._encoder = [encoder]  # in a list: not ours to train or save

    def forward(self, photo: Tensor, style: Tensor, plain: int) -> dict[str, Tensor]:
        """The weighted losses; the first `plain` photos are only repeated. Both (N, 3, H, W), RGB 0..1."""
        asked, network, encoder = self.settings, self.network, self._encoder[0]
        count = len(photo)
        painted = (torch.arange(count, device=photo.device) >= plain).float()
        with torch.no_grad():
            content = encoder.features(photo, [network.cut])[network.cut]
            shown = encoder.features(style, [*STYLE_CUTS, *network.depths])
            targets = {depth: instant.statistics(shown[depth]) for depth in network.depths}
            hook = instant.Restyle(targets, painted.view(-1, 1, 1))
            wanted = hook(network.cut, content)
        # What goes in is wanted already: only the depths after the cut are left to the hook.
        del targets[network.cut]
        picture = network(wanted, hook)
        with torch.autocast(photo.device.type, enabled=False):
            found = encoder.features(picture, list({*STYLE_CUTS, network.cut}))
            result = {
                "content": asked.content_weight * relative(found[network.cut], wanted),
                "smooth": asked.smooth_weight * losses.total_variation(picture).mean(),
            }
            if plain:
                result["pixels"] = asked.pixel_weight * plain / count * F.mse_loss(picture[:plain], photo[:plain])
            share = (count - plain) / count / len(STYLE_CUTS)
            for cut in STYLE_CUTS if plain < count else ():
                apart = _style_distance(found[cut][plain:], shown[cut][plain:])
                result[f"style {cut}"] = asked.style_weight * share * apart
        return result


def _style_distance(found: Tensor, target: Tensor) -> Tensor:
    """Of means and spreads, which carry the colours, and of Gram matrices, which carry the patterns."""
    one, two = instant.statistics(found), instant.statistics(target)
    moments = relative(torch.cat([one.mean, one.std], 1), torch.cat([two.mean, two.std], 1))
    return moments + relative(losses.gram(found), losses.gram(target))


# ---- the training ---------------------------------------------------------------------------------------------------


def at(progress: float, plan: Sequence[tuple[float, float]]) -> float:
    """The value of a plan, (until this share of the time, value) in order."""
    return next(value for until, value in plan if progress <= until)


def make_task(settings: Settings) -> training.Task:
    """Photos, styles, encoder, decoder and optimiser, as the training loop wants them."""
    folder = Path(settings.data)
    contents, often = zip(*distil.training_photos(folder), strict=True)
    photos = [distil.decode(content) for content in contents]
    crops = distil.Crops(photos, list(often), settings.seed)
    kinds = [(PAINTINGS, list(paintings(folder))), (SWATCHES, list(drawn())), (PHOTOS, photos)]
    return task_of(settings, crops, Styles(kinds, settings.seed + 1), vgg.load(vgg.POCKET), encoder_hash())


def task_of(
    settings: Settings, crops: distil.Crops, styles: Styles, encoder: vgg.VGG16, encoder_sha256: str
) -> training.Task:
    """The same for any pictures and encoder."""
    where = device.current().device
    network = decoder.Decoder(encoder.widths, settings.cut, [int(n) for n in settings.blocks.split(",")])
    if settings.start:
        with safe_open(settings.start, "pt") as file:
            notes = file.metadata()
        network.load_state_dict(decoder.build(load_file(settings.start), notes).state_dict())
    lessons = Lessons(network, encoder, settings).to(where).to(memory_format=torch.channels_last)

    def loss(progress: float) -> dict[str, Tensor]:
        size = int(at(progress, SIZES))
        photo = crops(settings.batch, size, mix=False).to(where)
        style = styles(settings.batch, size).to(where)
        return lessons(photo, style, plain=round(settings.batch * at(progress, PLAIN)))

    optimiser = torch.optim.AdamW(network.parameters(), lr=settings.lr, weight_decay=settings.weight_decay)
    note = decoder.notes(network) | {"encoder_sha256": encoder_sha256}
    return training.Task(nn.ModuleDict({"lessons": lessons}), [training.Update(optimiser, loss)], note)


def encoder_hash() -> str:
    """SHA-256 of the pocket VGG16's file: a decoder fits the features that it was trained on."""
    path = weights.find(vgg.POCKET)
    return hashes.sha256(path) if path is not None else ""


def export(network: decoder.Decoder, path: Path, note: dict[str, str]) -> None:
    """Writes the decoder in float16 with its notes, and notes the file's hash beside it."""
    state = {key: tensor.detach().cpu().half().contiguous() for key, tensor in network.state_dict().items()}
    save_file(state, path, note)
    weights.record_shipped(path)


def main() -> None:
    arguments = training.parser(Settings, "Train the instant mode's decoder.").parse_args()
    settings = training.from_arguments(Settings, arguments)
    task = make_task(settings)
    lessons = task.networks["lessons"]
    assert isinstance(lessons, Lessons)
    for log in training.train(task, settings):
        parts = "  ".join(f"{name} {value:.3f}" for name, value in sorted(log.losses.items()))
        speed = log.steps_per_second
        print(f"{log.seconds / 60:6.1f} min  {log.step:8d} steps  {speed:5.2f}/s  {parts}", flush=True)
    export(lessons.network, Path(settings.export), task.metadata)


if __name__ == "__main__":
    main()
