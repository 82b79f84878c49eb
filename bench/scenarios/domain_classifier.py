"""The drift measure of the simple rules: the AUC of a classifier that separates new passages from old ones."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FOLDS = 5
FEWEST = 10
"""Fewest passages on each side; with fewer the result is None."""


def auc(old: NDArray[np.float32], new: NDArray[np.float32], seed: int) -> float | None:
    """Return the cross-validated AUC of separating new passages from old ones, 0..1; None for too few passages.

    The classifier is the difference of the two means, scaled by the pooled variance of each dimension; 0.5 is no drift.
    Both are of shape (n, dimension).
    """
    if min(len(old), len(new)) < FEWEST:
        return None
    x = np.vstack([old, new]).astype(np.float64)
    y = np.repeat([0, 1], [len(old), len(new)])
    folds = np.random.default_rng(seed).permutation(len(y)) % FOLDS
    scores = np.zeros(len(y))
    for fold in range(FOLDS):
        train, test = folds != fold, folds == fold
        means = [x[train & (y == side)].mean(axis=0) for side in (0, 1)]
        spread = x[train].var(axis=0) + x[train].var()
        scores[test] = (x[test] - (means[0] + means[1]) / 2) @ ((means[1] - means[0]) / spread)
    return round(_area(scores[y == 0], scores[y == 1]), 4)


def _area(low: Sequence[float] | NDArray[np.float64], high: Sequence[float] | NDArray[np.float64]) -> float:
    """Return the probability that a score of ``high`` exceeds one of ``low``; ties count half (Mann & Whitney 1947)."""
    a, b = np.asarray(low)[:, None], np.asarray(high)[None, :]
    return float(np.mean((b > a) + 0.5 * (b == a)))
