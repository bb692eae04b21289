"""Memorised or invented? How near the nearest training picture is, beside how near real pictures are to one another.

Near is what the pocket VGG16 finds alike, a network that never saw these photos nor these generators: the discriminator
was trained to tell real from made and would find any made picture far away. Its pool4, averaged over 2 x 2 places, in
48 principal components, each brought to the same spread. `neighbours.safetensors` holds those of the training set, and
the distances of held-out real pictures to it; no photo can be had back from them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

from demos.core import cache
from demos.core.data import small
from demos.core.errors import DemoError
from demos.core.networks import files as network_files
from demos.core.networks import vgg
from demos.core.networks.shipped import tensor_bytes
from demos.dcgan import file_format, pretrained
from demos.dcgan.models import Discriminator
from demos.dcgan.pretrained import Gan
from demos.dcgan.sampling import Sheet, as_bytes

NUMBERS, PLACES = 48, 2
DESCRIBED = 4000  # pictures that the principal components are found from
# Nearer than this share of the median distance of real ones is a copy. Measured with training photos of cats and of
# clothes: as they are 0.03 at most; through JPEG, or a tenth brighter, 0.2 in the median. Not all copies are found:
# made brighter, the furthest cat is at 0.36 and the furthest piece of clothing, much of it white by then, at 0.71
# (python -m demos.dcgan.describe --check).
COPY = 0.35


@dataclass(frozen=True)
class NearestNeighbours:
    """For each picture: how near the nearest training picture is, and which one."""

    indices: tuple[int, ...]  # in the training set
    distances: tuple[float, ...]
    nearer_than: tuple[float, ...]  # share of held-out real pictures that are further from the training set
    median_real_distance: float  # the median over held-out real pictures
    real: tuple[float, ...]  # quantiles of those, 0 to 100 %
    pictures: np.ndarray | None  # (N, size, size, 3): the training pictures, where they are here and may be shown

    @property
    def copies(self) -> int:
        """How many pictures are as good as a training picture."""
        return sum(distance < COPY * self.median_real_distance for distance in self.distances)

    @property
    def real_copies(self) -> float:
        """The share of real pictures that were never trained on and would be called copies: false alarms, or twins."""
        return float(np.mean(np.array(self.real) < COPY * self.median_real_distance))


# ---- descriptors ----------------------------------------------------------------------------------------------------


@torch.inference_mode()
def features(pictures: Tensor, network: vgg.VGG16, batch: int = 128) -> Tensor:
    """(N, C, size, size), bytes or 0..1, to (N, channels of pool4 * PLACES^2), float32 on the CPU."""
    batches = []
    for part in pictures.split(batch):
        x = part.to(network.mean.device)
        x = (x.float() / 255 if x.dtype == torch.uint8 else x.float()).expand(-1, 3, -1, -1)
        batches.append(F.adaptive_avg_pool2d(network.features(x, ["pool4"])["pool4"].float(), PLACES).flatten(1).cpu())
    return torch.cat(batches)


def describe(training: Tensor, held_out: Tensor, discriminator: Discriminator | None = None) -> dict[str, Tensor]:
    """What `find` needs of a training set: both sets (N, C, size, size) as bytes. Eight bits a number."""
    network = vgg.load(vgg.POCKET)
    rows = features(training, network)
    mean, some = rows.mean(0), rows[:: max(1, len(rows) // DESCRIBED)]
    with torch.random.fork_rng(devices=[]):  # it starts from random vectors: the same ones every time
        torch.default_generator.manual_seed(0)
        _, spread, basis = torch.svd_lowrank(some - mean, q=min(NUMBERS, *some.shape), niter=4)
    telling = spread > 1e-3 * spread[0]  # all of them, but where there are fewer pictures than components
    basis = basis[:, telling] / (spread[telling] / len(some) ** 0.5)
    description = {"mean": mean, "basis": basis.float().contiguous()}
    numbers = _projected(description, rows)
    description["scale"] = numbers.abs().max() / 127
    description["training"] = (numbers / description["scale"]).round().to(torch.int8)
    distances = _distances(description, held_out, network)[0]
    description["real"] = torch.quantile(distances, torch.linspace(0, 1, 101))
    if discriminator is not None:
        with torch.inference_mode():
            said = torch.cat([discriminator(part.float() / 127.5 - 1) for part in held_out.split(256)])
        description["believed"] = torch.sigmoid(said).median()
    return description


def _projected(description: dict[str, Tensor], rows: Tensor) -> Tensor:
    return (rows - description["mean"]) @ description["basis"].float()


def _distances(description: dict[str, Tensor], pictures: Tensor, network: vgg.VGG16) -> tuple[Tensor, Tensor]:
    """(distances, indices) of the nearest training picture, (N,) each, to a picture or to its mirror image."""
    known = description["training"].float() * description["scale"]
    ways = [
        torch.cdist(_projected(description, features(some, network)), known).min(1)
        for some in (pictures, pictures.flip(-1))
    ]
    mirrored = ways[1].values < ways[0].values
    pick = [torch.where(mirrored, second, first) for first, second in zip(*ways, strict=True)]
    return pick[0], pick[1]


def write(training: Tensor, held_out: Tensor, folder: Path, discriminator: Discriminator | None = None) -> None:
    """Writes `describe` of a training set to a shipped GAN's folder, with its hash."""
    save_file(describe(training, held_out, discriminator), folder / file_format.NEIGHBOURS)
    network_files.record_shipped(folder / file_format.NEIGHBOURS)


# ---- looking up -----------------------------------------------------------------------------------------------------


def known(gan: Gan) -> bool:
    """Whether something is known here of the photos that a generator learned from."""
    return pretrained.has(gan, file_format.NEIGHBOURS) and network_files.find(vgg.POCKET) is not None


def _description(gan: Gan) -> dict[str, Tensor]:
    return cache.networks.get(
        ("neighbours of", gan.name, gan.version),
        lambda: pretrained.tensors_of(gan, file_format.NEIGHBOURS),
        lambda tensors: tensor_bytes(tensors.values()),
    )


def find(gan: Gan, pixels: np.ndarray) -> NearestNeighbours:
    """Of pictures (N, size, size, 3) that the generator made.

    Raises:
        DemoError: nothing is known of this generator's training pictures.
    """
    if not known(gan):
        raise DemoError(
            f"Nothing is known here of the training pictures of {gan.name} ({file_format.NEIGHBOURS} is not there). "
            "Choose one of the generators that were trained here."
        )
    description = _description(gan)
    pictures = torch.from_numpy(pixels).permute(0, 3, 1, 2)
    distances, indices = _distances(description, pictures, vgg.load(vgg.POCKET))
    real = description["real"].float()
    further = 1 - torch.searchsorted(real, distances).float() / len(real)
    return NearestNeighbours(
        tuple(indices.tolist()), tuple(distances.tolist()), tuple(further.clamp(0, 1).tolist()), float(real[50]),
        tuple(real.tolist()), _pictures(gan, indices),
    )  # fmt: skip


def believed(gan: Gan) -> float | None:
    """How sure the discriminator is, in the median, of real photos that it was never trained on; None if unknown."""
    if not pretrained.has(gan, file_format.NEIGHBOURS):
        return None
    median = _description(gan).get("believed")
    return None if median is None else float(median)


def measured(gan: Gan, sheet: Sheet, best_first: bool = False) -> Sheet:
    """The sheet with each picture's distance; with `best_first`, in their order. As it is where nothing is known.

    What no real photo is near to is no photo: a smear is far from all of them. It sorts as the eye would, which the
    discriminator does not: that one only knows what the generator of the last step got wrong.
    """
    if not known(gan):
        return sheet
    found = find(gan, sheet.pixels)
    distances = [distance / found.median_real_distance for distance in found.distances]
    order = sorted(range(len(sheet)), key=distances.__getitem__) if best_first else list(range(len(sheet)))

    def ordered(values: Iterable[float]) -> tuple[float, ...]:
        values = list(values)
        return tuple(values[i] for i in order) if values else ()

    return replace(
        sheet, z=sheet.z[order], pixels=sheet.pixels[order], scores=ordered(sheet.scores), best_first=best_first,
        distances=ordered(distances),
    )  # fmt: skip


def _pictures(gan: Gan, indices: Tensor) -> np.ndarray | None:
    """The training pictures themselves: of clothes only, and only where the set is; the cats are not ours to show."""
    if gan.config.set != "fashion" or small.fashion_folder() is None:
        return None
    clothes = small.fashion(gan.config.shape.size, indices=indices)[0]
    return as_bytes((clothes.float() / 255).expand(-1, 3, -1, -1))
