"""*Start here*: ten parts from one neuron to a network that writes letters, each one screen to touch."""

from importlib import import_module

import gradio as gr

from demos.basics import api, settings
from demos.basics.page.depth import initialisation, normalisation
from demos.basics.page.neurons import backpropagation, neuron, playground
from demos.basics.page.pictures import notes_network
from demos.basics.page.pictures.squeeze import squeezenext
from demos.basics.page.sequences import letters, memory, vanishing
from demos.core.page.events import QUICK, SHORT, endpoint
from demos.core.page.photo_input import photo_input

PARTS = (
    ("1 One neuron", neuron),
    ("2 Forward and backward", backpropagation),
    ("3 Playground", playground),
    ("4 Initialisation", initialisation),
    ("5 Batch norm", normalisation),
    ("6 The notes' network", notes_network),
    ("7 SqueezeNext", squeezenext),
    ("8 Sequences", memory),
    ("9 Vanishing gradient", vanishing),
    ("10 Letters", letters),
)

# What the parts compute with: loaded once the page is up, so that the first click on a part finds it there.
COMPUTED_BY = (
    "neurons.neuron", "neurons.backpropagation", "neurons.playground", "depth.initial", "depth.normal", "pictures.race",
    "pictures.compare", "sequences.race", "sequences.gradients", "sequences.letters",
)  # fmt: skip


def warm() -> None:
    """Called once in the background when the page is up."""
    for name in COMPUTED_BY:
        import_module(f"demos.basics.{name}")


def build(root: gr.Blocks) -> None:
    """The tab's components and events, inside the current Blocks."""
    with gr.Tabs(overflow_behavior="wrap"):
        for title, part in PARTS:
            with gr.Tab(title) as tab:
                part.page(root, tab)
    _api()


def _api() -> None:
    """The endpoints for programs, on components that the page does not show."""
    with gr.Row(visible=False):
        image, compared = photo_input(), gr.JSON()
        endpoint(api.compare_networks, image, compared, "compare_networks", SHORT)
        gate, activation = gr.Textbox("AND"), gr.Textbox("sigmoid")
        steps, rate = gr.Number(settings.NEURON_STEPS.default), gr.Number(settings.NEURON_RATE.default)
        endpoint(api.fit_neuron, [gate, activation, steps, rate, gr.Number(0)], gr.JSON(), "fit_neuron", QUICK)
        task, lag, text = gr.Textbox("echo"), gr.Number(10), gr.Textbox("")
        steps, hidden, seed = gr.Number(None), gr.Number(32), gr.Number(0)
        endpoint(api.train_sequence, [task, lag, steps, hidden, seed, text], gr.JSON(), "train_sequence")
