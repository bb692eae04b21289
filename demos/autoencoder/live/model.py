"""The small autoencoder that learns before the visitor's eyes."""

import torch
from torch import Tensor, nn

from demos.autoencoder.settings import CONNECTED, TRANSPOSED, LearnSettings
from demos.core.networks.blocks import parameter_count


class Autoencoder(nn.Module):
    """Encoder, bottleneck, decoder; what goes through the bottleneck is all that the decoder knows."""

    def __init__(self, settings: LearnSettings, side: int) -> None:
        super().__init__()
        size = settings.bottleneck
        self.side, self.kind, self.bottleneck = side, settings.kind, size
        if settings.kind == CONNECTED:
            self.encoder = nn.Sequential(
                nn.Flatten(), nn.Linear(side * side, 256), nn.ReLU(), nn.Linear(256, 96), nn.ReLU(), nn.Linear(96, size)
            )
            self.decoder = nn.Sequential(
                nn.Linear(size, 96), nn.ReLU(), nn.Linear(96, 256), nn.ReLU(), nn.Linear(256, side * side),
                nn.Unflatten(1, (1, side, side)),
            )  # fmt: skip
        else:
            quarter = side // 4
            self.encoder = nn.Sequential(
                nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU(),
                nn.Flatten(), nn.Linear(32 * quarter * quarter, size),
            )  # fmt: skip
            self.decoder = nn.Sequential(
                nn.Linear(size, 32 * quarter * quarter), nn.ReLU(), nn.Unflatten(1, (32, quarter, quarter)),
                *_twice(32, 16, settings.upsampling), nn.ReLU(), *_twice(16, 1, settings.upsampling),
            )  # fmt: skip

    def extra_repr(self) -> str:
        return f"{self.kind!r}, side={self.side}, bottleneck={self.bottleneck}, {parameter_count(self)}"

    def decode(self, code: Tensor) -> Tensor:
        """(N, bottleneck) to (N, 1, S, S), 0..1."""
        return torch.sigmoid(self.decoder(code))

    def forward(self, pictures: Tensor) -> Tensor:
        """(N, 1, S, S), 0..1, noisy or not, to their reconstructions."""
        return self.decode(self.encoder(pictures))


def _twice(inputs: int, outputs: int, upsampling: str) -> list[nn.Module]:
    """Twice the size. A kernel of 3 and a stride of 2 overlap unevenly: that is where checkerboards come from."""
    if upsampling == TRANSPOSED:
        return [nn.ConvTranspose2d(inputs, outputs, 3, 2, 1, output_padding=1)]
    return [nn.Upsample(scale_factor=2, mode="nearest"), nn.Conv2d(inputs, outputs, 3, padding=1)]


def with_noise(pictures: Tensor, noise: float, random: torch.Generator) -> Tensor:
    """Gaussian noise of standard deviation `noise` on top of pictures 0..1; not clamped."""
    return pictures + noise * torch.randn(pictures.shape, generator=random)
