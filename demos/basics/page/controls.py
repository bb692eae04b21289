"""What the parts of *Start here* share: how each of them begins by itself."""

from typing import Any

import gradio as gr

from demos.core.page.events import QUICK, QUIET


def first_opening(tab: gr.Tab, name: str) -> Any:
    """The event of `tab`'s first opening alone: who comes back finds what was there, and not the example again.

    Args:
        name: the event is called NAME_opened.
    """
    opened = gr.State(False)
    tab.select(lambda: True, None, opened, api_name=f"{name}_opened", **QUICK, **QUIET)
    return opened.change
