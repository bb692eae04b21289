"""How good are taught classifiers, beside others on the same photos and features? Markdown tables in one run.

    python -m benchmarks.transfer_quality [--data ../shared/data] [--cache FOLDER] [--only accuracy few unknown]

Flowers are split 80/20 by the SHA-256 of each file, ants and bees by their own split; within the training side one
photo in four is held back to choose the state that is kept and the temperature, as on the page. The plain recipe is
that of before: 160 px, no mirror image. MobileNetV2 (`--teachers`) stands in the network's place only here. Seconds
are those of the fit, without features.
"""

import argparse
import hashlib
import tarfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid
from sklearn.svm import LinearSVC
from torch import Tensor, nn

from benchmarks.pocket import Photos, ants_bees, flowers
from demos.core.networks import vgg
from demos.transfer import features
from demos.transfer.data.photos import Photo, read
from demos.transfer.evaluation import calibration, everyday, unknown
from demos.transfer.settings import HeadConfig
from demos.transfer.training import fit

OTHERS = 100  # photos of other things


@dataclass(frozen=True)
class Recipe:
    """What looks at the photos, and how."""

    title: str
    network: Callable[[], features.Network]
    size: int
    mirrored: bool


class MobileNet(nn.Module):
    """MobileNetV2 with the features of a network of ours: its last layer's channels."""

    name, input_size, teaching_cuts = "mobilenet-v2", 224, ("pool5",)

    def __init__(self, folder: Path) -> None:
        from demos.core.training import teachers

        super().__init__()
        self.teacher = teachers.MobileNet(folder).eval()

    def features(self, photo: Tensor, cuts: object = ()) -> dict[str, Tensor]:
        return {"pool5": self.teacher(photo.cpu())["pool5"]}


def recipes(teachers: Path) -> list[Recipe]:
    found = [
        Recipe("plain: pocket, 160 px", lambda: vgg.load(vgg.POCKET), 160, False),
        Recipe("ours: pocket, 192 px and mirrored", lambda: vgg.load(vgg.POCKET), 192, True),
    ]
    if teachers.is_dir():
        mobile = lambda: MobileNet(teachers)  # noqa: E731
        found.append(Recipe("ours with MobileNetV2, 224 px and mirrored", mobile, 224, True))  # type: ignore[arg-type]
    return found


def others(data: Path) -> list[bytes]:
    """Photos of other things, drawn by a hash of their names; none of Caltech, on whose photos choices were made."""
    with tarfile.open(data / "natural.tar.gz") as archive:
        members = [m for m in archive.getmembers() if m.isfile() and "caltech" not in m.name]
        members.sort(key=lambda member: hashlib.sha256(member.name.encode()).hexdigest())
        return [file.read() for member in members[:OTHERS] if (file := archive.extractfile(member))]


def extracted(contents: list[bytes], recipe: Recipe, cache: Path | None) -> Tensor:
    """(N, D) features, from the folder `cache` where they were put before."""
    key = hashlib.sha256(repr((recipe.title, [hashlib.sha256(c).hexdigest() for c in contents])).encode()).hexdigest()
    path = cache / f"{key[:16]}.npy" if cache else None
    if path and path.is_file():
        return torch.from_numpy(np.load(path))
    photos: list[Photo] = [read(content) for content in contents]
    rows = features.extract(photos, recipe.network(), size=recipe.size, mirrored=recipe.mirrored)
    x = torch.cat([batch for _, batch in rows])
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, x.numpy())
    return x


def held_back(contents: list[bytes], y: Tensor) -> Tensor:
    """(N,) bool: one photo in four of each class, by a hash."""
    order = np.array([hashlib.sha256(b"side" + content).hexdigest() for content in contents])
    out = torch.zeros(len(y), dtype=torch.bool)
    for label in y.unique():
        inside = (y == label).nonzero()[:, 0]
        ranked = inside[np.argsort(order[inside.numpy()])]
        out[ranked[: max(1, round(len(ranked) / 4))]] = True
    return out


def taught(x: Tensor, y: Tensor, out: Tensor, seed: int = 0) -> tuple[fit.HeadStep, float]:
    """The last step of the training on all photos, and the temperature: those held back choose how many steps it takes.

    What one gets on the page by giving the test photos as validation, without their choosing anything.
    """
    classes = int(y.max()) + 1
    step = list(fit.fit(x[~out], y[~out], x[out], y[out], classes, HeadConfig(seed=seed)))[-1]
    temperature = calibration.temperature(step.head.logits(x[out]), y[out])
    steps = max(1, step.best_index)
    return list(fit.fit(x, y, x, y, classes, HeadConfig(seed=seed, steps=steps, patience=steps)))[-1], temperature


def labels(side: Photos) -> Tensor:
    names = sorted(set(side[1]))
    return torch.tensor([names.index(name) for name in side[1]])


def accuracy(sets: dict[str, tuple[Photos, Photos]], all_recipes: list[Recipe], cache: Path | None) -> None:
    print("| head | features | set | test accuracy | s |\n|---|---|---|---|---|")
    for recipe in all_recipes:
        for name, (train, test) in sets.items():
            x, x_test = (extracted(side[0], recipe, cache) for side in (train, test))
            y, y_test = labels(train), labels(test)
            started = time.perf_counter()
            step, temperature = taught(x, y, held_back(train[0], y))
            seconds = time.perf_counter() - started
            logits = step.head.logits(x_test)
            found = float((logits.argmax(1) == y_test).float().mean())
            error = calibration.expected_error((logits / temperature).softmax(1), y_test)
            raw = calibration.expected_error(logits.softmax(1), y_test)
            note = f"calibration error {error:.3f}, {raw:.3f} before T = {temperature:.2f}"
            print(f"| ours ({note}) | {recipe.title} | {name} | {found:.3f} | {seconds:.2f} |", flush=True)
            if recipe.title.startswith("ours: "):
                peers(step.head.standardise(x), y, step.head.standardise(x_test), y_test, name, recipe.title)


def peers(x: Tensor, y: Tensor, x_test: Tensor, y_test: Tensor, name: str, title: str) -> None:
    models = {
        "LogisticRegression (C = 30)": LogisticRegression(C=30, max_iter=1000),
        "LinearSVC": LinearSVC(),
        "k-NN (5, cosine)": KNeighborsClassifier(5, metric="cosine"),
        "nearest class mean": NearestCentroid(),
    }
    for called, model in models.items():
        started = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(x.numpy(), y.numpy())
        found = float((model.predict(x_test.numpy()) == y_test.numpy()).mean())
        print(f"| {called} | {title} | {name} | {found:.3f} | {time.perf_counter() - started:.2f} |", flush=True)


def few(sets: dict[str, tuple[Photos, Photos]], all_recipes: list[Recipe], cache: Path | None, draws: int = 20) -> None:
    """Few photos per class, one in four of them held back: mean and deviation over draws."""
    print(
        f"\n| photos per class | features | set | accuracy, mean of {draws} draws | deviation |\n|---|---|---|---|---|"
    )
    for count in (5, 20):
        for recipe in all_recipes:
            for name, (train, test) in sets.items():
                x, x_test = (extracted(side[0], recipe, cache) for side in (train, test))
                y, y_test, found = labels(train), labels(test), []
                for draw in range(draws):
                    random = torch.Generator().manual_seed(draw)
                    places, out = [], []
                    for label in y.unique():
                        inside = (y == label).nonzero()[:, 0]
                        places.append(inside[torch.randperm(len(inside), generator=random)[:count]])
                        out.append(torch.arange(count) < max(1, round(count / 4)))
                    some = torch.cat(places)
                    step, _ = taught(x[some], y[some], torch.cat(out), draw)
                    found.append(float((step.head.logits(x_test).argmax(1) == y_test).float().mean()))
                print(f"| {count} | {recipe.title} | {name} | {np.mean(found):.3f} | {np.std(found):.3f} |", flush=True)


def none_of_these(sets: dict[str, tuple[Photos, Photos]], recipe: Recipe, data: Path, cache: Path | None) -> None:
    """Of photos of other things, how many are caught; of the test photos, how many are refused."""
    strangers = extracted(others(data), recipe, cache)
    print(f"\n| none of these | set | of {len(strangers)} photos of other things | of test photos |\n|---|---|---|---|")
    for name, (train, test) in sets.items():
        x, x_test = (extracted(side[0], recipe, cache) for side in (train, test))
        known = torch.cat(list(everyday.features_of(recipe.network())))
        for title, photos in (("with everyday photos", known), ("by distance alone", None)):
            found = unknown.learn(x, labels(train), photos)
            assert found is not None
            shares = [float((found.distance(side) >= found.threshold).float().mean()) for side in (strangers, x_test)]
            print(f"| {title} | {name} | {shares[0]:.2f} | {shares[1]:.3f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--teachers", type=Path, default=Path("../shared/weights"))
    parser.add_argument("--cache", type=Path, help="a folder for features, so that a second run is quick")
    parser.add_argument("--only", nargs="*", default=["accuracy", "few", "unknown"])
    parser.add_argument("--no-mobilenet", action="store_true")
    given = parser.parse_args()
    sets = {"flowers": flowers(given.data), "ants and bees": ants_bees(given.data)}
    all_recipes = recipes(given.teachers)[: 2 if given.no_mobilenet else 3]
    if "accuracy" in given.only:
        accuracy(sets, all_recipes, given.cache)
    if "few" in given.only:
        few(sets, all_recipes[:2], given.cache)
    if "unknown" in given.only:
        none_of_these(sets, all_recipes[1], given.data, given.cache)


if __name__ == "__main__":
    main()
