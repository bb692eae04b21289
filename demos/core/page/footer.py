"""The line at the foot of the page: what runs where, and what becomes of photos."""

from importlib.metadata import version

import gradio as gr

from demos.core import startup
from demos.core.errors import DemoError
from demos.core.page.events import QUIET


def build(root: gr.Blocks) -> None:
    """The line; the device is asked for once the page is there, since the question loads torch."""
    line = gr.Markdown(words(""), elem_classes="hl-footer")
    root.load(lambda: words(f"Runs on {device()} · "), None, line, api_name="footer", **QUIET)


def words(begin: str) -> str:
    """The line, behind its beginning."""
    versions = " · ".join(f"{name} {version(name)}" for name in ("torch", "torchvision", "gradio"))
    return f"{begin}{versions} · MIT licence · photos stay on this machine"


def device() -> str:
    """The device, or why there is none: what the page offers without one still works."""
    try:
        return startup.device_in_words()
    except DemoError as error:
        return f"nothing yet: {error}"
