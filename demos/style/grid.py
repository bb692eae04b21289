"""The proof sheet: nine small pictures of one photo in one style, strength across, scale of the strokes down.

All nine are painted in one batch: a step of nine costs a good deal less than nine steps.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from PIL import Image

from demos.core import device
from demos.core.errors import DemoError
from demos.core.images import tensors
from demos.core.networks import vgg
from demos.style.optimise import losses, multiscale
from demos.style.optimise import targets as optimise_targets
from demos.style.optimise.targets import Style
from demos.style.settings import PaintSettings

STRENGTHS = (0.25, 1.0, 4.0)
SCALES = (0.75, 1.5, 3.0)
SIDE, STEPS = 160, 50


@dataclass(frozen=True)
class ParameterGrid:
    """How far the sheet is, and its nine pictures, row by row."""

    index: int
    total: int
    pictures: tuple[Image.Image, ...]
    seconds: float = 0.0


def settings_of(index: int, settings: PaintSettings) -> PaintSettings:
    """The settings of the sheet's picture `index` (0..8), for the run in full."""
    return replace(settings, style_strength=STRENGTHS[index % 3], style_scale=SCALES[index // 3])


def title(index: int) -> str:
    """The words under picture `index` (0..8)."""
    return f"strength {STRENGTHS[index % 3]:g} · scale {SCALES[index // 3]:g}"


def parameter_grid(
    photo: Image.Image, styles: Sequence[Style], network: vgg.VGG16, settings: PaintSettings | None = None
) -> Iterator[ParameterGrid]:
    """Paints the nine; every yield is one step of all of them.

    Raises:
        DemoError: as `optimise.paint` does.
    """
    started = time.perf_counter()
    settings = replace(settings or PaintSettings(), optimiser="Adam", style_strength=1.0)
    settings.check()
    # No smaller scale went before: the way is longer, the steps are those of a scale two below the full size.
    settings = replace(settings, learning_rate=settings.learning_rate * multiscale.COARSER**2)
    if not styles:
        raise DemoError("There is no style to paint in. Choose at least one, with a share above 0.")
    content = tensors.to_tensor(tensors.resized(photo, SIDE), device.current().device)
    rows = [
        optimise_targets.targets_at(network, content, styles, replace(settings, style_scale=scale)) for scale in SCALES
    ]
    strengths = torch.tensor(STRENGTHS * len(SCALES), device=content.device)
    targets = replace(
        rows[0], regions=[_stacked(regions) for regions in zip(*(row.regions for row in rows), strict=True)]
    )
    targets = replace(targets, strength=strengths)
    start = multiscale.initial(content, settings).expand(len(strengths), -1, -1, -1)
    for step in multiscale.descend(network, start, targets, settings, STEPS):
        pictures = tuple(tensors.to_image(one[None]) for one in step.picture)
        yield ParameterGrid(step.index + 1, STEPS, pictures, time.perf_counter() - started)


def _stacked(regions: Sequence[losses.Region]) -> losses.Region:
    """One region of a batch: each scale's Gram matrices for its row of three pictures."""
    grams = {
        layer: torch.cat([region.grams[layer].expand(len(STRENGTHS), -1, -1) for region in regions])
        for layer in regions[0].grams
    }
    return losses.Region(grams, regions[0].where)
