"""Trains the decoders of VGG16's layers.

    python -m demos.autoencoder.layers.train --data ../shared/data --minutes 4    # on a GPU; hours on a CPU

One decoder for each of pool1 to pool5 of the pocket VGG16, in turn: squared error, and how VGG sees the picture. The
training resumes from its checkpoint and writes weights/layers.safetensors with its hash. The photos are those of
`training_photos.EVERYDAY_AND_SHARP`; never cbsd68.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from demos.autoencoder.layers import network as layers_network
from demos.core import device
from demos.core.data import training_photos
from demos.core.data.crops import ResizedCrop, Sampler
from demos.core.networks import vgg
from demos.core.networks.files import file_hash
from demos.core.training import batches, loop, optimisation, options, update
from demos.core.training.export import export
from demos.core.training.optimisation import planned

SIZES = ((0.6, 128), (1.0, 160))  # (until this share of the time, px): more photos first, larger surroundings later
SMALL_MAPS = ("pool4", "pool5")  # a batch for these is twice as large: a step costs half as much


@dataclass(frozen=True)
class LayersOptions(options.TrainingOptions):
    """The options of the training of the layers' decoders."""

    checkpoint: str = "~/checkpoints/layers.safetensors"
    export: str = "weights/layers.safetensors"
    batch: int = 24
    lr: float = 1.5e-3
    weight_decay: float = 0.0
    clip: float = 1.0
    warmup: int = 100
    ema: float = 0.999
    feature_weight: float = options.option(0.02, "of VGG's view against the pixels")


class LayersLosses(nn.Module):
    """The five decoders that learn, and the encoder that they answer to.

    Args:
        encoder: frozen; no part of what is saved.
        feature_weight: of the encoder's view against the pixels.
    """

    def __init__(self, encoder: vgg.VGG16, feature_weight: float) -> None:
        super().__init__()
        self.decoders, self.feature_weight = layers_network.new_decoders(encoder), feature_weight
        self._encoder = [encoder]  # in a list: not ours to train or save

    def forward(self, photo: Tensor, cut: str) -> dict[str, Tensor]:
        """Errors of one cut's decoder on photos (N, 3, H, W) RGB 0..1: squared, and relative in the features."""
        encoder = self._encoder[0]
        with torch.no_grad():
            features = encoder.features(photo, [cut])[cut]
        picture = self.decoders[cut](features)
        again = encoder.features(picture, [cut])[cut]
        apart = F.mse_loss(again.float(), features.float()) / features.float().square().mean().clamp_min(1e-8)
        return {f"{cut} pixels": F.mse_loss(picture, photo), f"{cut} features": self.feature_weight * apart}


def make_task(settings: LayersOptions) -> update.Task:
    """Photos, decoders and optimiser, as the training loop wants them."""
    photos, weights = batches.photos(settings, training_photos.EVERYDAY_AND_SHARP, training_photos.decode_small)
    return task_of(settings, batches.sampler(photos, weights, ResizedCrop(jitter=0.0), settings.seed))


def task_of(settings: LayersOptions, crops: Sampler) -> update.Task:
    """The same for any photos."""
    torch.manual_seed(settings.seed)
    losses = LayersLosses(vgg.load(vgg.POCKET), settings.feature_weight).to(device.current().device)

    def loss(module: nn.Module, step: int, progress: float) -> dict[str, Tensor]:
        cut = layers_network.CUTS[step % len(layers_network.CUTS)]
        return module(crops(settings.batch * (2 if cut in SMALL_MAPS else 1), planned(progress, SIZES)), cut)

    # No mean over photos: the features' error is relative to the whole batch's.
    return update.Task(
        nn.ModuleDict({"losses": losses}),
        [update.Update(losses, optimisation.adamw(losses.decoders, settings), loss)],
        layers_network.metadata(losses.decoders) | {"encoder_sha256": file_hash(vgg.POCKET)},
        {"crops": crops},
    )


def main() -> None:
    with options.command(LayersOptions, "Train the decoders of VGG16's layers.") as settings:
        task = make_task(settings)
        decoders = task.networks.get_submodule("losses.decoders")
        loop.run(task, settings, lambda: export(decoders, settings.export, task.metadata))


if __name__ == "__main__":
    main()
