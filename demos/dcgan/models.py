"""The generator and the discriminator, exactly by the five guidelines of DCGAN.

Radford, Metz and Chintala, "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial
Networks" (2016), section 3, "Architecture guidelines for stable Deep Convolutional GANs":

1. Replace pooling with strided convolutions (discriminator) and fractionally strided convolutions (generator).
2. Use batch norm in both the generator and the discriminator.
3. Remove fully connected hidden layers for deeper architectures.
4. Use ReLU in the generator for all layers except the output, which uses Tanh.
5. Use LeakyReLU in the discriminator for all layers.

Each is cited at the line that keeps it. What happens without them: `training/ablations.py`.
"""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from demos.core.errors import DemoError
from demos.core.networks.blocks import parameter_count

FIRST_SIDE = 4  # px of the generator's first feature maps, and of the discriminator's last ones
SLOPE = 0.2  # of LeakyReLU; section 4
SPREAD = 0.02  # of the first weights; section 4
CHANNELS, SIDES, WIDEST, LONGEST_LATENT = (1, 3), (16, 32, 64, 128), 256, 1024

# Called with the block's index and what comes out of it; what it returns goes on to the next block.
Hook = Callable[[int, Tensor], Tensor]


@dataclass(frozen=True)
class Shape:
    """All that must be known to build the two networks."""

    size: int = 64  # px of the pictures' sides
    channels: int = 3  # 3 for colour, 1 for grey
    latent: int = 100  # numbers in a latent vector z
    width: int = 64  # channels of the generator's last hidden block; each block before has twice as many

    @property
    def blocks(self) -> int:
        """Hidden blocks: from 4 px, each of the next ones doubles the side, and the output doubles it once more."""
        return int(math.log2(self.size // FIRST_SIDE))

    def check(self) -> None:
        """Raises DemoError for what is no such network, or one that no visitor wants to wait for."""
        for words, value, allowed in (
            (f"pictures of {self.size} px", self.size, SIDES),
            (f"{self.channels} channels", self.channels, CHANNELS),
            (f"a width of {self.width}", self.width, range(1, WIDEST + 1)),
            (f"latent vectors of {self.latent} numbers", self.latent, range(1, LONGEST_LATENT + 1)),
        ):
            if type(value) is not int or value not in allowed:
                listed = f"1 to {allowed[-1]}" if isinstance(allowed, range) else " or ".join(map(str, allowed))
                raise DemoError(f"A DCGAN with {words} cannot be built here. There may be {listed}.")


class Generator(nn.Module):
    """z to pictures: (N, latent) to (N, channels, size, size) in -1..1.

    Guideline 3: the latent vector is a picture of 1 x 1 px to it, and no layer is fully connected.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        widths = [shape.width * 2**i for i in reversed(range(shape.blocks))]  # 64 px: 8, 4, 2 and 1 times the width
        self.blocks = nn.ModuleList(
            nn.Sequential(
                # Guideline 1: a fractionally strided convolution makes 1 px to 4 px first, then doubles the side.
                nn.ConvTranspose2d(before, after, 4, stride=2 if i else 1, padding=1 if i else 0, bias=False),
                nn.BatchNorm2d(after),  # guideline 2
                nn.ReLU(),  # guideline 4
            )
            for i, (before, after) in enumerate(zip([shape.latent, *widths], widths, strict=False))
        )
        # Guideline 2 as section 3 narrows it: no batch norm at the generator's output, so the bias is there.
        self.last: nn.Module = nn.ConvTranspose2d(widths[-1], shape.channels, 4, stride=2, padding=1)
        self.output: nn.Module = nn.Tanh()  # guideline 4
        self.apply(initialise)

    def extra_repr(self) -> str:
        return f"{self.shape}, {parameter_count(self)}"

    def forward(self, z: Tensor, hook: Hook | None = None) -> Tensor:
        x = z[:, :, None, None]  # (N, latent, 1, 1)
        for i, block in enumerate(self.blocks):
            x = block(x)  # (N, width * 2^(blocks - 1 - i), 4 * 2^i, 4 * 2^i)
            if hook is not None:
                x = hook(i, x)
        return self.output(self.last(x))


class Discriminator(nn.Module):
    """Pictures to logits: (N, channels, size, size) in -1..1 to (N,); above 0 it takes the picture for a real one.

    The mirror image of the generator. The paper's sigmoid is in the loss (`binary_cross_entropy_with_logits`), where it
    cannot saturate to an infinite logarithm.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        widths = [shape.width * 2**i for i in range(shape.blocks)]
        self.blocks = nn.ModuleList(
            nn.Sequential(
                # Guideline 1: a strided convolution halves the side, no pooling.
                nn.Conv2d(before, after, 4, stride=2, padding=1, bias=i == 0),
                # Guideline 2 as section 3 narrows it: no batch norm at the discriminator's input.
                nn.BatchNorm2d(after) if i else nn.Identity(),
                nn.LeakyReLU(SLOPE),  # guideline 5
            )
            for i, (before, after) in enumerate(zip([shape.channels, *widths], widths, strict=False))
        )
        # Guideline 3: 4 x 4 positions become one number by a convolution of that size, not by a hidden layer.
        self.last: nn.Module = nn.Conv2d(widths[-1], 1, FIRST_SIDE)
        self.apply(initialise)

    def extra_repr(self) -> str:
        return f"{self.shape}, {parameter_count(self)}"

    def features(self, picture: Tensor) -> Tensor:
        """(N, width * 2^(blocks - 1), 4, 4): what its last hidden block sees."""
        for block in self.blocks:
            picture = block(picture)
        return picture

    def forward(self, picture: Tensor) -> Tensor:
        return self.last(self.features(picture)).flatten()


def initialise(layer: nn.Module) -> None:
    """Section 4: "all weights were initialized from a zero-centered Normal distribution with standard deviation 0.02".

    Batch norm's scale is drawn around 1, as the authors' own code has it: around 0 it would silence every block.
    """
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        nn.init.normal_(layer.weight, 0.0, SPREAD)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
    elif isinstance(layer, nn.BatchNorm2d):
        nn.init.normal_(layer.weight, 1.0, SPREAD)
        nn.init.zeros_(layer.bias)


def fold_batch_norm(generator: Generator) -> Generator:
    """The same function for evaluation with batch norm inside the convolutions before it: a third fewer layers."""
    folded = copy.deepcopy(generator).eval()
    for block in folded.blocks:
        assert isinstance(block, nn.Sequential)
        if isinstance(block[1], nn.BatchNorm2d):
            block[0] = fuse_conv_bn_eval(block[0], block[1], transpose=True)  # type: ignore[type-var]
            block[1] = nn.Identity()
    return folded.requires_grad_(False)
