"""The compression network: an autoencoder with a narrow code, and how much each value of the code costs.

Photo to code: 16 times fewer positions a side, `channels` whole numbers at each. One network has several qualities:
each has a gain for every channel before rounding, and one after (Cui et al., "Asymmetric Gained Deep Image Compression
With Continuous Rate Adaptation", 2021). Trained for rate + lambda * distortion, with uniform noise in the place of
rounding (Ballé, Laparra and Simoncelli, "End-to-end Optimized Image Compression", 2017).

A value is expected to be as large as what was decoded already around it (`ContextModel`). That needs no second code as
a hyperprior does, and only sums of whole numbers: reader and writer agree to the bit on every machine, which networks
of floating-point numbers do not.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from demos.core.errors import DemoError
from demos.core.networks.blocks import parameter_count

FOLD, STRIDE = 2, 16  # pixels that become channels; pixels of the photo per position of the code
WIDTHS = (48, 96, 144)  # channels at 1/2, 1/4 and 1/8 of the photo's size
CHANNELS = 96  # values per position of the code
BLOCKS = 2  # residual blocks at each size
# What an error costs against bits, per quality: lambda in bits per pixel + lambda * 255^2 * mean squared error.
LAMBDAS = (0.0009, 0.0018, 0.0035, 0.0067, 0.013, 0.025)
LARGEST = 255  # of a value of the code; training stays far below
GROUP = 8  # channels that are decoded together and look only at the groups before them


class LeakyResidual(nn.Module):
    """x + conv(leaky(conv(x))): starts as the identity, up to a bias."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first, self.second = (nn.Conv2d(channels, channels, 3, padding=1) for _ in range(2))
        nn.init.zeros_(self.second.weight)

    def forward(self, x: Tensor) -> Tensor:
        # In place: for a photo of 4 megapixels each copy would take 0.2 GB.
        return self.second(F.leaky_relu_(self.first(x), 0.1)).add_(x)


def _stage(channels: int, blocks: int) -> nn.Sequential:
    return nn.Sequential(*(LeakyResidual(channels) for _ in range(blocks)))


class ContextModel(nn.Module):
    """How large each value of the code is likely to be, from what is known before it.

    Half of the positions, like a chessboard's white fields, are decoded first (He et al., "Checkerboard Context Model",
    2021). Of a white field the groups of channels before are known; of a black one its four white neighbours as well.
    The expected size is a sum of known sizes with weights that are never negative, and a constant per quality.
    """

    earlier: Tensor  # (channels, channels), 1 where the column is decoded before the row

    def __init__(self, channels: int, qualities: int) -> None:
        super().__init__()
        self.channels = channels
        before = torch.tril(torch.ones(channels // GROUP, channels // GROUP), -1)
        self.register_buffer("earlier", before.repeat_interleave(GROUP, 0).repeat_interleave(GROUP, 1), False)
        self.here = nn.Parameter(torch.full((2, channels, channels), -6.0))  # from earlier groups, white and black
        self.near = nn.Parameter(torch.full((2, channels, channels), -6.0))  # from their four neighbours
        self.own = nn.Parameter(torch.full((channels,), -3.0))  # from the same channel's four white neighbours
        self.floor = nn.Parameter(torch.full((2, qualities, channels), -1.0))

    def weights(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(here, near, own, floor), all positive; rows are who is expected, columns what is known."""
        here, near = F.softplus(self.here) * self.earlier, F.softplus(self.near) * self.earlier
        return here, near, F.softplus(self.own), F.softplus(self.floor) + 1e-3

    def forward(self, code: Tensor, quality: Tensor) -> Tensor:
        """(N, C, h, w) values and each photo's quality (N,) to the scales (N, C, h, w) of their Laplace laws."""
        here, near, own, floor = self.weights()
        size = code.abs()
        around = neighbours(size)
        height, width = code.shape[-2:]
        black = chessboard(height, width, code.device)
        white_only = neighbours(size * ~black)
        scales = [
            F.conv2d(size, here[k, :, :, None, None])
            + F.conv2d(around, near[k, :, :, None, None])
            + floor[k, quality][:, :, None, None]
            for k in range(2)
        ]
        return torch.where(black, scales[1] + own.view(-1, 1, 1) * white_only, scales[0])


def chessboard(height: int, width: int, device: torch.device | None = None) -> Tensor:
    """(height, width), True where a field is black: decoded second."""
    return (torch.arange(height, device=device).view(-1, 1) + torch.arange(width, device=device)) % 2 == 1


def neighbours(size: Tensor) -> Tensor:
    """The sum over left, right, above and below; nothing lies outside."""
    padded = F.pad(size, (1, 1, 1, 1))
    return padded[..., 1:-1, :-2] + padded[..., 1:-1, 2:] + padded[..., :-2, 1:-1] + padded[..., 2:, 1:-1]


class Codec(nn.Module):
    """Encoder, gains, context model and decoder.

    Args:
        widths: channels at 1/2, 1/4 and 1/8 of the photo's size.
        channels: values of the code per position, a multiple of `GROUP`.
        blocks: residual blocks at each size.
        qualities: how many rates it has.

    Raises:
        ValueError: not three widths, or channels that make no whole groups.
    """

    def __init__(
        self,
        widths: Sequence[int] = WIDTHS,
        channels: int = CHANNELS,
        blocks: int = BLOCKS,
        qualities: int = len(LAMBDAS),
    ) -> None:
        super().__init__()
        if len(widths) != 3 or channels % GROUP:
            raise ValueError(f"{len(widths)} widths and {channels} channels: three are needed, and groups of {GROUP}")
        self.widths, self.channels, self.blocks, self.qualities = tuple(widths), channels, blocks, qualities
        pixels, sizes = 3 * FOLD**2, [*widths, channels]
        self.first, self.last = nn.Conv2d(pixels, widths[0], 3, padding=1), nn.Conv2d(widths[0], pixels, 3, padding=1)
        self.down = nn.ModuleList(nn.Conv2d(a, b, 4, 2, 1) for a, b in pairwise(sizes))
        self.up = nn.ModuleList(nn.ConvTranspose2d(b, a, 4, 2, 1) for a, b in pairwise(sizes))
        self.before, self.after = (nn.ModuleList(_stage(w, blocks) for w in widths) for _ in range(2))
        self._begin()
        # Finer steps for better qualities, as the root of lambda: an error four times as dear, half the step.
        start = torch.tensor([math.log(8 * math.sqrt(x / LAMBDAS[-1])) for x in LAMBDAS[:qualities]])
        self.gain = nn.Parameter(start.view(-1, 1).repeat(1, channels))  # logarithms
        self.inverse = nn.Parameter(-start.view(-1, 1).repeat(1, channels))
        self.expectation = ContextModel(channels, qualities)

    def _begin(self) -> None:
        """Initial weights with which a photo's contrast reaches the code: if all of it rounds to 0, nothing learns."""
        for layer in (self.first, *self.down, *self.up, self.last):
            assert isinstance(layer, nn.Conv2d | nn.ConvTranspose2d) and layer.bias is not None  # noqa: PT018
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, a=1)
            else:  # a quarter of a transposed kernel of 4 and stride 2 meets each pixel
                nn.init.normal_(layer.weight, std=(4 / (layer.in_channels * 16)) ** 0.5)
            nn.init.zeros_(layer.bias)
        nn.init.normal_(self.last.weight, std=0.02)

    def extra_repr(self) -> str:
        sizes = f"widths={self.widths}, channels={self.channels}, blocks={self.blocks}, qualities={self.qualities}"
        return f"{sizes}, stride={STRIDE}, {parameter_count(self)}"

    def encode(self, photo: Tensor, quality: Tensor) -> Tensor:
        """(N, 3, H, W), RGB 0..1, sides multiples of 16, to the code (N, C, H/16, W/16), not yet rounded."""
        x = self.first(F.pixel_unshuffle(photo.to(self.first.weight.dtype) - 0.5, FOLD))
        for before, down in zip(self.before, self.down, strict=True):
            x = down(before(x))
        return x.float() * self.gain[quality].exp()[:, :, None, None]

    def decode(self, code: Tensor, quality: Tensor) -> Tensor:
        """(N, C, h, w) to the picture (N, 3, 16 h, 16 w), float32, not clamped."""
        x = (code * self.inverse[quality].exp()[:, :, None, None]).to(self.first.weight.dtype)
        for after, up in zip(reversed(self.after), reversed(self.up), strict=True):
            x = after(up(x))
        return F.pixel_shuffle(self.last(x), FOLD).float() + 0.5

    def forward(self, photo: Tensor, quality: Tensor) -> tuple[Tensor, Tensor]:
        """The picture, and the bits that each photo's code would take, (N,): for training, with noise for rounding."""
        code = self.encode(photo, quality)
        noisy = code + torch.rand_like(code) - 0.5
        # The decoder sees rounded values, with the gradient of unrounded ones; the rate is smooth (Minnen, 2020).
        rounded = code + (code.round() - code).detach()
        return self.decode(rounded, quality), bits(noisy, self.expectation(noisy, quality)).sum((1, 2, 3))


def bits(code: Tensor, scale: Tensor) -> Tensor:
    """-log2 of the Laplace law's mass within half a step of each value."""
    size, scale = code.abs(), scale.clamp_min(1e-2)
    inside = 1 - torch.exp(-0.5 / scale) * torch.cosh(size.clamp_max(0.5) / scale)  # |value| below 1/2
    # Above: exp(-size / scale) sinh(1 / (2 scale)), as logarithms so that rare values have a gradient.
    half = 0.5 / scale
    outside = (half - size / scale) + torch.log1p(-torch.exp(-2 * half)) - math.log(2)
    return -torch.where(size < 0.5, inside.clamp_min(1e-9).log(), outside) / math.log(2)


def metadata(network: Codec) -> dict[str, str]:
    """What `build` needs to know besides the tensors: a file's metadata."""
    return {
        "widths": ",".join(map(str, network.widths)),
        "channels": str(network.channels),
        "blocks": str(network.blocks),
        "qualities": str(network.qualities),
    }


def build(tensors: dict[str, Tensor], metadata: dict[str, str]) -> Codec:
    """The codec from its file's tensors and notes, every key and shape checked.

    Raises:
        DemoError: the file is not a codec.
    """
    try:
        channels, blocks, qualities = (int(metadata[key]) for key in ("channels", "blocks", "qualities"))
        network = Codec([int(n) for n in metadata["widths"].split(",")], channels, blocks, qualities)
        network.load_state_dict({key: tensor.float() for key, tensor in tensors.items()}, strict=True)
    except (KeyError, ValueError, RuntimeError) as error:
        raise DemoError(
            f"The codec's file does not hold a codec ({len(tensors)} tensors with other names, shapes or notes). "
            "Restore it with: git checkout -- weights"
        ) from error
    return network
