"""The DCGAN: speed against the well-known tutorial's loop, and scores of generators, each in one run.

    python -m benchmarks.dcgan --sample                    64 pictures, ours and the tutorial's loop
    python -m benchmarks.dcgan --train                     pictures a second while training, and equal losses
    python -m benchmarks.dcgan --find                      seconds for finding a held-out cat, and how near it comes
    python -m benchmarks.dcgan --plain FOLDER --images N   trains the plain recipe on N pictures, for comparison
    python -m benchmarks.dcgan --score [FOLDER ...]        Frechet distance, precision, recall of exported DCGANs;
                                                           FOLDER@120000 is the snapshot after about so many pictures
    python -m benchmarks.dcgan --sheet FILE --count 256    random pictures in one file, untruncated: look at them
    python -m benchmarks.dcgan --live                      is a digit recognised after 60 s of live training?

The scores' features are the pocket VGG16's (pool5, averaged over positions), at 10,000 samples: not Inception's FID.
"""

import argparse
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from demos.core import device
from demos.core.data import small as data_small
from demos.core.images import sheets, tensors
from demos.core.networks import files as network_files
from demos.core.networks import vgg
from demos.core.training import loop, update
from demos.dcgan import file_format, pretrained, sampling
from demos.dcgan.explore import invert
from demos.dcgan.models import Discriminator, Generator
from demos.dcgan.pretrained import Gan
from demos.dcgan.training import datasets, export, gan, live, options, scores
from demos.dcgan.training.ablations import Ablation

SAMPLES = 10_000
REPEATS = 7


def table(columns: tuple[str, ...], rows: Iterable[tuple]) -> None:
    print(f"\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for row in rows:
        print(f"| {' | '.join(str(cell) for cell in row)} |", flush=True)


def median(run: Callable[[], object]) -> float:
    """Seconds: the median of several runs, after one that warms up."""
    run()
    taken = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        run()
        taken.append(time.perf_counter() - started)
    return sorted(taken)[len(taken) // 2]


def exported(asked: str) -> Gan:
    """A DCGAN from any folder in our format; FOLDER@IMAGES is its snapshot nearest to so many training pictures.

    A snapshot has 8 bits a weight, the finished generator float16.
    """
    name, _, images_seen = asked.partition("@")
    folder = Path(name)
    config = file_format.from_json((folder / file_format.CONFIG).read_text())
    judge = folder / file_format.DISCRIMINATOR
    discriminator = file_format.discriminator(config, load_file(judge)) if judge.exists() else None
    if not images_seen:
        generator = file_format.generator(config, load_file(folder / file_format.GENERATOR))
        return pretrained.build(folder.name, config, generator, discriminator)
    if not config.snapshots:
        raise SystemExit(f"{folder} has no snapshots: name it without @{images_seen}.")
    index = min(range(len(config.snapshots)), key=lambda i: abs(config.snapshots[i] - int(images_seen)))
    tensors = load_file(folder / file_format.SNAPSHOTS[index // file_format.PER_FILE])
    generator = file_format.generator(config, file_format.read_snapshot(tensors, index))
    config = replace(config, images=config.snapshots[index])
    return pretrained.build(f"{folder.name}, a snapshot", config, generator, discriminator)


# ---- speed ----------------------------------------------------------------------------------------------------------


@torch.no_grad()
def sample(gan: Gan) -> None:
    z = sampling.latents(0, 64, gan.latent)

    def tutorial() -> list[Tensor]:
        """One picture at a time, batch norm as it stands, float32: the loop that notebooks have."""
        return [gan.generator(one[None]) for one in z]

    loop, batch = median(tutorial), median(lambda: gan.generator(z))
    ours = median(lambda: sampling.generate(gan, z))
    width = gan.config.shape.width
    table(
        ("64 pictures, width", "one by one (ms)", "in one batch (ms)", "ours (ms)", "times faster than one by one"),
        [(width, f"{1000 * loop:.0f}", f"{1000 * batch:.0f}", f"{1000 * ours:.0f}", f"{loop / ours:.1f}")],
    )


def tutorial_steps(settings: options.GanOptions, pictures: Tensor, steps: int) -> tuple[float, list[float]]:
    """(seconds, the generator's losses) of PyTorch's DCGAN tutorial's loop on our networks, float32."""
    torch.manual_seed(settings.seed)
    generator, discriminator = Generator(settings.shape), Discriminator(settings.shape)
    batches = gan.Batches(pictures, settings.batch, mirror=True)
    criterion, losses = nn.BCEWithLogitsLoss(), []
    betas = (settings.beta1, 0.999)
    optimiser_d = torch.optim.Adam(discriminator.parameters(), lr=settings.lr, betas=betas)
    optimiser_g = torch.optim.Adam(generator.parameters(), lr=settings.lr, betas=betas)
    torch.manual_seed(settings.seed)
    started = time.perf_counter()
    for _ in range(steps):
        discriminator.zero_grad()
        real = batches()
        criterion(discriminator(real), torch.ones(len(real))).backward()
        fake = generator(torch.randn(len(real), settings.latent))
        criterion(discriminator(fake.detach()), torch.zeros(len(real))).backward()
        optimiser_d.step()
        generator.zero_grad()
        loss = criterion(discriminator(fake), torch.ones(len(real)))
        loss.backward()
        optimiser_g.step()
        losses.append(float(loss.detach()))
    return time.perf_counter() - started, losses


def our_steps(settings: options.GanOptions, pictures: Tensor, steps: int) -> tuple[float, list[float]]:
    game = gan.GanTraining(settings, gan.Batches(pictures, settings.batch, mirror=True))
    updates = game.task().updates
    torch.manual_seed(settings.seed)
    started, losses = time.perf_counter(), []
    for _ in range(steps):
        update.descend(updates[0])
        losses.append(float(update.descend(updates[1])["generator"]))
    return time.perf_counter() - started, losses


def training_speed(settings: options.GanOptions, steps: int) -> None:
    pictures = torch.randint(0, 256, (512, 3, 64, 64), dtype=torch.uint8)
    plain = replace(settings, augment="", smooth=0.0)
    for run in (tutorial_steps, our_steps):  # both warm
        run(plain, pictures, 1)
    reference, expected = tutorial_steps(plain, pictures, steps)
    rows = [("tutorial's loop, float32", f"{steps * plain.batch / reference:.0f}", "1.0", "")]
    for name, asked in (("ours, nothing added", plain), ("ours, as we train", settings)):
        seconds, losses = our_steps(asked, pictures, steps)
        apart = max(abs(a - b) / b for a, b in zip(losses, expected, strict=True)) if asked is plain else float("nan")
        words = f"{100 * apart:.2f} %" if asked is plain else "another loss"
        rows.append((f"{name}, {device.current().dtype}".replace("torch.", ""),
                     f"{steps * plain.batch / seconds:.0f}", f"{reference / seconds:.2f}", words))  # fmt: skip
    table(("training, width " + str(settings.width), "pictures/s", "times", "largest difference of a loss"), rows)


# ---- scores ---------------------------------------------------------------------------------------------------------


def made(gan: Gan, count: int = SAMPLES) -> Tensor:
    """(count, 3, size, size) bytes, of untruncated latent vectors."""
    random = torch.Generator().manual_seed(1)
    parts = []
    for start in range(0, count, 200):
        z = torch.randn(min(200, count - start), gan.latent, generator=random)
        parts.append(sampling.generate(gan, z).mul(255).round().to(torch.uint8))
    return torch.cat(parts)


def score(asked: list[str], data: Path, samples: int = SAMPLES) -> None:
    network = vgg.load(vgg.POCKET)

    @cache
    def real(name: str, size: int) -> Tensor:
        return scores.features(datasets.load(name, data, size)[:samples], network)

    def rows() -> Iterator[tuple]:
        for one in asked:
            gan = exported(one)
            kind, size, pixels = gan.config.set, gan.config.shape.size, made(gan, samples)
            own = scores.features(pixels, network)
            found, covered = scores.score(real(kind, size), own), "-"
            if kind == "fashion":
                labels = data_small.fashion(32, "train", data)[1][: len(real(kind, size))]
                shares = scores.coverage(real(kind, size)[:6000], labels[:6000].numpy(), own)
                covered = ", ".join(f"{data_small.FASHION_CLASSES[k]} {100 * v:.0f} %" for k, v in shares.items())
            known = gan.config.diversity
            diversity = scores.spread(own) / known if known else float("nan")
            yield (gan.name, f"{gan.config.images:,}", f"{found.frechet:.4f}", f"{found.floor:.4f}",
                   f"{found.precision:.2f}", f"{found.recall:.2f}", f"{100 * diversity:.0f} %", covered)  # fmt: skip

    table(
        ("generator", "pictures seen", "Frechet distance", "floor", "precision", "recall", "diversity", "classes"),
        rows(),
    )


def plain_recipe(folder: Path, settings: options.GanOptions, count: int) -> None:
    """The tutorial's recipe after `count` pictures: no augmentation, no smoothing, no average; exported to `folder`."""
    plain = replace(
        settings, augment="", smooth=0.0, ema=0.0, checkpoint=str(folder / "checkpoint.safetensors"), hours=1000.0,
    )  # fmt: skip
    pictures = datasets.load(plain.set, Path(plain.data), plain.size)
    game = gan.GanTraining(plain, gan.Batches(pictures, plain.batch, datasets.KINDS[plain.set].mirror))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        for log in loop.train(game.task(), plain):
            print(f"{log.step * plain.batch} pictures, {log.steps_per_second * plain.batch:.0f} a second", flush=True)
            if log.step * plain.batch >= count:
                break
    except KeyboardInterrupt:  # Ctrl+C: what it has learnt so far can be scored as well
        print("Interrupted.")
    seen = game.steps_done * plain.batch
    generator, discriminator = game.trained_networks()
    export.export(generator, discriminator, export.describe(plain, pictures, seen, []), folder, [])
    print(f"Written to {folder} after {seen} pictures", flush=True)


# ---- finding, and training live -------------------------------------------------------------------------------------


def find(gan: Gan, data: Path, count: int = 3) -> None:
    held_out = datasets.load("cats", data, gan.config.shape.size, held_out=True)
    rows = []
    for i in range(count):
        started = time.perf_counter()
        steps = list(invert.invert(gan, tensors.to_image(held_out[i].float() / 255)))
        seconds, history = time.perf_counter() - started, steps[-1].history
        rows.append((i, f"{seconds:.1f}", steps[-1].index, f"{history[0][1]:.3f}", f"{history[-1][1]:.3f}",
                     f"{100 * steps[-1].error:.1f} %"))  # fmt: skip
    table(("held-out cat", "seconds", "steps", "loss of the best start", "loss found", "off by"), rows)


def train_live(seconds: float = 60.0) -> None:
    """A classifier of scikit-learn's real digits says what the live training's pictures are, and how surely."""
    from sklearn.linear_model import LogisticRegression

    from demos.core.data import small as data_small

    *_, last = live.train_live([Ablation()], seconds=seconds)
    pixels, labels = data_small.digits()
    classifier = LogisticRegression(max_iter=2000).fit(pixels.reshape(len(pixels), -1) / 255, labels)
    small = last.runs[0].pixels[..., 0].reshape(-1, 8, 4, 8, 4).mean((2, 4)).reshape(-1, 64) / 255
    sure = classifier.predict_proba(small)
    rows = [(last.step, f"{sure.max(1).mean():.2f}", f"{(sure.max(1) > 0.8).mean():.2f}", len(set(sure.argmax(1))))]
    table((f"steps in {seconds:.0f} s", "mean certainty", "share above 0.8", "different digits of 10"), rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("sample", "train", "find", "live"):
        parser.add_argument(f"--{name}", action="store_true")
    parser.add_argument("--score", nargs="*", metavar="FOLDER[@IMAGES]")
    parser.add_argument("--samples", type=int, default=SAMPLES)
    parser.add_argument("--sheet", type=Path, metavar="FILE")
    parser.add_argument("--count", type=int, default=64)
    parser.add_argument("--model", default="Cats")
    parser.add_argument("--plain", type=Path, metavar="FOLDER")
    parser.add_argument("--images", type=int, default=200_000)
    parser.add_argument("--set", default="cats")
    parser.add_argument("--width", type=int, default=options.GanOptions.width)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    asked = parser.parse_args()
    # The batches and the rate of the tutorial, which it is compared with.
    settings = replace(
        options.GanOptions(), batch=64, final_lr=1.0, width=asked.width, set=asked.set, data=str(asked.data)
    )
    one = asked.sample, asked.train, asked.find, asked.live, asked.plain, asked.sheet, asked.score is not None
    everything = not any(one)
    print(device.current().describe())
    if asked.sample or everything:
        names = pretrained.names()
        fresh = Generator(settings.shape).eval().requires_grad_(False)
        sample(pretrained.load() if names else pretrained.build("fresh", file_format.Config(fresh.shape), fresh, None))
    if asked.train or everything:
        training_speed(settings, asked.steps)
    if asked.plain:
        plain_recipe(asked.plain, settings, asked.images)
    if asked.score is not None:
        shipped = [network_files.SHIPPED / name for name in pretrained.SHIPPED.values()]
        score(
            asked.score or [str(at) for at in shipped if (at / file_format.CONFIG).exists()], asked.data, asked.samples
        )
    if asked.sheet:
        pixels = sampling.as_bytes(made(pretrained.load(asked.model), asked.count).float() / 255)
        sheets.contact_sheet(pixels, times=1).save(asked.sheet)
    if asked.find:
        find(pretrained.load("Cats"), asked.data)
    if asked.live:
        train_live()


if __name__ == "__main__":
    main()
