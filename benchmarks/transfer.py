"""Teaching VGG16 new classes: our way and the tutorial's, side by side in one run.

    python -m benchmarks.transfer [--data ../shared/data]

1. Features of 224 px photos: torchvision's VGG16 as it comes (float32, NCHW), ours on this device, the pocket network.
   Random weights serve for the full width: time does not depend on them, and the relative difference is measured.
2. Thirty photos from zip to trained, validated classifier, then a retrain; beside it the well-known tutorial's way:
   the backbone run again in every epoch, ten epochs of SGD on the last layer.
"""

import argparse
import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torchvision.models import vgg16 as torchvision_vgg16

from demos.core import device
from demos.core.images import tensors
from demos.core.images.load import square_crop
from demos.core.networks import vgg
from demos.transfer import teach as transfer_teach
from demos.transfer.data import archive, example_sets


def best_of(run: Callable[[], object], times: int = 5) -> float:
    """Seconds of the fastest of `times` runs, after one that is not counted."""
    run()
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


@torch.no_grad()
def speed(batch: int) -> None:
    torch.manual_seed(0)
    where = device.current()
    reference = torchvision_vgg16(weights=None).eval()
    for layer in reference.features:  # activations keep their size through 13 layers, as in a trained network
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    ours = vgg.VGG16(name="vgg16")
    ours.layers.load_state_dict(reference.features.state_dict())
    full, pocket = where.place(ours), where.place(vgg.VGG16(vgg.POCKET_WIDTHS))
    photo = torch.rand(batch, 3, 224, 224)
    normalised = (photo - ours.mean.cpu().float()) / ours.std.cpu().float()
    cuts = ("pool4", "pool5")
    rows: list[tuple[str, Callable[[], Tensor]]] = [
        ("torchvision's VGG16, float32, NCHW", lambda: reference.features(normalised)),
        (f"ours, {where.describe()}", lambda: full.features(photo.to(where.device), cuts)["pool5"]),
        ("pocket VGG16, the same", lambda: pocket.features(photo.to(where.device), cuts)["pool5"]),
    ]
    seconds = [best_of(run) for _, run in rows]
    print(f"| features of {batch} photos of 224 px | s | times faster |\n|---|---|---|")
    for (title, _), s in zip(rows, seconds, strict=True):
        print(f"| {title} | {s:.3f} | {seconds[0] / s:.1f} |")
    expected, found = rows[0][1](), rows[1][1]().float().cpu()
    print(f"\nRelative difference of ours to torchvision's (norm of difference / norm): "
          f"{((found - expected).norm() / expected.norm()).item():.4f}")  # fmt: skip


def thirty_photos(data: Path) -> bytes:
    """A zip of 30 photos in three classes: flowers where they are, else Materials."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        if (data / "flowers").exists():
            for name in ("daisy", "roses", "tulips"):
                for path in sorted((data / "flowers" / name).glob("*.jpg"))[:10]:
                    made.write(path, f"{name}/{path.name}")
        else:
            for group in example_sets.EXAMPLE_SETS["Materials"].build().classes[:3]:
                for i, photo in enumerate(group.photos[:10]):
                    jpeg = io.BytesIO()
                    photo.image.save(jpeg, "JPEG", quality=95)
                    made.writestr(f"{group.name}/{i}.jpg", jpeg.getvalue())
    return file.getvalue()


def tutorial(zipped: bytes, network: vgg.VGG16, epochs: int = 10) -> None:
    """The tutorial's loop: every epoch decodes every photo and runs the frozen backbone again."""
    photos = archive.from_zip(io.BytesIO(zipped))
    last = nn.Linear(network.channels("pool5"), len(photos.classes))
    optimiser = torch.optim.SGD(last.parameters(), lr=1e-3, momentum=0.9)
    for _ in range(epochs):
        for label, group in enumerate(photos.classes):
            for start in range(0, len(group.photos), 4):
                batch = torch.cat(
                    [tensors.to_tensor(square_crop(p.image, 224)) for p in group.photos[start : start + 4]]
                )
                with torch.no_grad():
                    found = network.features(batch.to(device.current().device), ["pool5"])["pool5"]
                logits = last(found.float().cpu().mean((2, 3)))
                loss = nn.functional.cross_entropy(logits, torch.full((len(batch),), label))
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()


def teach(data: Path) -> None:
    zipped, network = thirty_photos(data), vgg.load(vgg.POCKET)

    def ours() -> None:
        for _ in transfer_teach.teach(archive.from_zip(io.BytesIO(zipped)), network):
            pass

    def timed(run: Callable[[], object]) -> float:
        start = time.perf_counter()
        run()
        return time.perf_counter() - start

    from demos.transfer import features

    network.features(torch.rand(1, 3, 224, 224).to(device.current().device))  # loaded and warm
    features.remembered.forget()
    first, again = timed(ours), best_of(ours, 3)
    theirs = timed(lambda: tutorial(zipped, network))
    print("\n| 30 photos, pocket network loaded | s |\n|---|---|")
    print(f"| zip to trained, validated classifier | {first:.2f} |")
    print(f"| the same zip again (features in the cache) | {again:.2f} |")
    print(f"| the tutorial's way, 10 epochs | {theirs:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--batch", type=int, default=8)
    arguments = parser.parse_args()
    speed(arguments.batch)
    teach(arguments.data)


if __name__ == "__main__":
    main()
