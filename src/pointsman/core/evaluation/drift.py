"""Drift as an alarm: do new documents differ from unchanged ones, by their vectors or by their words?

The p-value comes from permuting the documents themselves: fixed thresholds fire on small batches without drift and miss
drift in large ones. Drift is no loss of quality: a person is asked to look, and nothing is trained.
"""

from collections import Counter
from collections.abc import Callable, Sequence, Sized
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pointsman.core.evaluation.statistics import Signal, wilson

PERMUTATIONS = 999
"""Of the documents; the smallest p is then 0.001."""
FEWEST = 8
"""Documents on each side below which a test hardly ever finds anything."""
MOST = 200
"""Documents on each side that are used at most; more only cost time."""

Vectors = NDArray[np.float32]
Statistic = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Weights, shape (permutations, documents), 1/n for one side and -1/m for the other → the statistic of each row."""


@dataclass(frozen=True, slots=True)
class Drift:
    """How far a batch is from its reference, and how often chance alone gives as much."""

    name: str
    value: float
    """The statistic; larger is further."""
    p: float
    """Share of permutations with at least this value, the observed one counted, 0..1."""
    n: int
    """Documents of the smaller side."""

    def alarms(self, alpha: float) -> bool:
        """Tell whether chance alone gives this less often than ``alpha``."""
        return self.p <= alpha

    def signal(self, confidence: float) -> Signal:
        """Return the p-value as a signal, with the interval that the number of permutations leaves open."""
        low, high = wilson(self.p * (PERMUTATIONS + 1), PERMUTATIONS + 1, confidence)
        return Signal(
            f"drift.{self.name}", self.p, unit="permutation p-value, 0..1; an alarm only", n=self.n, low=low, high=high
        )


def embedding_drift(reference: Vectors, batch: Vectors, *, seed: int) -> Drift | None:
    """Return the drift of vectors: maximum mean discrepancy with a Gaussian kernel of median width (Gretton 2012).

    Args:
        reference: shape (n, dimension), a vector for each document.
        batch: shape (m, dimension).
        seed: of the permutations.

    Returns:
        None with fewer than ``FEWEST`` documents on a side: inconclusive.

    Raises:
        ValueError: a number is not finite, or the dimensions differ.
    """
    sides = [np.asarray(side, np.float64) for side in (reference, batch)]
    for name, side in zip(("reference", "batch"), sides, strict=True):
        if side.ndim != 2 or not np.isfinite(side).all():  # noqa: PLR2004 - a vector for each document
            raise ValueError(f"the vectors of the {name} are of shape {side.shape} or not finite; embed them anew")
    if sides[0].shape[1] != sides[1].shape[1]:
        raise ValueError(
            f"vectors of dimension {sides[0].shape[1]} and {sides[1].shape[1]} cannot be compared; "
            "embed both with one model"
        )
    if min(map(len, sides)) < FEWEST:
        return None
    pooled = np.concatenate(sides)
    squares = (pooled**2).sum(axis=1)
    apart = np.maximum(squares[:, None] + squares[None, :] - 2 * pooled @ pooled.T, 0.0)
    width = float(np.median(apart[np.triu_indices(len(pooled), 1)])) or 1.0
    kernel = np.exp(-apart / width)
    return _permuted("embedding", lambda weights: ((weights @ kernel) * weights).sum(axis=1), sides, seed)


def vocabulary_drift(reference: Sequence[Counter[str]], batch: Sequence[Counter[str]], *, seed: int) -> Drift | None:
    """Return the drift of words: the Jensen-Shannon divergence (bits) of two sides' mean distributions (Lin 1991).

    Each document counts alike, whatever its length; documents without words are left out, and words that one document
    alone has say nothing of a side. None as for vectors.
    """
    sides = [[bag for bag in side if bag.total()] for side in (reference, batch)]
    if min(map(len, sides)) < FEWEST:
        return None
    homes = Counter(word for side in sides for bag in side for word in bag)
    places = {word: n for n, word in enumerate(sorted(word for word, n in homes.items() if n > 1))}
    shares = np.zeros((sum(map(len, sides)), len(places)))
    for row, bag in zip(shares, (bag for side in sides for bag in side), strict=True):
        known = [word for word in bag if word in places]
        row[[places[word] for word in known]] = np.array([bag[word] for word in known]) / bag.total()

    def divergence(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        one, two = np.maximum(weights, 0) @ shares, np.maximum(-weights, 0) @ shares
        found: NDArray[np.float64] = _entropy((one + two) / 2) - (_entropy(one) + _entropy(two)) / 2
        return found

    return _permuted("vocabulary", divergence, sides, seed)


def _entropy(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    logs = np.log2(np.maximum(shares, np.finfo(np.float64).tiny))  # 0 log 0 is 0
    found: NDArray[np.float64] = -np.einsum("ij,ij->i", shares, logs)
    return found


BLOCK = 100
"""Permutations computed at once."""


def _permuted(name: str, statistic: Statistic, sides: Sequence[Sized], seed: int) -> Drift:
    """Return the statistic as observed, and its p-value (Phipson & Smyth 2010: the observed one is counted)."""
    n, m = map(len, sides)
    observed = np.concatenate([np.full(n, 1 / n), np.full(m, -1 / m)])
    rng = np.random.default_rng(seed)
    value = float(statistic(observed[None, :])[0])
    least, beyond, left = value - 1e-12, 0, PERMUTATIONS
    while left:
        rows = min(BLOCK, left)
        drawn = rng.permuted(np.tile(observed, (rows, 1)), axis=1)
        beyond += int((statistic(drawn) >= least).sum())
        left -= rows
    return Drift(name, value, (1 + beyond) / (1 + PERMUTATIONS), min(n, m))
