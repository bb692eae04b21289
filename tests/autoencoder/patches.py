"""Photos that the trainings' tests learn from."""

import torch

from demos.core.data.crops import IntegerPatch, Sampler
from demos.core.training import batches


def patches(seed: int = 0) -> Sampler:
    """Patches of blobs of every size, cut from six pictures (3, 48, 56)."""
    random = torch.Generator().manual_seed(1)
    coarse = torch.rand(6, 3, 6, 7, generator=random)
    photos = list((torch.nn.functional.interpolate(coarse, scale_factor=8, mode="bilinear") * 255).byte())
    return batches.sampler(photos, [1] * 6, IntegerPatch(), seed)
