"""The denoiser: a U-Net that first says how much noise is where, then what to take away.

    photo --fold--> (12, H/2, W/2) --Estimator--> noise map --UNet, strided down, transposed up--> residual --unfold-->

Folding 2 x 2 pixels into channels makes every layer four times cheaper (Zhang et al., "FFDNet", 2018). The estimated
map makes it blind (Guo et al., "CBDNet", 2019), the residual easy to learn (Zhang et al., "DnCNN", 2017), and layers
without biases hold for noise stronger than any seen (Mohan et al., "Robust and Interpretable Blind Image Denoising via
Bias-Free Convolutional Neural Networks", 2020).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from demos.autoencoder.settings import STRONGEST
from demos.core.errors import DemoError
from demos.core.networks.blocks import Residual, parameter_count

FOLD = 2  # pixels of a side that become channels
WIDTHS = (48, 96, 128, 160)  # channels at 1/2, 1/4, 1/8 and 1/16 of the photo's size
BLOCKS = (2, 2, 2, 2)  # residual blocks at each of them, on the way down and once more on the way up
ESTIMATOR = (24, 3)  # the estimator's channels and layers
MAX_SIGMA = 55.0  # sigma, of 255: the strongest noise of the training, which no strength exceeds
FURTHER = 0.25  # each strength above 1 tells of so much more: told of twice the noise, it draws stains and a grid


class Denoised(NamedTuple):
    """What the denoiser answers; both float32."""

    picture: Tensor  # (N, 3, H, W), RGB, not clamped
    noise: Tensor  # (N, 1, H/2, W/2), the estimated standard deviation of the noise, 0..1 like the pixels


@dataclass(frozen=True)
class Faint:
    """How an estimate of faint noise is to be read: texture looks like noise, the plainest quarter of a photo does not.

    Where that quarter says that the noise is faint, no place is believed to have much more of it.

    Args:
        times: the most that any place is believed to have, against the plainest quarter's largest estimate.
        under: sigma, of 255, of that quarter under which this holds in full.
        until: sigma, of 255, from which on it does not hold at all: strong noise is told from texture by itself, and
            may well be many times stronger in one place than in another.
    """

    times: float
    under: float
    until: float

    def limit(self, noise: Tensor) -> Tensor:
        """Estimates of photos (N, ...), 0..1 like the pixels, to the most that is believed of each: (N, 1, 1, 1)."""
        plain = noise.float().flatten(1).quantile(0.25, 1)
        share = ((self.until - 255 * plain) / (self.until - self.under)).clamp(min=1e-6)
        return (self.times * plain / share.clamp(max=1)).view(-1, 1, 1, 1)


def bias_free_conv(inputs: int, outputs: int) -> nn.Conv2d:
    """3 x 3, zeros around, no bias: twice the input is twice the output."""
    layer = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
    # He et al., "Delving Deep into Rectifiers" (2015).
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return layer


def _stage(channels: int, blocks: int) -> nn.Sequential:
    return nn.Sequential(*(Residual(channels, bias_free_conv, relu_after=False) for _ in range(blocks)))


class Estimator(nn.Module):
    """How much noise is where: a few layers on the folded photo, averaged over what lies around."""

    def __init__(self, channels: int, layers: int) -> None:
        super().__init__()
        sizes = [3 * FOLD**2, *[channels] * (layers - 1)]
        self.layers = nn.ModuleList(bias_free_conv(a, b) for a, b in zip(sizes, [*sizes[1:], 1], strict=True))

    def forward(self, folded: Tensor) -> Tensor:
        """(N, 12, h, w) to (N, 1, h, w), never negative."""
        x = folded
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return F.avg_pool2d(self.layers[-1](x).abs(), 9, 1, 4, count_include_pad=False)


class Denoiser(nn.Module):
    """The denoising autoencoder; see the module's docstring.

    Args:
        widths: channels at each size, the largest first.
        blocks: residual blocks at each size.
        estimator: channels and layers of the noise estimator.

    Raises:
        ValueError: as many widths as blocks are needed, at least one.
    """

    faint: Faint | None = None  # fitted after the training, which must see the bare estimate

    def __init__(
        self, widths: Sequence[int] = WIDTHS, blocks: Sequence[int] = BLOCKS, estimator: Sequence[int] = ESTIMATOR
    ) -> None:
        super().__init__()
        if len(widths) != len(blocks) or not widths or len(estimator) != 2:
            raise ValueError(f"{len(widths)} widths and {len(blocks)} counts of blocks do not fit together")
        self.widths, self.blocks, self.estimator_size = tuple(widths), tuple(blocks), tuple(estimator)
        self.estimator = Estimator(*estimator)
        pixels = 3 * FOLD**2
        self.first = bias_free_conv(pixels + 1, widths[0])
        self.down = nn.ModuleList(nn.Conv2d(a, b, 2, 2, bias=False) for a, b in pairwise(widths))
        # Kernel 2 and stride 2: no two patches overlap, so that no checkerboard can come of it (Odena et al., 2016).
        self.up = nn.ModuleList(nn.ConvTranspose2d(b, a, 2, 2, bias=False) for a, b in pairwise(widths))
        self.before, self.after = (
            nn.ModuleList(_stage(width, count) for width, count in zip(widths, blocks, strict=True)) for _ in range(2)
        )
        self.last = bias_free_conv(widths[0], pixels)
        nn.init.normal_(self.last.weight, std=1e-3)  # starts with next to no residual

    def extra_repr(self) -> str:
        sizes = f"widths={self.widths}, blocks={self.blocks}, estimator={self.estimator_size}"
        return f"{sizes}, multiple={self.multiple}, faint={self.faint}, {parameter_count(self)}"

    @property
    def multiple(self) -> int:
        """Height and width must be multiples of this."""
        return FOLD * 2 ** len(self.down)

    def forward(
        self, photo: Tensor, strength: float = 1.0, noise: Tensor | None = None, limit: Tensor | None = None
    ) -> Denoised:
        """The cleaned photo.

        Args:
            photo: (N, 3, H, W), RGB 0..1; H and W multiples of `multiple`.
            strength: 0..3. Up to 1 this share of the residual is taken away; above 1 the network is told of more noise
                than it found, see `told`.
            noise: (N, 1, H/2, W/2), what to believe instead of the estimate.
            limit: (N, 1, 1, 1), the most noise that is believed, 0..1; None asks `faint`, where there is one. A tile
                needs its whole photo's.
        """
        estimate, x = self.noise_map(photo), self._folded(photo)
        if limit is None and self.faint is not None:
            limit = self.faint.limit(estimate)
        if limit is not None:
            estimate = torch.minimum(estimate, limit)
        noise_map = estimate if noise is None else noise.float()
        residual = self.residual(x, told(noise_map, strength).to(x.dtype)).float()
        return Denoised(photo.float() - min(1.0, strength) * residual, estimate)

    def noise_map(self, photo: Tensor) -> Tensor:
        """The bare estimate for (N, 3, H, W), RGB 0..1: (N, 1, H/2, W/2), standard deviations 0..1, float32."""
        return self.estimator(self._folded(photo)).float()

    def _folded(self, photo: Tensor) -> Tensor:
        return F.pixel_unshuffle(photo.to(self.first.weight.dtype), FOLD)  # (N, 12, H/2, W/2)

    def residual(self, folded: Tensor, noise: Tensor) -> Tensor:
        """(N, 12, h, w) and the noise map (N, 1, h, w) to what is to be taken away, (N, 3, 2 h, 2 w)."""
        x, skips = self.first(torch.cat([folded, noise], 1)), []
        for i, before in enumerate(self.before):
            x = before(x)
            if i < len(self.down):
                skips.append(x)
                x = self.down[i](x)  # half the size
        for i in reversed(range(len(self.after))):
            x = self.after[i](x)
            if i > 0:
                x = self.up[i - 1](x) + skips.pop()  # twice the size
        return F.pixel_shuffle(self.last(x), FOLD)


def told(noise: Tensor, strength: float) -> Tensor:
    """What the network is told of the noise found, 0..1 like the pixels: with more strength more, up to `MAX_SIGMA`.

    At the most, strength 3, half as much again: as far as a photo is only smoother for it. Stronger noise than
    `MAX_SIGMA` is believed where it is found, and never exaggerated.
    """
    more = 1 + FURTHER * max(0.0, min(strength, STRONGEST) - 1)
    return torch.maximum(noise, (more * noise).clamp(max=MAX_SIGMA / 255))


def metadata(network: Denoiser) -> dict[str, str]:
    """What `build` needs to know besides the tensors: a file's metadata."""
    sizes = {"widths": network.widths, "blocks": network.blocks, "estimator": network.estimator_size}
    return {key: ",".join(map(str, value)) for key, value in sizes.items()}


def build(tensors: dict[str, Tensor], metadata: dict[str, str]) -> Denoiser:
    """The denoiser from its file's tensors and notes, every key and shape checked.

    Raises:
        DemoError: the file is not a denoiser.
    """
    try:
        network = Denoiser(*([int(n) for n in metadata[key].split(",")] for key in ("widths", "blocks", "estimator")))
        network.load_state_dict({key: tensor.float() for key, tensor in tensors.items()}, strict=True)
    except (KeyError, ValueError, RuntimeError) as error:
        raise DemoError(
            f"The denoiser's file does not hold a denoiser ({len(tensors)} tensors with other names, shapes or notes). "
            "Restore it with: git checkout -- weights"
        ) from error
    return network
