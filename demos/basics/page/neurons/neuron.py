"""One neuron, on the page."""

import gradio as gr


def page(root: gr.Blocks, tab: gr.Tab) -> None:
    gr.Markdown("One neuron")
