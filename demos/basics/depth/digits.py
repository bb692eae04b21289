"""The small task of these parts: scikit-learn's handwritten digits, 64 numbers each."""

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

CLASSES, SIZE = 10, 64


@dataclass(frozen=True)
class Digits:
    """Digits as numbers with mean 0 and variance 1 over all of the training set."""

    train: Tensor  # (1500, 64)
    labels: Tensor  # (1500,) 0..9
    test: Tensor  # (297, 64)
    test_labels: Tensor  # (297,)
    ink: Tensor  # (297, 8, 8) the held-out digits as they are drawn, 0..1


@cache
def digits() -> Digits:
    """The set, always split in the same way."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    pixels, labels = torch.from_numpy(bunch.data).float(), torch.from_numpy(bunch.target)
    order = torch.randperm(len(pixels), generator=torch.Generator().manual_seed(0))
    pixels, labels = pixels[order], labels[order]
    known, held_out = pixels[:1500], pixels[1500:]
    mean, spread = known.mean(), known.std()
    return Digits(
        (known - mean) / spread, labels[:1500], (held_out - mean) / spread, labels[1500:], held_out.view(-1, 8, 8) / 16
    )
