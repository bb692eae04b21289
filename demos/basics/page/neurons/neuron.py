"""One neuron, on the page: turned by hand or taught, with the line along which it cuts its plane."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from demos.basics import settings
from demos.basics.page.neurons import text
from demos.basics.page.neurons.controls import Newest
from demos.core.page.events import QUICK, QUIET, guard
from demos.core.page.lesson import show_code, show_lesson
from demos.core.page.line import PACED
from demos.core.page.run import RunButton, Words

if TYPE_CHECKING:
    from demos.basics.neurons import neuron

PACE = 0.06  # seconds between two looks, so that eyes can follow what takes a few hundredths


def learn(
    newest: Newest, gate: str, activation: str, deep: bool, steps: float, rate: float, seed: float
) -> Iterator[neuron.Fit]:
    """The neuron as it learns, no faster than one can see; until something else is chosen."""
    import time

    from demos.basics.neurons import neuron

    fit = neuron.fit(
        gate, activation, 2 if deep else 1, settings.NEURON_STEPS.checked(steps), settings.NEURON_RATE.checked(rate),
        settings.SEED.checked(seed),
    )  # fmt: skip
    for look in newest.only(fit):
        yield look
        time.sleep(PACE)


@guard
def turn(newest: Newest, gate: str, activation: str, w1: float, w2: float, bias: float) -> tuple[str, str, str, bool]:
    """(picture, status, numbers, second layer off) of a neuron with these weights."""
    from demos.basics.neurons import neuron

    newest.began()
    weights = [settings.WEIGHT.checked(given) for given in (w1, w2, bias)]
    look = neuron.look(neuron.one(activation, *weights), gate)
    return text.neuron_picture(look), text.neuron_line(look), text.neuron_numbers(look), False


def page(root: gr.Blocks, tab: gr.Tab) -> None:
    gr.Markdown(
        "A neuron adds up its inputs, each times a **weight**, adds a **bias**, and bends the sum with an "
        "**activation**: y = s(w1 x1 + w2 x2 + b).",
        elem_classes="hl-promise",
    )
    with gr.Row(elem_classes=["hl-columns", "hl-by-hand"]):
        with gr.Column(elem_classes="hl-in"):
            gate = gr.Radio(list(settings.GATES), value="AND", label="What it shall learn", elem_id="neuron-gate")
            activation = gr.Radio(
                list(settings.ACTIVATIONS), value="sigmoid", label="Activation s", elem_id="neuron-activation"
            )
            deep = gr.Checkbox(False, label="A second layer", elem_id="neuron-deep")
            go = RunButton("Fit it", "neuron", elem_id="neuron-fit", words=Words("From random weights"))
            with gr.Accordion("Turn it by hand", open=True, elem_classes="hl-later"):
                low, high = settings.WEIGHT.low, settings.WEIGHT.high
                sliders = [
                    gr.Slider(low, high, start, step=0.1, label=label, elem_id=f"neuron-{label}")
                    for label, start in (("w1", 1), ("w2", 1), ("b", 0))
                ]
            with gr.Accordion("More", open=False, elem_classes="hl-later"):
                steps = gr.Number(settings.NEURON_STEPS.default, label="Steps, at most", elem_id="neuron-steps")
                rate = gr.Number(settings.NEURON_RATE.default, label="Learning rate: how far one step goes")
                seed = gr.Number(0, precision=0, label="Seed of the first weights", elem_id="neuron-seed")
        with gr.Column(elem_classes="hl-out"):
            picture = gr.HTML("", elem_id="neuron-picture", elem_classes="hl-moves")
            status = gr.Markdown("", elem_classes="hl-status", elem_id="neuron-status")
            numbers = gr.Markdown("", elem_classes="hl-numbers", elem_id="neuron-numbers")
            show_lesson("basics/lesson.md")
            show_code("demos.basics.neurons.neuron.fit_one_neuron")
    newest = gr.State(Newest())
    inputs = [newest, gate, activation, deep, steps, rate, seed]

    def draw(look: neuron.Fit) -> dict[Any, Any]:
        drawn: dict[Any, Any] = {
            picture: text.neuron_picture(look), status: text.neuron_line(look), numbers: text.neuron_numbers(look)
        }  # fmt: skip
        if len(look.net.layers) == 1:
            weight, bias = look.net.layers[0]
            values = [*weight[0].tolist(), float(bias)]
            low, high = settings.WEIGHT.low, settings.WEIGHT.high
            drawn |= {one: round(max(low, min(high, value)), 1) for one, value in zip(sliders, values, strict=True)}
        return drawn

    def at_once(*values: Any) -> Iterator[dict[Any, Any]]:
        for look in learn(*values):
            yield draw(look)

    def opening(newest: Newest, *values: Any) -> Iterator[Any]:
        """By itself once: who comes back finds what was there."""
        if newest.number:
            yield gr.skip()
            return
        yield from at_once(newest, *values)

    shown = [picture, status, numbers, *sliders]
    # every=0: `learn` keeps the pace, and no look is held back that would be drawn after another choice.
    go.wire(learn, draw, inputs=inputs, outputs=[picture, numbers, *sliders], status=status, every=0, line=PACED)
    gr.on([gate.input, activation.input, deep.input], guard(at_once), inputs, shown, api_name="neuron_choice",
          trigger_mode="always_last", **QUICK, **QUIET)  # fmt: skip
    gr.on([root.load, tab.select], guard(opening), inputs, shown, api_name="neuron_opening", **QUICK, **QUIET)
    gr.on([one.input for one in sliders], turn, [newest, gate, activation, *sliders], [picture, status, numbers, deep],
          api_name="neuron_turn", trigger_mode="always_last", **QUICK, **QUIET)  # fmt: skip
