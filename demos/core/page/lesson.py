"""What stands below every result: the lesson, and the code that ran. Both are loaded when they are opened."""

import inspect
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import gradio as gr

from demos.core.page.events import QUIET

DEMOS = Path(__file__).resolve().parents[2]


def show_lesson(path: str) -> gr.Accordion:
    """The lesson at `path` below `demos/`, as "What happened?"."""
    if not (DEMOS / path).is_file():
        raise FileNotFoundError(path)
    with gr.Accordion("What happened?", open=False, elem_classes="hl-lesson") as accordion:
        text = gr.Markdown()
    accordion.expand(lambda: lesson(path), None, text, queue=False, api_name=_event("lesson", path), **QUIET)
    return accordion


def lesson(path: str) -> str:
    """The text of a lesson."""
    return (DEMOS / path).read_text(encoding="utf-8")


def show_code(*names: str) -> gr.Accordion:
    """ "Show me the code": the source of the very functions that ran, to copy.

    Args:
        names: "demos.style.optimise.losses.gram"; not the functions themselves, so that the page loads none of them.
    """
    with gr.Accordion("Show me the code", open=False, elem_classes="hl-code") as accordion:
        code = gr.Code("", language="python", interactive=False, show_label=False, max_lines=60, wrap_lines=True)
    accordion.expand(lambda: sources(names), None, code, queue=False, api_name=_event("code", names[0]), **QUIET)
    return accordion


def sources(names: tuple[str, ...]) -> str:
    """The source of each, below its name."""
    return "\n\n\n".join(f"# {name}\n{source(resolve(name))}" for name in names)


def resolve(name: str) -> Any:
    """The function, method or class behind a dotted name; AttributeError where there is none."""
    parts = name.split(".")
    for split in range(len(parts) - 1, 0, -1):
        try:
            thing = import_module(".".join(parts[:split]))
        except ModuleNotFoundError:
            continue
        for part in parts[split:]:
            thing = getattr(thing, part)
        return thing
    raise AttributeError(name)


def source(function: Any) -> str:
    """The source of a function or class as it stands in its file, decorators included."""
    return inspect.getsource(inspect.unwrap(function)).rstrip()


def _event(kind: str, name: str) -> str:
    return f"{kind}_{re.sub(r'[^a-z0-9]+', '_', name.lower())}"
