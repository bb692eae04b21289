"""The picture itself is what is optimised: from coarse to fine, its pixels follow the losses of a frozen VGG16.

Small pictures first: a layer sees a fixed number of pixels, so at a small scale its strokes are large ones, and a step
costs little. Each scale starts from the last one enlarged (Gatys et al., "Controlling Perceptual Factors", 2017,
section 6), and only details are left to do at the size that was asked for.
"""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from demos.core import device
from demos.core.errors import DemoError
from demos.core.images import tensors
from demos.core.networks import vgg
from demos.style import settings as style_settings
from demos.style.optimise import colours, losses, work
from demos.style.optimise import targets as optimise_targets
from demos.style.optimise.canvas import PyramidCanvas
from demos.style.optimise.targets import Style
from demos.style.settings import HISTOGRAM, LUMINANCE, PaintSettings

# Of Adam. Shorter memories than usual: a run is a few dozen steps, and each scale starts near its goal, where the
# large first steps of a high rate would undo what the smaller scales have found.
BETAS = (0.75, 0.85)
COARSER = 1.3  # times the rate for each smaller scale: it starts further from its goal
LAST_RATE = 0.3  # share of the rate that is left in a scale's last step
SMALLER_PART = 0.7  # times the rate for each smaller picture in the canvas' sum: it moves more pixels at once


@dataclass(frozen=True)
class PaintStep:
    """One step of the painting; `picture` is the average of the last iterates."""

    index: int
    total: int
    scale: int  # px of the longer side now
    seconds: float
    parts: dict[str, float]  # the losses by name
    note: str  # a sentence where something happened
    picture: Tensor  # (N, 3, h, w) float32 RGB 0..1, on the device
    share: float = 0.0  # of the work that is done, 0..1

    @property
    def loss(self) -> float:
        return sum(self.parts.values())

    def image(self) -> Image.Image:
        return tensors.to_image(self.picture[:1])


def paint(
    photo: Image.Image,
    styles: Sequence[Style],
    network: vgg.VGG16,
    settings: PaintSettings | None = None,
    *,
    init_image: Image.Image | None = None,
    coarse_to_fine: bool = True,
    protect: Image.Image | None = None,
) -> Iterator[PaintStep]:
    """Paints the photo in the styles; every yield is one step of the optimiser.

    Args:
        photo: upright RGB.
        styles: one to three. Those without a `where` are mixed; those with one are painted there alone.
        init_image: the picture to start from instead of the photo or noise.
        coarse_to_fine: through all scales; False begins at the largest, as a branch of an earlier run does.
        protect: mode L; where it is white, the photo stays as it is.

    Raises:
        DemoError: no style, settings that cannot be painted, or a photo that would be too thin.
    """
    settings = settings or PaintSettings()
    settings.check()
    tensors.check_proportions(photo, settings.size)
    styles = [style for style in styles if style.share > 0]
    if not styles and settings.style_losses():
        raise DemoError("There is no style to paint in. Choose at least one, with a share above 0.")
    if settings.colours == HISTOGRAM:
        styles = [replace(style, image=colours.match(style.image, photo)) for style in styles]
    where, started = device.current().device, time.perf_counter()
    plan = work.steps_at(settings) if coarse_to_fine else work.steps_at(settings)[-1:]
    total, done, picture, smaller = sum(steps for _, steps in plan), 0, None, None
    aspect, worked = max(photo.size) / min(photo.size), 0.0
    all_work = work.whole(settings, aspect, len(styles), plan)
    for i, (side, steps) in enumerate(plan):
        worked += work.a_scale_begins(side, settings, len(styles))
        content = tensors.to_tensor(tensors.resized(photo, side), where)
        targets = optimise_targets.targets_at(network, content, styles, settings)
        rate = settings.learning_rate * COARSER ** (len(plan) - 1 - i)
        protected = None if protect is None else optimise_targets.mask_at(protect, content)
        if picture is None or smaller is None:
            first = None if init_image is None else tensors.to_tensor(init_image, where)
            picture = initial(content, settings) if first is None else upsampled(first, content)  # or shrunk: any size
        else:
            picture = upsampled(picture, content)
            if settings.start != "noise":  # some of the photo's fine detail: its edges need not be found again
                detail = content - upsampled(smaller, content)
                picture = (picture + detail / (1 + settings.style_strength)).clamp(0, 1)
        smaller = content
        for step in descend(network, picture, targets, replace(settings, learning_rate=rate), steps):
            done, worked = done + 1, worked + work.a_step(side, settings, aspect)
            picture = step.picture if protected is None else protected * content + (1 - protected) * step.picture
            shown = colours.with_chroma_of(picture, content) if settings.colours == LUMINANCE else picture
            seconds = time.perf_counter() - started
            yield replace(
                step, index=done, total=total, scale=side, seconds=seconds, picture=shown, share=worked / all_work
            )


def initial(content: Tensor, settings: PaintSettings) -> Tensor:
    """The photo, or noise that is the same on every device."""
    if settings.start != "noise":
        return content.clone()
    random = torch.Generator().manual_seed(settings.seed)
    return torch.rand(content.shape, generator=random).to(content.device)


def upsampled(picture: Tensor, content: Tensor) -> Tensor:
    """A picture of another size, as a rule the smaller scale's result, at this scale's."""
    size = content.shape[-2:]
    shrinks = picture.shape[-1] > size[-1]
    return F.interpolate(picture, size, mode="bicubic", antialias=shrinks).clamp(0, 1)


def descend(
    network: vgg.VGG16, start: Tensor, targets: losses.Targets, settings: PaintSettings, steps: int
) -> Iterator[PaintStep]:
    """One scale, for N pictures at once; a loss that is no number, or runs away, halves the step and goes on."""
    canvas, average = PyramidCanvas(start, style_settings.LEVELS), start.clone()
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
        if settings.optimiser == "Adam":
            fall(optimiser, rate, i / steps)
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
        yield PaintStep(i, steps, 0, 0.0, values, note, average)


def _optimiser(canvas: PyramidCanvas, settings: PaintSettings, rate: float) -> torch.optim.Optimizer:
    if settings.optimiser == "L-BFGS":
        return torch.optim.LBFGS(
            canvas.parts, lr=rate / settings.learning_rate, max_iter=1, max_eval=8, history_size=20,
            line_search_fn="strong_wolfe",
        )  # fmt: skip
    return adam(canvas, rate)


def adam(canvas: PyramidCanvas, rate: float) -> torch.optim.Adam:
    """Adam with a rate for each picture of the canvas' sum, which `fall` sets."""
    return torch.optim.Adam([{"params": [part]} for part in canvas.parts], lr=rate, betas=BETAS)


def fall(optimiser: torch.optim.Optimizer, rate: float, done: float) -> None:
    """The rates before a step, where `done` (0..1) of a scale's steps are taken: they fall along half a cosine."""
    cosine = 0.5 * (1 + math.cos(math.pi * done))
    for k, group in enumerate(optimiser.param_groups):
        group["lr"] = rate * (LAST_RATE + (1 - LAST_RATE) * cosine) * SMALLER_PART**k
