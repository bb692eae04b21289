"""What the command line decides and what is checked around the start, so that a wrong set-up ends in one sentence."""

import errno
import os
import socket
import threading
from contextlib import suppress
from functools import cache

from demos.core.errors import DemoError

DEVICES = ("auto", "cpu", "cuda", "mps", "xpu")
DEVICE = "HIDDEN_LAYERS_DEVICE"  # an environment variable, so that a Space or a notebook can set it too


def set_device(name: str) -> None:
    """The device of `--device`, taken when torch is loaded. Raises DemoError for a name that is none."""
    if name not in DEVICES:
        raise DemoError(f"There is no device called {name!r}. Choose one of: {', '.join(DEVICES)}.")
    os.environ[DEVICE] = name


def device_name() -> str:
    """The device that was asked for; "auto" where nobody did."""
    return os.environ.get(DEVICE, "auto")


def check_port(host: str, port: int) -> None:
    """Raises DemoError where Gradio would end in a traceback: the port is taken, or the host is not this machine."""
    if not 0 < port < 65536:
        raise DemoError(f"There is no port {port}. Choose one from 1 to 65535: --port.")
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError, OverflowError) as error:
        raise DemoError(f"--host {host} --port {port} is no address of this machine ({error}).") from error
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            other = "another: --port" if error.errno in (errno.EADDRINUSE, errno.EACCES) else "a --host of this machine"
            raise DemoError(f"Port {port} on {host} cannot be had ({error.strerror}). Choose {other}.") from error


def device_in_words() -> str:
    """The device that networks run on.

    Raises:
        DemoError: it is not there, or torch and torchvision do not fit together.
    """
    check_torch_and_torchvision()
    from demos.core import device

    return device.current().describe()


# ---- torch and torchvision ------------------------------------------------------------------------------------------

# What torchvision says at import beside a torch that was built for something else.
_MISMATCHED = ("operator torchvision::nms does not exist", "compiled with different CUDA major versions")


TORCH_IS_LOADED = threading.Event()  # cleared while it is loaded in the background: two threads would trip each other
TORCH_IS_LOADED.set()


def load_torch() -> None:
    """Loads it, and lets those go on who wait; what is wrong with it is said at the page's foot and at every use."""
    try:
        with suppress(DemoError):
            device_in_words()
    finally:
        TORCH_IS_LOADED.set()


def check_torch_and_torchvision() -> None:
    """Imports torchvision.

    Raises:
        DemoError: torch and torchvision were built for different devices; the sentence says how to get out of it.
    """
    with _ONE_AT_A_TIME:
        words = _misfit()
    if words is not None:
        raise DemoError(words)


_ONE_AT_A_TIME = threading.Lock()


@cache
def _misfit() -> str | None:
    """What is wrong with them. Asked once: Python gives a thread that imports while another's import fails the
    half-made module, as if all were well.
    """
    try:
        import torchvision  # noqa: F401
    except RuntimeError as error:
        words = mismatch(error)
        if words is None:
            raise
        return words
    return None


def mismatch(error: Exception) -> str | None:
    """The sentence for an error that means that torch and torchvision do not fit together; None for any other."""
    if not isinstance(error, RuntimeError) or not any(words in str(error) for words in _MISMATCHED):
        return None
    import torch

    return (
        f"torch {torch.__version__} and torchvision do not fit together: one was built for CPUs, the other for "
        "GPUs, or for another CUDA. Both must come from the same place: run "
        "pip uninstall --yes torch torchvision, then make install."
    )
