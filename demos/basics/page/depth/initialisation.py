"""Initialisation, on the page: what signals and gradients become on their way through many layers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from demos.basics import settings
from demos.basics.page.controls import first_opening
from demos.basics.page.depth import text
from demos.core.choices import choose
from demos.core.page.events import QUICK, QUIET, SHORT, guard
from demos.core.page.lesson import show_code, show_lesson
from demos.core.page.run import RunButton, Words

if TYPE_CHECKING:
    from demos.basics.depth.initial import Race


@guard
def look(rule: str, activation: str, depth: float, seed: float) -> tuple[str, str]:
    """(drawing of the rule's layers, table of all rules), before any training."""
    from demos.basics.depth import initial, rules
    from demos.basics.depth.digits import SIZE

    rule = choose(rule, settings.RULES, "rule")
    activation = choose(activation, settings.INITIAL_ACTIVATIONS, "activation")
    depth, seed = settings.DEPTH.checked(depth), settings.SEED.checked(seed)
    all_rules = {name: initial.layers_before(name, activation, depth, seed) for name in settings.RULES}
    sizes = {
        name: (rules.theory(name, "none", SIZE, SIZE) ** 2 / SIZE, found[-1].activation,
               found[0].gradient / (found[-1].gradient or 1.0))
        for name, found in all_rules.items()
    }  # fmt: skip
    factor = rules.theory(rule, activation, SIZE, SIZE)
    return text.layers(all_rules[rule], rule, activation, factor), text.rules_table(sizes, activation, depth)


def train(activation: str, depth: float, rate: float, steps: float, seed: float) -> Iterator[tuple[Race, str, int]]:
    """The five rules as they learn, with what they have in common."""
    from demos.basics.depth import initial

    activation = choose(activation, settings.INITIAL_ACTIVATIONS, "activation")
    layers = settings.DEPTH.checked(depth)
    rate, seed = settings.INITIAL_RATE.checked(rate), settings.SEED.checked(seed)
    for step in initial.race(activation, layers, rate, settings.INITIAL_STEPS.checked(steps), seed):
        yield step, activation, layers


def page(root: gr.Blocks, tab: gr.Tab) -> None:
    gr.Markdown(
        "Before a network learns, its weights are drawn by chance. How large they are decides whether a signal gets"
        " through many layers at all.",
        elem_classes="hl-promise",
    )
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            rule = gr.Radio(list(settings.RULES), value=settings.RULES[1], label="How the weights are drawn",
                            elem_id="initial-rule")  # fmt: skip
            activation = gr.Radio(list(settings.INITIAL_ACTIVATIONS), value="ReLU", label="Activation",
                                  elem_id="initial-activation")  # fmt: skip
            numbers = settings.DEPTH
            depth = gr.Slider(numbers.low, numbers.high, numbers.default, step=1, label=numbers.name,
                              elem_id="initial-layers")  # fmt: skip
            go = RunButton("Train all five", "initial", elem_id="initial-train", words=Words("Drawing the weights"))
            with gr.Accordion("More", open=False):
                real = settings.INITIAL_RATE
                rate = gr.Slider(real.low, real.high, real.default, step=0.001, label=real.name,
                                 elem_id="initial-rate")  # fmt: skip
                numbers = settings.INITIAL_STEPS
                steps = gr.Slider(numbers.low, numbers.high, numbers.default, step=10, label=numbers.name)
                seed = gr.Number(0, precision=0, label="Seed", elem_id="initial-seed")
        with gr.Column(elem_classes="hl-out"):
            picture = gr.HTML("", elem_id="initial-picture", min_height=420)
            losses = gr.HTML("", elem_id="initial-losses", elem_classes="hl-moves", min_height=240)
            status = gr.Markdown("", elem_classes="hl-status", elem_id="initial-status")
            table = gr.HTML("", elem_classes="hl-numbers", elem_id="initial-numbers")
            show_lesson("basics/page/depth/lessons/initialisation.md")
            show_code("demos.basics.depth.rules.initialise", "demos.basics.depth.rules.signal_by_layer")
    gr.on(
        [tab.select, rule.input, activation.input, depth.change, seed.change], look, [rule, activation, depth, seed],
        [picture, table], api_name="initial_look", trigger_mode="always_last", **QUICK, **QUIET,
    )  # fmt: skip

    def draw(shown: tuple[Race, str, int]) -> dict[Any, Any]:
        step, act, layers = shown
        return {losses: text.race(step, act, layers), status: text.race_line(step)}

    go.wire(
        train, draw, inputs=[activation, depth, rate, steps, seed], outputs=[losses], status=status,
        triggers=[first_opening(tab, "initial")], line=SHORT,
    )  # fmt: skip
