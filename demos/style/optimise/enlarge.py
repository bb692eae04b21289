"""A finished painting made large enough to print: its details are painted anew, tile by tile.

At 2,048 px the activations of a whole picture take ten gigabytes. The losses do not need them at once: a Gram matrix is
a mean over positions, hence a sum over tiles, and so is the content's distance. While one tile is looked at, the others
count with the Gram matrices that they had when they were looked at last; the gradients of all tiles together are that
of the whole picture's loss. No tile is painted for itself, and none has a seam.

The large forms are those of the painting, enlarged. What the networks see at this size are the strokes in them.
"""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import torch
from PIL import Image
from torch import Tensor

from demos.core import device
from demos.core.images import tensors
from demos.core.networks import vgg
from demos.style.optimise import colours, losses, multiscale, work
from demos.style.optimise import targets as optimise_targets
from demos.style.optimise.canvas import PyramidCanvas
from demos.style.optimise.multiscale import PaintStep
from demos.style.optimise.targets import Style
from demos.style.settings import LEVELS, LUMINANCE, PALETTE, PaintSettings

SIDE = 2048  # px of the longer side: 17 cm at 300 dots per inch
STEPS = 8
RATE = 1.0  # times the settings' rate: the forms are there, and only strokes are left to find
STRIDE = 16  # px of a position of the deepest layers: tiles begin where one of theirs does
CONTEXT = 80  # px around a tile that are looked at with it: what a position of relu5_1 sees reaches 66 px
TILE_BYTES = 1.1e9  # of activations at once
FIRST_LOOK = 0.7  # work of looking at a tile of the photo and of the picture, against one of a step


@dataclass(frozen=True)
class Tile:
    """A part of the picture, in px; with its context it is what the network looks at."""

    top: int
    left: int
    bottom: int
    right: int

    def cut(self, whole: Tensor, stride: int = 1) -> Tensor:
        """Its part of (N, C, H, W) at a layer of that stride."""
        return whole[..., self.top // stride : self.bottom // stride, self.left // stride : self.right // stride]


def largest_side(network: vgg.VGG16) -> int:
    """px of a tile's side, so that its activations take `TILE_BYTES` at most."""
    from demos.style import cost

    side = math.isqrt(int(TILE_BYTES / cost.memory(network, 1))) - 2 * CONTEXT
    return max(STRIDE, side // STRIDE * STRIDE)


def tiles(height: int, width: int, largest: int) -> list[Tile]:
    """Parts of nearly the same size, at most `largest` px, that cover the picture once."""

    def bounds(length: int) -> list[int]:
        count = math.ceil(length / largest)
        inner = [round(length * i / count / STRIDE) * STRIDE for i in range(1, count)]
        return [0, *inner, length]

    rows, columns = bounds(height), bounds(width)
    return [Tile(top, left, bottom, right) for top, bottom in pairwise(rows) for left, right in pairwise(columns)]


class Tiles:
    """A large picture's losses, looked at tile by tile: the sums over all tiles are kept, each tile's part by itself.

    Args:
        content: the photo (1, 3, H, W), of the picture's size.
        targets: of the whole picture; its content is looked at here.
    """

    def __init__(self, network: vgg.VGG16, content: Tensor, targets: losses.Targets, parts: Sequence[Tile]) -> None:
        self.network, self.photo, self.targets, self.parts = network, content, targets, parts
        self.content: list[dict[str, Tensor]] = []  # by tile: the photo's activations
        self.seen: list[dict[str, Tensor]] = []  # by tile: its sums, as they were when it was looked at last
        self.areas: list[dict[str, float]] = []  # by tile: how many positions are in them
        self.norm: dict[str, float] = dict.fromkeys(targets.content, 0.0)

    @torch.no_grad()
    def look(self, i: int, picture: Tensor) -> None:
        """Before the first step: a tile of the photo, and of the picture as it begins."""
        layers = list(self.targets.content)
        self.content.append({layer: x.float() for layer, x in self._activations(i, self.photo, layers).items()})
        for layer, x in self.content[-1].items():
            self.norm[layer] += float(x.square().sum())
        sums, areas = self._sums(i, picture)
        self.seen.append(sums)
        self.areas.append(areas)

    @torch.enable_grad()
    def pull(self, i: int, picture: Tensor) -> None:
        """Adds to `picture.grad` what a tile asks for, of its own pixels and of those around it."""
        sums, _ = self._sums(i, picture)
        torch.stack(list(self.losses(i, sums).values())).sum().backward()
        self.seen[i] = {name: x.detach() for name, x in sums.items()}

    def losses(self, i: int = 0, sums: Mapping[str, Tensor] | None = None) -> dict[str, Tensor]:
        """The whole picture's, scalars by name: tile `i` as it is in `sums`, all others as they were seen last."""
        kept = [one if j != i or sums is None else sums for j, one in enumerate(self.seen)]
        targets = self.targets
        result = {
            f"content {layer}": targets.content_weight
            * torch.stack([one[layer] for one in kept]).sum()
            / max(norm, 1e-12)
            for layer, norm in self.norm.items()
        }
        for layer, weight in targets.style_weights.items():
            if layer == PALETTE:  # needs no network: `paint` asks it of the whole picture
                continue
            grams = []
            for name in (f"{layer} in {k}" for k in range(len(targets.regions))):
                area = max(sum(one[name] for one in self.areas), 1e-6)
                grams.append(torch.stack([one[name] for one in kept]).sum(0) / area)
            distance = losses.distance_from_styles(grams, targets, layer)
            result[f"style {layer}"] = (targets.strength * weight * distance).sum()
        return result

    def _sums(self, i: int, picture: Tensor) -> tuple[dict[str, Tensor], dict[str, float]]:
        """Of a tile: products of channels, and squared distances from the photo; and over how many positions."""
        features = self._activations(i, picture, self.targets.layers())
        sums = {layer: (features[layer].float() - x).square().sum() for layer, x in self.content[i].items()}
        areas = {}
        for layer in self.targets.style_weights:
            for k, region in enumerate(self.targets.regions if layer != PALETTE else ()):
                x, name = features[layer], f"{layer} in {k}"
                where = None if region.where is None else losses.at_layer(self.parts[i].cut(region.where), x)
                areas[name] = float(x.shape[-1] * x.shape[-2] if where is None else where.sum())
                sums[name] = losses.gram(x, where) * areas[name]
        return sums, areas

    def _activations(self, i: int, whole: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """Of a tile alone, computed with its context; beyond the picture's edge, that is the edge repeated."""
        tile, (height, width) = self.parts[i], whole.shape[-2:]
        top, left = max(0, tile.top - CONTEXT), max(0, tile.left - CONTEXT)
        bottom, right = min(height, tile.bottom + CONTEXT), min(width, tile.right + CONTEXT)
        seen = losses.activations(self.network, whole[..., top:bottom, left:right], layers)
        inside = Tile(tile.top - top, tile.left - left, tile.bottom - top, tile.right - left)
        return {layer: inside.cut(x, 2 ** (int(layer[4]) - 1)) for layer, x in seen.items()}


def targets_of(network: vgg.VGG16, content: Tensor, styles: Sequence[Style], settings: PaintSettings) -> losses.Targets:
    """What the large picture is pulled towards. A style has its own size at most: enlarged it would be blurred."""
    longest = max(max(style.image.size) for style in styles) if styles else 0
    scale = min(settings.style_scale, longest / max(content.shape[-2:]))
    asked = replace(settings, style_scale=scale or settings.style_scale, content_weight=0.0)
    targets = optimise_targets.targets_at(network, content, styles, asked)
    layers = {settings.content_layer: content} if settings.content_weight > 0 else {}
    return replace(targets, content=layers, content_weight=settings.content_weight)


def work_of(height: int, width: int, network: vgg.VGG16, steps: int = STEPS) -> float:
    """Work of the whole, in the units of `work.py`."""
    a_pass = sum(
        (part.bottom - part.top + 2 * CONTEXT) * (part.right - part.left + 2 * CONTEXT) + work.A_STEP_ITSELF
        for part in tiles(height, width, largest_side(network))
    )
    return a_pass * (steps + FIRST_LOOK)


def paint(
    painted: Image.Image,
    photo: Image.Image,
    styles: Sequence[Style],
    network: vgg.VGG16,
    settings: PaintSettings,
    *,
    side: int = SIDE,
    steps: int = STEPS,
    protect: Image.Image | None = None,
) -> Iterator[PaintStep]:
    """The painting at `side` px; every yield is one tile that was looked at, and `index` counts whole steps.

    Args:
        painted: the finished painting, of any size.
        photo, styles, settings: what it was painted of, and how.
        protect: mode L; where it is white, the photo stays as it is.
    """
    settings.check()
    where, started = device.current().device, time.perf_counter()
    content = tensors.to_tensor(tensors.resized(photo, side), where)
    start = multiscale.upsampled(tensors.to_tensor(painted, where), content)
    protected = None if protect is None else optimise_targets.mask_at(protect, content)
    parts = tiles(content.shape[-2], content.shape[-1], largest_side(network))
    whole = Tiles(network, content, targets_of(network, content, styles, settings), parts)
    canvas, average = PyramidCanvas(start, LEVELS), start
    values: dict[str, float] = {}
    optimiser = multiscale.adam(canvas, settings.learning_rate * RATE)
    all_looks, looks = len(parts) * (steps + FIRST_LOOK), 0.0

    def now(index: int) -> PaintStep:
        shown = average if protected is None else protected * content + (1 - protected) * average
        shown = colours.with_chroma_of(shown, content) if settings.colours == LUMINANCE else shown
        seconds, share = time.perf_counter() - started, min(1.0, looks / all_looks)
        return PaintStep(index, steps, side, seconds, values, "", shown, share)

    for i in range(len(parts)):
        whole.look(i, start)
        looks += FIRST_LOOK
        yield now(0)
    for index in range(1, steps + 1):
        optimiser.zero_grad()
        with torch.enable_grad():
            picture = canvas.picture()
            leaf = picture.detach().requires_grad_()
        for i in range(len(parts)):
            whole.pull(i, leaf)
            looks += 1
            if i < len(parts) - 1:
                yield now(index - 1)
        with torch.enable_grad():
            values = {name: float(loss) for name, loss in whole.losses().items()} | _of_pixels(leaf, whole.targets)
            picture.backward(leaf.grad)
        multiscale.fall(optimiser, settings.learning_rate * RATE, (index - 1) / steps)
        optimiser.step()
        with torch.no_grad():
            decay = min(settings.average, index / (3 + index))
            average = decay * average + (1 - decay) * canvas.picture()
        yield now(index)


def _of_pixels(leaf: Tensor, targets: losses.Targets) -> dict[str, float]:
    """The losses that need no network, asked of the whole picture; adds to `leaf.grad`."""
    parts = losses.pixel_losses(leaf, targets)
    if parts:
        torch.stack([part.sum() for part in parts.values()]).sum().backward()
    return {name: float(part.detach()) for name, part in parts.items()}
