"""Covering the photo patch by patch: the slow and honest check of where the answer comes from.

A grey patch slides over the photo, and the classifier is asked anew at each place; what its probability loses there is
what the place was worth. No gradient, no assumption. Then patches that grow, until one changes the answer.

Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks" (2014), section 4.2.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from demos.transfer import features
from demos.transfer.classifier import Classifier
from demos.transfer.explain import gradcam, overlay, sight

Box = tuple[int, int, int, int]  # left, top, right, bottom: px of the square
BATCH = 8
SHARE, PER_SIDE = 1 / 4, 9  # the sliding patch's side, as a share of the photo's; places along a side
GROWING = (1 / 8, 1 / 6, 1 / 4, 1 / 3, 1 / 2, 2 / 3)  # shares of the side that are tried for another answer
FLIP_PER_SIDE = 6


@dataclass(frozen=True)
class Flip:
    """The patch whose removal changes the answer: the smallest size that does, at the place where it does most."""

    box: Box
    share: float  # the patch's side as a share of the photo's
    label: int  # the new answer
    probability: float  # of the new answer


@dataclass(frozen=True)
class Covering:
    """Where the covering is, and what it has shown so far."""

    index: int
    total: int  # at most: the search for another answer ends with the first size that has one
    before: float  # the class's probability with nothing covered
    drops: Tensor  # (S, S): what covering each px costs the class, -1..1, mean of the patches on it; NaN: not yet
    lowest: float  # the class's lowest probability so far
    flip: Flip | None = None
    tried: float = 0.0  # the largest share that was tried for another answer, without one so far
    done: bool = False


def places(size: int, share: float, per_side: int) -> list[Box]:
    """Square patches of round(share * size) px, `per_side` along each side, from edge to edge, row by row."""
    patch = max(1, round(share * size))
    starts = [round(i * (size - patch) / (per_side - 1)) for i in range(per_side)]
    return [(x, y, x + patch, y + patch) for y in starts for x in starts]


def grey_of(network: features.Network) -> Tensor:
    """The colour of the patch, (3, 1, 1): the mean of the network's training photos, to it the colour of nothing."""
    return network.mean[0].float()


def cover(
    taught: Classifier, image: Image.Image, label: int, network: features.Network | None = None
) -> Iterator[Covering]:
    """Slides the patch, then looks for another answer; a step after each batch of covered photos.

    Raises:
        DemoError: the classifier's network is not to be had.
    """
    network = network or taught.loaded()
    shown = sight.to_tensor(sight.square(image, taught))
    size = shown.shape[-1]
    answer = _ask(taught, network, shown)[0]
    before, own = float(answer[label]), int(answer.argmax())
    boxes = places(size, SHARE, PER_SIDE)
    growing = [(share, places(size, share, FLIP_PER_SIDE)) for share in GROWING]
    total = len(boxes) + sum(len(found) for _, found in growing)
    drops = torch.full((size, size), torch.nan)
    yield Covering(0, total, before, drops, before)
    values: list[float] = []
    for start in range(0, len(boxes), BATCH):
        said = _ask(taught, network, _covered(shown, boxes[start : start + BATCH], grey_of(network)))
        values += (before - said[:, label]).tolist()
        drops = overlay.pixels_of(torch.tensor(values), boxes[: len(values)], size)
        yield Covering(len(values), total, before, drops, before - max(0.0, *values))
    done, lowest, tried = len(boxes), before - max(0.0, *values), 0.0
    for share, found in growing:
        flips: list[Flip] = []
        for start in range(0, len(found), BATCH):
            part = found[start : start + BATCH]
            said = _ask(taught, network, _covered(shown, part, grey_of(network)))
            for box, row in zip(part, said, strict=True):
                if int(row.argmax()) != own:
                    flips.append(Flip(box, share, int(row.argmax()), float(row.max())))
            done += len(part)
            yield Covering(done, total, before, drops, lowest, tried=tried)
        if flips:
            best = max(flips, key=lambda flip: flip.probability)
            yield Covering(done, done, before, drops, lowest, best, tried, done=True)
            return
        tried = share
    yield Covering(total, total, before, drops, lowest, None, tried, done=True)


def agreement(
    taught: Classifier, image: Image.Image, label: int, cuts: Sequence[str], drops: Tensor, network: features.Network
) -> dict[str, float | None]:
    """How alike Grad-CAM at each cut and the drops (S, S) are: their correlation, -1..1.

    Returns:
        By cut; 0 where the drops are the same everywhere, None where Grad-CAM's map is empty.
    """
    found: dict[str, float | None] = {}
    for cut, heat in gradcam.heat_maps(taught, image, label, cuts, network).items():
        fine = F.interpolate(heat[None, None], drops.shape, mode="bilinear", align_corners=False).flatten()
        alike = torch.corrcoef(torch.stack([fine, drops.flatten()]))[0, 1]
        found[cut] = float(alike.nan_to_num(0.0)) if float(heat.max()) > 0 else None
    return found


@torch.no_grad()
def _ask(taught: Classifier, network: features.Network, squares: Tensor) -> Tensor:
    """(N, 3, S, S) to probabilities (N, C)."""
    return taught.probabilities(sight.see(squares, network, taught)[0].cpu())


def _covered(shown: Tensor, boxes: list[Box], grey: Tensor) -> Tensor:
    """(1, 3, S, S) to (N, 3, S, S), one box covered in each."""
    squares = shown.repeat(len(boxes), 1, 1, 1)
    for one, (left, top, right, bottom) in zip(squares, boxes, strict=True):
        one[:, top:bottom, left:right] = grey
    return squares
