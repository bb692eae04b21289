"""Trains the codec.

    python -m demos.autoencoder.compress.train --data ../shared/data --minutes 5    # on a GPU; hours on a CPU

What is minimised is bits per pixel + lambda * squared error, with a quality drawn for each photo. The training resumes
from its checkpoint and writes weights/codec.safetensors with its hash. The photos are those of `training_photos.SHARP`;
never cbsd68.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from demos.autoencoder.compress import network as codec_network
from demos.core import device
from demos.core.data import training_photos
from demos.core.data.crops import IntegerPatch, Sampler
from demos.core.data.random_stream import send
from demos.core.training import batches, loop, optimisation, options, update
from demos.core.training.export import export
from demos.core.training.optimisation import planned

SIZES = ((0.6, 128), (1.0, 192))  # (until this share of the time, px): more photos first, larger surroundings later


@dataclass(frozen=True)
class CodecOptions(options.TrainingOptions):
    """The options of the codec's training."""

    checkpoint: str = "~/checkpoints/codec.safetensors"
    export: str = "weights/codec.safetensors"
    batch: int = 32
    lr: float = 6e-4  # rates and errors are to be balanced, which larger steps throw out of balance for good
    weight_decay: float = 0.0
    clip: float = 1.0
    warmup: int = 300
    ema: float = 0.999


class CodecLosses(nn.Module):
    """The codec that learns, and what is asked of it."""

    rates: Tensor  # lambda of each quality

    def __init__(self, network: codec_network.Codec) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("rates", torch.tensor(codec_network.LAMBDAS), persistent=False)

    def forward(self, photo: Tensor, quality: Tensor) -> dict[str, Tensor]:
        """The rate in bits per pixel, and lambda times the squared error of 0..255, means over the photos.

        Args:
            photo: (N, 3, H, W) RGB 0..1.
            quality: (N,) int64, which of `codec_network.LAMBDAS`.
        """
        picture, bits = self.network(photo, quality)
        pixels = photo.shape[-1] * photo.shape[-2]
        rates = self.rates[quality]
        errors = (255 * (picture - photo)).square().mean((1, 2, 3))
        return {"bits": (bits / pixels).mean(), "error": (rates * errors).mean()}


def make_task(settings: CodecOptions) -> update.Task:
    """Photos, network and optimiser, as the training loop wants them."""
    photos, weights = batches.photos(settings, training_photos.SHARP, training_photos.decode, by_area=True)
    return task_of(settings, batches.sampler(photos, weights, IntegerPatch(), settings.seed))


def task_of(settings: CodecOptions, patches: Sampler) -> update.Task:
    """The same for any photos."""
    torch.manual_seed(settings.seed)
    where = device.current().device
    network = codec_network.Codec()
    losses = CodecLosses(network).to(where, memory_format=torch.channels_last)  # type: ignore[call-overload]
    random = batches.stream(settings.seed + 1)

    def loss(module: nn.Module, step: int, progress: float) -> dict[str, Tensor]:
        photo = patches(settings.batch, planned(progress, SIZES))
        return module(photo, send(random.randint(network.qualities, settings.batch), where))

    return update.Task(
        nn.ModuleDict({"losses": losses}),
        [update.Update(losses, optimisation.adamw(network, settings), loss, mean_over_photos=True)],
        codec_network.metadata(network),
        {"patches": patches, "qualities": random},
    )


def main() -> None:
    with options.command(CodecOptions, "Train the codec.") as settings:
        task = make_task(settings)
        network = task.networks.get_submodule("losses.network")
        loop.run(task, settings, lambda: export(network, settings.export, task.metadata))


if __name__ == "__main__":
    main()
