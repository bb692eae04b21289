"""A playground, on the page: small networks part two kinds of points, live."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr
from PIL import Image

from demos.basics import settings
from demos.basics.page.neurons import text
from demos.basics.page.neurons.controls import Newest
from demos.core import chart
from demos.core.page.events import QUICK, QUIET, SHORT, guard
from demos.core.page.lesson import show_code, show_lesson
from demos.core.page.run import RunButton, Words, stream
from demos.core.page.theme import COOL, WARM

if TYPE_CHECKING:
    from demos.basics.neurons.playground import Look


CANVAS = 300  # px
DRAW_FIRST = "Draw with blue; press the palette beside the paper, choose orange, and draw with it too; then *Learn*."


def play(
    newest: Newest, name: str, drawing: dict[str, Any] | None, layers: float, activation: str, width: float,
    optimiser: str, noise: float, steps: float, seed: float,
) -> Iterator[Look]:  # fmt: skip
    """The network as it learns; until another set is chosen."""
    from demos.basics.neurons import own_points, playground

    random = settings.SEED.checked(seed)
    own = own_points.drawn(ink(drawing), random) if name == settings.DRAWN_SET else None
    looks = playground.train(
        name, settings.LAYERS.checked(layers), settings.WIDTH.checked(width), activation, optimiser,
        settings.NOISE.checked(noise), settings.PLAY_STEPS.checked(steps), random, own,
    )  # fmt: skip
    yield from newest.only(stream(looks))


def ink(drawing: dict[str, Any] | None) -> Image.Image | None:
    """What was drawn on the canvas, or None."""
    layers = (drawing or {}).get("layers") or []
    return layers[0] if layers else None


def page(root: gr.Blocks, tab: gr.Tab) -> None:
    gr.Markdown("Layers of neurons bend the cut: choose a set of points and see it learned.", elem_classes="hl-promise")
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            name = gr.Radio([*settings.PLAYGROUND_SETS, settings.DRAWN_SET], value="Moons", label="To be parted",
                            elem_id="play-set")  # fmt: skip
            canvas = gr.ImageEditor(
                type="pil", format="png", layers=False, sources=(), transforms=(), height=380, visible=False,
                buttons=[], brush=gr.Brush(default_size=24, colors=[COOL, WARM], color_mode="fixed"),
                label="Draw with both colours", elem_id="play-canvas",
            )  # fmt: skip
            layers = gr.Slider(settings.LAYERS.low, settings.LAYERS.high, settings.LAYERS.default, step=1,
                               label="Hidden layers", elem_id="play-layers")  # fmt: skip
            activation = gr.Radio(list(settings.SMOOTH), value="ReLU", label="Activation", elem_id="play-activation")
            go = RunButton("Learn", "play", elem_id="play-learn", words=Words("It knows nothing yet"))
            with gr.Accordion("More", open=False):
                width = gr.Slider(settings.WIDTH.low, settings.WIDTH.high, settings.WIDTH.default, step=1,
                                  label="Neurons in a layer")  # fmt: skip
                optimiser = gr.Radio(list(settings.OPTIMISERS), value="Adam", label="Optimiser: how a step is made",
                                     elem_id="play-optimiser")  # fmt: skip
                noise = gr.Slider(
                    settings.NOISE.low,
                    settings.NOISE.high,
                    settings.NOISE.default,
                    step=0.01,
                    label="Noise (none on your own drawing)",
                )
                steps = gr.Number(settings.PLAY_STEPS.default, label="Steps", elem_id="play-steps")
                seed = gr.Number(0, precision=0, label="Seed", elem_id="play-seed")
        with gr.Column(elem_classes="hl-out"):
            picture = gr.Image(
                label="Blue and orange: what it answers. Dark rim: held out", format="png", interactive=False, height=380,  # noqa: E501
                buttons=["fullscreen"], elem_id="play-picture", elem_classes=["hl-fill", "hl-moves"],
                alt_text="The plane with both kinds of points, and what the network answers at each place",
            )  # fmt: skip
            status = gr.Markdown("", elem_classes="hl-status", elem_id="play-status")
            numbers = gr.Markdown("", elem_classes="hl-numbers", elem_id="play-numbers")
            losses = gr.HTML("", elem_id="play-losses")
            show_lesson("basics/page/neurons/lessons/playground.md")
            show_code("demos.basics.neurons.playground.learn_two_rings")
    opened = gr.State(False)
    newest = gr.State(Newest())
    inputs = [newest, name, canvas, layers, activation, width, optimiser, noise, steps, seed]

    def draw(look: Look) -> dict[Any, Any]:
        series = {"training": [(s, a) for s, a, _ in look.losses], "held out": [(s, b) for s, _, b in look.losses]}
        curve = chart.lines(series, {"training": WARM, "held out": COOL}, across="steps", up="loss")
        return {picture: text.play_picture(look), status: text.play_line(look), numbers: text.play_numbers(look),
                losses: curve}  # fmt: skip

    def opening(seen: bool, *values: Any) -> Iterator[Any]:
        if seen:
            yield gr.skip()
            return
        for look in play(*values):
            yield draw(look) | {opened: True}

    def choose(newest: Newest, name: str, *values: Any) -> dict[Any, Any]:
        newest.began()
        if name == settings.DRAWN_SET:
            paper = Image.new("RGB", (CANVAS, CANVAS), "white")  # with a ground there, the brush is in hand at once
            fresh = {"background": paper, "layers": [], "composite": paper}
            return {canvas: gr.update(visible=True, value=fresh), status: DRAW_FIRST}
        return {canvas: gr.update(visible=False)} | draw(next(play(newest, name, *values)))

    name.input(guard(choose), inputs, [canvas, picture, status, numbers, losses], api_name="play_choose",
               trigger_mode="always_last", **QUICK, **QUIET)  # fmt: skip
    # every=0: `play` keeps the pace, and no look is held back that would be drawn after another choice.
    go.wire(play, draw, inputs=inputs, outputs=[picture, numbers, losses], status=status, every=0, line=SHORT)
    tab.select(guard(opening), [opened, *inputs], [opened, picture, status, numbers, losses], api_name="play_opening",
               **SHORT, **QUIET)  # fmt: skip
