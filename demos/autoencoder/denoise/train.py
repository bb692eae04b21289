"""Trains the denoiser.

    python -m demos.autoencoder.denoise.train --data ../shared/data --minutes 8    # on a GPU; hours on a CPU

Clean crops get Gaussian noise of sigma 0 to 55 or noise as a camera makes it; asked for are the clean crop (mean
absolute error) and the local level of the noise. The training resumes from its checkpoint and writes
weights/denoiser.safetensors with its hash. The photos are those of `training_photos.SHARP`; never cbsd68 or real_noise.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from demos.autoencoder.denoise import network as denoise_network
from demos.autoencoder.denoise import noise
from demos.core import device
from demos.core.data import training_photos
from demos.core.data.crops import IntegerPatch, Sampler
from demos.core.data.random_stream import RandomStream, send
from demos.core.training import batches, loop, optimisation, options, update
from demos.core.training.export import export
from demos.core.training.optimisation import planned

STRONGEST = 55.0  # sigma, of 255
SIZES = ((1.0, 128),)  # (until this share of the time, px)
ENLARGED = 0.3  # this share of the photos for a camera's noise is enlarged first: a phone's pixels are soft


@dataclass(frozen=True)
class DenoiserOptions(options.TrainingOptions):
    """The options of the denoiser's training."""

    checkpoint: str = "~/checkpoints/denoiser.safetensors"
    export: str = "weights/denoiser.safetensors"
    batch: int = 48
    lr: float = 1e-3
    weight_decay: float = 0.0
    clip: float = 1.0
    warmup: int = 300
    ema: float = 0.999
    widths: str = options.option(",".join(map(str, denoise_network.WIDTHS)), "channels of each scale")
    blocks: str = options.option(",".join(map(str, denoise_network.BLOCKS)), "residual blocks of each scale")
    gaussian: float = options.option(0.7, "share of the batch with Gaussian noise; the rest is a camera's")
    noise_weight: float = options.option(0.1, "of the noise estimate's error against the picture's")


@torch.no_grad()
def noisy_crops(clean: Tensor, gaussian: float, random: RandomStream) -> tuple[Tensor, Tensor]:
    """Adds noise to crops: so many of the pairs (2k, 2k + 1) get Gaussian noise, the others noise as a camera makes it.

    By pairs of the whole batch of all processes, so that `DenoiserLosses` sees every kind of noise in both its halves,
    and several processes see the kinds that one would.

    Args:
        clean: (N, 3, H, W) RGB 0..1.
        gaussian: share with Gaussian noise, 0..1.
        random: for all that is drawn; each crop's noise comes from a seed of its own.

    Returns:
        (clean, noisy), both like `clean`: some of those for a camera are enlarged, their centres cut off.
    """
    count, size, where = len(clean), clean.shape[-1], clean.device
    pairs = [(random.first(count) + i) // 2 for i in range(count)]
    by_camera = [i for i, k in enumerate(pairs) if int((k + 1) * gaussian + 0.5) == int(k * gaussian + 0.5)]
    sigma = random.rand(count, 1, 1, 1) * STRONGEST / 255
    enlarged = random.rand(count, 1, 1, 1) < ENLARGED
    taken = random.rand(count, noise.Cameras.UNIFORMS)
    normal = random.normal(count, *clean.shape[1:], device=where)
    with torch.autocast(where.type, enabled=False):
        noisy = clean + send(sigma, where) * normal
        if not by_camera:
            return clean, noisy
        chosen, half = send(torch.tensor(by_camera), where), size // 4 * 2
        crops = clean[chosen]
        larger = F.interpolate(crops[..., :half, :half], (size, size), mode="bicubic", align_corners=False).clamp(0, 1)
        crops = torch.where(send(enlarged[by_camera], where), larger, crops)
        photos = noise.cameras(crops, noise.Cameras.drawn(send(taken[by_camera], where)), normal[chosen])
    return clean.index_copy(0, chosen, crops), noisy.index_copy(0, chosen, photos)


class DenoiserLosses(nn.Module):
    """The denoiser that learns, and what is asked of it.

    Args:
        network: that learns.
        noise_weight: of the error of the noise map.
    """

    def __init__(self, network: denoise_network.Denoiser, noise_weight: float) -> None:
        super().__init__()
        self.network, self.noise_weight = network, noise_weight

    def forward(self, clean: Tensor, noisy: Tensor) -> dict[str, Tensor]:
        """Mean absolute errors of the picture, once given the true map and once its own, and of the map.

        Both (N, 3, H, W) RGB 0..1, N even.
        """
        true = noise.noise_level_map(noisy - clean)
        half = len(clean) // 2
        # Given the truth, the network learns what the map means, which the strength needs; given its own estimate, it
        # learns to live with its errors. Strided, so that both halves get every kind of noise.
        blind = self.network(noisy[1::2])
        informed = self.network(noisy[::2], noise=true[::2])
        blind_error, informed_error = F.l1_loss(blind.picture, clean[1::2]), F.l1_loss(informed.picture, clean[::2])
        picture = (blind_error * half + informed_error * (len(clean) - half)) / len(clean)
        maps = F.l1_loss(blind.noise, true[1::2]) + F.l1_loss(informed.noise, true[::2])
        return {"picture": picture, "noise": self.noise_weight * maps / 2}


def make_task(settings: DenoiserOptions) -> update.Task:
    """Photos, network and optimiser, as the training loop wants them."""
    photos, weights = batches.photos(settings, training_photos.SHARP, training_photos.decode, by_area=True)
    return task_of(settings, batches.sampler(photos, weights, IntegerPatch(), settings.seed))


def task_of(settings: DenoiserOptions, patches: Sampler) -> update.Task:
    """The same for any photos."""
    torch.manual_seed(settings.seed)
    where = device.current().device
    widths, blocks = ([int(n) for n in text.split(",")] for text in (settings.widths, settings.blocks))
    network = denoise_network.Denoiser(widths, blocks)
    losses = DenoiserLosses(network, settings.noise_weight).to(where, memory_format=torch.channels_last)  # type: ignore[call-overload]
    random = batches.stream(settings.seed + 1)

    def loss(module: nn.Module, step: int, progress: float) -> dict[str, Tensor]:
        return module(*noisy_crops(patches(settings.batch, planned(progress, SIZES)), settings.gaussian, random))

    return update.Task(
        nn.ModuleDict({"losses": losses}),
        [update.Update(losses, optimisation.adamw(network, settings), loss, mean_over_photos=True)],
        denoise_network.metadata(network),
        {"patches": patches, "noise": random},
    )


def main() -> None:
    with options.command(DenoiserOptions, "Train the denoiser.") as settings:
        task = make_task(settings)
        network = task.networks.get_submodule("losses.network")
        loop.run(task, settings, lambda: export(network, settings.export, task.metadata))


if __name__ == "__main__":
    main()
