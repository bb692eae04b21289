"""SqueezeNext, the fast network of the notes: 23 layers deep, 0.7 million parameters.

Gholami et al., "SqueezeNext: Hardware-Aware Neural Network Design" (2018). Its block squeezes the channels twice with
1x1 convolutions, looks around with a row of three and a column of three in place of a 3x3 square, and widens again:

    x --1x1--> C/2 --1x1--> C/4 --1x3--> C/2 --3x1--> C/2 --1x1--> C, + x

A 3x3 convolution of C channels has 9 C² weights, this block C²/2 + C²/8 + 3C²/8 + 3C²/4 + C²/2 = 2.25 C².
"""

import copy
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from demos.core.errors import DemoError
from demos.core.networks import shipped
from demos.core.networks.blocks import parameter_count
from demos.core.networks.catalogue import SQUEEZENEXT
from demos.core.networks.vgg import IMAGENET_MEAN, IMAGENET_STD

WIDTHS = (32, 64, 128, 256)  # channels of the four stages of 1.0-SqNxt-23
# Blocks per stage: the first network of the paper, and its fifth version, with the same block moved to where an
# accelerator is used best.
BLOCKS, BLOCKS_V5 = (6, 6, 8, 1), (2, 4, 14, 1)
STEM, LAST = 64, 128
CUTS = ("stage1", "stage2", "stage3", "stage4", "last")


class Convolution(nn.Sequential):
    """A convolution, batch normalisation and ReLU; once trained, the second is folded into the first (`fold`)."""

    def __init__(
        self, inputs: int, outputs: int, size: int | tuple[int, int], stride: int = 1,
        padding: int | tuple[int, int] = 0, batch_norm: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.add_module("conv", nn.Conv2d(inputs, outputs, size, stride, padding))
        if batch_norm:
            self.add_module("norm", nn.BatchNorm2d(outputs))
        self.add_module("relu", nn.ReLU(inplace=True))


class Block(nn.Module):
    """The SqueezeNext block (sect. 2 and figure 1).

    Where the picture is halved nothing is squeezed at first, and where channels become fewer twice as much is: as in
    the authors' published network. The sum's other way is then a 1x1 convolution.

    Args:
        inputs, outputs: channels.
        stride: 2 halves height and width.
    """

    def __init__(self, inputs: int, outputs: int, stride: int = 1, batch_norm: bool = True) -> None:
        super().__init__()
        squeezed = inputs // (1 if stride == 2 else 4 if inputs > outputs else 2)
        make = partial(Convolution, batch_norm=batch_norm)
        self.way = nn.Sequential(
            make(inputs, squeezed, 1, stride),
            make(squeezed, squeezed // 2, 1),
            make(squeezed // 2, squeezed, (1, 3), padding=(0, 1)),
            make(squeezed, squeezed, (3, 1), padding=(1, 0)),
            make(squeezed, outputs, 1),
        )
        self.shortcut = nn.Identity() if stride == 1 and inputs == outputs else make(inputs, outputs, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, h, w) to (N, outputs, h / stride, w / stride)."""
        return F.relu(self.way(x) + self.shortcut(x))


class SqueezeNext(nn.Module):
    """The stem, four stages of blocks, a last 1x1 convolution, and the 1,000 classes where they are asked for.

    Args:
        widths, blocks: channels, and how many blocks, of the four stages.
        classes: outputs of the last layer; 0 for features alone.
        batch_norm: while training; see `fold`.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        widths: Sequence[int] = WIDTHS,
        blocks: Sequence[int] = BLOCKS,
        classes: int = 1000,
        batch_norm: bool = True,
        input_size: int = 160,
    ) -> None:
        super().__init__()
        self.name, self.widths, self.blocks, self.input_size = SQUEEZENEXT, tuple(widths), tuple(blocks), input_size
        self.stem = Convolution(3, STEM, 7, stride=2, padding=1, batch_norm=batch_norm)
        stages, inputs = [], STEM
        for place, (width, count) in enumerate(zip(widths, blocks, strict=True)):
            stage = nn.Sequential()
            for first in [True] + [False] * (count - 1):
                stage.append(Block(inputs, width, 2 if first and place else 1, batch_norm))
                inputs = width
            stages.append(stage)
        self.stages = nn.ModuleList(stages)
        self.last = Convolution(inputs, LAST, 1, batch_norm=batch_norm)
        self.classifier = nn.Sequential(nn.Linear(LAST, classes)) if classes else nn.Sequential()
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):  # He et al. 2015: keeps the variance through many ReLU layers
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.get_parameter("bias"))
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(1, 3, 1, 1), persistent=False)

    def extra_repr(self) -> str:
        return f"widths={self.widths}, blocks={self.blocks}, {parameter_count(self)}"

    @property
    def has_classifier(self) -> bool:
        return len(self.classifier) > 0

    @property
    def teaching_cuts(self) -> tuple[str, ...]:
        """The cuts that a new last layer is taught on."""
        return ("stage3", "last")

    def channels(self, cut: str) -> int:
        """Channels at a cut of `CUTS`."""
        return LAST if cut == "last" else self.widths[CUTS.index(cut)]

    def normalise(self, photo: Tensor) -> Tensor:
        """(N, 3, H, W) RGB 0..1 to what the stem was trained on, in the network's own precision."""
        return ((photo - self.mean) / self.std).to(next(self.stem.parameters()).dtype)

    def features(self, photo: Tensor, cuts: Sequence[str] = ("last",)) -> dict[str, Tensor]:
        """The activations at the named cuts.

        Args:
            photo: (N, 3, H, W) float32, RGB 0..1, at least 64 px a side.
            cuts: names from `CUTS`; stage1 to stage4 are 4, 8, 16 and 32 times smaller than the photo, as is "last".

        Raises:
            KeyError: a cut that this network does not have.
        """
        for cut in cuts:
            if cut not in CUTS:
                raise KeyError(f"{self.name} has no cut {cut!r}; it has {', '.join(CUTS)}.")
        x = self.stem(self.normalise(photo))
        x = F.max_pool2d(x, 3, 2, ceil_mode=True)
        at: dict[str, Tensor] = {}
        for name, stage in zip(CUTS, self.stages, strict=False):
            at[name] = x = stage(x)
        at["last"] = self.last(x)
        return {cut: at[cut] for cut in cuts}

    def classify(self, photo: Tensor) -> Tensor:
        """Logits (N, classes), float32, for (N, 3, H, W) RGB 0..1.

        Raises:
            DemoError: the network has no last layer.
        """
        if not self.has_classifier:
            raise DemoError(f"The network {self.name} here gives features and has no 1,000-class layer.")
        return self.classifier(self.features(photo)["last"].mean((2, 3))).float()

    forward = classify


def fold(network: SqueezeNext) -> SqueezeNext:
    """The same function without batch norm, as a new float32 network in evaluation mode on the CPU."""
    plain = copy.deepcopy(network).float().cpu().eval()
    for module in plain.modules():
        if isinstance(module, Convolution) and "norm" in module._modules:
            convolution, norm, _ = module
            assert isinstance(convolution, nn.Conv2d)
            assert isinstance(norm, nn.BatchNorm2d)
            module.conv = fuse_conv_bn_eval(convolution, norm)
            del module.norm
    return plain


def build(tensors: dict[str, Tensor], metadata: dict[str, str]) -> SqueezeNext:
    """The shipped network from its file's tensors. Raises DemoError where they are something else."""
    network = SqueezeNext(classes=0, batch_norm=False, input_size=int(metadata.get("input_size", 160)))
    try:
        network.load_state_dict({key: tensor.float() for key, tensor in tensors.items()}, strict=True)
    except RuntimeError as error:
        raise DemoError(f"The file of {SQUEEZENEXT} does not hold this network.") from error
    return network


def load(progress: Callable[[int, int], None] | None = None) -> SqueezeNext:
    """The shipped network, frozen, on the chosen device; built once per process. Raises DemoError without its file."""
    return shipped.network(SQUEEZENEXT, build, progress)
