"""Memorised or invented? How near the nearest training picture is, beside how near real pictures are to one another.

Near is what the discriminator finds alike: its last hidden block, averaged over 2 x 2 places, in 32 principal
components. `neighbours.safetensors` holds those of the training set, and the distances of held-out real pictures to it;
no photo can be had back from them.
"""

from dataclasses import dataclass
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
from demos.core.networks.shipped import tensor_bytes
from demos.dcgan import file_format, pretrained, sampling
from demos.dcgan.models import Discriminator
from demos.dcgan.pretrained import Gan
from demos.dcgan.sampling import as_bytes

NUMBERS, PLACES = 32, 2
DESCRIBED = 4000  # pictures that the principal components are found from
COPY = 0.01  # nearer than this share of the median distance of real ones is the same picture


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


# ---- descriptors ----------------------------------------------------------------------------------------------------


@torch.inference_mode()
def features(discriminator: Discriminator, pictures: Tensor, batch: int = 256) -> Tensor:
    """(N, C, size, size) in -1..1, or bytes, to (N, channels * PLACES^2): the last hidden block, averaged."""
    batches = []
    for part in pictures.split(batch):
        x = part.float() / 127.5 - 1 if part.dtype == torch.uint8 else part
        batches.append(F.adaptive_avg_pool2d(discriminator.features(x), PLACES).flatten(1))
    return torch.cat(batches)


def describe(discriminator: Discriminator, training: Tensor, held_out: Tensor) -> dict[str, Tensor]:
    """What `find` needs of a training set: both sets (N, C, size, size) as bytes. Eight bits a number."""
    rows = features(discriminator, training)
    mean = rows.mean(0)
    _, _, basis = torch.svd_lowrank(rows[:: max(1, len(rows) // DESCRIBED)] - mean, q=NUMBERS, niter=4)
    description = {"mean": mean, "basis": basis.half().contiguous()}
    numbers = _projected(description, rows)
    description["scale"] = numbers.abs().max() / 127
    description["training"] = (numbers / description["scale"]).round().to(torch.int8)
    nearest = torch.cdist(_projected(description, features(discriminator, held_out)), numbers).amin(1)
    return description | {"real": torch.quantile(nearest, torch.linspace(0, 1, 101))}


def _projected(description: dict[str, Tensor], rows: Tensor) -> Tensor:
    return (rows - description["mean"]) @ description["basis"].float()


def write(discriminator: Discriminator, training: Tensor, held_out: Tensor, folder: Path) -> None:
    """Writes `describe` of a training set to a shipped GAN's folder, with its hash."""
    save_file(describe(discriminator, training, held_out), folder / file_format.NEIGHBOURS)
    network_files.record_shipped(folder / file_format.NEIGHBOURS)


# ---- looking up -----------------------------------------------------------------------------------------------------


def find(gan: Gan, pixels: np.ndarray) -> NearestNeighbours:
    """Of pictures (N, size, size, 3) that the generator made.

    Raises:
        DemoError: nothing is known of this generator's training pictures.
    """
    if gan.discriminator is None or not pretrained.has(gan, file_format.NEIGHBOURS):
        raise DemoError(
            f"Nothing is known here of the training pictures of {gan.name} ({file_format.NEIGHBOURS} is not there). "
            "Choose one of the generators that were trained here."
        )
    description = cache.networks.get(
        ("neighbours of", gan.name, gan.version),
        lambda: pretrained.tensors_of(gan, file_format.NEIGHBOURS),
        lambda tensors: tensor_bytes(tensors.values()),
    )
    pictures = sampling.to_network_range(gan, torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255)
    numbers = _projected(description, features(gan.discriminator, pictures))
    distances, indices = torch.cdist(numbers, description["training"].float() * description["scale"]).min(1)
    real = description["real"].float()
    further = 1 - torch.searchsorted(real, distances).float() / len(real)
    return NearestNeighbours(
        tuple(indices.tolist()), tuple(distances.tolist()), tuple(further.clamp(0, 1).tolist()), float(real[50]),
        tuple(real.tolist()), _pictures(gan, indices),
    )  # fmt: skip


def _pictures(gan: Gan, indices: Tensor) -> np.ndarray | None:
    """The training pictures themselves: of clothes only, and only where the set is; the cats are not ours to show."""
    if gan.config.set != "fashion" or small.fashion_folder() is None:
        return None
    clothes = small.fashion(gan.config.shape.size, indices=indices)[0]
    return as_bytes((clothes.float() / 255).expand(-1, 3, -1, -1))
