"""Measures what the page needs of the photos that the shipped generators were trained on, anew.

    python -m demos.dcgan.describe --data ../shared/data           # writes neighbours.safetensors, config.json
    python -m demos.dcgan.describe --data ../shared/data --check   # how far copies are; writes nothing

A training does the same at its end. Visitors have none of the photos of cats: these numbers are all there is of them.
"""

import argparse
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from demos.core.networks import files as network_files
from demos.dcgan import file_format, pretrained, sampling
from demos.dcgan.explore import nearest
from demos.dcgan.pretrained import Gan
from demos.dcgan.training import datasets, export, scores

HELD_OUT, COPIED = 2000, 64


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--check", action="store_true", help="only say how far copies of training pictures are")
    asked = parser.parse_args()
    for name in (*pretrained.SHIPPED.values(), pretrained.COLLAPSED):
        gan = pretrained.load(name)
        pictures, held_out = (
            datasets.load(gan.config.set, asked.data, gan.config.shape.size, held_out=part) for part in (False, True)
        )
        if not asked.check:
            write(gan, pictures, held_out[:HELD_OUT], network_files.SHIPPED / name)
        elif name != pretrained.COLLAPSED:
            check(gan, pictures, held_out[:HELD_OUT])


def write(gan: Gan, pictures: Tensor, held_out: Tensor, folder: Path) -> None:
    """Writes neighbours.safetensors, and the set's diversity into config.json, with their hashes."""
    nearest.write(pictures, held_out, folder, gan.discriminator)
    some = pictures[:: max(1, len(pictures) // export.DESCRIBED)]
    config = replace(gan.config, diversity=scores.diversity(some) or 0.0)
    (folder / file_format.CONFIG).write_text(file_format.to_json(config) + "\n", encoding="utf-8")
    network_files.record_shipped(folder / file_format.CONFIG)


def copies(pictures: Tensor) -> Iterator[tuple[str, np.ndarray]]:
    """What a generator would make that had learned pictures (N, C, H, W) by heart: (how they were changed, bytes)."""
    x = (pictures.float() / 255).expand(-1, 3, -1, -1)
    yield "exact", sampling.as_bytes(x)
    yield "mirrored", sampling.as_bytes(x.flip(-1))
    yield "brighter", sampling.as_bytes((x * 1.1).clamp(0, 1))
    yield "through JPEG", np.stack([_through_jpeg(one) for one in sampling.as_bytes(x)])


def _through_jpeg(pixels: np.ndarray) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=90)
    return np.asarray(Image.open(file))


def check(gan: Gan, pictures: Tensor, held_out: Tensor) -> None:
    some = pictures[torch.linspace(0, len(pictures) - 1, COPIED).long()]
    made = sampling.sheet(gan, 0, COPIED).pixels
    real = sampling.as_bytes((held_out[:COPIED].float() / 255).expand(-1, 3, -1, -1))
    for words, pixels in (*copies(some), ("held out", real), ("made", made)):
        found = nearest.find(gan, pixels)
        shares = np.quantile(found.distances, (0, 0.5, 1)) / found.median_real_distance
        print(f"{gan.name}: {words}: {shares.round(2)} of usual, copies {found.copies} of {len(pixels)}")


if __name__ == "__main__":
    main()
