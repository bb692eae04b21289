"""Whether the background alone gives the class away: a classifier that is shown the edges of the photos only.

Where it does well, a network may learn the sofa in place of the cat (Ribeiro et al., "Why Should I Trust You?", 2016,
section 6.4: a classifier of huskies and wolves that looked at the snow).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from demos.transfer.data_card.quality import Look
from demos.transfer.evaluation.intervals import wilson

FOLDS = 5
MARGIN = 0.1  # so far above guessing the interval must lie


@dataclass(frozen=True)
class Background:
    """How well the edges alone tell the classes apart, in cross-validation."""

    accuracy: float
    low: float  # Wilson's 95 % interval
    high: float
    chance: float  # the share of the largest class
    recall: tuple[float, ...]  # of each class

    @property
    def tells(self) -> bool:
        """Whether it is so much better than guessing that it is worth a sentence."""
        return self.low > self.chance + MARGIN


def judge(looks: Sequence[Look], labels: Sequence[int], groups: Sequence[str], classes: int) -> Background | None:
    """Logistic regression on the edges, photos that show the same together in one round; None of too few photos."""
    y = np.array(labels)
    counts = np.bincount(y, minlength=classes) if len(y) else np.zeros(classes, int)
    if classes < 2 or counts.min() < FOLDS:
        return None
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    number = {name: i for i, name in enumerate(dict.fromkeys(groups))}
    rounds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=200))
    x = np.stack([one.edges for one in looks])
    try:
        said = cross_val_predict(model, x, y, groups=[number[name] for name in groups], cv=rounds)
    except ValueError:  # all photos of a class show the same: a round would learn from no class, or from one
        return None
    right = said == y
    low, high = wilson(int(right.sum()), len(y))
    recall = tuple(float(right[y == k].mean()) for k in range(classes))
    return Background(float(right.mean()), low, high, float(counts.max() / len(y)), recall)
