"""Measures what the page needs of the photos that the shipped generators were trained on, anew.

    python -m demos.dcgan.describe --data ../shared/data           # writes neighbours.safetensors, config.json
    python -m demos.dcgan.describe --data ../shared/data --check   # how far copies are; writes nothing
    python -m demos.dcgan.describe --good                          # good latent vectors into config.json; no photos
    python -m demos.dcgan.describe --truncation                    # what mixing with them does; writes nothing

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
from demos.dcgan.settings import MOST
from demos.dcgan.training import datasets, export, scores

HELD_OUT, COPIED = 2000, 64
TRUNCATED = 4  # sheets of 64


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--check", action="store_true", help="only say how far copies of training pictures are")
    parser.add_argument("--good", action="store_true", help="only look for good latent vectors")
    parser.add_argument("--truncation", action="store_true", help="only say what truncation does")
    asked = parser.parse_args()
    if asked.good or asked.truncation:
        for name in pretrained.SHIPPED.values():
            gan = pretrained.load(name)
            if asked.good:
                write_config(replace(gan.config, good=good(gan)), network_files.SHIPPED / name)
            else:
                check_truncation(gan)
        return
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
    write_config(replace(gan.config, diversity=scores.diversity(some) or 0.0), folder)


def write_config(config: file_format.Config, folder: Path) -> None:
    """Writes config.json, with its hash."""
    (folder / file_format.CONFIG).write_text(file_format.to_json(config) + "\n", encoding="utf-8")
    network_files.record_shipped(folder / file_format.CONFIG)


def good(gan: Gan) -> tuple[int, ...]:
    """The numbers (see `sampling.good`) of the vectors whose pictures are nearest to a real photo, the best first."""
    sheets = [sampling.sheet(gan, seed, MOST).pixels for seed in range(file_format.MOST_GOOD // MOST)]
    distances = np.concatenate([nearest.find(gan, pixels).distances for pixels in sheets])
    return tuple(int(number) for number in distances.argsort()[: file_format.GOOD])


def check_truncation(gan: Gan) -> None:
    """How far the nearest real photo is, and how varied the pictures are, at several truncations."""
    for truncation in (1.0, 0.85, 0.7, 0.5, 0.3, 0.0):
        # Other seeds than those that the good ones are of.
        seeds = range(file_format.MOST_GOOD // MOST, file_format.MOST_GOOD // MOST + TRUNCATED)
        pixels = np.concatenate([sampling.sheet(gan, seed, MOST, truncation).pixels for seed in seeds])
        found = nearest.find(gan, pixels)
        half, tenth = np.quantile(found.distances, (0.5, 0.9)) / found.median_real_distance
        diversity = (scores.diversity(torch.from_numpy(pixels).permute(0, 3, 1, 2)) or 0.0) / gan.config.diversity
        print(
            f"{gan.name}: truncation {truncation:g}: nearest real photo at {half:.2f} of usual in the median, a "
            f"tenth beyond {tenth:.2f}; diversity {100 * diversity:.0f} % of real ones'; "
            f"{found.copies} copies of {len(pixels)}",
            flush=True,
        )


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
