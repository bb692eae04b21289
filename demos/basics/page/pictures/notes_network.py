"""The notes' network, on the page: it trains, its layers are seen at work, and so is what feeds it."""

import gradio as gr

from demos.basics.page.pictures.notes import layers, learn, loader


def page(root: gr.Blocks, tab: gr.Tab) -> None:
    gr.Markdown(
        "Batch norm kept deep networks trainable; now a whole network looks at pictures. **SqueezeNext**, next, is "
        "what became of such networks.",
        elem_classes="hl-promise",
    )
    with gr.Tabs(overflow_behavior="wrap"):
        with gr.Tab("Train it"):
            filters = learn.page(tab)
        with gr.Tab("Layers on your photo") as inner:
            layers.page(inner, filters)
        with gr.Tab("The loader") as inner:
            loader.page(inner)
