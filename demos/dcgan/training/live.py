"""Train one now: a small DCGAN on digits or clothes, live, and two of them in a fair race.

A race gives both the same first random numbers, the same batches, the same latent vectors and the same number of steps.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from torch import Tensor

from demos.core.data import small
from demos.core.data.random_stream import RandomStream
from demos.core.errors import DemoError
from demos.core.training import update as training_update
from demos.dcgan import limits, sampling
from demos.dcgan.sampling import as_bytes
from demos.dcgan.settings import BATCHES, CLOTHES, DIGITS, sets_here
from demos.dcgan.training import ablations, scores
from demos.dcgan.training.ablations import Ablation
from demos.dcgan.training.gan import Batches, GanTraining
from demos.dcgan.training.options import GanOptions

SIZE, WIDTH, LATENT = 32, 16, 100
RATE = 8e-4  # four times the paper's: networks this small bear it, and a minute is short
SHOWN = 25  # pictures of fixed latent vectors
EVERY = 0.4  # seconds between two looks at the pictures: looking is not training
MOST_POINTS = 200  # of a curve
COLLAPSED = 0.25  # of the real pictures' diversity: less is called a collapse
YOUNG = 300  # steps before which nothing is called a collapse: all beginnings are alike
RULES_OUT = 8.0  # a generator's loss above which the discriminator has won: it has nothing left to teach


@cache
def pictures(name: str) -> Tensor:
    """(N, 1, SIZE, SIZE) bytes.

    Raises:
        DemoError: no such set, or it is not on this machine.
    """
    if name == DIGITS:
        return small.enlarged(torch.from_numpy(small.digits()[0].copy()).unsqueeze(1), SIZE)
    if name == CLOTHES:
        return small.fashion(SIZE)[0]
    raise DemoError(f"There is no set {name!r} to train on. There are: {', '.join(sets_here())}.")


@dataclass(frozen=True)
class Point:
    """One moment of a training's curves."""

    step: int
    discriminator: float  # its loss
    generator: float
    d_real: float  # D(x): how sure the discriminator is that real pictures are real
    d_fake: float  # D(G(z)), likewise of generated ones


@dataclass(frozen=True)
class RunState:
    """One of the networks that race."""

    words: str
    pixels: np.ndarray  # (SHOWN, SIZE, SIZE, 3) bytes, always of the same latent vectors
    curve: tuple[Point, ...]
    diversity: float | None  # as a share of the real pictures'; None without the pocket VGG16

    @property
    def verdict(self) -> str:
        """What is going wrong, if something is."""
        if not self.curve:
            return "before the first step"
        last = self.curve[-5:]
        if not all(np.isfinite((p.generator, p.discriminator)).all() for p in last):
            return "broken: the loss is no number any more"
        if np.mean([p.generator for p in last]) > RULES_OUT:
            return "the discriminator has won: it is so sure that the generator learns nothing"
        if self.diversity is not None and self.diversity < COLLAPSED and self.curve[-1].step > YOUNG:
            return "collapsed: all its pictures are alike"
        return "learning"


@dataclass(frozen=True)
class Comparison:
    """How far a race is; one run is a race of its own."""

    step: int
    seconds: float
    limit: float
    runs: tuple[RunState, ...]


def train_live(
    variants: Sequence[Ablation], data: str = DIGITS, seconds: float = 60.0, seed: int = 0, batch: int = 32,
    most_steps: int | None = None,
) -> Iterator[Comparison]:  # fmt: skip
    """Trains one or two networks, step by step in turn, until the time is up; yields what can be seen of it.

    Raises:
        DemoError: not one or two variants, or an unknown set, batch or time.
    """
    if not 1 <= len(variants) <= 2:
        raise DemoError(f"{len(variants)} networks cannot race here. Choose one or two.")
    seconds, seed = limits.LIVE_SECONDS.checked(seconds), limits.SEED.checked(seed)
    if batch not in BATCHES:
        raise DemoError(f"A batch of {batch} cannot be trained on here. Choose one of {', '.join(map(str, BATCHES))}.")
    real = pictures(data)
    runs = [_Run(ablation, real, seed, batch) for ablation in variants]
    diversity = scores.diversity(real[:: max(1, len(real) // 500)])
    started, step = time.monotonic(), 0
    looked = started
    yield Comparison(0, 0.0, seconds, tuple(run.snapshot(diversity) for run in runs))
    while True:
        for run in runs:
            run.step()
        step, now = step + 1, time.monotonic()
        over = now - started >= seconds or (most_steps is not None and step >= most_steps)
        if over or now - looked >= EVERY:
            yield Comparison(step, now - started, seconds, tuple(run.snapshot(diversity) for run in runs))
            looked = time.monotonic()
        if over:
            return


class _Run:
    """A training with its own random numbers, its curves and its fixed latent vectors."""

    def __init__(self, ablation: Ablation, real: Tensor, seed: int, batch: int) -> None:
        self.ablation = ablation
        random = RandomStream(seed)
        settings = GanOptions(
            set="fashion", size=SIZE, width=WIDTH, latent=LATENT, batch=batch, lr=RATE, beta1=ablation.beta1, seed=seed,
            augment="", smooth=0.0, ema=0.0,
        )  # fmt: skip
        with torch.random.fork_rng(devices=[]):  # other visitors' numbers stay as they are
            torch.default_generator.manual_seed(seed)
            networks = ablations.generator(settings.shape, ablation), ablations.discriminator(settings.shape, ablation)
        batches = Batches(real, batch, mirror=False, random=random)
        if ablation.tanh:
            self.training = GanTraining(settings, batches, networks, random)
        else:  # a sigmoid's pictures are in 0..1, so the real ones must be
            self.training = GanTraining(settings, lambda: batches() * 0.5 + 0.5, networks, random)
        self.task = self.training.task()
        self.fixed = torch.randn(64, LATENT, generator=torch.Generator().manual_seed(seed))
        self.curve: list[tuple[int, Tensor]] = []  # (step, the numbers of a `Point`), read when someone looks
        self.steps = 0

    def step(self) -> None:
        """One update of each network, and one point of the curves."""
        losses: dict[str, Tensor] = {}
        for update in self.task.updates:
            losses |= training_update.descend(update, self.steps)
        self.steps += 1
        numbers = [losses["real"] + losses["fake"], losses["generator"], self.training.d_real, self.training.d_fake]
        self.curve.append((self.steps, torch.stack([number.detach() for number in numbers])))
        if len(self.curve) > MOST_POINTS:  # every second one goes, so that a long run stays light
            self.curve = self.curve[1::2]

    @torch.no_grad()
    def snapshot(self, real_diversity: float | None) -> RunState:
        """In training mode, as the tutorial looks: batch norm by this very batch. Its memory is left as it was."""
        network = self.training.generator
        memory = {key: value.clone() for key, value in network.named_buffers()}
        pictures = network(self.fixed.to(self.training.where))
        for key, value in network.named_buffers():
            value.copy_(memory[key])
        shown = sampling.to_rgb01(pictures if self.ablation.tanh else pictures * 2 - 1)
        found = scores.diversity(shown) if real_diversity else None
        share = None if found is None or not real_diversity else found / real_diversity
        numbers = torch.stack([numbers for _, numbers in self.curve]).tolist() if self.curve else []
        curve = tuple(Point(step, *four) for (step, _), four in zip(self.curve, numbers, strict=True))
        return RunState(ablations.describe(self.ablation), as_bytes(shown[:SHOWN]), curve, share)
