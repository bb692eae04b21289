"""A GAN in two dimensions, on the page: the decision surface and the points, live."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr
from PIL import Image

from demos.core.page.events import QUIET, guard
from demos.core.page.lesson import show_code, show_lesson
from demos.core.page.run import RunButton, Words
from demos.dcgan import limits
from demos.dcgan.page import text
from demos.dcgan.settings import DRAWN, ROLES, TARGETS

if TYPE_CHECKING:
    from demos.dcgan.training import toy2d

CANVAS = 300  # px


def play(
    name: str, drawing: dict[str, Any] | None, steps: float, generator_rate: float, discriminator_steps: float,
    roles: str, seed: float,
) -> Iterator[toy2d.ToyStep]:  # fmt: skip
    """The two networks on their plane, as they learn."""
    from demos.dcgan.training import toy2d

    settings = toy2d.ToySettings(
        generator_rate=limits.PLANE_RATE.checked(generator_rate),
        discriminator_steps=limits.PLANE_TURNS.checked(discriminator_steps), trained=roles,
        seed=limits.SEED.checked(seed),
    )  # fmt: skip
    yield from toy2d.train_toy(toy2d.target(name, ink(drawing)), settings, limits.PLANE_STEPS.checked(steps))


def ink(drawing: dict[str, Any] | None) -> Image.Image | None:
    """What was drawn on the canvas, or None."""
    layers = (drawing or {}).get("layers") or []
    return layers[0] if layers else None


@guard
def choose(name: str) -> tuple[Any, Any]:
    """(canvas, the target as it is before anybody has learned it)."""
    if name == DRAWN:
        paper = Image.new("RGB", (CANVAS, CANVAS), "white")  # with a ground there, the brush is in hand at once
        return gr.update(visible=True, value={"background": paper, "layers": [], "composite": paper}), gr.skip()
    return gr.update(visible=False), first_picture(name)


def first_picture(name: str) -> Image.Image:
    from demos.dcgan.training import toy2d

    return text.plane_picture(toy2d.ToyGan(toy2d.target(name), toy2d.ToySettings()).snapshot(0, 0.0))


def page(tab: gr.Tab) -> None:
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            name = gr.Radio([*TARGETS, DRAWN], value="Ring of eight", label="To be learned", elem_id="plane-target")
            canvas = gr.ImageEditor(
                type="pil", layers=False, sources=(), transforms=(), height=380, visible=False, buttons=[],
                brush=gr.Brush(default_size=24, colors=["#1c1b18"], color_mode="fixed"),
                label="Draw a few blobs", elem_id="plane-canvas",
            )  # fmt: skip
            rate = gr.Slider(
                limits.PLANE_RATE.low,
                limits.PLANE_RATE.high,
                limits.PLANE_RATE.default,
                step=0.25,
                label="The generator learns so many times as fast",
                elem_id="plane-rate",
            )
            go = RunButton("Play", "plane", elem_id="plane-play", words=Words("Both know nothing yet"))
            with gr.Accordion("More", open=False):
                per = gr.Slider(
                    limits.PLANE_TURNS.low,
                    limits.PLANE_TURNS.high,
                    1,
                    step=1,
                    label="Steps of the discriminator for one of the generator",
                )
                steps = gr.Slider(
                    200,
                    limits.PLANE_STEPS.high,
                    limits.PLANE_STEPS.default,
                    step=200,
                    label="Steps",
                    elem_id="plane-steps",
                )
                roles = gr.Radio(list(ROLES), value=ROLES[0], label="Who learns")
                seed = gr.Number(0, precision=0, label="Seed")
        with gr.Column(elem_classes="hl-out"):
            picture = gr.Image(
                label="Blue: taken for real. Orange: taken for made",
                format="png", interactive=False, height=420, buttons=["fullscreen"], elem_id="plane",
                elem_classes=["hl-fill", "hl-moves"], alt_text="The plane, and the points on it",
            )  # fmt: skip
            status = gr.Markdown(
                "Grey points are real, dark ones are made.", elem_classes="hl-status", elem_id="plane-status"
            )
            numbers = gr.Markdown("", elem_classes="hl-numbers", elem_id="plane-numbers")
            show_lesson("dcgan/page/lessons/plane.md")
            show_code("demos.dcgan.training.toy2d.ToyGan", "demos.dcgan.training.toy2d.modes")
    gr.on([tab.select, name.input], choose, name, [canvas, picture], api_name="plane_target", **QUIET)

    def draw(step: toy2d.ToyStep) -> dict[Any, Any]:
        return {
            picture: text.plane_picture(step),
            status: text.plane_line(step),
            numbers: text.plane_numbers(step),
        }

    go.wire(
        play, draw, inputs=[name, canvas, steps, rate, per, roles, seed], outputs=[picture, numbers], status=status,
        every=0.25,
    )  # fmt: skip
