"""What the buttons of cleaning call: a noisy photo, or a clean one with noise added and rivals beside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr
from PIL import Image

from demos.autoencoder import api, limits
from demos.autoencoder import previews as pictures
from demos.autoencoder.denoise import test_chart
from demos.autoencoder.page import text
from demos.autoencoder.settings import SEEN
from demos.core.data import samples
from demos.core.errors import DemoError
from demos.core.images.load import fit, load_image
from demos.core.page.events import compute, guard

if TYPE_CHECKING:
    from demos.autoencoder.denoise import baselines, tiles

SLIDER, BEFORE, AFTER = "Slider", "Before", "After"
JUDGED_SIDE = 384  # px: so that the slowest rival takes seconds
Pair = tuple[str, str]  # files with every pixel of before and after: pictures in memory would stay there for an hour


def opening() -> dict[str, Any]:
    """The noisy example, cleaned where the network is here."""
    from demos.autoencoder.denoise import tiles

    noisy = api.first_noisy()
    if not tiles.available():
        words = "The denoiser's file is missing; *Clean* says how to restore it."
        return {"photo": noisy, "slider": (noisy, noisy), "status": words}
    return {"photo": noisy} | result(CleanStep(noisy, "", api.first_cleaned(), 1.0))


@dataclass(frozen=True)
class CleanStep:
    """A photo, its preview as a file, and how far its cleaning is."""

    photo: Image.Image
    before: str
    step: tiles.DenoiseStep
    strength: float


def result(clean: CleanStep) -> dict[str, Any]:
    """A step of cleaning on the page: small while it runs; all pixels, and what was taken away, with the last one."""
    from demos.autoencoder.denoise import residual

    photo, step = clean.photo, clean.step
    words = text.cleaning(step, clean.strength)
    if step.index < step.total:
        return {"slider": (clean.before, pictures.preview(step.preview(pictures.PREVIEW))), "status": words}
    picture = step.picture
    taken = residual.residual(photo, picture)
    pair = (pictures.whole(photo, "before.png"), pictures.whole(picture, "cleaned.png"))
    return {
        "slider": pair,
        "status": words,
        "residual": fit(taken.picture, 2 * pictures.PREVIEW),
        "words": text.took_away(taken),
        "whole": pictures.preview(picture),
        "pair": pair,
        "keep": gr.update(value=pair[1], interactive=True),
    }


def clean(photo: str | None, strength: float) -> Iterator[CleanStep]:
    """Cleans a photo, tile by tile."""
    from demos.autoencoder.denoise import tiles

    power, image = limits.STRENGTH.checked(strength), load_image(photo)
    before = pictures.preview(image)
    for step in tiles.denoise_tiles(image, tiles.load(), tiles.DenoiseSettings(power)):
        yield CleanStep(image, before, step, power)


@dataclass(frozen=True)
class JudgeStep:
    """The cleaners that are done so far, the noisy photo first."""

    rows: tuple[baselines.BaselineResult, ...]
    done: bool


def clean_at_least(photo: str | None) -> Image.Image:
    """The photo as a truth to measure against, shrunk so that the slowest rival takes seconds.

    Raises:
        DemoError: it is noisy itself.
    """
    from demos.autoencoder.denoise import baselines, tiles

    image = fit(load_image(photo), JUDGED_SIDE)
    found = baselines.own_noise(image, tiles.load()) if tiles.available() else 0.0
    if found > baselines.CLEAN:
        raise DemoError(
            f"This photo is noisy itself (sigma about {found:.0f} of 255): cleaners cannot be measured against it. "
            "Choose a clean one, for instance one of the examples."
        )
    return image


def judge(photo: str | None, kind: str, level: float, seed: float) -> Iterator[JudgeStep]:
    """The same noise for every cleaner, one after the other."""
    from demos.autoencoder.denoise import baselines, tiles

    image = clean_at_least(photo)
    rows: tuple[baselines.BaselineResult, ...] = ()
    network = tiles.load() if tiles.available() else None
    for row in baselines.compare(image, kind, level, network, limits.SEED.checked(seed)):
        rows = (*rows, row)
        yield JudgeStep(rows, done=False)
    yield JudgeStep(rows, done=True)


def judging_line(step: JudgeStep) -> str:
    """Which cleaner is done; at the end, how many were judged."""
    from demos.autoencoder.denoise import tiles

    if not step.done:
        return f"{step.rows[-1].name} is done"
    line = f"Judged: {len(step.rows) - 1} cleaners on the same noise."
    missing = " Our denoiser is not on this machine (weights/denoiser.safetensors)."
    return line if tiles.available() else line + missing


def is_first_noisy(photo: str | None) -> bool:
    """Whether it is the noisy example that the page opens with."""
    if photo is None:
        return False
    image, first = load_image(photo), api.first_noisy()
    return image.size == first.size and image.tobytes() == first.tobytes()


@guard
def levels_of(kind: str) -> Any:
    """The slider of this noise, with what our network saw of it."""
    from demos.autoencoder.denoise import noise

    chosen = noise.KINDS[kind]
    label = f"How much: {chosen.level}"
    limit = chosen.limit
    return gr.update(minimum=limit.low, maximum=limit.high, value=limit.default, label=label, info=SEEN[kind])


@guard
def zoom(pair: Pair | None, event: gr.SelectData) -> Image.Image:
    if pair is None:
        raise DemoError("There is nothing to look at yet. Press Clean first.")
    before, after = (load_image(path) for path in pair)
    times = max(1.0, max(after.size) / pictures.PREVIEW)  # the picture to click on is a preview
    return text.zoomed(before, after, (int(times * event.index[0]), int(times * event.index[1])))


@guard
def view(pair: Pair | None, which: str) -> tuple[Any, Any]:
    """(slider, single picture): a toggle for fingers that a slider is too small for."""
    if which == SLIDER or pair is None:
        return gr.update(visible=True), gr.update(visible=False)
    return gr.update(visible=False), gr.update(visible=True, value=pair[which == AFTER], label=which)


@compute
def lies(photo: str | None) -> tuple[list[Any], str]:
    """(three pictures of equal PSNR, which photo they were made of)."""
    from demos.autoencoder.denoise import psnr_pitfalls

    words = "Made from your photo."
    try:
        image = clean_at_least(photo)
    except DemoError:
        image = fit(samples.photo(api.FIRST_PHOTO), JUDGED_SIDE)
        words = "Made from a clean example: the photo on the left is noisy itself, or there is none."
    three = psnr_pitfalls.equal_psnr(image)
    return [
        (lie.picture, f"{lie.title}: {lie.psnr:.1f} dB, SSIM {lie.ssim:.3f}") for lie in three
    ], f"{words} {text.PSNR}"


@compute
def hallucinate(sigma: float) -> tuple[Any, str]:
    from demos.autoencoder.denoise import noise, tiles
    from demos.core.images import tensors

    chart = test_chart.chart()
    level = limits.CHART_SIGMA.checked(sigma)
    noisy = tensors.to_image(noise.add(tensors.to_tensor(chart), "Gaussian", level))
    step = tiles.denoised(noisy, tiles.load())
    return (noisy, step.picture), f"{text.cleaning(step)}. Read the smallest line, then look at the bars."
