"""The page on which the classifier becomes files: a zip that predicts anywhere, or a Hub repository."""

import gradio as gr

from demos.transfer.page.controls import Teaching


def page(tab: gr.Tab, teaching: Teaching) -> None:
    gr.Markdown("")
