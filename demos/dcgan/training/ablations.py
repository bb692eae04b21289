"""The paper's networks with a guideline taken away, to see what it was for.

Each switch replaces the layers that it names in the networks of `models.py`, and nothing else.
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
        """Of Adam."""
        return 0.5 if self.low_beta1 else 0.9


def ablation(broken: list[str]) -> Ablation:
    """From the words of what is broken; unknown ones are ignored."""
    return Ablation(**{field: False for field, _, words in SWITCHES if words in broken})


def describe(ablation: Ablation) -> str:
    """What is broken, in words: "pooling, no batch norm", or "the paper's way"."""
    broken = [words for field, _, words in SWITCHES if not getattr(ablation, field)]
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


def generator(shape: Shape, ablation: Ablation) -> Generator:
    """The paper's generator without the guidelines that the ablation takes away, freshly initialised."""
    network = Generator(shape)
    for i, block in enumerate(network.blocks):
        assert isinstance(block, nn.Sequential)
        up = block[0]
        assert isinstance(up, nn.ConvTranspose2d)
        if not ablation.convolutional and i == 0:
            block[0] = FullyConnected(shape.latent, nn.ReLU(), (up.out_channels, FIRST_SIDE, FIRST_SIDE))
        elif not ablation.strides and i > 0:
            block[0] = _enlarge(up)
        if not ablation.batch_norm:
            block[1] = nn.Identity()
    if not ablation.strides:
        assert isinstance(network.last, nn.ConvTranspose2d)
        network.last = _enlarge(network.last)
    if not ablation.tanh:
        network.output = nn.Sigmoid()
    network.apply(initialise)
    return network


def _enlarge(up: nn.ConvTranspose2d) -> nn.Sequential:
    return nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(up.in_channels, up.out_channels, 3, padding=1))


def discriminator(shape: Shape, ablation: Ablation) -> Discriminator:
    """As `generator`."""
    network = Discriminator(shape)
    for block in network.blocks:
        assert isinstance(block, nn.Sequential)
        down = block[0]
        assert isinstance(down, nn.Conv2d)
        if not ablation.strides:
            block[0] = nn.Sequential(nn.Conv2d(down.in_channels, down.out_channels, 3, padding=1), nn.MaxPool2d(2))
        if not ablation.batch_norm:
            block[1] = nn.Identity()
        if not ablation.leaky:
            block[2] = nn.ReLU()
    if not ablation.convolutional:
        deep = shape.width * 2 ** (shape.blocks - 1) * FIRST_SIDE**2
        network.last = FullyConnected(deep, nn.LeakyReLU(SLOPE) if ablation.leaky else nn.ReLU(), (1,))
    network.apply(initialise)
    return network
