"""What is checked before the page opens, so that a wrong set-up ends in one sentence and not in a traceback."""

import socket

from demos.core.errors import DemoError

# ---- installation ---------------------------------------------------------------------------------------------------

# What torchvision says at import beside a torch that was built for something else.
_MISMATCHED = ("operator torchvision::nms does not exist", "compiled with different CUDA major versions")


def check_torch_and_torchvision() -> None:
    """Imports torchvision.

    Raises:
        DemoError: torch and torchvision were built for different devices; the sentence says how to get out of it.
    """
    try:
        import torchvision  # noqa: F401
    except RuntimeError as error:
        import torch

        if not any(words in str(error) for words in _MISMATCHED):
            raise
        raise DemoError(
            f"torch {torch.__version__} and torchvision do not fit together: one was built for CPUs, the other for "
            "GPUs, or for another CUDA. Both must come from the same place: run "
            "pip uninstall --yes torch torchvision, then make install."
        ) from error


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
