"""Watching one learn on the page: ten digits, the curve, the latent map, a digit of one's own, the alarm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr
from PIL import Image

from demos.autoencoder import api, limits
from demos.autoencoder.page import text
from demos.autoencoder.settings import CONNECTED, CONVOLUTIONAL, RESIZE, TRANSPOSED, LearnSettings
from demos.core.data import small
from demos.core.errors import DemoError
from demos.core.images.load import load_image
from demos.core.page.events import QUICK, QUIET, compute, guard, into
from demos.core.page.lesson import show_code, show_lesson
from demos.core.page.photo_input import photo_input
from demos.core.page.run import RunButton, Words

if TYPE_CHECKING:
    from demos.autoencoder.live import learn

# ---- what the events call -------------------------------------------------------------------------------------------


def opening(trained: learn.Snapshot | None) -> dict[str, Any]:
    """The network that is there from the start, and its map; what the visitor has taught stays."""
    from demos.autoencoder.live import latent_map

    if trained is not None:
        return {}
    step = api.first_training()
    return result(step) | {"chart": latent_map.latent_map(step.trained)}


def result(step: learn.LearnStep) -> dict[str, Any]:
    """A step of learning on the page."""
    return {
        "rows": step.rows,
        "status": text.learning(step),
        "plot": text.learning_curve(step),
        "trained": step.trained,
    }


def teach(
    kind: str, bottleneck: float, noise: float, data: str, upsampling: str, seconds: float, seed: float
) -> Iterator[learn.LearnStep]:
    """The autoencoder as it learns."""
    from demos.autoencoder.live import learn

    yield from learn.train(
        LearnSettings(
            data, kind, limits.BOTTLENECK.checked(bottleneck), limits.NOISE.checked(noise), upsampling,
            limits.SECONDS.checked(seconds), seed=limits.SEED.checked(seed),
        )
    )  # fmt: skip


def map_of(trained: learn.Snapshot) -> Any:
    """The plane of its latent, where that has two values."""
    from demos.autoencoder.live import latent_map

    return latent_map.latent_map(trained)


def taught(trained: learn.Snapshot | None) -> learn.Snapshot:
    if trained is None:
        raise DemoError("Nothing has been taught yet. Press Teach first.")
    return trained


@compute
def at_point(trained: learn.Snapshot | None, event: gr.SelectData) -> tuple[Any, str]:
    from demos.autoencoder.live import latent_map

    size = latent_map.latent_map(taught(trained)).size
    x, y = latent_map.point_of((int(event.index[0]), int(event.index[1])), size)
    return latent_map.decode_at(taught(trained), x, y), f"Decoded from ({x:+.2f}, {y:+.2f}) standard deviations."


@compute
def drawn(trained: learn.Snapshot | None, sketch: dict[str, Any] | None, noise: float) -> tuple[Any, str]:
    from demos.autoencoder.live import anomaly

    if sketch is None or sketch.get("composite") is None:
        raise DemoError("There is nothing on this picture. Draw something first.")
    alarm = anomaly.look_at(taught(trained), load_image(sketch["composite"]), limits.NOISE.checked(noise))
    return alarm.rows, text.alarm(alarm)


@compute
def something_else(trained: learn.Snapshot | None, photo: str | None) -> tuple[Any, str]:
    from demos.autoencoder.live import anomaly

    alarm = anomaly.look_at(taught(trained), load_image(photo))
    return alarm.rows, text.alarm(alarm)


# ---- the page -------------------------------------------------------------------------------------------------------


def build(tab: gr.Tab) -> None:
    """The part's components and events."""
    usual, trained = LearnSettings(), gr.State(None, time_to_live=3600)
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            kind = gr.Radio([CONVOLUTIONAL, CONNECTED], value=usual.kind, label="Kind of autoencoder",
                            elem_id="learn-kind")  # fmt: skip
            bottleneck = gr.Slider(
                limits.BOTTLENECK.low,
                limits.BOTTLENECK.high,
                limits.BOTTLENECK.default,
                step=1,
                label="Bottleneck: numbers that a picture must fit into",
                elem_id="bottleneck",
            )
            noise = gr.Slider(
                limits.NOISE.low,
                limits.NOISE.high,
                usual.noise,
                step=0.05,
                label="Noise on what it sees",
                elem_id="learn-noise",
            )
            go = RunButton("Teach", "learn", elem_id="learn", words=Words("Fetching the pictures"))
            with gr.Accordion("More", open=False):
                data = gr.Radio(list(small.NAMES), value=usual.data, label="Pictures")
                upsampling = gr.Radio(
                    [TRANSPOSED, RESIZE], value=usual.upsampling, label="How small becomes large again (upsampling)"
                )
                seconds = gr.Slider(
                    2, limits.SECONDS.high, usual.seconds, step=1, label="Seconds to teach", elem_id="learn-seconds"
                )
                seed = gr.Number(0, precision=0, label="Start: another number, other first weights")
        with gr.Column(elem_classes="hl-out"):
            rows = gr.Image(
                label="Ten test pictures: clean, noisy, what came out", format="png", interactive=False, height=250,
                buttons=[], elem_id="learn-rows",
                alt_text="Ten test pictures: clean, noisy, and what came out", elem_classes=["hl-fill", "hl-moves"],
            )  # fmt: skip
            status = gr.Markdown("Teaching a first one", elem_classes="hl-status", elem_id="learn-status")
            plot = gr.HTML(elem_id="learn-curve")
            with gr.Tabs(overflow_behavior="wrap"):
                with gr.Tab("Latent map"):
                    chart = gr.Image(label="The first two values of the code. Click anywhere", format="png",
                                     interactive=False, height=420, buttons=[], elem_id="latent-map",
                                     alt_text="The map of the code, to click on")  # fmt: skip
                    point = gr.Image(format="png", interactive=False, height=200, show_label=False, buttons=[],
                                     elem_id="latent-point",
                                     label="Decoded", alt_text="What the clicked point decodes to")  # fmt: skip
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
                    dirt = gr.Slider(limits.NOISE.low, limits.NOISE.high, 0.3, step=0.05, label="Noise to add to it")
                    clean = gr.Button("Clean my digit", elem_id="clean-digit")
                    mine = gr.Image(label="What it saw, what it made of it", format="png", interactive=False,
                                    height=220, buttons=[], elem_id="my-digit",
                                    alt_text="Your digit as it saw it, and what it made of it")  # fmt: skip
                    said = gr.Markdown(elem_classes="hl-note", elem_id="digit-words")
                with gr.Tab("Something else"):
                    photo = photo_input(label="Any picture that is no digit", height=200, elem_id="else-photo")
                    other = gr.Image(label="What it saw, what it made of it", format="png", interactive=False,
                                     height=220, buttons=[], elem_id="else-rows",
                                     alt_text="The picture as it saw it, and what it made of it")  # fmt: skip
                    alarm = gr.Markdown(elem_classes="hl-note", elem_id="else-words")
            show_lesson("autoencoder/page/lessons/learn.md")
            show_code("demos.autoencoder.live.model.Autoencoder", "demos.autoencoder.live.learn.train")

    results = {"rows": rows, "status": status, "plot": plot, "trained": trained}
    go.wire(
        teach, lambda step: {results[name]: value for name, value in result(step).items()},
        inputs=[kind, bottleneck, noise, data, upsampling, seconds, seed], outputs=[rows, plot, trained], status=status,
        clear={point: None, where: "", mine: None, said: "", other: None, alarm: "", chart: None},
        after=lambda _, network: {} if network is None else {chart: map_of(network)},
        after_inputs=[trained], after_outputs=[chart],
    )  # fmt: skip
    tab.select(inputs=trained, **into(guard(opening), chart=chart, **results), api_name="open_learn", **QUIET)
    chart.select(at_point, trained, [point, where], api_name="map_point", **QUICK, **QUIET)
    clean.click(drawn, [trained, sketch, dirt], [mine, said], api_name="digit_page", **QUICK, **QUIET)
    photo.input(something_else, [trained, photo], [other, alarm], api_name="alarm_page", **QUICK, **QUIET)
