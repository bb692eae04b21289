"""Forward and backward, on the page: a network that one can follow with a pencil."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from demos.basics import settings
from demos.core.page.events import QUICK, QUIET, guard
from demos.core.page.lesson import show_code, show_lesson
from demos.core.page.line import PACED
from demos.core.page.run import RunButton, Words

if TYPE_CHECKING:
    from demos.basics.neurons.backpropagation import Hand

PACE = 0.25  # seconds between two looks


def begun(activation: str, x1: float, x2: float, target: float, seed: float) -> Hand:
    from demos.basics.neurons import backpropagation

    return backpropagation.start(
        activation, settings.INPUT.checked(x1), settings.INPUT.checked(x2), settings.TARGET.checked(target),
        settings.SEED.checked(seed),
    )  # fmt: skip


def play(rate: float, *example: Any) -> Iterator[tuple[Hand, float]]:
    """Forward, backward, step, no faster than one can see; with the rate of the steps."""
    import time

    from demos.basics.neurons import backpropagation

    speed = settings.HAND_RATE.checked(rate)
    for net in backpropagation.play(begun(*example), speed):
        yield net, speed
        time.sleep(PACE)


def page(root: gr.Blocks, tab: gr.Tab) -> None:
    gr.Markdown(
        "Neurons in layers answer **forward**; the error goes **backward** and tells every weight its share.",
        elem_classes="hl-promise",
    )
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            with gr.Row():
                buttons = [
                    gr.Button(n, min_width=80, elem_id=f"backprop-{n.lower()}") for n in ("Forward", "Backward", "Step")
                ]
            activation = gr.Radio(
                list(settings.SMOOTH), value="tanh", label="Activation", elem_id="backprop-activation"
            )
            go = RunButton("Play", "backprop", elem_id="backprop-play", words=Words("From fresh weights"))
            with gr.Accordion("More", open=False):
                x1, x2 = gr.Number(1, label="Input x1"), gr.Number(0.5, label="Input x2")
                target = gr.Number(settings.TARGET.default, label="Target: what y should be")
                rate = gr.Number(settings.HAND_RATE.default, label="Learning rate", elem_id="backprop-rate")
                seed = gr.Number(0, precision=0, label="Seed of the first weights", elem_id="backprop-seed")
        with gr.Column(elem_classes="hl-out"):
            picture = gr.HTML("", elem_id="backprop-picture", elem_classes="hl-moves")
            status = gr.Markdown("", elem_classes="hl-status", elem_id="backprop-status")
            numbers = gr.Markdown("", elem_classes="hl-numbers", elem_id="backprop-numbers")
            show_lesson("basics/page/neurons/lessons/backpropagation.md")
            show_code("demos.basics.neurons.backpropagation.backpropagate_by_hand")
    held = gr.State(None)
    example = [activation, x1, x2, target, seed]
    shown = [held, picture, status, numbers]

    def draw(look: tuple[Hand, float]) -> dict[Any, Any]:
        from demos.basics.neurons import network_drawing as drawn

        net, speed = look
        return {
            held: net, picture: drawn.drawing(net), status: drawn.line(net), numbers: drawn.formulae(net, speed)
        }  # fmt: skip

    def by_hand(which: str) -> Any:
        def pressed(net: Hand | None, rate: float, *values: Any) -> dict[Any, Any]:
            from demos.basics.neurons import backpropagation

            speed, net = settings.HAND_RATE.checked(rate), net or begun(*values)
            if which == "Step":
                net = backpropagation.step(net, speed)
            else:
                net = backpropagation.forward(net) if which == "Forward" else backpropagation.backward(net)
            return draw((net, speed))

        return guard(pressed)

    def opening(net: Hand | None, rate: float, *values: Any) -> Iterator[Any]:
        if net is not None:  # seen before: as it was left
            yield gr.skip()
            return
        for look in play(rate, *values):
            yield draw(look)

    go.wire(play, draw, inputs=[rate, *example], outputs=[held, picture, numbers], status=status, line=PACED)
    tab.select(guard(opening), [held, rate, *example], shown, api_name="backprop_opening", **QUICK, **QUIET)
    for button, name in zip(buttons, ("Forward", "Backward", "Step"), strict=True):
        button.click(
            by_hand(name), [held, rate, *example], shown, api_name=f"backprop_{name.lower()}", **QUICK, **QUIET
        )

    def afresh(rate: float, *values: Any) -> dict[Any, Any]:
        return draw((begun(*values), settings.HAND_RATE.checked(rate)))

    gr.on([one.change for one in example], guard(afresh), [rate, *example], shown,  # type: ignore[attr-defined]
          api_name="backprop_example", **QUICK, **QUIET)  # fmt: skip
