"""Networks with a memory: their cells, tasks that need one, and what they can keep."""

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    """A module of this folder, loaded when it is named: "Show me the code" shows whole ones."""
    try:
        return import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        raise AttributeError(name) from error
