"""Watching one learn on the page: ten digits, the curve, the latent map, a digit of one's own, the alarm."""

from collections.abc import Iterator
from typing import Any

import gradio as gr
from PIL import Image

from demos.autoencoder import api
from demos.autoencoder.live import anomaly, latent_map, learn, model
from demos.autoencoder.page import text
from demos.autoencoder.page.clean import COMPUTE, QUIET, SKIP
from demos.autoencoder.settings import CONNECTED, CONVOLUTIONAL, RESIZE, TRANSPOSED, LearnSettings
from demos.core.data import small
from demos.core.errors import DemoError
from demos.core.images.load import load_image
from demos.core.page import run, theme
from demos.core.page.lesson import show_code, show_lesson
from demos.core.page.photo_input import photo_input

# ---- what the events call -------------------------------------------------------------------------------------------


def opening() -> tuple[Any, ...]:
    """What `result` gives for the network that is there from the start, and its map."""
    step = api.first_training()
    return *result(step), latent_map.latent_map(step.trained)


def result(step: learn.LearnStep) -> tuple[Any, ...]:
    """(rows, status, curve, trained)."""
    return step.rows, text.learning(step), text.learning_curve(step), step.trained


@run.compute
def teach(
    kind: str, bottleneck: float, noise: float, data: str, upsampling: str, seconds: float, seed: float
) -> Iterator[tuple[Any, ...]]:
    yield SKIP, "Fetching the pictures", SKIP, SKIP
    settings = LearnSettings(data, kind, int(bottleneck), noise, upsampling, seconds, seed=int(seed))
    for step in run.stream(learn.train(settings)):
        yield result(step)


@run.guard
def map_of(trained: learn.Snapshot | None) -> Any:
    return SKIP if trained is None else latent_map.latent_map(trained)


def taught(trained: learn.Snapshot | None) -> learn.Snapshot:
    if trained is None:
        raise DemoError("Nothing has been taught yet. Press Teach first.")
    return trained


@run.compute
def at_point(trained: learn.Snapshot | None, event: gr.SelectData) -> tuple[Any, str]:
    size = latent_map.latent_map(taught(trained)).size
    x, y = latent_map.point_of((int(event.index[0]), int(event.index[1])), size)
    return latent_map.decode_at(taught(trained), x, y), f"Decoded from ({x:+.2f}, {y:+.2f}) standard deviations."


@run.compute
def drawn(trained: learn.Snapshot | None, sketch: dict[str, Any] | None, noise: float) -> tuple[Any, str]:
    if sketch is None or sketch.get("composite") is None:
        raise DemoError("There is nothing on this picture. Draw something first.")
    found = anomaly.look_at(taught(trained), load_image(sketch["composite"]), noise)
    return found.rows, text.alarm(found)


@run.compute
def something_else(trained: learn.Snapshot | None, photo: str | None) -> tuple[Any, str]:
    found = anomaly.look_at(taught(trained), load_image(photo))
    return found.rows, text.alarm(found)


# ---- the page -------------------------------------------------------------------------------------------------------


def build() -> tuple[list[Any], Any]:
    """The part's components and events; gives what `opening` fills."""
    usual, trained = LearnSettings(), gr.State(None, time_to_live=3600)
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            kind = gr.Radio([CONVOLUTIONAL, CONNECTED], value=usual.kind, label="Autoencoder",
                            elem_id="learn-kind")  # fmt: skip
            bottleneck = gr.Slider(1, 64, 2, step=1, label="Bottleneck: values of the code", elem_id="bottleneck")
            noise = gr.Slider(0, 1, usual.noise, step=0.05, label="Noise on what it sees", elem_id="learn-noise")
            go = gr.Button("Teach", variant="primary", elem_classes="hl-go", elem_id="learn")
            stop = gr.Button("Stop", visible=False, elem_classes="hl-stop", elem_id="stop-learning")
            with gr.Accordion("More", open=False):
                data = gr.Radio(list(small.NAMES), value=usual.data, label="Pictures")
                upsampling = gr.Radio([TRANSPOSED, RESIZE], value=usual.upsampling, label="Upsampling by")
                seconds = gr.Slider(2, 60, usual.seconds, step=1, label="Seconds", elem_id="learn-seconds")
                seed = gr.Number(0, precision=0, label="Seed")
        with gr.Column(elem_classes="hl-out"):
            rows = gr.Image(
                label="Ten test pictures: clean, noisy, what came out", format="png", interactive=False, height=250,
                buttons=[], elem_id="learn-rows", elem_classes="hl-fill",
            )  # fmt: skip
            status = gr.Markdown("Teaching a first one", elem_classes="hl-status", elem_id="learn-status")
            plot = gr.LinePlot(
                None, x="step", y="log10 error", color="of", height=180, show_label=False, buttons=[],
                color_map={"training": theme.WARM, "test": theme.COOL},
            )  # fmt: skip
            with gr.Tabs(overflow_behavior="wrap"):
                with gr.Tab("Latent map"):
                    chart = gr.Image(label="The first two values of the code. Click anywhere", format="png",
                                     interactive=False, height=420, buttons=[], elem_id="latent-map")  # fmt: skip
                    point = gr.Image(format="png", interactive=False, height=200, show_label=False, buttons=[],
                                     elem_id="latent-point")  # fmt: skip
                    where = gr.Markdown(elem_classes="hl-note", elem_id="latent-words")
                with gr.Tab("Draw a digit"):
                    paper = Image.new("RGB", (280, 280), "white")  # with a ground under it, the pen is in hand at once
                    ground: Any = {"background": paper, "layers": [], "composite": paper}
                    sketch = gr.Sketchpad(
                        value=ground, type="pil",
                        layers=False, canvas_size=(280, 280), height=340, transforms=(), buttons=[],
                        brush=gr.Brush(colors=["#000000"], default_size=22, color_mode="fixed"), show_label=False,
                        elem_id="sketch",
                    )  # fmt: skip
                    dirt = gr.Slider(0, 1, 0.3, step=0.05, label="Noise to add")
                    clean = gr.Button("Clean my digit", elem_id="clean-digit")
                    mine = gr.Image(label="What it saw, what it made of it", format="png", interactive=False,
                                    height=220, buttons=[], elem_id="my-digit")  # fmt: skip
                    said = gr.Markdown(elem_classes="hl-note", elem_id="digit-words")
                with gr.Tab("Something else"):
                    photo = photo_input(label="Any picture that is no digit", height=200, elem_id="else-photo")
                    other = gr.Image(label="What it saw, what it made of it", format="png", interactive=False,
                                     height=220, buttons=[], elem_id="else-rows")  # fmt: skip
                    alarm = gr.Markdown(elem_classes="hl-note", elem_id="else-words")
            show_lesson("autoencoder/page/lessons/learn.md")
            show_code(model.Autoencoder, learn.train)

    results = [rows, status, plot, trained]
    begin = go.click(
        lambda: (gr.update(visible=False), gr.update(visible=True)), None, [go, stop], api_name="begin_learning",
        **QUIET,
    )  # fmt: skip
    run = begin.then(
        teach, [kind, bottleneck, noise, data, upsampling, seconds, seed], results, api_name="learn_page",
        trigger_mode="once", **COMPUTE, **QUIET,
    )  # fmt: skip
    for name, end in (("whole", run.success), ("early", run.failure)):
        after = end(idle, None, [go, stop], api_name=f"end_learning_{name}", **QUIET)
        after.then(map_of, trained, chart, api_name=f"map_{name}", **QUIET)
    stop.click(None, cancels=[run])
    chart.select(at_point, trained, [point, where], api_name="map_point", **QUIET)
    clean.click(drawn, [trained, sketch, dirt], [mine, said], api_name="digit_page", **QUIET)
    photo.input(something_else, [trained, photo], [other, alarm], api_name="alarm_page", **QUIET)
    return [*results, chart], opening


def idle() -> tuple[Any, Any]:
    return gr.update(visible=True), gr.update(visible=False)
