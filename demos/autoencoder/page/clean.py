"""Cleaning on the page: a noisy photo, or a clean one with noise added and rivals beside; two ways to be fooled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr
from PIL import Image

from demos.autoencoder import api
from demos.autoencoder.denoise import test_chart
from demos.autoencoder.page import text
from demos.autoencoder.settings import NOISES, STRONGEST
from demos.core.data import samples
from demos.core.errors import DemoError
from demos.core.images.load import fit, load_image
from demos.core.page.events import COMPUTE, QUIET, compute, guard, into
from demos.core.page.lesson import show_code, show_lesson
from demos.core.page.photo_input import photo_input
from demos.core.page.run import RunButton, Words

if TYPE_CHECKING:
    from demos.autoencoder.denoise import baselines, tiles

MINE, ADDED = "My photo is noisy", "Add noise, then judge"
SLIDER, BEFORE, AFTER = "Slider", "Before", "After"
JUDGED_SIDE = 384  # px: so that the slowest rival takes seconds
EXAMPLES = ("chelsea", "astronaut", "coffee", "china", "retina")


# ---- what the events call -------------------------------------------------------------------------------------------


def opening() -> dict[str, Any]:
    """The noisy example, cleaned where the network is here."""
    from demos.autoencoder.denoise import tiles

    noisy = api.first_noisy()
    if not tiles.available():
        words = "The denoiser's file is missing; *Clean* says how to restore it."
        return {"photo": noisy, "slider": (noisy, noisy), "status": words}
    return {"photo": noisy} | result(CleanStep(noisy, api.first_cleaned()))


@dataclass(frozen=True)
class CleanStep:
    """A photo and how far its cleaning is."""

    photo: Image.Image
    step: tiles.DenoiseStep


def result(clean: CleanStep) -> dict[str, Any]:
    """A step of cleaning on the page; what was taken away, and the pictures to look into, with the last one."""
    from demos.autoencoder.denoise import tiles

    photo, step = clean.photo, clean.step
    shown: dict[str, Any] = {"slider": (photo, step.picture), "status": text.cleaning(step)}
    if step.index < step.total:
        return shown
    taken = tiles.residual(photo, step.picture)
    shown |= {"residual": taken.picture, "words": text.took_away(taken)}
    return shown | {"whole": step.picture, "pair": (photo, step.picture)}


def clean(photo: str | None, strength: float) -> Iterator[CleanStep]:
    """Cleans a photo, tile by tile."""
    from demos.autoencoder.denoise import tiles

    image = load_image(photo)
    for step in tiles.denoise_tiles(image, tiles.load(), tiles.DenoiseSettings(strength)):
        yield CleanStep(image, step)


@dataclass(frozen=True)
class JudgeStep:
    """The cleaners that are done so far, the noisy photo first."""

    rows: tuple[baselines.BaselineResult, ...]
    done: bool


def judge(photo: str | None, kind: str, level: float, seed: float) -> Iterator[JudgeStep]:
    """The same noise for every cleaner, one after the other."""
    from demos.autoencoder.denoise import baselines, tiles

    image = fit(load_image(photo), JUDGED_SIDE)
    rows: tuple[baselines.BaselineResult, ...] = ()
    for row in baselines.compare(image, kind, level, tiles.load() if tiles.available() else None, int(seed)):
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


@guard
def levels_of(kind: str) -> Any:
    from demos.autoencoder.denoise import noise

    chosen = noise.KINDS[kind]
    return gr.update(
        minimum=chosen.lowest, maximum=chosen.highest, value=chosen.usual, label=f"How much: {chosen.level}"
    )


@guard
def zoom(pair: tuple[Image.Image, Image.Image] | None, event: gr.SelectData) -> Image.Image:
    if pair is None:
        raise DemoError("There is nothing to look at yet. Press Clean first.")
    return text.zoomed(*pair, (int(event.index[0]), int(event.index[1])))


@guard
def view(pair: tuple[Image.Image, Image.Image] | None, which: str) -> tuple[Any, Any]:
    """(slider, single picture): a toggle for fingers that a slider is too small for."""
    if which == SLIDER or pair is None:
        return gr.update(visible=True), gr.update(visible=False)
    return gr.update(visible=False), gr.update(visible=True, value=pair[which == AFTER], label=which)


@compute
def lies(photo: str | None) -> list[Any]:
    from demos.autoencoder.denoise import psnr_pitfalls

    image = fit(load_image(photo), JUDGED_SIDE)
    return [
        (lie.picture, f"{lie.title}: {lie.psnr:.1f} dB, SSIM {lie.ssim:.2f}") for lie in psnr_pitfalls.equal_psnr(image)
    ]


@compute
def hallucinate(sigma: float) -> tuple[Any, str]:
    from demos.autoencoder.denoise import noise, tiles
    from demos.core.images import tensors

    chart = test_chart.chart()
    noisy = tensors.to_image(noise.add(tensors.to_tensor(chart), "Gaussian", sigma))
    step = tiles.denoised(noisy, tiles.load())
    return (noisy, step.picture), f"{text.cleaning(step)}. Read the smallest line, then look at the bars."


# ---- the page -------------------------------------------------------------------------------------------------------


def build(root: gr.Blocks) -> None:
    """The part's components and events."""
    pair = gr.State(None, time_to_live=3600)
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            photo = photo_input(label="A photo", height=260, format="png", elem_id="noisy-photo")
            gr.Examples([str(samples.PHOTOS[name].path()) for name in EXAMPLES], photo, label="Examples (clean ones)")
            mode = gr.Radio([MINE, ADDED], value=MINE, show_label=False, elem_id="clean-mode")
            strength = gr.Slider(0, STRONGEST, 1, step=0.05, label="Strength", elem_id="clean-strength")
            with gr.Group(visible=False) as noises:
                kind = gr.Radio(list(NOISES), value="Gaussian", label="Noise", elem_id="noise-kind")
                level = gr.Slider(0, 75, 25, label="How much: sigma, of 255", elem_id="noise-level")
            with gr.Column() as cleaning:
                go = RunButton("Clean", "clean", elem_id="clean", words=Words("Looking at the photo"))
            with gr.Column(visible=False) as judging:
                rate = RunButton("Add noise and judge", "judge", elem_id="judge", words=Words("Adding noise"))
            with gr.Accordion("More", open=False):
                seed = gr.Number(0, precision=0, label="Seed of the added noise")
        with gr.Column(elem_classes="hl-out"):
            slider = gr.ImageSlider(
                label="Before and after", format="png", interactive=False, max_height=460, buttons=["fullscreen"],
                elem_id="cleaned",
            )  # fmt: skip
            single = gr.Image(format="png", interactive=False, height=460, visible=False, elem_id="cleaned-single")
            status = gr.Markdown("Loading the example", elem_classes="hl-status", elem_id="clean-status")
            toggle = gr.Radio([SLIDER, BEFORE, AFTER], value=SLIDER, show_label=False, elem_id="clean-view")
            with gr.Tabs(overflow_behavior="wrap"):
                with gr.Tab("What I took away"):
                    residual = gr.Image(format="png", interactive=False, height=340, show_label=False,
                                        elem_id="residual")  # fmt: skip
                    words = gr.Markdown(elem_classes="hl-note", elem_id="residual-words")
                with gr.Tab("1:1"):
                    whole = gr.Image(label="Click where to look", format="png", interactive=False, height=260,
                                     elem_id="zoom-here")  # fmt: skip
                    close = gr.Image(label="Before, after, pixel for pixel", format="png", interactive=False,
                                     elem_id="zoomed")  # fmt: skip
                with gr.Tab("Rivals"):
                    gr.Markdown(f"Choose *{ADDED}* on the left: then there is a truth to measure against.",
                                elem_classes="hl-note")  # fmt: skip
                    numbers = gr.HTML(elem_classes="hl-numbers", elem_id="judged")
                    pictures = gr.Gallery(columns=3, format="png", show_label=False, interactive=False, height="auto",
                                          elem_id="rivals")  # fmt: skip
                with gr.Tab("PSNR lies"):
                    lie = gr.Button("Three pictures of equal PSNR", elem_id="lie")
                    three = gr.Gallery(columns=3, format="png", show_label=False, interactive=False, height="auto",
                                       elem_id="lies")  # fmt: skip
                    show_lesson("autoencoder/page/lessons/lies.md")
                with gr.Tab("Hallucination test"):
                    sigma = gr.Slider(5, 75, 40, step=5, label="Noise on the chart: sigma", elem_id="chart-sigma")
                    test = gr.Button("Clean a chart with bars and text", elem_id="hallucinate")
                    chart = gr.ImageSlider(format="png", interactive=False, show_label=False, elem_id="chart")
                    said = gr.Markdown(elem_classes="hl-note", elem_id="chart-words")
            show_lesson("autoencoder/lesson.md")
            show_code("demos.autoencoder.denoise.network.Denoiser", "demos.autoencoder.denoise.tiles.denoise_tiles")

    results = {
        "slider": slider, "status": status, "residual": residual, "words": words, "whole": whole, "pair": pair,
    }  # fmt: skip
    mode.change(
        lambda m: [gr.update(visible=m == ADDED), gr.update(visible=m == MINE), gr.update(visible=m == ADDED)],
        mode, [noises, cleaning, judging], api_name="clean_mode", **QUIET,
    )  # fmt: skip
    kind.change(levels_of, kind, level, api_name="noise_levels", **QUIET)
    go.wire(
        clean, lambda step: {results[name]: value for name, value in result(step).items()},
        inputs=[photo, strength], outputs=[slider, residual, words, whole, pair], status=status, every=0.5,
    )  # fmt: skip

    def judged(step: JudgeStep) -> dict[Any, Any]:
        rows = step.rows
        ours = rows[1].picture if len(rows) > 1 else rows[0].picture
        return {
            slider: (rows[0].picture, ours),
            status: judging_line(step),
            pictures: [(row.picture, f"{row.name}: {row.psnr:.2f} dB") for row in rows],
            numbers: text.judged(rows),
        }

    rate.wire(
        judge, judged, inputs=[photo, kind, level, seed], outputs=[slider, pictures, numbers], status=status, every=0,
    )  # fmt: skip
    toggle.change(view, [pair, toggle], [slider, single], api_name="clean_view", **QUIET)
    whole.select(zoom, pair, close, api_name="zoom", **QUIET)
    lie.click(lies, photo, three, api_name="lies_page", **COMPUTE, **QUIET)
    test.click(hallucinate, sigma, [chart, said], api_name="chart_page", **COMPUTE, **QUIET)
    root.load(**into(guard(opening), photo=photo, **results), api_name="open_clean", **QUIET)
