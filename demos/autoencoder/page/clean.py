"""Cleaning on the page: a noisy photo, or a clean one with noise added and rivals beside; two ways to be fooled."""

from collections.abc import Iterator
from typing import Any

import gradio as gr
from PIL import Image

from demos.autoencoder import api
from demos.autoencoder.denoise import baselines, noise, psnr_pitfalls, test_chart, tiles
from demos.autoencoder.denoise import network as denoise_network
from demos.autoencoder.page import text
from demos.core.data import samples
from demos.core.errors import DemoError
from demos.core.images import tensors
from demos.core.images.load import fit, load_image
from demos.core.page import run
from demos.core.page.lesson import show_code, show_lesson
from demos.core.page.photo_input import photo_input

COMPUTE: dict[str, Any] = {"concurrency_id": "compute", "concurrency_limit": 1}
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "undocumented"}
SKIP = gr.skip()
MINE, ADDED = "My photo is noisy", "Add noise, then judge"
SLIDER, BEFORE, AFTER = "Slider", "Before", "After"
JUDGED_SIDE = 384  # px: so that the slowest rival takes seconds
EXAMPLES = ("chelsea", "astronaut", "coffee", "china", "retina")


# ---- what the events call -------------------------------------------------------------------------------------------


def opening() -> tuple[Any, ...]:
    """(photo, then what `result` gives): the noisy example, cleaned where the network is here."""
    noisy = api.first_noisy()
    if not tiles.available():
        return (
            noisy,
            (noisy, noisy),
            "The denoiser's file is missing; *Clean* says how to restore it.",
            *[SKIP] * 4,
        )
    return noisy, *result(noisy, api.first_cleaned())


def result(photo: Image.Image, step: tiles.DenoiseStep) -> tuple[Any, ...]:
    """(slider, status, residual, its words, picture for the click, before and after)."""
    line = text.cleaning(step)
    if step.index < step.total:
        return (photo, step.picture), line, SKIP, SKIP, SKIP, SKIP
    taken = tiles.residual(photo, step.picture)
    return (photo, step.picture), line, taken.picture, text.took_away(taken), step.picture, (photo, step.picture)


@run.compute
def clean(photo: str | None, strength: float) -> Iterator[tuple[Any, ...]]:
    yield SKIP, "Looking at the photo", SKIP, SKIP, SKIP, SKIP
    image = load_image(photo)
    for step in run.stream(tiles.denoise_tiles(image, tiles.load(), tiles.DenoiseSettings(strength)), every=0.5):
        yield result(image, step)


@run.compute
def judging(photo: str | None, kind: str, level: float, seed: float) -> Iterator[tuple[Any, ...]]:
    """(slider, status, pictures, table) while one cleaner after another is done."""
    yield SKIP, "Adding noise", SKIP, SKIP
    image = fit(load_image(photo), JUDGED_SIDE)
    network = tiles.load() if tiles.available() else None
    rows: list[baselines.BaselineResult] = []
    for row in baselines.compare(image, kind, level, network, int(seed)):
        rows.append(row)
        pictures = [(r.picture, f"{r.name}: {r.psnr:.2f} dB") for r in rows]
        ours = rows[1].picture if len(rows) > 1 else rows[0].picture
        yield (rows[0].picture, ours), f"{row.name} is done", pictures, text.judged(rows)
    line = f"Judged: {len(rows) - 1} cleaners on the same noise."
    if network is None:
        line += " Our denoiser is not on this machine (weights/denoiser.safetensors)."
    yield SKIP, line, SKIP, SKIP


@run.guard
def levels_of(kind: str) -> Any:
    found = noise.KINDS[kind]
    return gr.update(minimum=found.lowest, maximum=found.highest, value=found.usual, label=f"How much: {found.level}")


@run.guard
def zoom(pair: tuple[Image.Image, Image.Image] | None, event: gr.SelectData) -> Image.Image:
    if pair is None:
        raise DemoError("There is nothing to look at yet. Press Clean first.")
    return text.zoomed(*pair, (int(event.index[0]), int(event.index[1])))


@run.guard
def view(pair: tuple[Image.Image, Image.Image] | None, which: str) -> tuple[Any, Any]:
    """(slider, single picture): a toggle for fingers that a slider is too small for."""
    if which == SLIDER or pair is None:
        return gr.update(visible=True), gr.update(visible=False)
    return gr.update(visible=False), gr.update(visible=True, value=pair[which == AFTER], label=which)


@run.compute
def lies(photo: str | None) -> list[Any]:
    image = fit(load_image(photo), JUDGED_SIDE)
    return [
        (lie.picture, f"{lie.title}: {lie.psnr:.1f} dB, SSIM {lie.ssim:.2f}") for lie in psnr_pitfalls.equal_psnr(image)
    ]


@run.compute
def hallucinate(sigma: float) -> tuple[Any, str]:
    chart = test_chart.chart()
    noisy = tensors.to_image(noise.add(tensors.to_tensor(chart), "Gaussian", sigma))
    step = tiles.denoised(noisy, tiles.load())
    return (noisy, step.picture), f"{text.cleaning(step)}. Read the smallest line, then look at the bars."


# ---- the page -------------------------------------------------------------------------------------------------------


def build() -> tuple[list[Any], Any]:
    """The part's components and events; gives what `opening` fills."""
    pair = gr.State(None, time_to_live=3600)
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            photo = photo_input(label="A photo", height=260, format="png", elem_id="noisy-photo")
            gr.Examples([str(samples.PHOTOS[name].path()) for name in EXAMPLES], photo, label="Examples (clean ones)")
            mode = gr.Radio([MINE, ADDED], value=MINE, show_label=False, elem_id="clean-mode")
            strength = gr.Slider(0, denoise_network.STRONGEST, 1, step=0.05, label="Strength", elem_id="clean-strength")
            with gr.Group(visible=False) as noises:
                kind = gr.Radio(list(noise.KINDS), value="Gaussian", label="Noise", elem_id="noise-kind")
                level = gr.Slider(0, 75, 25, label="How much: sigma, of 255", elem_id="noise-level")
            go = gr.Button("Clean", variant="primary", elem_classes="hl-go", elem_id="clean")
            rate = gr.Button("Add noise and judge", variant="primary", visible=False, elem_classes="hl-go",
                             elem_id="judge")  # fmt: skip
            stop = gr.Button("Stop", visible=False, elem_classes="hl-stop", elem_id="stop-cleaning")
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
            show_code(denoise_network.Denoiser, tiles.denoise_tiles)

    results = [slider, status, residual, words, whole, pair]
    mode.change(
        lambda m: (gr.update(visible=m == ADDED), gr.update(visible=m == MINE), gr.update(visible=m == ADDED)),
        mode, [noises, go, rate], api_name="clean_mode", **QUIET,
    )  # fmt: skip
    kind.change(levels_of, kind, level, api_name="noise_levels", **QUIET)
    for name, button, work, inputs, outputs in (
        ("clean", go, clean, [photo, strength], results),
        ("judge", rate, judging, [photo, kind, level, seed], [slider, status, pictures, numbers]),
    ):
        begin = button.click(
            lambda: (gr.update(visible=False), gr.update(visible=True)), None, [button, stop],
            api_name=f"begin_{name}", **QUIET,
        )  # fmt: skip
        run = begin.then(work, inputs, outputs, api_name=f"{name}_page", trigger_mode="once", **COMPUTE, **QUIET)
        run.success(idle, mode, [go, rate, stop], api_name=f"end_{name}", **QUIET)
        run.failure(
            lambda m: ("Stopped, or it did not work; a message says why.", *idle(m)), mode, [status, go, rate, stop],
            api_name=f"end_{name}_early", **QUIET,
        )  # fmt: skip
        stop.click(None, cancels=[run])
    toggle.change(view, [pair, toggle], [slider, single], api_name="clean_view", **QUIET)
    whole.select(zoom, pair, close, api_name="zoom", **QUIET)
    lie.click(lies, photo, three, api_name="lies_page", **COMPUTE, **QUIET)
    test.click(hallucinate, sigma, [chart, said], api_name="chart_page", **COMPUTE, **QUIET)
    return [photo, *results], opening


def idle(mode: str) -> tuple[Any, ...]:
    """(Clean, Judge, Stop) when nothing runs."""
    return gr.update(visible=mode == MINE), gr.update(visible=mode == ADDED), gr.update(visible=False)
