"""The picture itself is what is optimised: from coarse to fine, its pixels follow the losses of a frozen VGG16.

Small pictures first: a layer sees a fixed number of pixels, so at a small scale its strokes are large ones, and a step
costs little. Each scale starts from the last one enlarged (Gatys et al., "Controlling Perceptual Factors", 2017,
section 6), and only details are left to do at the size that was asked for.
"""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from demos.core import device, images, vgg
from demos.core.errors import DemoError
from demos.style import losses

SMALLEST = 64  # px of a picture's longer side: pool4 is 4 px there


@dataclass(frozen=True)
class Settings:
    """How a picture is painted; the defaults are what looked best on three photos and four paintings."""

    size: int = 512  # px of the longer side of the result
    style_strength: float = 1.0  # of the style's losses against the content's; 0 keeps the photo
    style_scale: float = 1.0  # size of the style picture against the result's; smaller gives finer strokes
    content_weight: float = 0.15
    smoothness: float = 2.0  # weight of the total variation
    steps: int = 60  # at the last scale; smaller scales get more, they cost little
    learning_rate: float = 0.05
    start: str = "photo"  # "photo" or "noise"
    seed: int = 0
    layers: dict[str, float] = field(default_factory=lambda: dict(losses.STYLE_LAYERS))
    average: float = 0.9  # decay of the running average of iterates, which is what is shown


@dataclass(frozen=True)
class Step:
    """One step of the painting; `picture` is the average of the last iterates."""

    index: int
    total: int
    scale: int  # px of the longer side now
    seconds: float
    parts: dict[str, float]  # the losses by name
    note: str  # a sentence where something happened
    picture: Tensor  # (1, 3, h, w) float32 RGB 0..1, on the CPU

    @property
    def loss(self) -> float:
        return sum(self.parts.values())

    def image(self) -> Image.Image:
        return images.to_image(self.picture)


def scales(size: int) -> list[int]:
    """The longer sides, each twice the one before, the last being `size`."""
    found = [size]
    while found[0] >= 2 * SMALLEST * 1.5:
        found.insert(0, found[0] // 2)
    return found


def steps_at(settings: Settings) -> list[tuple[int, int]]:
    """(longer side, steps) of each scale: a third more steps than at the next larger one, where they cost fourfold."""
    sizes = scales(settings.size)
    return [(side, round(settings.steps * (4 / 3) ** (len(sizes) - 1 - i))) for i, side in enumerate(sizes)]


def paint(
    photo: Image.Image,
    styles: Sequence[tuple[Image.Image, float]],
    network: vgg.VGG16,
    settings: Settings | None = None,
) -> Iterator[Step]:
    """Paints the photo in the styles; every yield is one step of Adam.

    Args:
        photo: upright RGB.
        styles: pictures, each with its share.

    Raises:
        DemoError: no style, or a size outside 64 ... 2048 px.
    """
    settings = settings or Settings()
    if not styles or sum(share for _, share in styles) <= 0:
        raise DemoError("There is no style to paint in. Choose at least one, with a share above 0.")
    if not SMALLEST <= settings.size <= 2048:
        raise DemoError(f"{settings.size} px cannot be painted. Choose a size from {SMALLEST} to 2048 px.")
    where, started = device.current().device, time.perf_counter()
    plan = steps_at(settings)
    total, done, picture = sum(steps for _, steps in plan), 0, None
    for side, steps in plan:
        content = images.to_tensor(resized(photo, side), where)
        style_side = max(SMALLEST, round(side * settings.style_scale))
        targets = aim(network, content, [(resized(s, style_side), share) for s, share in styles], settings)
        picture = begin(content, settings) if picture is None else enlarge(picture, content)
        for step in _at_one_scale(network, picture, targets, settings, steps):
            done += 1
            picture = step.picture
            seconds = time.perf_counter() - started
            yield replace(step, index=done, total=total, scale=side, seconds=seconds, picture=picture.cpu())


def resized(image: Image.Image, longest: int) -> Image.Image:
    """The longer side at `longest` px, enlarged too where need be; both sides at least 32 px."""
    scale = longest / max(image.size)
    width, height = (max(32, round(side * scale)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def aim(
    network: vgg.VGG16, content: Tensor, styles: Sequence[tuple[Image.Image, float]], settings: Settings
) -> losses.Targets:
    """What is asked for at this scale."""
    layers = [layer for layer, weight in settings.layers.items() if weight > 0]
    pictures = [images.to_tensor(style, content.device) for style, _ in styles]
    strength = settings.style_strength / max(1e-9, sum(settings.layers[layer] for layer in layers))
    return losses.Targets(
        losses.style_grams(network, pictures, [share for _, share in styles], layers) if strength > 0 else {},
        {layer: strength * settings.layers[layer] for layer in layers},
        losses.content_activations(network, content, [losses.CONTENT_LAYER] if settings.content_weight > 0 else []),
        {losses.CONTENT_LAYER: settings.content_weight},
    )


def begin(content: Tensor, settings: Settings) -> Tensor:
    if settings.start == "photo":
        return content.clone()
    random = torch.Generator().manual_seed(settings.seed)  # on the CPU: the same noise on every device
    return torch.rand(content.shape, generator=random).to(content.device)


def enlarge(picture: Tensor, content: Tensor) -> Tensor:
    """The smaller scale's result at this scale's size."""
    size = content.shape[-2:]
    return F.interpolate(picture, size, mode="bicubic", antialias=False).clamp(0, 1)


def _at_one_scale(
    network: vgg.VGG16, start: Tensor, targets: losses.Targets, settings: Settings, steps: int
) -> Iterator[Step]:
    """Adam on the pixels, its rate falling to a tenth; a loss that is no number halves the rate and goes on."""
    picture = start.clone().requires_grad_(True)
    average, sound = start.clone(), start.clone()
    rate, sound_loss = settings.learning_rate, math.inf
    optimiser = torch.optim.Adam([picture], lr=rate, betas=(0.9, 0.99))
    for i in range(steps):
        optimiser.param_groups[0]["lr"] = rate * (0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * i / steps)))
        with torch.enable_grad():  # opened and closed within one step: grad mode is per thread
            parts = losses.losses(network, picture, targets)
            if settings.smoothness > 0:
                parts["smoothness"] = settings.smoothness * losses.total_variation(picture)
            loss = torch.stack(list(parts.values())).sum()
            optimiser.zero_grad()
            loss.backward()
        values, note = {name: float(part.detach()) for name, part in parts.items()}, ""
        now = sum(values.values())
        if not math.isfinite(now) or now > 4 * sound_loss + 1:
            rate /= 2
            note = (
                f"The loss ran away at a rate of {2 * rate:.3g}: back to the last sound picture, and on at half of it."
            )
            picture = sound.clone().requires_grad_(True)
            optimiser = torch.optim.Adam([picture], lr=rate, betas=(0.9, 0.99))
            values = {name: sound_loss if math.isfinite(sound_loss) else 1.0 for name in ["before"]}
        else:
            if now < sound_loss:
                sound_loss, sound = now, picture.detach().clone()
            optimiser.step()
            with torch.no_grad():
                picture.clamp_(0, 1)
        # The first iterates are far from the later ones: the average forgets them faster.
        decay = min(settings.average, (1 + i) / (4 + i))
        average = decay * average + (1 - decay) * picture.detach()
        yield Step(i, steps, 0, 0.0, values, note, average.clone())
