"""Where does transfer come from? The same last layer on each cut of the network, and of one that learned nothing.

Yosinski et al., "How transferable are features in deep neural networks?" (2014); random networks as the control:
Jarrett et al., "What is the best multi-stage architecture for object recognition?" (2009), section 4.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor, nn

from demos.core import device
from demos.core.images import tensors
from demos.core.images.load import square_crop
from demos.core.networks import squeezenext, vgg
from demos.transfer import features
from demos.transfer.data.photos import Photo
from demos.transfer.evaluation.material import Sides, accuracy


@dataclass(frozen=True)
class Layers:
    """Accuracy at each cut so far, of the trained network and of the random one."""

    trained: tuple[tuple[str, float], ...]
    random: tuple[tuple[str, float], ...]
    done: int
    total: int


def cuts_of(network: features.Network) -> tuple[str, ...]:
    """pool1 to pool5 of VGG16; of another network its own."""
    return tuple(f"pool{k}" for k in range(1, 6)) if isinstance(network, vgg.VGG16) else squeezenext.CUTS


def at_random(network: features.Network, seed: int = 0) -> features.Network:
    """A network of the same widths that learned nothing: He's initialisation, one draw for each seed."""
    if isinstance(network, vgg.VGG16):
        return _random_vgg(network.widths, network.input_size, seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        fresh = squeezenext.SqueezeNext()
    fresh.input_size = network.input_size
    return device.current().place(fresh.eval())


@lru_cache(2)
def _random_vgg(widths: tuple[int, ...], input_size: int, seed: int) -> vgg.VGG16:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        fresh = vgg.VGG16(widths, name="random-vgg16", input_size=input_size)
        for layer in fresh.layers:
            if isinstance(layer, nn.Conv2d) and layer.bias is not None:
                # He et al. (2015): a ReLU halves the variance; with torch's own, pool5 would be all but zero.
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)
    return device.current().place(fresh.eval())


def compare(found: Sides, network: features.Network) -> Iterator[Layers]:
    """Each cut of the trained network, then of the random one; all cuts of one network in one pass."""
    cuts, total = cuts_of(network), 2 * len(found.photos)
    told: list[tuple[tuple[str, float], ...]] = [(), ()]
    for which, one in enumerate((network, at_random(network, found.config.seed))):
        batches: list[dict[str, Tensor]] = []
        for start in range(0, len(found.photos), features.BATCH):
            yield Layers(told[0], told[1], which * len(found.photos) + start, total)
            batches.append(_pooled(found.photos[start : start + features.BATCH], one, cuts))
        for cut in cuts:
            told[which] = (*told[which], (cut, accuracy(torch.cat([batch[cut] for batch in batches]), found)))
    if isinstance(network, vgg.VGG16) and network.classifier_kind == "paper":
        told[0] = (*told[0], ("fc7", accuracy(_fc7(found, network), found)))
    yield Layers(told[0], told[1], total, total)


@torch.no_grad()
def _pooled(photos: Sequence[Photo], network: features.Network, cuts: tuple[str, ...]) -> dict[str, Tensor]:
    """Cut to (n, D), each photo looked at once at the network's own size: only the cuts are compared here."""
    pictures = torch.cat([tensors.to_tensor(square_crop(photo.image, network.input_size)) for photo in photos])
    activations = network.features(pictures.to(device.current().device), cuts)
    return {cut: features.pool(activations[cut].float()).cpu() for cut in cuts}


@torch.no_grad()
def _fc7(found: Sides, network: vgg.VGG16) -> Tensor:
    """(N, 4096) of the full network's second fully connected layer."""
    rows = []
    for photo in found.photos:
        picture = tensors.to_tensor(square_crop(photo.image, network.input_size))
        rows.append(network.features(picture.to(device.current().device), ("fc7",))["fc7"].float().cpu())
    return torch.cat(rows)
