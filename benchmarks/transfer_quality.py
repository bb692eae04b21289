"""How good are taught classifiers, beside others on the same photos and features? Markdown tables in one run.

    python -m benchmarks.transfer_quality [--data ../shared/data] [--only accuracy few unknown many]

*Ours* is `teach.teach` as the page and the API call it, settings and all; the test photos take no part in it. Flowers
are split 80/20 by the SHA-256 of each file, ants and bees by their own split. The plain recipe is that of before:
160 px, no mirror image, scikit-learn's logistic regression. MobileNetV2 (`--teachers`) stands in the network's place
only here. Seconds are those of the fit, features being there. `many` teaches 1,000 photos to a running app and asks
for its page meanwhile.
"""

import argparse
import concurrent.futures
import hashlib
import os
import statistics
import tarfile
import tempfile
import time
import urllib.request
import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid
from sklearn.svm import LinearSVC
from torch import Tensor, nn

from benchmarks.pocket import Photos, ants_bees, flowers
from demos.core import device
from demos.core.networks import vgg
from demos.transfer import features, teach
from demos.transfer.classifier import Classifier
from demos.transfer.data.photos import Photo, PhotoClass, PhotoSet, read
from demos.transfer.evaluation import calibration, unknown
from demos.transfer.head import Head

OTHERS = 100  # photos of other things
DRAWS = 20  # of few photos, with the seeds 0 to 19
MANY = 1000  # photos
PAUSE = 0.5  # seconds between two looks at the running app


class MobileNet(nn.Module):
    """MobileNetV2 with the features of a network of ours: its last layer's channels."""

    name, input_size, teaching_cuts = "mobilenet-v2", 224, ("pool5",)

    def __init__(self, folder: Path) -> None:
        from demos.core.training import teachers

        super().__init__()
        self.teacher = teachers.MobileNet(folder).eval()

    def features(self, photo: Tensor, cuts: object = ()) -> dict[str, Tensor]:
        return {"pool5": self.teacher(photo.cpu())["pool5"]}


# ---- photos and features --------------------------------------------------------------------------------------------


class Side:
    """The photos of one side of a set, by class."""

    def __init__(self, photos: Photos) -> None:
        self.photos: list[Photo] = [read(content) for content in photos[0]]
        self.names = sorted(set(photos[1]))
        self.y = torch.tensor([self.names.index(name) for name in photos[1]])

    def rows(self, network: features.Network, size: int | None = None, mirrored: bool = True) -> Tensor:
        """(N, D) features."""
        found = features.extract(self.photos, network, size=size, mirrored=mirrored)
        return torch.cat([batch for _, batch in found])

    def photo_set(self, chosen: Sequence[int] | None = None) -> PhotoSet:
        """The photos, or those of the given numbers, to teach."""
        numbers = range(len(self.photos)) if chosen is None else chosen
        groups: dict[str, list[Photo]] = {name: [] for name in self.names}
        for number in numbers:
            groups[self.names[int(self.y[number])]].append(self.photos[number])
        return PhotoSet(tuple(PhotoClass(name, tuple(group)) for name, group in groups.items()))

    def drawn(self, count: int, draw: int) -> list[int]:
        """Numbers of `count` photos of each class."""
        random = torch.Generator().manual_seed(draw)
        groups = [(self.y == label).nonzero()[:, 0] for label in range(len(self.names))]
        return [int(i) for group in groups for i in group[torch.randperm(len(group), generator=random)[:count]]]


Sets = dict[str, tuple[Side, Side]]


def taught(photo_set: PhotoSet, network: features.Network) -> tuple[Classifier, float]:
    """The classifier that the page would keep, and the seconds it took."""
    started = time.perf_counter()
    for progress in teach.teach(photo_set, network):
        kept = progress.classifier
    assert kept is not None
    return kept, time.perf_counter() - started


def plainly(x: Tensor, y: Tensor, x_test: Tensor, c: float = 30) -> np.ndarray:
    """What logistic regression says of test features, standardised as ours are."""
    scaler = Head(x.mean(0), x.std(0, correction=0).clamp_min(1e-6), torch.empty(0), torch.empty(0))
    model = LogisticRegression(C=c, max_iter=1000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(scaler.standardise(x).numpy(), y.numpy())
    return model.predict(scaler.standardise(x_test).numpy())


# ---- the tables -----------------------------------------------------------------------------------------------------


def accuracy(sets: Sets, network: features.Network, mobile: features.Network | None) -> None:
    print("\n| last layer | features | set | test accuracy | s |\n|---|---|---|---|---|")

    def row(title: str, seen: str, name: str, found: np.ndarray | Tensor, truth: Tensor, seconds: float) -> None:
        right = float((torch.as_tensor(found) == truth).float().mean())
        print(f"| {title} | {seen} | {name} | {right:.3f} | {seconds:.2f} |", flush=True)

    for name, (train, test) in sets.items():
        x, x_test = (side.rows(network, size=160, mirrored=False) for side in (train, test))
        started = time.perf_counter()
        found = plainly(x, train.y, x_test)
        row("plain recipe", "pocket, 160 px", name, found, test.y, time.perf_counter() - started)
        for seen, looks in (("pocket", network), ("MobileNetV2 in its place", mobile)):
            if looks is None:
                continue
            seen += f", {features.teaching_size(looks)} px, mirrored"
            x, x_test = train.rows(looks), test.rows(looks)
            taught(train.photo_set(), looks)  # the everyday photos of none-of-these are looked at once in a process
            kept, seconds = taught(train.photo_set(), looks)
            logits = kept.head.logits(x_test)
            error, raw = (calibration.expected_error((logits / t).softmax(1), test.y) for t in (kept.temperature, 1.0))
            by_chance = perfect((logits / kept.temperature).softmax(1))
            note = f"calibration error {error:.3f}, {raw:.3f} before T = {kept.temperature:.2f}; by chance {by_chance}"
            row(f"ours ({note})", seen, name, logits.argmax(1), test.y, seconds)
            for title, found, seconds in peers(kept.head.standardise(x), train.y, kept.head.standardise(x_test)):
                row(title, seen, name, found, test.y, seconds)


def perfect(probabilities: Tensor, draws: int = 500) -> str:
    """The calibration error of so many photos whose labels are drawn from the probabilities: mean, 95 % of draws."""
    random = torch.Generator().manual_seed(0)
    labels = torch.multinomial(probabilities, draws, replacement=True, generator=random).T
    errors = np.array([calibration.expected_error(probabilities, row) for row in labels])
    low, high = np.quantile(errors, [0.025, 0.975])
    return f"{errors.mean():.3f} ({low:.3f} to {high:.3f})"


def peers(x: Tensor, y: Tensor, x_test: Tensor) -> list[tuple[str, np.ndarray, float]]:
    """(title, predictions, seconds) of scikit-learn's classifiers on all training photos."""
    models = {
        "LogisticRegression (C = 30)": LogisticRegression(C=30, max_iter=1000),
        "LinearSVC": LinearSVC(),
        "k-NN (5, cosine)": KNeighborsClassifier(5, metric="cosine"),
        "nearest class mean": NearestCentroid(),
    }
    found = []
    for called, model in models.items():
        started = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(x.numpy(), y.numpy())
        found.append((called, model.predict(x_test.numpy()), time.perf_counter() - started))
    return found


def few(sets: Sets, network: features.Network, draws: int) -> None:
    """Few photos per class, all that there are."""
    print(f"\n| photos per class | last layer | set | test accuracy, mean of {draws} draws | deviation |")
    print("|---|---|---|---|---|")
    for count in (5, 20):
        for name, (train, test) in sets.items():
            shown = {
                "plain recipe (160 px)": [side.rows(network, size=160, mirrored=False) for side in (train, test)],
                "LogisticRegression on ours (192 px)": [side.rows(network) for side in (train, test)],
            }
            x_test, found = test.rows(network), {"ours": [], **{title: [] for title in shown}}  # type: ignore[var-annotated]
            for draw in range(draws):
                chosen = train.drawn(count, draw)
                kept, _ = taught(train.photo_set(chosen), network)
                found["ours"].append(float((kept.head.logits(x_test).argmax(1) == test.y).float().mean()))
                for title, (x, x_seen) in shown.items():
                    said = torch.from_numpy(plainly(x[chosen], train.y[chosen], x_seen))
                    found[title].append(float((said == test.y).float().mean()))
            for title, shares in found.items():
                print(f"| {count} | {title} | {name} | {np.mean(shares):.3f} | {np.std(shares):.3f} |", flush=True)


def none_of_these(sets: Sets, network: features.Network, data: Path) -> None:
    """Of photos of other things, how many are caught; of the test photos, how many are refused."""
    strangers = Side((others(data), ["other"] * OTHERS)).rows(network)
    print(f"\n| none of these | set | of {len(strangers)} photos of other things | of test photos |\n|---|---|---|---|")
    for name, (train, test) in sets.items():
        x_test = test.rows(network)
        kept, _ = taught(train.photo_set(), network)
        alone = unknown.learn(train.rows(network), train.y, None)
        for title, refusal in (("with everyday photos", kept.unknown), ("by distance alone", alone)):
            assert refusal is not None
            shares = [float((refusal.distance(x) >= refusal.threshold).float().mean()) for x in (strangers, x_test)]
            print(f"| {title} | {name} | {shares[0]:.2f} | {shares[1]:.3f} |", flush=True)


def others(data: Path) -> list[bytes]:
    """Photos of other things, drawn by a hash of their names; none of Caltech, on whose photos choices were made."""
    with tarfile.open(data / "natural.tar.gz") as archive:
        members = [m for m in archive.getmembers() if m.isfile() and "caltech" not in m.name]
        members.sort(key=lambda member: hashlib.sha256(member.name.encode()).hexdigest())
        return [file.read() for member in members[:OTHERS] if (file := archive.extractfile(member))]


def many(data: Path) -> None:
    """The flowers of both sides taught to a running app through its API, from a zip; its page is fetched meanwhile."""
    from gradio_client import Client, handle_file

    from tests.server import app

    with tempfile.TemporaryDirectory() as folder:
        packed = Path(folder) / "flowers.zip"
        with zipfile.ZipFile(packed, "w") as file:
            for path in sorted((data / "flowers").rglob("*.jpg"))[:MANY]:
                file.write(path, f"{path.parent.name}/{path.name}")
        with app("--offline", log=Path(folder) / "log.txt") as address:
            client = Client(address, verbose=False)
            client.predict(api_name="/open_transfer")  # the example set is taught before the first visitor comes
            before, started = _memory_of_children(), time.perf_counter()
            job = client.submit(handle_file(str(packed)), api_name="/teach")
            answers, most = [], before
            while not job.done():
                asked = time.perf_counter()
                with urllib.request.urlopen(address, timeout=60) as page:
                    page.read()
                answers.append(time.perf_counter() - asked)
                most = max(most, _memory_of_children())
                concurrent.futures.wait([job.future], PAUSE)
            seconds = time.perf_counter() - started
            job.result()
    print(f"\n| {MANY} photos from a zip | |\n|---|---|")
    print(f"| until the classifier is there | {seconds:.1f} s |")
    print(f"| memory of the app at most (before: {before / 1e9:.2f} GB) | {most / 1e9:.2f} GB |")
    print(f"| the page answers meanwhile, median and slowest of {len(answers)} | ", end="")
    print(f"{statistics.median(answers) * 1e3:.0f} ms, {max(answers) * 1e3:.0f} ms |", flush=True)


def _memory_of_children() -> int:
    """Resident bytes of the processes that this one started."""
    total, me = 0, str(os.getpid())
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            told = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
        except OSError:
            continue
        if told.get("PPid") == me and "VmRSS" in told:
            total += int(told["VmRSS"].split()[0]) * 1024
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--teachers", type=Path, default=Path("../shared/weights"))
    parser.add_argument("--only", nargs="*", default=["accuracy", "few", "unknown", "many"])
    parser.add_argument("--draws", type=int, default=DRAWS)
    given = parser.parse_args()
    print(device.current().describe())
    network = vgg.load(vgg.POCKET)
    mobile: features.Network | None = MobileNet(given.teachers) if given.teachers.is_dir() else None  # type: ignore[assignment]
    wanted = {"accuracy", "few", "unknown"} & set(given.only)
    sides = {"flowers": flowers(given.data), "ants and bees": ants_bees(given.data)} if wanted else {}
    sets = {name: (Side(train), Side(test)) for name, (train, test) in sides.items()}
    if "accuracy" in given.only:
        accuracy(sets, network, mobile)
    if "few" in given.only:
        few(sets, network, given.draws)
    if "unknown" in given.only:
        none_of_these(sets, network, given.data)
    if "many" in given.only:
        many(given.data)


if __name__ == "__main__":
    main()
