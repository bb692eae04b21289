"""How good are the pocket VGG16's features? Figures for its card, on photos that no training saw.

    python -m benchmarks.pocket --data ../shared/data --teachers ../shared/weights

Probe: frozen features, average- and maximum-pooled at pool4 and pool5, signed square root, standardised, L2-normalised,
logistic regression with C by 4-fold cross-validation on the training side. Flowers are split 80/20 by the SHA-256
of each file (`distil.is_test`), ants and bees by their own split.
"""

import argparse
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegressionCV
from sklearn.preprocessing import StandardScaler, normalize
from torch import Tensor, nn
from torch.nn import functional as F

from demos.core import device
from demos.core.data import training_photos
from demos.core.data.splits import is_held_out
from demos.core.images import tensors
from demos.core.images.load import load_image, square_crop
from demos.core.networks import vgg
from demos.core.training import teachers

Photos = tuple[list[bytes], list[str]]


def flowers(folder: Path) -> tuple[Photos, Photos]:
    """(training, test) as (contents, class names)."""
    sides: tuple[Photos, Photos] = (([], []), ([], []))
    for path in sorted((folder / "flowers").rglob("*.jpg")):
        content = path.read_bytes()
        side = sides[is_held_out(content)]
        side[0].append(content)
        side[1].append(path.parent.name)
    return sides


def ants_bees(folder: Path) -> tuple[Photos, Photos]:
    def side(name: str) -> Photos:
        paths = sorted((folder / "ants_bees" / name).rglob("*.jpg"))
        return [p.read_bytes() for p in paths], [p.parent.name for p in paths]

    return side("train"), side("val")


def batches(contents: Iterable[bytes], size: int, batch: int = 16) -> Iterable[Tensor]:
    """Photos as the network sees them: the shorter side at `size` px, the middle square."""
    pending: list[Tensor] = []
    for content in contents:
        pending.append(tensors.to_tensor(square_crop(load_image(content), size)))
        if len(pending) == batch:
            yield torch.cat(pending)
            pending = []
    if pending:
        yield torch.cat(pending)


def pooled(maps: Iterable[Tensor]) -> Tensor:
    """Average and maximum of each channel, signed square root: (N, 2 * sum of channels)."""
    parts = [part for m in maps for part in (m.float().mean((2, 3)), m.float().amax((2, 3)))]
    x = torch.cat(parts, 1)
    return x.sign() * x.abs().sqrt()


@torch.no_grad()
def features(contents: list[bytes], size: int, maps: Callable[[Tensor], Iterable[Tensor]]) -> np.ndarray:
    return torch.cat([pooled(maps(photo)) for photo in batches(contents, size)]).numpy()


def probe(train: Photos, test: Photos, size: int, maps: Callable[[Tensor], Iterable[Tensor]]) -> tuple[float, float]:
    """(accuracy in cross-validation on the training side, accuracy on the test side)."""
    scaler = StandardScaler()
    x = normalize(scaler.fit_transform(features(train[0], size, maps)))
    y = normalize(scaler.transform(features(test[0], size, maps)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = LogisticRegressionCV(Cs=np.logspace(-1, 4, 6), cv=4, max_iter=2000).fit(x, train[1])
    scores = next(iter(model.scores_.values())) if isinstance(model.scores_, dict) else model.scores_
    return float(np.mean(scores, axis=0).max()), float(np.mean(model.predict(y) == np.array(test[1])))


def maps_of(network: vgg.VGG16, cuts: tuple[str, ...] = ("pool4", "pool5")) -> Callable[[Tensor], Iterable[Tensor]]:
    where = device.current().device
    return lambda photo: [network.features(photo.to(where), cuts)[cut].cpu() for cut in cuts]


def agreement(network: vgg.VGG16, teacher: nn.Module, contents: list[bytes]) -> tuple[float, float, int]:
    """How often the network's first (and one of its first five) ImageNet classes is the teacher's first; photos."""
    first, five, count = 0, 0, 0
    for photo, large in zip(batches(contents, network.input_size), batches(contents, 224), strict=True):
        with torch.no_grad():
            theirs = teacher(large)["logits"].argmax(1)
            ours = network.classify(photo).topk(5).indices.cpu()
        first += int((ours[:, 0] == theirs).sum())
        five += int((ours == theirs[:, None]).any(1).sum())
        count += len(theirs)
    return first / count, five / count, count


def unexplained(
    network: vgg.VGG16, cuts: dict[str, Callable[[Tensor], Tensor]], contents: list[bytes]
) -> dict[str, float]:
    """Per cut the share of the teacher's variance that the best 1x1 map from our channels misses.

    The map is fitted by least squares on half of the held-out photos and judged on the other half, channel by channel.
    """
    shares = {}
    for cut, target_of in cuts.items():
        ours, theirs = [], []
        for photo in batches(contents, 128):
            with torch.no_grad():
                o, t = network.features(photo, [cut])[cut].float(), target_of(photo).float()
            stride = max(1, o.shape[-1] // 8)  # 64 positions a photo are plenty
            ours.append(o[:, :, ::stride, ::stride].permute(0, 2, 3, 1).flatten(0, 2))
            theirs.append(t[:, :, ::stride, ::stride].permute(0, 2, 3, 1).flatten(0, 2))
        x, y = torch.cat(ours), torch.cat(theirs)
        x, half = F.pad(x, (0, 1), value=1.0), len(x) // 2
        ridge = 1e-3 * x[:half].square().mean() * half * torch.eye(x.shape[1])
        weight = torch.linalg.solve(x[:half].T @ x[:half] + ridge, x[:half].T @ y[:half])
        error, spread = (y[half:] - x[half:] @ weight).square().mean(0), y[half:].var(0)
        alive = spread > 1e-6
        shares[cut] = float((error[alive] / spread[alive]).mean())
    return shares


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--teachers", type=Path, default=Path("../shared/weights"))
    parser.add_argument("--file", type=Path, help="a pocket network's file instead of the shipped one")
    parser.add_argument("--sizes", type=int, nargs="*", help="input sizes to compare by cross-validation")
    parser.add_argument("--only-probe", action="store_true")
    arguments = parser.parse_args()
    if arguments.file:
        from safetensors import safe_open
        from safetensors.torch import load_file

        with safe_open(arguments.file, "pt") as file:
            network = vgg.build(vgg.POCKET, load_file(arguments.file), file.metadata())
        network = device.current().place(network)
    else:
        network = vgg.load(vgg.POCKET)
    sets = {"flowers": flowers(arguments.data), "ants and bees": ants_bees(arguments.data)}
    print("| features | input | set | cross-validation (training side) | test |\n|---|---|---|---|---|")

    def row(title: str, size: int, maps: Callable[[Tensor], Iterable[Tensor]]) -> None:
        for name, (train, test) in sets.items():
            inside, outside = probe(train, test, size, maps)
            print(
                f"| {title} | {size} px | {name} ({len(test[0])} photos) | {inside:.3f} | {outside:.3f} |", flush=True
            )

    for size in arguments.sizes or [network.input_size]:
        row("pocket VGG16, pool4 + pool5", size, maps_of(network))
    if arguments.only_probe:
        return
    torch.manual_seed(0)
    untrained = device.current().place(vgg.VGG16(network.widths, name="random"))
    row("the same network with random weights", network.input_size, maps_of(untrained))
    teacher = teachers.MobileNet(arguments.teachers).eval()
    row("MobileNetV2, the teacher, last layer", 224, lambda photo: [teacher(photo)["pool5"]])

    contents = list(training_photos.held_out(arguments.data))
    if network.has_classifier:
        first, five, count = agreement(network, teacher, contents)
        print(f"\nImageNet classes on {count} held-out photos: agrees with the teacher's first in {first:.1%}, ")
        print(f"the teacher's first is among its five in {five:.1%}.")
    real, deep = teachers.VGG19(arguments.teachers), teacher
    cuts: dict[str, Callable[[Tensor], Tensor]] = {
        cut: (lambda photo, cut=cut: real(photo)[cut]) for cut in ("relu1_1", "relu2_1", "relu3_1")
    }
    cuts |= {cut: (lambda photo, cut=cut: deep(photo)[cut]) for cut in ("relu4_3", "relu5_3", "pool5")}
    plain = network.float().to(memory_format=torch.contiguous_format)
    print("\n| cut | unexplained variance of the teacher's features |\n|---|---|")
    for cut, share in unexplained(plain, cuts, contents).items():
        print(f"| {cut} | {share:.2f} |")


if __name__ == "__main__":
    main()
