"""The real app as a process of its own, for tests that speak to it by HTTP or in a browser."""

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 120  # seconds until the page must be up, on a busy machine


@contextmanager
def app(
    *arguments: str,
    environment: dict[str, str] | None = None,
    log: Path,
    before: str = "",
    host: str = "127.0.0.1",
) -> Iterator[str]:
    """Runs `python app.py` on a free port and gives its address; ends it afterwards. `before` is Python run first."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        port = probe.getsockname()[1]
    told = ["--no-browser", "--host", host, "--port", str(port), *arguments]
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    command = [sys.executable, "-c", f"{before}\nimport app; app.main({told!r})"]
    shown = {"GRADIO_TEMP_DIR": str(log.parent / "shown")}  # no other app's files, which go when that one ends
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | shown | (environment or {}), stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _wait_until_up(f"{address}/", process, log)
            yield address
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_until_up(address: str, process: subprocess.Popen, log: Path) -> None:
    import time

    patience = time.monotonic() + PATIENCE
    while time.monotonic() < patience:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            try:
                process.wait(0.05)  # ends at once where the app has died, else is the pause between two questions
            except subprocess.TimeoutExpired:
                continue
            break
    raise AssertionError(f"the app did not come up:\n{log.read_text()[-3000:]}")
