"""The paper's networks with a guideline taken away, to see what it was for.

Each switch replaces the layers that it names in the networks of `networks.py`, and nothing else.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from demos.dcgan.models import FIRST_SIDE, SLOPE, Discriminator, Generator, Shape, initialise
from demos.dcgan.settings import SWITCHES

HIDDEN = 256  # neurons of the fully connected layers


@dataclass(frozen=True)
class Ablation:
    """What is kept of the paper: everything, unless said otherwise."""

    strides: bool = True  # False: pooling in the discriminator, enlarging and a plain convolution in the generator
    batch_norm: bool = True  # False: none in either
    convolutional: bool = True  # False: a fully connected hidden layer at the deep end of each
    tanh: bool = True  # False: a sigmoid at the generator's output, and pictures in 0..1
    leaky: bool = True  # False: plain ReLU in the discriminator
    low_beta1: bool = True  # False: Adam's usual beta1 of 0.9

    @property
    def beta1(self) -> float:
        return 0.5 if self.low_beta1 else 0.9


def ablation(broken: list[str]) -> Ablation:
    """From the words of what is broken; unknown ones are ignored."""
    return Ablation(**{field: False for field, _, words in SWITCHES if words in broken})


def describe(recipe: Ablation) -> str:
    """What is broken, in words: "pooling, no batch norm", or "the paper's way"."""
    broken = [words for field, _, words in SWITCHES if not getattr(recipe, field)]
    return ", ".join(broken) or "the paper's way"


class FullyConnected(nn.Module):
    """What the paper removed: (N, C, h, w) through a hidden layer to (N, *shape)."""

    def __init__(self, inputs: int, activation: nn.Module, shape: tuple[int, ...]) -> None:
        super().__init__()
        outputs = 1
        for number in shape:
            outputs *= number
        self.layers = nn.Sequential(nn.Linear(inputs, HIDDEN), activation, nn.Linear(HIDDEN, outputs))
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x.flatten(1)).view(-1, *self.shape)


def generator(shape: Shape, recipe: Ablation) -> Generator:
    made = Generator(shape)
    for i, block in enumerate(made.blocks):
        assert isinstance(block, nn.Sequential)
        up = block[0]
        assert isinstance(up, nn.ConvTranspose2d)
        if not recipe.convolutional and i == 0:
            block[0] = FullyConnected(shape.latent, nn.ReLU(), (up.out_channels, FIRST_SIDE, FIRST_SIDE))
        elif not recipe.strides and i > 0:
            block[0] = _enlarge(up)
        if not recipe.batch_norm:
            block[1] = nn.Identity()
    if not recipe.strides:
        assert isinstance(made.last, nn.ConvTranspose2d)
        made.last = _enlarge(made.last)
    if not recipe.tanh:
        made.output = nn.Sigmoid()
    made.apply(initialise)
    return made


def _enlarge(up: nn.ConvTranspose2d) -> nn.Sequential:
    return nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(up.in_channels, up.out_channels, 3, padding=1))


def discriminator(shape: Shape, recipe: Ablation) -> Discriminator:
    made = Discriminator(shape)
    for block in made.blocks:
        assert isinstance(block, nn.Sequential)
        down = block[0]
        assert isinstance(down, nn.Conv2d)
        if not recipe.strides:
            block[0] = nn.Sequential(nn.Conv2d(down.in_channels, down.out_channels, 3, padding=1), nn.MaxPool2d(2))
        if not recipe.batch_norm:
            block[1] = nn.Identity()
        if not recipe.leaky:
            block[2] = nn.ReLU()
    if not recipe.convolutional:
        deep = shape.width * 2 ** (shape.blocks - 1) * FIRST_SIDE**2
        made.last = FullyConnected(deep, nn.LeakyReLU(SLOPE) if recipe.leaky else nn.ReLU(), (1,))
    made.apply(initialise)
    return made
