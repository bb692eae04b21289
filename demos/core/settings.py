"""What the command line decides for the whole process, before anything heavy is loaded."""

import os
import socket
from pathlib import Path

from demos.core.errors import DemoError

DATA = "HIDDEN_LAYERS_DATA"  # an environment variable, so that a Space or a notebook can set it too


def set_data_folder(folder: str | Path) -> None:
    """The folder of `--data`: sets found there are not fetched."""
    os.environ[DATA] = str(folder)


def data_folder() -> Path | None:
    """The folder named by `--data`, if there is one."""
    named = os.environ.get(DATA)
    return Path(named).expanduser() if named else None


def check_port(host: str, port: int) -> None:
    """Raises DemoError where the port is taken, which Gradio would answer with a traceback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise DemoError(
                f"Port {port} on {host} cannot be had ({error.strerror}). Choose another: --port."
            ) from error
