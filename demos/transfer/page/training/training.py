"""The page of the training itself: augmentation, fine-tuning and the code."""

import gradio as gr

from demos.transfer.page.controls import Teaching


def page(tab: gr.Tab, teaching: Teaching) -> None:
    gr.Markdown("")
