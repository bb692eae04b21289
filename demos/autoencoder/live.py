"""An autoencoder that learns while one watches: small enough to be trained in seconds on handwritten digits.

Pictures are grey, (N, 1, S, S) 0..1, S a multiple of 4: scikit-learn's digits are enlarged to 16 px, MNIST has 28.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

from demos.autoencoder import digits
from demos.core import weights
from demos.core.errors import DemoError

NETWORK = "taught-digits"  # in the catalogue
CONVOLUTIONAL, CONNECTED = "convolutional", "fully connected"
TRANSPOSED, RESIZE = "transposed convolution", "resize, then convolution"
SHOWN = 10  # test pictures whose reconstructions are watched
MAP = (-2.2, 2.2)  # the latent map's range, in standard deviations of the training pictures' codes


@dataclass(frozen=True)
class Settings:
    """What one can turn before it learns."""

    data: str = digits.OFFLINE
    kind: str = CONVOLUTIONAL
    bottleneck: int = 16  # values of the code
    noise: float = 0.3  # standard deviation of what is added to the input; the target stays clean
    upsampling: str = TRANSPOSED
    seconds: float = 15.0
    steps: int = 0  # 0: until the time is up
    batch: int = 32
    lr: float = 5e-3
    seed: int = 0

    def check(self) -> None:
        """Raises DemoError for what cannot be trained."""
        if self.kind not in (CONVOLUTIONAL, CONNECTED):
            raise DemoError(f"There is no {self.kind!r} autoencoder. Choose {CONVOLUTIONAL} or {CONNECTED}.")
        if self.upsampling not in (TRANSPOSED, RESIZE):
            raise DemoError(f"There is no upsampling by {self.upsampling!r}. Choose {TRANSPOSED} or {RESIZE}.")
        if not 1 <= self.bottleneck <= 128:
            raise DemoError(f"A bottleneck of {self.bottleneck} values is out of range. Choose 1 to 128.")
        if not 0 <= self.noise <= 1:
            raise DemoError(f"Noise of {self.noise:g} is out of range. Choose 0 to 1.")
        if not 0 < self.seconds <= 120:
            raise DemoError(f"{self.seconds:g} seconds of training are out of range. Choose 1 to 120.")


class Autoencoder(nn.Module):
    """Encoder, bottleneck, decoder; what goes through the bottleneck is all that the decoder knows."""

    def __init__(self, settings: Settings, side: int) -> None:
        super().__init__()
        self.side, size = side, settings.bottleneck
        if settings.kind == CONNECTED:
            self.encoder = nn.Sequential(
                nn.Flatten(), nn.Linear(side * side, 256), nn.ReLU(), nn.Linear(256, 96), nn.ReLU(), nn.Linear(96, size)
            )
            self.decoder = nn.Sequential(
                nn.Linear(size, 96), nn.ReLU(), nn.Linear(96, 256), nn.ReLU(), nn.Linear(256, side * side),
                nn.Unflatten(1, (1, side, side)),
            )  # fmt: skip
        else:
            quarter = side // 4
            self.encoder = nn.Sequential(
                nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU(),
                nn.Flatten(), nn.Linear(32 * quarter * quarter, size),
            )  # fmt: skip
            self.decoder = nn.Sequential(
                nn.Linear(size, 32 * quarter * quarter), nn.ReLU(), nn.Unflatten(1, (32, quarter, quarter)),
                *_twice(32, 16, settings.upsampling), nn.ReLU(), *_twice(16, 1, settings.upsampling),
            )  # fmt: skip

    def decode(self, code: Tensor) -> Tensor:
        """(N, bottleneck) to (N, 1, S, S), 0..1."""
        return torch.sigmoid(self.decoder(code))

    def forward(self, pictures: Tensor) -> Tensor:
        return self.decode(self.encoder(pictures))


def _twice(inputs: int, outputs: int, upsampling: str) -> list[nn.Module]:
    """Twice the size. A kernel of 3 and a stride of 2 overlap unevenly: that is where checkerboards come from."""
    if upsampling == TRANSPOSED:
        return [nn.ConvTranspose2d(inputs, outputs, 3, 2, 1, output_padding=1)]
    return [nn.Upsample(scale_factor=2, mode="nearest"), nn.Conv2d(inputs, outputs, 3, padding=1)]


@dataclass(frozen=True)
class Trained:
    """A network and what is needed to use it; on the CPU, read-only."""

    network: Autoencoder
    settings: Settings
    centre: np.ndarray  # (bottleneck,) mean of the training pictures' codes
    spread: np.ndarray  # (bottleneck,) their standard deviation
    usual: float  # the reconstruction error that 95 of 100 test pictures stay below
    history: tuple[tuple[int, float, float], ...] = field(repr=False, default=())  # (step, training, test error)


@dataclass(frozen=True)
class Step:
    """The training so far."""

    index: int
    seconds: float
    allowed: float
    loss: float  # mean squared error of the last batches
    test: float  # of the test pictures, with the same noise
    rows: Image.Image  # clean, noisy and reconstructed test pictures, one under the other
    trained: Trained


def train(settings: Settings, data: digits.Pictures | None = None) -> Iterator[Step]:
    """Learns until the time is up, showing the same ten test pictures four times a second. Closing it stops it."""
    settings.check()
    data = data or digits.load(settings.data)
    network, random = _new(settings, data.side), torch.Generator().manual_seed(settings.seed)
    clean = data.test[:SHOWN]
    noisy = _with_noise(clean, settings.noise, random)
    judged = data.test[:500]
    judged_noisy = _with_noise(judged, settings.noise, random)
    optimiser = torch.optim.Adam(network.parameters(), settings.lr)
    history: list[tuple[int, float, float]] = []
    losses: list[float] = []
    spent, shown, index = 0.0, -1.0, 0
    while True:
        started = time.monotonic()
        over = spent >= settings.seconds or 0 < settings.steps <= index
        if spent - shown >= 0.25 or over:
            shown = spent
            step = _look(network, settings, data, clean, noisy, judged, judged_noisy, index, spent, losses, history)
            yield step  # the page may take its time: the clock stands still
            if over:
                return
            losses, started = [], time.monotonic()
        with torch.enable_grad():
            picked = data.train[torch.randint(len(data.train), (settings.batch,), generator=random)]
            loss = F.mse_loss(network(_with_noise(picked, settings.noise, random)), picked)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
        losses.append(loss.item())
        index, spent = index + 1, spent + time.monotonic() - started


def keep(step: Step, path: Path) -> None:
    """Writes the network as a file to ship, with its settings; nothing of it needs to be unpickled."""
    state = {key: tensor.contiguous() for key, tensor in step.trained.network.state_dict().items()}
    told = {"settings": json.dumps(asdict(step.trained.settings)), "index": str(step.index)}
    save_file(state, path, told | {"seconds": str(step.seconds)})
    weights.record_shipped(path)


def finished() -> Step:
    """The network that is in the box, as if it had just been taught.

    Raises:
        DemoError: the file is missing, damaged or something else.
    """
    tensors, note = weights.load(NETWORK), weights.metadata(NETWORK)
    try:
        settings = Settings(**json.loads(note["settings"]))
        data, random = digits.load(settings.data), torch.Generator().manual_seed(settings.seed)
        network = Autoencoder(settings, data.side)
        network.load_state_dict(tensors)
        index, seconds = int(note["index"]), float(note["seconds"])
    except (KeyError, ValueError, TypeError, RuntimeError) as error:
        raise DemoError(
            "The file of the taught autoencoder holds something else. Restore it with: git checkout -- weights"
        ) from error
    clean, judged = data.test[:SHOWN], data.test[:500]
    noisy, judged_noisy = (_with_noise(pictures, settings.noise, random) for pictures in (clean, judged))
    step = _look(network, settings, data, clean, noisy, judged, judged_noisy, index, seconds, [], [])
    return replace(step, allowed=seconds)


def _new(settings: Settings, side: int) -> Autoencoder:
    with torch.random.fork_rng(devices=[]):  # a seed of ours disturbs nobody else's numbers
        torch.default_generator.manual_seed(settings.seed)
        return Autoencoder(settings, side)


@torch.no_grad()
def _look(
    network: Autoencoder, settings: Settings, data: digits.Pictures, clean: Tensor, noisy: Tensor, judged: Tensor,
    judged_noisy: Tensor, index: int, spent: float, losses: list[float], history: list[tuple[int, float, float]],
) -> Step:  # fmt: skip
    test = F.mse_loss(network(judged_noisy), judged).item()
    loss = sum(losses) / len(losses) if losses else test
    history.append((index, loss, test))
    codes = network.encoder(data.train[:1000])
    errors = (network(judged) - judged).square().mean((1, 2, 3))
    trained = Trained(
        network, settings, codes.mean(0).numpy(), codes.std(0).clamp_min(1e-6).numpy(),
        float(errors.quantile(0.95)), tuple(history),
    )  # fmt: skip
    rows = sheet([clean, noisy.clamp(0, 1), network(noisy)])
    return Step(index, spent, settings.seconds, loss, test, rows, trained)


def _with_noise(pictures: Tensor, noise: float, random: torch.Generator) -> Tensor:
    return pictures + noise * torch.randn(pictures.shape, generator=random)


# ---- what one can do with it ----------------------------------------------------------------------------------------


@torch.no_grad()
def decode_at(trained: Trained, x: float, y: float) -> Image.Image:
    """The picture at a point of the latent map: two values in standard deviations, the others at their mean."""
    code = trained.centre.copy()
    for axis, value in zip(range(len(code)), (x, y), strict=False):
        code[axis] += value * trained.spread[axis]
    return sheet([trained.network.decode(torch.from_numpy(code)[None].float())], 240)


@torch.no_grad()
def latent_map(trained: Trained, count: int = 13) -> Image.Image:
    """count x count pictures over the first two values of the code, the first to the right, the second upwards."""
    line = np.linspace(*MAP, count)
    grid = np.tile(trained.centre, (count * count, 1))
    grid[:, 0] += np.tile(line, count) * trained.spread[0]
    if grid.shape[1] > 1:
        grid[:, 1] += np.repeat(line[::-1], count) * trained.spread[1]
    pictures = trained.network.decode(torch.from_numpy(grid).float())
    return sheet(list(pictures.view(count, count, 1, *pictures.shape[2:])), 520)


def point_of(position: tuple[int, int], size: tuple[int, int]) -> tuple[float, float]:
    """The clicked pixel of the latent map, in standard deviations."""
    low, high = MAP
    x, y = (low + (high - low) * (p + 0.5) / s for p, s in zip(position, size, strict=True))
    return x, -y


@dataclass(frozen=True)
class Alarm:
    """A picture through the network: the error says whether it is like what was learned."""

    rows: Image.Image  # what came in, what came out
    error: float
    usual: float

    @property
    def rings(self) -> bool:
        return self.error > self.usual


@torch.no_grad()
def look_at(trained: Trained, picture: Image.Image, noise: float = 0.0, seed: int = 0) -> Alarm:
    """A picture of any kind and size, made grey, light on dark, and as small as the network's, with noise on top."""
    clean = digits.as_input(picture, trained.network.side)
    noisy = _with_noise(clean, noise, torch.Generator().manual_seed(seed))
    out = trained.network(noisy)
    return Alarm(sheet([noisy.clamp(0, 1), out], 240), F.mse_loss(out, clean).item(), trained.usual)


def sheet(rows: list[Tensor], width: int = 640, gap: int = 1) -> Image.Image:
    """Rows of pictures (N, 1, S, S) as one, with hard pixels."""
    padded = [F.pad(row, (0, gap, 0, gap), value=0.5) for row in rows]
    joined = torch.cat([torch.cat(list(row[:, 0]), 1) for row in padded], 0)
    picture = Image.fromarray(joined.clamp(0, 1).mul(255).round().byte().numpy())
    times = max(1, round(width / picture.width))
    return picture.resize((picture.width * times, picture.height * times), Image.Resampling.NEAREST)
