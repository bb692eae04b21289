"""*Start here*: what its parts promise, measured.

python -m benchmarks.basics --sequences    the adding problem at lag 100, and how far back each network remembers
"""

import argparse
import time
from collections.abc import Iterable

import torch

from demos.basics.sequences import race, tasks
from demos.basics.settings import NETWORKS, SEQUENCE_TASKS
from demos.core import device


def table(columns: tuple[str, ...], rows: Iterable[tuple]) -> None:
    print(f"\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for row in rows:
        print(f"| {' | '.join(str(cell) for cell in row)} |", flush=True)


# ---- sequences ------------------------------------------------------------------------------------------------------

LAG, LIMIT = 100, 60.0  # steps, seconds
SLOWER = {NETWORKS[1]: (race.RATE, race.RATE / 10)}  # the Elman network gets a second, smaller rate


def adding(kind: str, seed: int, rate: float) -> tuple[float | None, int, float]:
    """(seconds until it was solved, updates, mean squared error on 4,000 sequences that decided nothing)."""
    learner = race.Learner(kind, tasks.task(SEQUENCE_TASKS[1], LAG), seed, rate)
    started, step, solved = time.monotonic(), 0, None
    while solved is None and time.monotonic() - started < LIMIT:
        learner.step()
        step += 1
        if step % race.EVERY == 0 and learner.error() <= learner.work.solved:
            solved = time.monotonic() - started
    with torch.no_grad():
        x, answers = learner.work.draw(4000, torch.Generator().manual_seed(seed + 5_000_011))
        return solved, step, learner.work.error(learner.network(x, last=True), answers)


def sequences(seeds: int = 3) -> None:
    """The adding problem at lag 100 within 60 s a network, and the sweep of the echo."""

    def rows() -> Iterable[tuple]:
        for kind in NETWORKS:
            for rate in SLOWER.get(kind, (race.RATE,)):
                for seed in range(seeds if kind in NETWORKS[2:] else 1):
                    solved, step, error = adding(kind, seed, rate)
                    words = f"{solved:.1f}" if solved is not None else f"not within {LIMIT:.0f}"
                    yield kind, f"{rate:g}", seed, words, step, f"{error:.4f}"

    table((f"adding, lag {LAG}", "rate", "seed", "solved (s)", "updates", "MSE (baseline 0.167)"), rows())
    *_, last = race.sweep(SEQUENCE_TASKS[0])
    table(
        ("echo", "solved up to lag", "not any more at", "all four (s)"),
        ((kind, last.solved[kind], last.failed.get(kind, "-"), f"{last.seconds:.0f}") for kind in NETWORKS),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sequences", action="store_true")
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    print(device.current().describe())
    sequences(asked.seeds)


if __name__ == "__main__":
    main()
