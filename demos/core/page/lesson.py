"""What stands below every result: the lesson, and the code that ran."""

import inspect
from collections.abc import Callable
from pathlib import Path

import gradio as gr

DEMOS = Path(__file__).resolve().parents[2]


def show_lesson(path: str) -> gr.Accordion:
    """The lesson at `path` below `demos/`, as "What happened?"."""
    text = (DEMOS / path).read_text(encoding="utf-8")
    with gr.Accordion("What happened?", open=False, elem_classes="hl-lesson") as accordion:
        gr.Markdown(text)
    return accordion


def show_code(*functions: Callable | type) -> gr.Accordion:
    """ "Show me the code": the source of the very functions that ran, to copy."""
    with gr.Accordion("Show me the code", open=False, elem_classes="hl-code") as accordion:
        for function in functions:
            gr.Markdown(f"`{function.__module__}.{function.__qualname__}`")
            gr.Code(source(function), language="python", interactive=False, show_label=False, max_lines=60)
    return accordion


def source(function: Callable | type) -> str:
    """The source of a function or class as it stands in its file, decorators included."""
    return inspect.getsource(inspect.unwrap(function)).rstrip()
