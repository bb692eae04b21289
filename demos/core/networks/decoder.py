"""From a VGG16's activations back to the picture: the second half of an autoencoder whose first half is the network.

Mirrors the encoder (Huang and Belongie, "Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization",
2017, section 6): each pooling becomes an enlargement, each block's channels those of the encoder at the same depth, so
that at every depth the decoder's activations and the encoder's can be compared, or given the same statistics.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from demos.core.errors import DemoError
from demos.core.networks import blocks as networks_blocks
from demos.core.networks import vgg
from demos.core.networks.blocks import Residual

# Residual blocks at each depth, the full-size picture first. Where pictures are small a block costs little time and
# sees much; at full size sixteen channels are dear, and there is nothing left to decide.
BLOCKS = (0, 1, 1, 2, 2)

# Told the name of a cut and the decoder's activations at that depth (N, C, h, w); gives what to go on with.
Hook = Callable[[str, Tensor], Tensor]


class Enlarge(nn.Module):
    """Twice the size, `outputs` channels: a convolution, the nearest neighbour, a convolution.

    Not a transposed convolution: its overlaps paint a checkerboard (Odena et al., "Deconvolution and Checkerboard
    Artifacts", 2016).
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.narrow, self.smooth = networks_blocks.conv3x3(inputs, outputs), networks_blocks.conv3x3(outputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.narrow(x))
        return F.relu(self.smooth(F.interpolate(x, scale_factor=2, mode="nearest")))


class Transposed(nn.Module):
    """Twice the size, `outputs` channels, by a transposed convolution: the textbook's way up.

    Kernel 4 and stride 2: the size of the kernel is a multiple of the stride, so that every pixel is painted by as many
    patches as its neighbours (Odena et al.'s remedy against the checkerboard).
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.layer = nn.ConvTranspose2d(inputs, outputs, 4, 2, 1)
        nn.init.kaiming_normal_(self.layer.weight, nonlinearity="relu")
        with torch.no_grad():
            # PyTorch counts a transposed kernel's fan-in from its outputs, and only a quarter of it meets a pixel.
            self.layer.weight *= 2 * (outputs / inputs) ** 0.5
        nn.init.zeros_(self.layer.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.layer(x))


ENLARGEMENTS: dict[str, type[nn.Module]] = {"nearest": Enlarge, "transposed": Transposed}


class Decoder(nn.Module):
    """The picture that a VGG16's activations at `cut` come from.

    Args:
        widths: channels of the encoder's five blocks.
        cut: where it was cut, one of `vgg.CUTS`: relu4_1 for style, up to pool5 for strong compression.
        blocks: residual blocks at each depth, the full-size picture first.
        enlargement: how it doubles its size, one of `ENLARGEMENTS`.

    Raises:
        ValueError: no such cut or enlargement, or not five widths and depths.
    """

    def __init__(
        self,
        widths: Sequence[int],
        cut: str = "relu4_1",
        blocks: Sequence[int] = BLOCKS,
        enlargement: str = "nearest",
    ) -> None:
        super().__init__()
        if cut not in vgg.CUTS:
            raise ValueError(f"VGG16 has no cut {cut!r}; it has {', '.join(vgg.CUTS)}.")
        if not len(widths) == len(blocks) == len(vgg.CONVOLUTIONS_PER_BLOCK):
            raise ValueError("A decoder needs five widths and five depths, as the encoder has five blocks.")
        if enlargement not in ENLARGEMENTS:
            raise ValueError(f"There is no enlargement {enlargement!r}; there are {', '.join(ENLARGEMENTS)}.")
        self.widths, self.cut, self.blocks, self.enlargement = tuple(widths), cut, tuple(blocks), enlargement
        deepest = int(cut[4])  # the digit in relu4_1 and pool4: which block of the encoder
        pooled = cut.startswith("pool")
        self.stride = 2 ** (deepest if pooled else deepest - 1)  # pixels of the picture per position at the cut
        # Where the hook is called, in this order.
        self.depths = (cut, *(f"relu{k}_1" for k in range(deepest if pooled else deepest - 1, 0, -1)))
        channels = [widths[int(depth[4]) - 1] for depth in self.depths]
        self.enlarge = nn.ModuleList([ENLARGEMENTS[enlargement](a, b) for a, b in pairwise(channels)])
        self.refine = nn.ModuleList(
            nn.Sequential(*(Residual(width) for _ in range(blocks[int(depth[4]) - 1])))
            for depth, width in zip(self.depths, channels, strict=True)
        )
        self.last = networks_blocks.conv3x3(channels[-1], 3)

    def extra_repr(self) -> str:
        sizes = f"cut={self.cut!r}, widths={self.widths}, blocks={self.blocks}, enlargement={self.enlargement!r}"
        return f"{sizes}, stride={self.stride}, {networks_blocks.parameter_count(self)}"

    def forward(self, features: Tensor, hook: Hook | None = None) -> Tensor:
        """The picture.

        Args:
            features: (N, C, h, w), the encoder's activations at the cut, in the decoder's precision.
            hook: called once at each of `depths` with the activations there, to change them: style lives here.

        Returns:
            (N, 3, h * stride, w * stride) float32, RGB 0..1.
        """
        x = features
        for i, (depth, refine) in enumerate(zip(self.depths, self.refine, strict=True)):
            if i > 0:
                x = self.enlarge[i - 1](x)
            if hook is not None:
                x = hook(depth, x)
            x = refine(x)
        return torch.sigmoid(self.last(x).float())


def build(tensors: dict[str, Tensor], metadata: dict[str, str]) -> Decoder:
    """The decoder from its file's tensors and notes, every key and shape checked.

    Raises:
        DemoError: the file is not one of these decoders.
    """
    try:
        widths, blocks = ([int(n) for n in metadata[key].split(",")] for key in ("widths", "blocks"))
        network = Decoder(widths, metadata["cut"], blocks, metadata.get("enlargement", "nearest"))
        network.load_state_dict({key: tensor.float() for key, tensor in tensors.items()}, strict=True)
    except (KeyError, ValueError, RuntimeError) as error:
        raise DemoError(
            f"The decoder's file does not hold a decoder ({len(tensors)} tensors with other names, shapes or notes). "
            "Restore it with: git checkout -- weights"
        ) from error
    return network


def metadata(network: Decoder) -> dict[str, str]:
    """What `build` needs to know besides the tensors: a file's metadata."""
    return {
        "widths": ",".join(map(str, network.widths)),
        "cut": network.cut,
        "blocks": ",".join(map(str, network.blocks)),
        "enlargement": network.enlargement,
    }
