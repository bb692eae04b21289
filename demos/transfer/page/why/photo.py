"""The page that explains one answer: where the network looked, and which photos taught it so."""

import gradio as gr

from demos.transfer.page.controls import Teaching


def page(tab: gr.Tab, teaching: Teaching) -> None:
    gr.Markdown("")
