"""The folder of `--data`, in which data sets are looked for before they are fetched."""

import os
from pathlib import Path

DATA = "HIDDEN_LAYERS_DATA"  # an environment variable, so that a Space or a notebook can set it too


def set_data_folder(folder: str | Path) -> None:
    """The folder of `--data`: sets found there are not fetched."""
    os.environ[DATA] = str(folder)


def data_folder() -> Path | None:
    """The folder named by `--data`, if there is one."""
    named = os.environ.get(DATA)
    return Path(named).expanduser() if named else None
