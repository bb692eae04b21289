"""Blocks that several networks are made of."""

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional as F


def conv3x3(inputs: int, outputs: int) -> nn.Conv2d:
    """3 x 3; the border is repeated, since a frame of zeros would show as a dark rim in the picture."""
    layer = nn.Conv2d(inputs, outputs, 3, padding=1, padding_mode="replicate")
    # He et al., "Delving Deep into Rectifiers" (2015): what goes in comes out as strong, through a dozen ReLU layers.
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
    return layer


class Residual(nn.Module):
    """x + conv(relu(conv(x))), then ReLU (He et al., "Deep Residual Learning", 2016): starts as the identity.

    Args:
        channels: in and out.
        convolution: makes both layers from their channels in and out, with 3 x 3 px and a padding of 1.
        relu_after: whether the sum goes through a ReLU; without one the block passes negative values on.
    """

    def __init__(
        self, channels: int, convolution: Callable[[int, int], nn.Conv2d] = conv3x3, relu_after: bool = True
    ) -> None:
        super().__init__()
        self.first, self.second = convolution(channels, channels), convolution(channels, channels)
        self.relu_after = relu_after
        for parameter in self.second.parameters():
            nn.init.zeros_(parameter)

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, h, w) to the same shape."""
        x = x + self.second(F.relu(self.first(x)))
        return F.relu(x) if self.relu_after else x

    def extra_repr(self) -> str:
        return f"relu_after={self.relu_after}"


def parameter_count(network: nn.Module) -> str:
    """How large a network is, for `extra_repr`: "1,234,567 parameters"."""
    return f"{sum(parameter.numel() for parameter in network.parameters()):,} parameters"
