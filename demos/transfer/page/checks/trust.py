"""The page that says how far the accuracy can be trusted."""

import gradio as gr

from demos.transfer.page.controls import Teaching


def page(tab: gr.Tab, teaching: Teaching) -> None:
    gr.Markdown("")
