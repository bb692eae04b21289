"""Blocks that several networks are made of."""

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
    """x + conv(relu(conv(x))), then ReLU (He et al., "Deep Residual Learning", 2016): starts as the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first, self.second = conv3x3(channels, channels), conv3x3(channels, channels)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.second(F.relu(self.first(x))))
