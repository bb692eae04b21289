"""The picture itself is what is optimised: from coarse to fine, its pixels follow the losses of a frozen VGG16.

Small pictures first: a layer sees a fixed number of pixels, so at a small scale its strokes are large ones, and a step
costs little. Each scale starts from the last one enlarged (Gatys et al., "Controlling Perceptual Factors", 2017,
section 6), and only details are left to do at the size that was asked for.
"""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from demos.core import device, images, vgg
from demos.core.errors import DemoError
from demos.style import colours, losses
from demos.style.canvas import Canvas

SMALLEST, LARGEST = 64, 2048  # px of a picture's longer side: pool4 is 4 px at 64
LEVELS = 6  # pictures in the canvas' sum
# Of Adam. Shorter memories than usual: a run is a few dozen steps, and each scale starts near its goal, where the
# large first steps of a high rate would undo what the smaller scales have found.
BETAS = (0.75, 0.85)
COARSER = 1.3  # times the rate for each smaller scale: it starts further from its goal
LAST_RATE = 0.3  # share of the rate that is left in a scale's last step
SMALLER_PART = 0.7  # times the rate for each smaller picture in the canvas' sum: it moves more pixels at once
OPTIMISERS = ("Adam", "L-BFGS")
STARTS = ("photo", "noise", "instant")


@dataclass(frozen=True)
class Settings:
    """How a picture is painted; the defaults are what looked best on three photos, in paintings and drawn styles."""

    size: int = 512  # px of the longer side of the result
    style_strength: float = 1.0  # of the style's losses against the content's; 0 keeps the photo
    style_scale: float = 1.5  # size of the style picture against the result's; smaller gives finer strokes
    content_weight: float = 0.08
    palette: float = 1.5  # weight of the style's colours as such
    content_layer: str = losses.CONTENT_LAYER
    smoothness: float = 4.0  # weight of the total variation
    steps: int = 40  # at each scale
    optimiser: str = "Adam"
    learning_rate: float = 0.015  # of Adam at the last scale, in units of brightness; L-BFGS finds its own step
    start: str = "photo"  # "photo", "noise" or "instant" (one pass of the trained decoder)
    colours: str = colours.FREE
    seed: int = 0
    layers: dict[str, float] = field(default_factory=lambda: dict(losses.STYLE_LAYERS))
    average: float = 0.8  # decay of the running average of iterates, which is what is shown

    def check(self) -> None:
        """Raises DemoError for what cannot be painted."""
        if not SMALLEST <= self.size <= LARGEST:
            raise DemoError(f"{self.size} px cannot be painted. Choose a size from {SMALLEST} to {LARGEST} px.")
        if not 0.1 <= self.style_scale <= 4:
            raise DemoError(f"A style scale of {self.style_scale:g} is out of range. Choose one from 0.1 to 4.")
        if self.steps < 1 or not self.learning_rate > 0:
            raise DemoError("Painting needs at least one step and a learning rate above 0.")
        for value, known in ((self.optimiser, OPTIMISERS), (self.start, STARTS), (self.colours, colours.CHOICES)):
            if value not in known:
                raise DemoError(f"There is no choice called {value!r}. Choose one of: {', '.join(known)}.")
        for layer in (*self.layers, self.content_layer):
            if layer not in vgg.CUTS:
                raise DemoError(f"VGG16 has no layer called {layer!r}. It has: {', '.join(vgg.CUTS)}.")
        if not any(self.style_losses().values()) and self.content_weight <= 0:
            raise DemoError("Nothing is asked of the picture: give the content or one of the layers a weight above 0.")

    def style_losses(self) -> dict[str, float]:
        """The layers' weights, scaled so that they sum to one: more layers do not mean more style."""
        if self.style_strength <= 0:
            return {}
        kept = {layer: weight for layer, weight in self.layers.items() if weight > 0}
        found = {layer: weight / sum(kept.values()) for layer, weight in kept.items()}
        return found | ({losses.PALETTE: self.palette} if self.palette > 0 and kept else {})


@dataclass(frozen=True)
class Style:
    """A style picture, how much of it, and where: `where` (mode L, white is "here") or None for everywhere."""

    image: Image.Image
    share: float = 1.0
    where: Image.Image | None = None


@dataclass(frozen=True)
class Step:
    """One step of the painting; `picture` is the average of the last iterates."""

    index: int
    total: int
    scale: int  # px of the longer side now
    seconds: float
    parts: dict[str, float]  # the losses by name
    note: str  # a sentence where something happened
    picture: Tensor  # (N, 3, h, w) float32 RGB 0..1, on the device

    @property
    def loss(self) -> float:
        return sum(self.parts.values())

    def image(self) -> Image.Image:
        return images.to_image(self.picture[:1])


def paint(
    photo: Image.Image,
    styles: Sequence[Style],
    network: vgg.VGG16,
    settings: Settings | None = None,
    *,
    begin_with: Image.Image | None = None,
    whole_way: bool = True,
    protect: Image.Image | None = None,
) -> Iterator[Step]:
    """Paints the photo in the styles; every yield is one step of the optimiser.

    Args:
        photo: upright RGB.
        styles: one to three. Those without a `where` are mixed; those with one are painted there alone.
        begin_with: the picture to start from instead of the photo or noise.
        whole_way: through all scales; False begins at the largest, as a branch of an earlier run does.
        protect: mode L; where it is white, the photo stays as it is.

    Raises:
        DemoError: no style, or settings that cannot be painted.
    """
    settings = settings or Settings()
    settings.check()
    styles = [style for style in styles if style.share > 0]
    if not styles and settings.style_losses():
        raise DemoError("There is no style to paint in. Choose at least one, with a share above 0.")
    if settings.colours == colours.HISTOGRAM:
        styles = [replace(style, image=colours.match(style.image, photo)) for style in styles]
    where, started = device.current().device, time.perf_counter()
    plan = steps_at(settings) if whole_way else steps_at(settings)[-1:]
    total, done, picture, smaller = sum(steps for _, steps in plan), 0, None, None
    for i, (side, steps) in enumerate(plan):
        content = images.to_tensor(resized(photo, side), where)
        targets = aim(network, content, styles, settings)
        rate = settings.learning_rate * COARSER ** (len(plan) - 1 - i)
        keep = None if protect is None else mask_at(protect, content)
        if picture is None or smaller is None:
            first = None if begin_with is None else images.to_tensor(begin_with, where)
            picture = begin(content, settings) if first is None else enlarge(first, content)  # or shrunk: any size
        else:
            picture = enlarge(picture, content)
            if settings.start != "noise":  # some of the photo's fine detail: its edges need not be found again
                detail = content - enlarge(smaller, content)
                picture = (picture + detail / (1 + settings.style_strength)).clamp(0, 1)
        smaller = content
        for step in descend(network, picture, targets, replace(settings, learning_rate=rate), steps):
            done += 1
            picture = step.picture if keep is None else keep * content + (1 - keep) * step.picture
            shown = colours.with_chroma_of(picture, content) if settings.colours == colours.LUMINANCE else picture
            seconds = time.perf_counter() - started
            yield replace(step, index=done, total=total, scale=side, seconds=seconds, picture=shown)


def scales(size: int) -> list[int]:
    """The longer sides, each twice the one before, the last being `size`."""
    found = [size]
    while found[0] >= 2 * SMALLEST:
        found.insert(0, found[0] // 2)
    return found


def steps_at(settings: Settings) -> list[tuple[int, int]]:
    """(longer side, steps) of each scale."""
    return [(side, settings.steps) for side in scales(settings.size)]


def resized(image: Image.Image, longest: int) -> Image.Image:
    """The longer side at `longest` px, enlarged too where need be; both sides at least 32 px."""
    scale = longest / max(image.size)
    width, height = (max(32, round(side * scale)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def aim(network: vgg.VGG16, content: Tensor, styles: Sequence[Style], settings: Settings) -> losses.Targets:
    """What is asked for at this scale; `content` is (1, 3, H, W)."""
    weights = settings.style_losses()
    side = max(SMALLEST, round(max(content.shape[-2:]) * settings.style_scale))

    def grams(group: Sequence[Style]) -> dict[str, Tensor]:
        pictures = [images.to_tensor(resized(style.image, side), content.device) for style in group]
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


def begin(content: Tensor, settings: Settings) -> Tensor:
    """The photo, or noise that is the same on every device."""
    if settings.start != "noise":
        return content.clone()
    random = torch.Generator().manual_seed(settings.seed)
    return torch.rand(content.shape, generator=random).to(content.device)


def enlarge(picture: Tensor, content: Tensor) -> Tensor:
    """A picture of another size, as a rule the smaller scale's result, at this scale's."""
    size = content.shape[-2:]
    shrinks = picture.shape[-1] > size[-1]
    return F.interpolate(picture, size, mode="bicubic", antialias=shrinks).clamp(0, 1)


def descend(
    network: vgg.VGG16, start: Tensor, targets: losses.Targets, settings: Settings, steps: int
) -> Iterator[Step]:
    """One scale, for N pictures at once; a loss that is no number, or runs away, halves the step and goes on."""
    canvas, average = Canvas(start, LEVELS), start.clone()
    sound, sound_loss, rate = start.clone(), math.inf, settings.learning_rate
    optimiser = _optimiser(canvas, settings, rate)
    parts: dict[str, Tensor] = {}
    seen = start  # the picture that `parts` belong to: the one before the step

    def closure() -> Tensor:
        nonlocal parts, seen
        optimiser.zero_grad()
        picture = canvas.picture()
        parts, seen = losses.losses(network, picture, targets), picture.detach()
        loss = torch.stack([part.sum() for part in parts.values()]).sum()
        loss.backward()
        return loss

    for i in range(steps):
        if settings.optimiser == "Adam":  # its rate falls along half a cosine
            fall = 0.5 * (1 + math.cos(math.pi * i / steps))
            for k, group in enumerate(optimiser.param_groups):
                group["lr"] = rate * (LAST_RATE + (1 - LAST_RATE) * fall) * SMALLER_PART**k
        with torch.enable_grad():  # within one step: grad mode is per thread, and steps change threads
            optimiser.step(closure)  # type: ignore[arg-type]
        with torch.no_grad():
            picture = canvas.picture()
        values = {name: float(part.detach().sum()) for name, part in parts.items()}
        now, note = sum(values.values()), ""
        if not math.isfinite(now) or not bool(picture.isfinite().all()) or now > 4 * sound_loss + 1:
            rate /= 2
            note = f"The loss ran away: back to the last sound picture, and on with steps half as large ({rate:.3g})."
            canvas.begin_at(sound)
            picture = sound
            optimiser = _optimiser(canvas, settings, rate)
            values = {"before": sound_loss if math.isfinite(sound_loss) else float(start.shape[0])}
        elif now < sound_loss:
            sound_loss, sound = now, seen
        # The first iterates are far from the later ones: the average forgets them faster.
        decay = min(settings.average, (1 + i) / (4 + i))
        average = decay * average + (1 - decay) * picture
        yield Step(i, steps, 0, 0.0, values, note, average)


def _optimiser(canvas: Canvas, settings: Settings, rate: float) -> torch.optim.Optimizer:
    if settings.optimiser == "L-BFGS":
        return torch.optim.LBFGS(
            canvas.parts, lr=rate / settings.learning_rate, max_iter=1, max_eval=8, history_size=20,
            line_search_fn="strong_wolfe",
        )  # fmt: skip
    return torch.optim.Adam([{"params": [part]} for part in canvas.parts], lr=rate, betas=BETAS)  # a rate for each
