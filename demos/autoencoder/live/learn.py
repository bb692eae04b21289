"""An autoencoder that learns while one watches: small enough to be trained in seconds on handwritten digits.

Pictures are grey, (N, 1, S, S) 0..1, S a multiple of 4: scikit-learn's digits are enlarged to 16 px, MNIST has 28.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from demos.autoencoder.live import model
from demos.autoencoder.live.model import Autoencoder
from demos.autoencoder.settings import LearnSettings
from demos.core.data import small
from demos.core.images import sheets

SHOWN = 10  # test pictures whose reconstructions are watched


@dataclass(frozen=True)
class Snapshot:
    """A network and what is needed to use it; on the CPU, read-only."""

    network: Autoencoder
    settings: LearnSettings
    centre: np.ndarray  # (bottleneck,) mean of the training pictures' codes
    spread: np.ndarray  # (bottleneck,) their standard deviation
    threshold: float  # the reconstruction error that 95 of 100 test pictures stay below
    history: tuple[tuple[int, float, float], ...] = field(repr=False, default=())  # (step, training, test error)


@dataclass(frozen=True)
class LearnStep:
    """The training so far."""

    index: int
    seconds: float
    allowed: float
    loss: float  # mean squared error of the last batches
    test_loss: float  # of the test pictures, with the same noise
    rows: Image.Image  # clean, noisy and reconstructed test pictures, one under the other
    trained: Snapshot


def train(settings: LearnSettings, data: small.Pictures | None = None) -> Iterator[LearnStep]:
    """Learns until the time is up, showing the same ten test pictures four times a second. Closing it stops it."""
    settings.check()
    data = data or small.load(settings.data)
    network, random = _new(settings, data.side), torch.Generator().manual_seed(settings.seed)
    clean = data.test[:SHOWN]
    noisy = model.with_noise(clean, settings.noise, random)
    test_clean = data.test[:500]
    test_noisy = model.with_noise(test_clean, settings.noise, random)
    optimiser = torch.optim.Adam(network.parameters(), settings.lr)
    history: list[tuple[int, float, float]] = []
    losses: list[float] = []
    spent, shown, index = 0.0, -1.0, 0
    while True:
        started = time.monotonic()
        over = spent >= settings.seconds or 0 < settings.steps <= index
        if spent - shown >= 0.25 or over:
            shown = spent
            step = evaluate(
                network, settings, data, clean, noisy, test_clean, test_noisy, index, spent, losses, history
            )
            yield step  # the page may take its time: the clock stands still
            if over:
                return
            losses, started = [], time.monotonic()
        with torch.enable_grad():
            picked = data.train[torch.randint(len(data.train), (settings.batch,), generator=random)]
            loss = F.mse_loss(network(model.with_noise(picked, settings.noise, random)), picked)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
        losses.append(loss.item())
        index, spent = index + 1, spent + time.monotonic() - started


def _new(settings: LearnSettings, side: int) -> Autoencoder:
    with torch.random.fork_rng(devices=[]):  # a seed of ours disturbs nobody else's numbers
        torch.default_generator.manual_seed(settings.seed)
        return Autoencoder(settings, side)


@torch.no_grad()
def evaluate(
    network: Autoencoder, settings: LearnSettings, data: small.Pictures, clean: Tensor, noisy: Tensor,
    test_clean: Tensor, test_noisy: Tensor, index: int, spent: float, losses: list[float],
    history: list[tuple[int, float, float]],
) -> LearnStep:  # fmt: skip
    """The network as it is now: losses, what it makes of the pictures (N, 1, S, S) that are watched, and its codes.

    Args:
        clean, noisy: the pictures that are shown.
        test_clean, test_noisy: those that the test loss is measured on.
        losses: of the batches since the last step.
        history: gets this step's losses.
    """
    test_loss = F.mse_loss(network(test_noisy), test_clean).item()
    loss = sum(losses) / len(losses) if losses else test_loss
    history.append((index, loss, test_loss))
    codes = network.encoder(data.train[:1000])
    errors = (network(test_clean) - test_clean).square().mean((1, 2, 3))
    trained = Snapshot(
        network, settings, codes.mean(0).numpy(), codes.std(0).clamp_min(1e-6).numpy(),
        float(errors.quantile(0.95)), tuple(history),
    )  # fmt: skip
    rows = sheet_of_rows([clean, noisy.clamp(0, 1), network(noisy)])
    return LearnStep(index, spent, settings.seconds, loss, test_loss, rows, trained)


def sheet_of_rows(rows: list[Tensor], width: int = 640) -> Image.Image:
    """Rows of pictures (N, 1, S, S) 0..1 as one grey picture of about `width` px, one row under the other."""
    pictures = torch.cat(rows)[:, 0].clamp(0, 1).mul(255).round().byte().numpy()  # (rows * N, S, S)
    columns = len(rows[0])
    times = max(1, round(width / (columns * (pictures.shape[2] + 1))))
    return sheets.contact_sheet(pictures, columns, times, gap=1, background=128)
