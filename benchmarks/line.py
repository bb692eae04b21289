"""How long visitors wait when many come at once, beside what each request takes alone; side by side in one run.

    python -m benchmarks.line --clients 30 --minutes 4

Clients as programs, each with one kind of work that it asks for again and again: a third of them sample sixteen cats,
the others clean a photo, squeeze it, paint it at once, or paint it by optimisation at 128 px. No answer may be lost.
"""

import argparse
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from gradio_client import Client, handle_file

from demos.core.data import samples
from tests.server import app


def requests(folder: Path) -> dict[str, dict[str, Any]]:
    """What is asked for, by name: the arguments of `Client.predict`."""
    photo, style = folder / "photo.jpg", folder / "style.jpg"
    small = samples.photo("chelsea")
    small.thumbnail((320, 320))
    small.save(photo)
    coffee = samples.photo("coffee")
    coffee.thumbnail((320, 320))
    coffee.save(style)
    p, s = handle_file(str(photo)), handle_file(str(style))
    return {
        "sample sixteen cats": {"count": 16, "model": "Cats", "api_name": "/sample"},
        "clean a photo": {"image": p, "api_name": "/denoise"},
        "squeeze a photo": {"image": p, "api_name": "/compress"},
        "paint at once": {"content": p, "style": s, "size": 256, "api_name": "/stylize_fast"},
        "paint by optimisation, 128 px": {"content": p, "style": s, "size": 128, "steps": 20, "api_name": "/stylize"},
    }


def timed(client: Client, request: dict[str, Any]) -> float:
    """Seconds from asking to the answer; raises what the client raises."""
    begun = time.perf_counter()
    client.predict(**request)
    return time.perf_counter() - begun


def together(address: str, asked: dict[str, dict[str, Any]], clients: int, minutes: float) -> dict[str, list[float]]:
    """Seconds of all answers by kind, while `clients` ask at the same time. Raises the first client's error."""
    times: dict[str, list[float]] = {name: [] for name in asked}
    errors: list[Exception] = []
    end = time.monotonic() + 60 * minutes
    kinds = [*asked, next(iter(asked))]  # sampling twice: a third of all

    def visitor(name: str) -> None:
        try:
            client = Client(address, verbose=False)
            while time.monotonic() < end:
                times[name].append(timed(client, asked[name]))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=visitor, args=(kinds[i % len(kinds)],)) for i in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=4)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, app("--offline", log=Path(folder) / "log.txt") as address:
        asked = requests(Path(folder))
        first = Client(address, verbose=False, download_files=folder)
        for request in asked.values():
            first.predict(**request)  # loads its network
        alone = {name: min(timed(first, request) for _ in range(3)) for name, request in asked.items()}
        times = together(address, asked, chosen.clients, chosen.minutes)
    print(f"{chosen.clients} clients, {chosen.minutes:g} minutes, {sum(map(len, times.values()))} answers, none lost\n")
    print("| | alone, s | median, s | nine of ten within, s | answers |\n|---|---|---|---|---|")
    for name, seconds in times.items():
        ninety = statistics.quantiles(seconds, n=10)[-1] if len(seconds) > 1 else max(seconds, default=0)
        middle = statistics.median(seconds) if seconds else float("nan")
        print(f"| {name} | {alone[name]:.1f} | {middle:.1f} | {ninety:.1f} | {len(seconds)} |")


if __name__ == "__main__":
    main()
