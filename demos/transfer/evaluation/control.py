"""The shuffled-label control: the same layer on the same photos, with labels that mean nothing.

It must fall to guessing. Where it does as well as the true labels, the accuracy says nothing (Ojala and Garriga,
"Permutation Tests for Studying Classifier Performance", 2010, section 3.1).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from demos.transfer.evaluation.material import Sides, accuracy

DRAWS = 19  # none of which does as well as the true labels by luck alone, but for one time in 20


@dataclass(frozen=True)
class Control:
    """True labels beside shuffled ones, judged on the photos held back, or in rounds."""

    true: float
    shuffled: tuple[float, ...]  # of the draws so far
    chance: float  # the share of the largest class among the photos that are judged
    judged: int  # photos
    draws: int = DRAWS  # that there will be
    rounds: int = 1  # more where each photo is judged once, by what others taught

    @property
    def as_good(self) -> bool:
        """Whether some shuffled draw did as well as the true labels."""
        return max(self.shuffled) >= self.true


def control(x: Tensor, found: Sides, draws: int = DRAWS) -> Iterator[Control]:
    """One more draw at each step; (N, D) features."""
    random = torch.Generator().manual_seed(found.config.seed)
    judged = found.y[found.judged]
    chance = float(judged.bincount(minlength=found.classes).max() / len(judged))
    true, shuffled = accuracy(x, found), []
    for _ in range(draws):
        y = found.y[torch.randperm(len(found.y), generator=random)]
        shuffled.append(accuracy(x, found, y))
        yield Control(true, tuple(shuffled), chance, len(judged), draws, len(found.rounds))
