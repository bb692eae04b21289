"""What a painting is pulled towards at one scale: content, styles and masks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from demos.core.images import tensors
from demos.core.networks import vgg
from demos.style import settings as style_settings
from demos.style.optimise import losses
from demos.style.settings import PaintSettings


@dataclass(frozen=True)
class Style:
    """A style picture, how much of it, and where: `where` (mode L, white is "here") or None for everywhere."""

    image: Image.Image
    share: float = 1.0
    where: Image.Image | None = None


def targets_at(network: vgg.VGG16, content: Tensor, styles: Sequence[Style], settings: PaintSettings) -> losses.Targets:
    """What is asked for at this scale; `content` is (1, 3, H, W)."""
    weights = settings.style_losses()
    side = max(style_settings.SMALLEST, round(max(content.shape[-2:]) * settings.style_scale))

    def grams(group: Sequence[Style]) -> dict[str, Tensor]:
        pictures = [tensors.to_tensor(tensors.resized(style.image, side), content.device) for style in group]
        return losses.style_grams(network, pictures, [style.share for style in group], list(weights))

    everywhere = [style for style in styles if style.where is None]
    placed = [style for style in styles if style.where is not None]
    regions = []
    if weights:
        maps = [mask_at(style.where, content) for style in placed if style.where is not None]
        rest = None if not maps else (1 - torch.stack(maps).sum(0)).clamp(0, 1)
        if everywhere and (rest is None or float(rest.mean()) > 0):
            regions.append(losses.Region(grams(everywhere), rest))
        regions += [losses.Region(grams([style]), area) for style, area in zip(placed, maps, strict=True)]
        regions = [region for region in regions if region.share() > 0]
    return losses.Targets(
        regions=regions,
        style_weights=weights if regions else {},
        content=losses.content_activations(
            network, content, [settings.content_layer] if settings.content_weight > 0 else []
        ),
        content_weight=settings.content_weight,
        strength=settings.style_strength,
        smoothness=settings.smoothness,
    )


def mask_at(mask: Image.Image, content: Tensor) -> Tensor:
    """A mask (mode L) at the size of `content`: (1, 1, H, W), 0..1; what is wholly white stays exactly 1."""
    height, width = content.shape[-2:]
    scaled = np.asarray(mask.convert("L").resize((width, height), Image.Resampling.BOX), np.float32) / 255
    return torch.from_numpy(scaled)[None, None].to(content.device)
