"""Trains the networks of this tab, one at a time.

    python -m demos.autoencoder.train --data ../shared/data --what denoiser --hours 6
    python -m demos.autoencoder.train --data ../shared/data --what codec --hours 3
    python -m demos.autoencoder.train --data ../shared/data --what layers --hours 1

Each resumes from its checkpoint and writes weights/<what>.safetensors with its hash. The photos are those of
bsds_train, natural, natural_more and the training side of flowers; never cbsd68 or real_noise.

- denoiser: clean crops get Gaussian noise of sigma 0 to 55 or noise as a camera makes it; asked for are the clean crop
  (mean absolute error) and the local level of the noise.
- codec: bits per pixel + lambda * squared error, with a quality drawn for each photo.
- layers: one decoder for each of pool1 to pool5 of the pocket VGG16: squared error, and how VGG sees the picture.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.transforms.v2 import functional as transforms

from demos.autoencoder.compress import network as codec_network
from demos.autoencoder.denoise import network as denoise_network
from demos.autoencoder.denoise import noise
from demos.autoencoder.layers import network as layers_network
from demos.core import device
from demos.core.data import training_photos as data_training_photos
from demos.core.data.splits import is_held_out
from demos.core.hub import hashes
from demos.core.images.load import load_image
from demos.core.networks import files as network_files
from demos.core.networks import vgg
from demos.core.training import loop, options, update

STRONGEST = 55.0  # sigma, of 255
SIZES = ((0.5, 96), (1.0, 128))  # (until this share of the time, px): more photos first, larger surroundings later
# How often each set is drawn: a denoiser learns most from sharp photos, and most of ours were shrunk from larger ones.
SETS = {"bsds_train": 12, "flowers": 2, "natural": 1, "natural_more": 0.3}
ENLARGED = 0.3  # this share of the photos for a camera's noise is enlarged first: a phone's pixels are soft
# The codec has rates and errors to balance, which larger steps throw out of balance for good.
RATES = {"denoiser": 1e-3, "codec": 5e-4, "layers": 1e-3}


@dataclass(frozen=True)
class AutoencoderOptions(options.TrainingOptions):
    what: str = "denoiser"
    data: str = "../shared/data"
    checkpoint: str = ""  # empty: ~/checkpoints/<what>.safetensors
    export: str = ""  # empty: weights/<what>.safetensors
    batch: int = 16
    lr: float = 0.0  # 0: what suits `what`, see `RATES`
    weight_decay: float = 0.0
    clip: float = 1.0
    ema: float = 0.999
    widths: str = ",".join(map(str, denoise_network.WIDTHS))  # of the denoiser
    blocks: str = ",".join(map(str, denoise_network.BLOCKS))
    gaussian: float = 0.65  # share of the batch with Gaussian noise; the rest is a camera's
    noise_weight: float = 0.1  # of the estimate's error against the picture's
    feature_weight: float = 0.02  # layers: of VGG's view against the pixels

    def named(self) -> "AutoencoderOptions":
        """With the paths and the learning rate that `what` stands for."""
        file = f"{self.what}.safetensors"
        return replace(
            self,
            checkpoint=self.checkpoint or f"~/checkpoints/{file}",
            export=self.export or f"weights/{file}",
            lr=self.lr or RATES[self.what],
        )


# ---- photos ---------------------------------------------------------------------------------------------------------


def training_photos(folder: Path) -> Iterable[tuple[bytes, float]]:
    """(content, how often to draw it) of every photo that may be trained on."""
    for path in sorted((folder / "bsds_train").rglob("*.jpg")):
        yield path.read_bytes(), SETS["bsds_train"]
    for path in sorted((folder / "flowers").rglob("*.jpg")):
        content = path.read_bytes()
        if not is_held_out(content):
            yield content, SETS["flowers"]
    for name in ("natural", "natural_more"):
        for content in data_training_photos.archived(folder / f"{name}.tar.gz"):
            if not is_held_out(content, 20):
                yield content, SETS[name]


class Patches:
    """Batches of random square cuts, pixels as they are, turned and mirrored in one of the eight ways.

    Args:
        photos: (3, H, W) as bytes.
        often: how often each is drawn.
    """

    def __init__(self, photos: Sequence[Tensor], often: Sequence[float], seed: int) -> None:
        self.photos, self.often = photos, torch.tensor(often, dtype=torch.float)
        self.random = torch.Generator().manual_seed(seed)

    def __call__(self, batch: int, size: int) -> Tensor:
        """(batch, 3, size, size) float32 RGB 0..1."""
        picked = torch.multinomial(self.often, batch, replacement=True, generator=self.random).tolist()
        return torch.stack([self._cut(self.photos[i], size) for i in picked]).float() / 255

    def _cut(self, photo: Tensor, size: int) -> Tensor:
        if min(photo.shape[1:]) < size:  # the smallest are 128 px
            photo = transforms.resize(photo, [size])
        _, height, width = photo.shape
        y, x, mirror, turns = torch.rand(4, generator=self.random).tolist()
        top, left = int(y * (height - size + 1)), int(x * (width - size + 1))
        cut = photo[:, top : top + size, left : left + size]
        return torch.rot90(cut.flip(2) if mirror < 0.5 else cut, int(turns * 4), (1, 2))


# ---- what is learned ------------------------------------------------------------------------------------------------


def noisy_crops(clean: Tensor, gaussian: float, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """(clean, noisy): the first share of the batch with Gaussian noise, the rest as a camera takes it."""
    count = round(gaussian * len(clean))
    sigma = STRONGEST * torch.rand(count, 1, 1, 1, generator=random)
    by_hand = clean[:count] + sigma / 255 * torch.randn(clean[:count].shape, generator=random)
    if count == len(clean):
        return clean, by_hand
    taken = clean[count:]
    if torch.rand((), generator=random) < ENLARGED:
        size, half = taken.shape[-1], taken.shape[-1] // 4 * 2
        taken = F.interpolate(taken[..., :half, :half], (size, size), mode="bicubic", align_corners=False).clamp(0, 1)
    clean = torch.cat([clean[:count], taken])
    return clean, torch.cat([by_hand, noise.real_looking(taken, random)])


def denoiser_losses(
    network: denoise_network.Denoiser, clean: Tensor, noisy: Tensor, noise_weight: float
) -> dict[str, Tensor]:
    """Mean absolute errors of the picture, once told the true map and once its own, and of the map."""
    true = noise.noise_level_map(noisy - clean)
    half = len(clean) // 2
    # Told the truth, the network learns what the map means, which the strength needs; told its own estimate, it learns
    # to live with its errors. Strided, so that both halves get every kind of noise.
    found = network(noisy[1::2])
    told = network(noisy[::2], noise=true[::2])
    loss = F.l1_loss(found.picture, clean[1::2]) * half + F.l1_loss(told.picture, clean[::2]) * (len(clean) - half)
    maps = F.l1_loss(found.noise, true[1::2]) + F.l1_loss(told.noise, true[::2])
    return {"picture": loss / len(clean), "noise": noise_weight * maps / 2}


def codec_losses(network: codec_network.Codec, photo: Tensor, quality: Tensor) -> dict[str, Tensor]:
    """The rate in bits per pixel, and lambda times the squared error of 0..255."""
    picture, cost = network(photo, quality)
    pixels = photo.shape[-1] * photo.shape[-2]
    rates = torch.tensor(codec_network.LAMBDAS, device=photo.device)[quality]
    errors = (255 * (picture - photo)).square().mean((1, 2, 3))
    return {"bits": (cost / pixels).mean(), "error": (rates * errors).mean()}


class Layers(nn.Module):
    """The five decoders, and the encoder that they answer to."""

    def __init__(self, encoder: vgg.VGG16) -> None:
        super().__init__()
        self.decoders = layers_network.new_decoders(encoder)
        self._encoder = [encoder]  # in a list: not ours to train or save

    def forward(self, photo: Tensor, cut: str, feature_weight: float) -> dict[str, Tensor]:
        encoder = self._encoder[0]
        with torch.no_grad():
            seen = encoder.features(photo, [cut])[cut]
        picture = self.decoders[cut](seen)
        again = encoder.features(picture, [cut])[cut]
        apart = F.mse_loss(again.float(), seen.float()) / seen.float().square().mean().clamp_min(1e-8)
        return {f"{cut} pixels": F.mse_loss(picture, photo), f"{cut} features": feature_weight * apart}


# ---- the trainings --------------------------------------------------------------------------------------------------


def size_at(progress: float) -> int:
    return next(size for until, size in SIZES if progress <= until)


def make_task(settings: AutoencoderOptions) -> update.Task:
    """Photos, network and optimiser, as the training loop wants them."""
    contents, often = zip(*training_photos(Path(settings.data)), strict=True)
    photos = [transforms.pil_to_tensor(load_image(content)) for content in contents]
    return task_of(settings, Patches(photos, often, settings.seed))


def task_of(settings: AutoencoderOptions, patches: Patches) -> update.Task:
    """The same for any photos."""
    torch.manual_seed(settings.seed)
    return _TASKS[settings.what](settings, patches)


def _denoiser(settings: AutoencoderOptions, patches: Patches) -> update.Task:
    where = device.current().device
    widths, blocks = ([int(n) for n in text.split(",")] for text in (settings.widths, settings.blocks))
    network = denoise_network.Denoiser(widths, blocks).to(where).to(memory_format=torch.channels_last)
    random = torch.Generator().manual_seed(settings.seed + 1)

    def loss(progress: float) -> dict[str, Tensor]:
        clean, noisy = noisy_crops(patches(settings.batch, size_at(progress)), settings.gaussian, random)
        return denoiser_losses(network, clean.to(where), noisy.to(where), settings.noise_weight)

    return _task(settings, network, loss, denoise_network.metadata(network))


def _codec(settings: AutoencoderOptions, patches: Patches) -> update.Task:
    where = device.current().device
    network = codec_network.Codec().to(where).to(memory_format=torch.channels_last)
    random = torch.Generator().manual_seed(settings.seed + 1)

    def loss(progress: float) -> dict[str, Tensor]:
        photo = patches(settings.batch, size_at(progress)).to(where)
        quality = torch.randint(network.qualities, (len(photo),), generator=random).to(where)
        return codec_losses(network, photo, quality)

    return _task(settings, network, loss, codec_network.metadata(network))


def _layers(settings: AutoencoderOptions, patches: Patches) -> update.Task:
    encoder = vgg.load(vgg.POCKET)
    network, turn = Layers(encoder).to(device.current().device), 0

    def loss(progress: float) -> dict[str, Tensor]:
        nonlocal turn
        turn += 1
        cut = layers_network.CUTS[turn % len(layers_network.CUTS)]
        return network(patches(settings.batch, size_at(progress)).to(encoder.mean.device), cut, settings.feature_weight)

    path = network_files.find(vgg.POCKET)
    note = layers_network.metadata(network.decoders) | {
        "encoder_sha256": hashes.sha256(path) if path is not None else ""
    }
    return _task(settings, network, loss, note)


def _task(
    settings: AutoencoderOptions, network: nn.Module, loss: Callable[[float], dict[str, Tensor]], note: dict[str, str]
) -> update.Task:
    optimiser = torch.optim.AdamW(network.parameters(), lr=settings.lr, weight_decay=settings.weight_decay)
    return update.Task(nn.ModuleDict({"network": network}), [update.Update(optimiser, loss)], note)


_TASKS = {"denoiser": _denoiser, "codec": _codec, "layers": _layers}


def export(network: nn.Module, path: Path, note: dict[str, str]) -> None:
    """Writes the network in float16 with its notes, and notes the file's hash beside it."""
    state = {key: tensor.detach().cpu().half().contiguous() for key, tensor in network.state_dict().items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(state, path, note)
    network_files.record_shipped(path)


def main() -> None:
    command = options.parser(AutoencoderOptions, "Train a network of the autoencoder tab.")
    settings = options.from_arguments(AutoencoderOptions, command.parse_args())
    if settings.what not in RATES:
        command.error(f"there is no {settings.what!r} to train; there are: {', '.join(RATES)}")
    settings = settings.named()
    task = make_task(settings)
    for log in loop.train(task, settings):
        parts = "  ".join(f"{name} {value:.4f}" for name, value in sorted(log.losses.items()))
        speed = log.steps_per_second
        print(f"{log.seconds / 60:6.1f} min  {log.step:8d} steps  {speed:5.2f}/s  {parts}", flush=True)
    network = task.networks["network"]
    export(network.decoders if isinstance(network, Layers) else network, Path(settings.export), task.metadata)


if __name__ == "__main__":
    main()
