"""*Start here*: what its parts promise, measured.

python -m benchmarks.basics --parts        seconds until each part's first picture, in a browser on the running app
python -m benchmarks.basics --networks     multiply-adds and times, side by side
python -m benchmarks.basics --flowers      a new last layer on each network's features (needs --data)
python -m benchmarks.basics --sequences    the adding problem at lag 100, and how far back each network remembers
"""

import argparse
import tempfile
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import torch

from benchmarks import pocket
from demos.basics.pictures import compare
from demos.basics.sequences import race, tasks
from demos.basics.settings import NETWORKS, SEQUENCE_TASKS
from demos.core import device
from demos.core.data import samples
from demos.core.networks import squeezenext, vgg
from demos.transfer import features


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


# ---- networks side by side ------------------------------------------------------------------------------------------


def networks() -> None:
    """The table of part 7, on the example photo."""
    *_, last = compare.compare(samples.photo("chelsea"))
    table(
        ("network", "parameters", "multiply-adds", "layers", "ms", "MB"),
        (
            (one.name, f"{one.parameters:,}", f"{one.multiply_adds / 1e6:,.0f} M", one.layers,
             f"{one.milliseconds:.1f}", f"{one.megabytes:.1f}")
            for one in last.networks
        ),
    )  # fmt: skip


def flowers(data: Path) -> None:
    """The probe of `benchmarks.pocket` on the networks whose trained weights are ours, and on chance."""
    chance = squeezenext.fold(squeezenext.SqueezeNext(classes=0))
    chosen = (
        ("pocket VGG16", vgg.load(vgg.POCKET)), ("SqueezeNext", squeezenext.load()), ("SqueezeNext, random", chance),
    )  # fmt: skip

    def rows() -> Iterable[tuple]:
        for name, network in chosen:
            maps = partial(_maps, network)
            for title, (train, test) in (("flowers", pocket.flowers(data)), ("ants and bees", pocket.ants_bees(data))):
                inner, outer = pocket.probe(train, test, network.input_size, maps)
                yield name, f"{network.input_size} px", title, f"{inner:.3f}", f"{outer:.3f}"

    table(("features", "input", "set", "cross-validation (training side)", "test"), rows())


def _maps(network: features.Network, photo: torch.Tensor) -> list[torch.Tensor]:
    return list(network.features(photo, network.teaching_cuts).values())


# ---- the parts in a browser -----------------------------------------------------------------------------------------


def parts() -> None:
    """Seconds from the click on a part's tab to its first picture, on a fresh app that is warm."""
    from playwright.sync_api import sync_playwright

    from tests.pages.conftest import CHROMIUM, FLAGS
    from tests.server import app

    with (
        tempfile.TemporaryDirectory() as home,
        app("--offline", "--only", "basics", environment={"HF_HOME": home}, log=Path(home) / "log.txt") as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(address)
        page.locator("[role=tabpanel]:visible .hl-moves :is(img, svg, pre)").first.wait_for()
        page.get_by_text("Runs on").wait_for()

        def rows() -> Iterable[tuple]:
            for title in page.locator("[role=tablist]").nth(1).get_by_role("tab").all_inner_texts():
                begun = time.perf_counter()
                page.get_by_role("tab", name=title, exact=True).click()
                moving = page.locator("[role=tabpanel]:visible .hl-moves").filter(visible=True)
                moving.locator("img, svg, pre").filter(visible=True).first.wait_for()
                yield title, f"{time.perf_counter() - begun:.2f}"

        table(("part", "first picture (s)"), rows())
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("parts", "networks", "flowers", "sequences"):
        parser.add_argument(f"--{name}", action="store_true")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    asked = parser.parse_args()
    every = not (asked.parts or asked.networks or asked.flowers or asked.sequences)
    print(device.current().describe())
    if asked.parts or every:
        parts()
    if asked.networks or every:
        networks()
    if asked.flowers or (every and asked.data.is_dir()):
        flowers(asked.data)
    if asked.sequences or every:
        sequences(asked.seeds)


if __name__ == "__main__":
    main()
