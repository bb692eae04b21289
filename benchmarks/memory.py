"""What a photo of 12 megapixels takes of memory and time by the API, measured from outside through /proc (Linux).

    python -m benchmarks.memory [--width 4000 --height 3000] [--limit 2.0]

The app runs as it is started for visitors; each endpoint is asked twice. Of the process: its memory before, at the
peak and two seconds after, in GB. Ends with 1 where a peak is over the limit.
"""

import argparse
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from gradio_client import Client, handle_file
from PIL import Image

from demos.core.data import samples

ROOT = Path(__file__).resolve().parents[1]
PAUSE = 0.05  # seconds between two looks


def resident(process: int) -> float:
    """GB of memory that a process has now."""
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1e6 if found else 0.0


class Watch:
    """The most memory of a process while it is watched."""

    def __init__(self, process: int) -> None:
        self.process, self.peak, self.over = process, resident(process), threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)

    def _look(self) -> None:
        while not self.over.wait(PAUSE):
            self.peak = max(self.peak, resident(self.process))

    def __enter__(self) -> "Watch":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()


def noisy_photo(width: int, height: int, path: Path) -> Path:
    """A photo of that size with noise of sigma 20, as a JPEG."""
    photo = samples.photo("china").resize((width, height), Image.Resampling.BICUBIC)
    grain = np.random.default_rng(0).normal(0, 20, (height, width, 1)).astype(np.float32)
    Image.fromarray((np.asarray(photo) + grain).clip(0, 255).astype(np.uint8)).save(path, quality=92)
    return path


def measure(address: str, process: int, photo: Path) -> float:
    """Prints a row for each request; the highest peak in GB."""
    # The app warms up its networks at first: an upload may take longer than the client's five seconds.
    client, highest = Client(address, verbose=False, httpx_kwargs={"timeout": 120}), 0.0
    print("| request | seconds | before | peak | after |\n|---|---|---|---|---|")
    for endpoint in ("/denoise", "/denoise", "/compress", "/compress"):
        before, started = resident(process), time.perf_counter()
        with Watch(process) as watch:
            client.predict(handle_file(photo), api_name=endpoint)
        seconds = time.perf_counter() - started
        time.sleep(2)
        after = resident(process)
        print(f"| {endpoint} | {seconds:.1f} | {before:.2f} | {watch.peak:.2f} | {after:.2f} |", flush=True)
        highest = max(highest, watch.peak)
    return highest


def main() -> None:
    parser = argparse.ArgumentParser(description="Memory that big photos take, in GB.")
    parser.add_argument("--width", type=int, default=4000)
    parser.add_argument("--height", type=int, default=3000)
    parser.add_argument("--limit", type=float, default=2.0, help="GB at the peak")
    chosen = parser.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "app.py", "--offline", "--only", "autoencoder", "--no-browser", "--port", str(port)]
    with tempfile.TemporaryDirectory() as folder:
        photo = noisy_photo(chosen.width, chosen.height, Path(folder) / "photo.jpg")
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, env=os.environ)
        try:
            for _ in range(600):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.2)
            highest = measure(f"http://127.0.0.1:{port}/", process.pid, photo)
        finally:
            process.terminate()
            process.wait(20)
    print(f"\nPeak: {highest:.2f} GB of at most {chosen.limit:g}")
    sys.exit(highest > chosen.limit)


if __name__ == "__main__":
    main()
