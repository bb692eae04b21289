"""Whether the background alone gives the class away: a classifier that is shown the edges of the photos only.

Where it does well, a network may learn the sofa in place of the cat (Ribeiro et al., "Why Should I Trust You?", 2016,
section 6.4: a classifier of huskies and wolves that looked at the snow). Things that reach the edge are told by it too,
all classes somewhat; a class that is always in the same place is told by it nearly always, and little else is taken for
it. So each class is judged for itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from demos.transfer.data_card.quality import Look
from demos.transfer.evaluation.intervals import wilson

FOLDS = 5
KNOWN = 0.5  # a class is given away where more than so much of it is told, and more than so much called it is it
MARGIN = 0.1  # ... and so much more than always naming the class would have


@dataclass(frozen=True)
class Background:
    """How well the edges alone tell the classes apart, in cross-validation."""

    accuracy: float
    low: float  # Wilson's 95 % interval
    high: float
    chance: float  # the share of the largest class
    recall: tuple[float, ...]  # of each class: the share of its photos that are told
    given_away: tuple[int, ...]  # labels of the classes that the edges give away

    @property
    def tells(self) -> bool:
        """Whether it is better than guessing, as far as so few photos can say."""
        return self.low > self.chance


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
    given = tuple(k for k in range(classes) if _given_away(y == k, said == k))
    return Background(float(right.mean()), low, high, float(counts.max() / len(y)), recall, given)


def _given_away(true: np.ndarray, said: np.ndarray) -> bool:
    """(N,) whether each photo is of the class, and is called it. Both shares must be sure: Wilson's lower ends."""
    both, share = int((true & said).sum()), float(true.mean())
    told, rightly = wilson(both, int(true.sum()))[0], wilson(both, int(said.sum()))[0]
    return told > KNOWN and rightly > max(KNOWN, share + MARGIN)
