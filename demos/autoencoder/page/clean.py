"""Cleaning on the page: a noisy photo, or a clean one with noise added and rivals beside; two ways to be fooled."""

from __future__ import annotations

from typing import Any

import gradio as gr

from demos.autoencoder import api, limits
from demos.autoencoder import previews as pictures
from demos.autoencoder.page import cleaning as events
from demos.autoencoder.page import text
from demos.autoencoder.page.cleaning import AFTER, BEFORE, SLIDER
from demos.autoencoder.previews import GALLERY, SHOWN
from demos.autoencoder.settings import NOISES, SEEN
from demos.core.data import samples
from demos.core.page.events import QUIET, SHORT, guard, into
from demos.core.page.lesson import show_code, show_lesson
from demos.core.page.photo_input import photo_input
from demos.core.page.run import RunButton, Words

USUAL = limits.LEVELS["Gaussian"]
MINE, ADDED = "My photo is noisy", "Add noise, then judge"
STOPPED = "Stopped. Whatever is shown is not finished."
EXAMPLES = ("chelsea", "astronaut", "coffee", "china", "retina")


# ---- the page -------------------------------------------------------------------------------------------------------


def build(root: gr.Blocks) -> None:
    """The part's components and events."""
    pair: Any = gr.State(None, time_to_live=3600)
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            photo = photo_input(label="A photo", height=260, elem_id="noisy-photo")
            examples = gr.Examples([str(samples.PHOTOS[name].path()) for name in EXAMPLES], photo,
                                   label="Examples (clean ones)")  # fmt: skip
            mode = gr.Radio([MINE, ADDED], value=MINE, show_label=False, label="What to do", elem_id="clean-mode")
            strength = gr.Slider(limits.STRENGTH.low, limits.STRENGTH.high, 1, step=0.05,
                                 label="Strength: 1 takes away what was found",
                                 elem_id="clean-strength")  # fmt: skip
            with gr.Group(visible=False) as noises:
                kind = gr.Radio(list(NOISES), value="Gaussian", label="Noise", elem_id="noise-kind")
                level = gr.Slider(USUAL.low, USUAL.high, USUAL.default, label="How much: sigma, of 255",
                                  info=SEEN["Gaussian"],
                                  elem_id="noise-level")  # fmt: skip
            with gr.Column() as cleaning:
                go = RunButton("Clean", "clean", elem_id="clean", words=Words("Looking at the photo", STOPPED))
            with gr.Column(visible=False) as judging:
                rate = RunButton("Add noise and judge", "judge", elem_id="judge", words=Words("Adding noise", STOPPED))
            with gr.Accordion("More", open=False):
                seed = gr.Number(0, precision=0, label="Draw of the added noise: another number, other grains")
        with gr.Column(elem_classes="hl-out"):
            slider = gr.ImageSlider(
                label="Before and after", format="png", interactive=False, max_height=460, buttons=["fullscreen"],
                elem_id="cleaned", elem_classes="hl-moves",
            )  # fmt: skip
            single = gr.Image(label=AFTER, visible=False, height=460, elem_id="cleaned-single",
                              alt_text="The photo before or after cleaning", **SHOWN)  # fmt: skip
            status = gr.Markdown("Loading the example", elem_classes="hl-status", elem_id="clean-status")
            toggle = gr.Radio([SLIDER, BEFORE, AFTER], value=SLIDER, show_label=False, label="View",
                              elem_id="clean-view")  # fmt: skip
            keep = gr.DownloadButton(
                "Keep the cleaned photo (.png)", size="sm", interactive=False, elem_id="keep-clean"
            )
            with gr.Tabs(overflow_behavior="wrap"):
                with gr.Tab("What I took away"):
                    residual = gr.Image(label="What I took away", show_label=False, height=340, elem_id="residual",
                                        alt_text="What was taken away: grey is nothing", **SHOWN)  # fmt: skip
                    words = gr.Markdown(elem_classes="hl-note", elem_id="residual-words")
                with gr.Tab("1:1"):
                    whole = gr.Image(label="Click where to look", height=260, elem_id="zoom-here",
                                     alt_text="The cleaned photo, small, to click on", **SHOWN)  # fmt: skip
                    close = gr.Image(label="Before, after, pixel for pixel", elem_id="zoomed",
                                     alt_text="A part before and after, pixel for pixel", **SHOWN)  # fmt: skip
                with gr.Tab("Rivals"):
                    gr.Markdown(f"Choose *{ADDED}* on the left: then there is a truth to measure against.",
                                elem_classes="hl-note")  # fmt: skip
                    numbers = gr.HTML(elem_classes="hl-numbers", elem_id="judged")
                    rivals = gr.Gallery(label="Every cleaner's picture", elem_id="rivals", **GALLERY)
                with gr.Tab("PSNR lies"):
                    lie = gr.Button("Three pictures of equal PSNR", elem_id="lie")
                    three = gr.Gallery(label="Three pictures of equal PSNR", elem_id="lies", **GALLERY)
                    lied = gr.Markdown(elem_classes="hl-note", elem_id="lies-words")
                    show_lesson("autoencoder/page/lessons/lies.md")
                with gr.Tab("Hallucination test"):
                    sigma = gr.Slider(
                        limits.CHART_SIGMA.low,
                        limits.CHART_SIGMA.high,
                        limits.CHART_SIGMA.default,
                        step=5,
                        label="Noise on the chart: sigma, of 255",
                        elem_id="chart-sigma",
                    )
                    test = gr.Button("Clean a chart with bars and text", elem_id="hallucinate")
                    chart = gr.ImageSlider(
                        label="The chart, noisy and cleaned", show_label=False, elem_id="chart", **SHOWN
                    )
                    said = gr.Markdown(elem_classes="hl-note", elem_id="chart-words")
            show_lesson("autoencoder/lesson.md")
            show_code("demos.autoencoder.denoise.network.Denoiser", "demos.autoencoder.denoise.tiles.denoise_tiles")

    results = {
        "slider": slider, "status": status, "residual": residual, "words": words, "whole": whole, "pair": pair,
        "keep": keep,
    }  # fmt: skip
    nothing = {
        slider: None, residual: None, words: "", whole: None, pair: None, close: None, rivals: None, numbers: "",
        toggle: SLIDER, keep: gr.update(value=None, interactive=False),
    }  # fmt: skip
    old = {component: value for component, value in nothing.items() if component is not slider}
    cleaning_run = go.wire(
        events.clean, lambda step: {results[name]: value for name, value in events.result(step).items()},
        inputs=[photo, strength], outputs=[slider, residual, words, whole, pair, keep], status=status, every=0.5,
        clear=old, line=SHORT,
    )  # fmt: skip

    def judged(step: events.JudgeStep) -> dict[Any, Any]:
        rows = step.rows
        ours = rows[1].picture if len(rows) > 1 else rows[0].picture
        shown = {status: events.judging_line(step), numbers: text.judged(rows)}
        if not step.done:
            return shown | {slider: (rows[0].picture, ours)}
        both = (pictures.whole(rows[0].picture, "noisy.png"), pictures.whole(ours, "cleaned.png"))
        captions = [(row.picture, f"{row.name}: {row.psnr:.2f} dB, SSIM {row.ssim:.3f}") for row in rows]
        return shown | {slider: both, pair: both, whole: both[1], rivals: captions}

    judging_run = rate.wire(
        events.judge, judged, inputs=[photo, kind, level, seed], outputs=[slider, rivals, numbers, pair, whole],
        status=status, every=0, clear=old,
    )  # fmt: skip

    def choose(mode: str, photo_now: str | None) -> dict[Any, Any]:
        """What a way of working needs; the page's own noisy example is no truth, and gives way to a clean one."""
        added = mode == ADDED
        shown = {group: gr.update(visible=wanted) for group, wanted in ((noises, added), (cleaning, not added),
                 (judging, added), (strength, not added))}  # fmt: skip
        if added and events.is_first_noisy(photo_now):
            words = "The noisy example gave way to a clean one: noise is added to it now. Press *Add noise and judge*."
            return shown | nothing | {photo: samples.photo(api.FIRST_PHOTO), status: words}
        return shown

    # A new photo ends what runs on the old one, and takes the old one's results away.
    gr.on(
        [photo.input, examples.dataset.click],
        lambda: nothing | {status: "A new photo. The big button starts."}, None, [*nothing, status], queue=False,
        cancels=[cleaning_run, judging_run], api_name="new_photo_to_clean", **QUIET,
    )  # fmt: skip
    mode.change(
        guard(choose), [mode, photo], [noises, cleaning, judging, strength, photo, status, *nothing],
        api_name="clean_mode", **QUIET,
    )  # fmt: skip
    kind.change(events.levels_of, kind, level, api_name="noise_levels", **QUIET)
    toggle.change(events.view, [pair, toggle], [slider, single], api_name="clean_view", **QUIET)
    whole.select(events.zoom, pair, close, api_name="zoom", **QUIET)
    lie.click(events.lies, photo, [three, lied], api_name="lies_page", **SHORT, **QUIET)
    test.click(events.hallucinate, sigma, [chart, said], api_name="chart_page", **SHORT, **QUIET)
    root.load(**into(guard(events.opening), photo=photo, **results), api_name="open_clean", **QUIET)
