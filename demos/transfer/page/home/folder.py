"""The page that classifies many photos at once."""

import gradio as gr

from demos.transfer.page.controls import Teaching


def page(tab: gr.Tab, teaching: Teaching) -> None:
    gr.Markdown("")
