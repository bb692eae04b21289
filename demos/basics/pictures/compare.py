"""Networks side by side on one photo: parameters, multiply-adds, time, memory.

Multiply-adds are counted where they happen, at the convolutions and fully connected layers of one pass through the
network. Neither they nor the parameters say how long it takes: on a processor, a network of many small layers waits
for memory more often than it multiplies.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

import torch
from PIL import Image
from torch import Tensor, nn

from demos.basics.settings import COMPARED
from demos.core import device
from demos.core.images import tensors
from demos.core.images.load import square_crop
from demos.core.networks import files as network_files
from demos.core.networks import squeezenext, vgg
from demos.core.networks.catalogue import POCKET, SQUEEZENEXT

SIZE = 224  # px: what all of these networks were described at
PASSES, PATIENCE = 5, 0.7  # passes of which the median counts; seconds after which there are no more of them


@dataclass(frozen=True)
class Measured:
    """One network on one photo."""

    name: str
    parameters: int
    multiply_adds: int  # at 224 x 224 px
    layers: int  # convolutions and fully connected layers
    milliseconds: float  # the median of `PASSES`, one photo at a time
    megabytes: float  # the weights, and the most that one layer reads and writes, in float32
    trained: bool  # its weights are here; those of the others mean nothing, which takes as long


@dataclass(frozen=True)
class Comparison:
    """How far it is."""

    index: int
    total: int
    networks: tuple[Measured, ...]


def compare(image: Image.Image) -> Iterator[Comparison]:
    """Runs the networks of `COMPARED` on the photo's middle square, one after the other."""
    photo = tensors.to_tensor(square_crop(image, SIZE)).to(device.current().device)
    done: tuple[Measured, ...] = ()
    yield Comparison(0, len(COMPARED), done)
    for name in COMPARED:
        done = (*done, measure(name, photo))
        yield Comparison(len(done), len(COMPARED), done)


def network(name: str) -> tuple[nn.Module, bool]:
    """(the network up to its 1,000 classes where the paper has them, whether its trained weights are here)."""
    from torchvision.models import squeezenet1_1

    here = {"Pocket VGG16": POCKET, "SqueezeNext": SQUEEZENEXT}.get(name)
    if here and network_files.find(here):
        return (vgg.load(POCKET), True) if here == POCKET else (squeezenext.load(), True)
    make: dict[str, Callable[[], nn.Module]] = {
        "VGG16": lambda: vgg.VGG16(classifier="paper"),
        "Pocket VGG16": lambda: vgg.VGG16(vgg.POCKET_WIDTHS),
        "SqueezeNet 1.1": lambda: squeezenet1_1(weights=None),
        "SqueezeNext": lambda: squeezenext.SqueezeNext(batch_norm=False),
    }
    with torch.device("meta"):  # no random numbers for VGG16's 138 million weights: they would take seconds
        untrained = make[name]()
    untrained.to_empty(device="cpu")
    with torch.no_grad():
        for tensor in (*untrained.parameters(), *untrained.buffers()):
            tensor.fill_(1e-3)
    return device.current().place(untrained), False


@torch.inference_mode()
def measure(name: str, photo: Tensor) -> Measured:
    """One network on a photo (1, 3, 224, 224) RGB 0..1."""
    chosen, trained = network(name)
    run = runner(chosen, photo)
    layers, multiply_adds, most = count(chosen, run)
    times: list[float] = []
    while len(times) < PASSES and sum(times) < PATIENCE:
        begun = time.perf_counter()
        run()
        times.append(time.perf_counter() - begun)
    parameters = sum(parameter.numel() for parameter in chosen.parameters())
    return Measured(
        name, parameters, multiply_adds, layers, 1000 * median(times), 4 * (parameters + most) / 1e6, trained
    )


def runner(chosen: nn.Module, photo: Tensor) -> Callable[[], object]:
    """One pass of the photo to the end of the network."""
    if isinstance(chosen, vgg.VGG16):
        return (lambda: chosen(photo)) if chosen.has_classifier else lambda: chosen.features(photo)["pool5"].sum()
    if isinstance(chosen, squeezenext.SqueezeNext):
        return (lambda: chosen(photo)) if chosen.has_classifier else lambda: chosen.features(photo)["last"].sum()
    x = photo.to(next(chosen.parameters()).dtype)
    return lambda: chosen(x)


def count(chosen: nn.Module, run: Callable[[], object]) -> tuple[int, int, int]:
    """(layers with weights, multiply-adds of one pass, the most values that one of them reads and writes)."""
    layers = [layer for layer in chosen.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    multiply_adds = most = 0

    def seen(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal multiply_adds, most
        weight = layer.get_parameter("weight")
        places = output[0, 0].numel() if output.dim() == 4 else 1
        multiply_adds += weight.numel() * places  # every weight once at every place of the output
        most = max(most, inputs[0].numel() + output.numel())

    handles = [layer.register_forward_hook(seen) for layer in layers]
    try:
        run()
    finally:
        for handle in handles:
            handle.remove()
    return len(layers), multiply_adds, most
