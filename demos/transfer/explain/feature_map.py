"""A map of the photos: their features seen from the side on which the classes lie furthest apart.

    features --PCA--> their 30 strongest directions --LDA--> 2 numbers

Both steps are linear, so that a new photo lands on the map without changing it (t-SNE, which looks better, has no place
for a new photo). PCA: Pearson 1901; LDA: Fisher 1936, Rao 1948. The map is made from training photos alone: how far
those that were held back fall from their class shows how much of the order is real.
"""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

DIRECTIONS = 30  # of PCA; with few photos, one in four of them, so that LDA cannot tell apart what is only noise


@dataclass(frozen=True)
class FeatureMap:
    """Where photos lie; `place` puts a new one there."""

    mean: np.ndarray  # (D,)
    matrix: np.ndarray  # (D, 2)

    def place(self, z: Tensor) -> np.ndarray:
        """(N, D) standardised features to (N, 2)."""
        return (z.double().numpy() - self.mean) @ self.matrix


def learn(z: Tensor, y: Tensor) -> FeatureMap:
    """The map of training photos: standardised features (N, D) with N > 2, labels (N,) of two classes or more."""
    from sklearn.decomposition import PCA
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    rows, labels = z.double().numpy(), y.numpy()
    classes = len(np.unique(labels))
    count = max(2, min(DIRECTIONS, len(rows) // 4 + classes, len(rows) - 1, rows.shape[1]))
    pca = PCA(count, svd_solver="full" if len(rows) * rows.shape[1] < 2_000_000 else "randomized", random_state=0)
    strong = pca.fit_transform(rows)
    lda = LinearDiscriminantAnalysis(solver="eigen", shrinkage=0.1).fit(strong, labels)
    directions = lda.scalings_[:, : min(2, classes - 1)]
    if directions.shape[1] == 1:
        # Two classes lie apart in one direction only: the second is the strongest one of what is left.
        along = directions[:, 0] / np.linalg.norm(directions[:, 0])
        rest = strong - np.outer(strong @ along, along)
        second = np.linalg.svd(rest, full_matrices=False)[2][0]
        directions = np.stack([along, second], 1)
    directions = directions / np.linalg.norm(strong @ directions, axis=0).clip(1e-12) * np.sqrt(len(rows))
    return FeatureMap(pca.mean_, pca.components_.T @ directions)
