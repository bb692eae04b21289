"""What a painting of 2,048 px takes of time and memory, measured from outside through /proc (Linux).

    python -m benchmarks.large [--limit 3.0] [--out large.png]

A process of its own makes the page's opening painting large. Ends with 1 where its peak is over the limit, in GB.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.memory import Watch


def work(out: Path) -> None:
    """In the process that is measured: says what it expects, and keeps the picture."""
    from demos.core.networks import vgg
    from demos.style import large, opening

    network, painting = vgg.load(vgg.POCKET), opening.painting()
    print(f"expected: {large.describe(painting, network)}", flush=True)
    *_, last = large.paint(painting, network)
    last.painting.picture.save(out)
    print(f"{last.rounds} rounds in {last.painting.seconds:.0f} s, {last.painting.picture.size} px", flush=True)


def main() -> None:
    """Starts the process, and looks at it from outside."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit", type=float, default=3.0)
    parser.add_argument("--out", type=Path, default=Path("shots/large.png"))
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.here:
        work(given.out)
        return
    given.out.parent.mkdir(exist_ok=True)
    started = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.large", "--here", "--out", str(given.out)]
    with subprocess.Popen(command) as process, Watch(process.pid) as watch:
        process.wait()
    print(f"{time.perf_counter() - started:.0f} s with its start, peak {watch.peak:.2f} GB")
    sys.exit(process.returncode or watch.peak > given.limit)


if __name__ == "__main__":
    main()
