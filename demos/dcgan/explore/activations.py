"""Inside a generator: its feature maps from 4 x 4 px to the picture, units that are muted, batch norm in both modes."""

import copy
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from demos.core.errors import DemoError
from demos.core.images import sheets
from demos.dcgan import sampling
from demos.dcgan.models import FIRST_SIDE
from demos.dcgan.pretrained import Gan
from demos.dcgan.sampling import as_bytes

SHOWN = 24  # maps of a layer: those of the strongest units
MAP_SIDE = 64  # px at which a map is shown, with hard pixels


@dataclass(frozen=True)
class Maps:
    """What a layer made of one latent vector."""

    layer: int
    side: int  # px of a map
    channels: int
    units: tuple[int, ...]  # the strongest first
    pixels: np.ndarray  # (units, MAP_SIDE, MAP_SIDE, 3) bytes
    strengths: tuple[float, ...]  # mean activation


def layers(gan: Gan) -> list[str]:
    """The hidden layers by name: "1: 4 x 4, 512 units"."""
    shape = gan.config.shape
    return [
        f"{i + 1}: {FIRST_SIDE * 2**i} x {FIRST_SIDE * 2**i}, {shape.width * 2 ** (shape.blocks - 1 - i)} units"
        for i in range(shape.blocks)
    ]


def _layer(gan: Gan, layer: int) -> int:
    if not 0 <= layer < gan.config.shape.blocks:
        raise DemoError(f"There is no layer {layer + 1} in this generator. It has {gan.config.shape.blocks}.")
    return layer


@torch.inference_mode()
def maps(gan: Gan, z: Tensor, layer: int, count: int = SHOWN) -> Maps:
    """The maps of the strongest units of a layer, for z (1, latent)."""
    activations: dict[int, Tensor] = {}

    def record(index: int, x: Tensor) -> Tensor:
        activations[index] = x
        return x

    gan.generator(z, record)
    x = activations[_layer(gan, layer)][0]  # (channels, side, side)
    strengths = x.mean((1, 2))
    order = strengths.argsort(descending=True)[:count]
    # One scale for all maps of the layer, so that a bright one is a strong one.
    chosen = (x[order] / x.max().clamp_min(1e-6)).clamp(0, 1)
    side = x.shape[-1]
    pixels = sheets.enlarge_frames(as_bytes(chosen[:, None].expand(-1, 3, -1, -1)), MAP_SIDE)
    return Maps(
        layer, side, len(x), tuple(order.tolist()), pixels, tuple(float(strengths[unit]) for unit in order.tolist())
    )


@torch.inference_mode()
def ablate_units(gan: Gan, z: Tensor, layer: int, units: Collection[int]) -> np.ndarray:
    """Pictures (N, size, size, 3) with these units of a layer set to zero, everywhere.

    Bau et al., "GAN Dissection" (2019), section 3.2: what goes is what the units were for.
    """
    _layer(gan, layer)
    silent = sorted(set(units))

    def mute(index: int, x: Tensor) -> Tensor:
        if index != layer or not silent:
            return x
        if silent[0] < 0 or silent[-1] >= x.shape[1]:
            raise DemoError(f"There is no unit {silent[-1]} in layer {layer + 1}. It has {x.shape[1]}.")
        x = x.clone()
        x[:, silent] = 0
        return x

    return as_bytes(sampling.to_rgb01(gan.generator(z, mute)))


def telling_layer(gan: Gan, z: Tensor) -> int:
    """The layer whose strongest unit, muted, changes the picture of z (1, latent) most."""
    plain = sampling.as_bytes(sampling.to_rgb01(gan.generator(z))).astype(float)

    def change(layer: int) -> float:
        return float(np.abs(ablate_units(gan, z, layer, maps(gan, z, layer, 1).units) - plain).mean())

    return max(range(gan.config.shape.blocks), key=change)


@dataclass(frozen=True)
class BatchNormModes:
    """The same latent vectors with batch norm in its two modes."""

    evaluation: np.ndarray  # (N, size, size, 3): each picture for itself, by the averages of training
    training: np.ndarray  # by the statistics of this very batch
    alone: np.ndarray  # (1, size, size, 3): the first one by the statistics of itself alone
    rms_difference: float  # root mean squared difference of the first two, 0..1


@torch.inference_mode()
def batch_norm_modes(gan: Gan, z: Tensor) -> BatchNormModes:
    """Evaluation and training mode, for z (N, latent), N at least 2."""
    if len(z) < 2:
        raise DemoError("A batch of 1 has no statistics of its own. Dream up 2 pictures or more.")
    training = copy.deepcopy(gan.generator).train()
    for layer in training.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = 0.0  # it looks at the batch, and remembers nothing of it
    one, two = sampling.to_rgb01(gan.generator(z)), sampling.to_rgb01(training(z))
    return BatchNormModes(
        as_bytes(one),
        as_bytes(two),
        as_bytes(sampling.to_rgb01(training(z[:1]))),
        float((one - two).square().mean().sqrt()),
    )
