"""How long until the page answers, beside what importing gradio alone takes; side by side in one run.

    python -m benchmarks.startup

Each is started three times in turn as a process of its own, and its fastest start counts.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.server import ROOT, app

ROUNDS = 3


def import_gradio() -> float:
    """Seconds that `python -c "import gradio"` takes."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import gradio"], check=True, cwd=ROOT)
    return time.perf_counter() - started


def page_answers() -> float:
    """Seconds from the start of `app.py` to the first page that is served."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, app("--offline", log=Path(folder) / "log.txt"):
        return time.perf_counter() - started


def main() -> None:
    pairs = [(import_gradio(), page_answers()) for _ in range(ROUNDS)]
    alone, page = (min(times) for times in zip(*pairs, strict=True))
    print("| | s | ratio |\n|---|---|---|")
    print(f'| `python -c "import gradio"` | {alone:.2f} | 1 |')
    print(f"| `python app.py`, until the page answers | {page:.2f} | {page / alone:.2f} |")


if __name__ == "__main__":
    main()
