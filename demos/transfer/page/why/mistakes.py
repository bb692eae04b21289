"""The page of the confusion matrix, whose cells open the photos behind them."""

from typing import Any

import gradio as gr

from demos.transfer.page.controls import Teaching


def page(tab: gr.Tab, teaching: Teaching) -> dict[str, Any]:
    gr.Markdown("")
    again = gr.Button("Teach it again", size="sm")
    return {"again": again}


def refresh(parts: dict[str, Any], teaching: Teaching, run: Any) -> None:
    """Draws the page anew after `run`, the event of teaching."""
