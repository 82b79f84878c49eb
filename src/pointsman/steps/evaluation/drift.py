"""Drift: whether new documents differ from unchanged ones. It alerts a person and is never a reason to train."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.evaluation.drift import FEWEST, MOST, Drift, Vectors, embedding_drift, vocabulary_drift
from pointsman.core.evaluation.statistics import Signal
from pointsman.core.hashing import digest
from pointsman.core.release import Index
from pointsman.ports.index import VectorIndex
from pointsman.settings.params import Params
from pointsman.steps.observe.state import WorkspaceState

WORD = re.compile(r"[^\W\d_]{2,}")
PREFIX = "drift."
"""Prefix of these signals' names."""


def drift_signals(state: WorkspaceState, at: Index, *, vector_index: VectorIndex, params: Params) -> tuple[Signal, ...]:
    """Return the p-values of the hypothesis that new and edited documents look like unchanged ones.

    None where there are too few documents. A document is one observation, however many chunks it has: the chunks of
    one document are not independent.
    """
    fresh = {*state.diff.added, *state.diff.edited}
    steady = state.manifest.entries.keys() - state.diff.altered
    if state.live is None or min(len(fresh), len(steady)) < FEWEST:
        return ()
    seed = params.seed
    sides = [_by_document(vector_index, at, _drawn(side, seed)) for side in (steady, fresh)]
    vectors = [_means(vector_index, at, side.values()) for side in sides]
    bags = [[Counter(w for c in of for w in WORD.findall(c.text.lower())) for of in side.values()] for side in sides]
    found: list[Drift | None] = [vocabulary_drift(bags[0], bags[1], seed=seed)]
    if all(len(side) and np.isfinite(side).all() for side in vectors):  # doctor reports spoiled vectors
        found.append(embedding_drift(vectors[0], vectors[1], seed=seed))
    confidence = params.policy.confidence
    return tuple(drift.signal(confidence) for drift in found if drift is not None)


def drift_alarms(signals: Sequence[Signal], confidence: float) -> list[str]:
    """Return a sentence for each drift whose p-value is at or below the limit.

    The limit is (1 - confidence) divided by the number of drifts that were measured.
    """
    drifts = [s for s in signals if s.name.startswith(PREFIX)]
    limit = (1 - confidence) / max(1, len(drifts))
    return [
        f"the {s.name.removeprefix(PREFIX)} of new documents differs from that of unchanged ones: such a difference "
        f"arises by chance in {s.value:.1%} of draws (limit {limit:.1%}, {s.n} documents); nothing is trained for it"
        for s in sorted(drifts, key=lambda s: s.name)
        if s.value <= limit
    ]


def _drawn(documents: Iterable[str], seed: int) -> list[str]:
    """Return up to ``MOST`` documents, drawn by hashing."""
    return sorted(documents, key=lambda document: digest(f"{seed}\n{document}"))[:MOST]


def _by_document(vector_index: VectorIndex, at: Index, documents: Sequence[str]) -> dict[str, list[Chunk]]:
    found: dict[str, list[Chunk]] = defaultdict(list)
    for chunk in vector_index.chunks(at.collection, revision=at.revision, documents=documents):
        found[chunk.document].append(chunk)
    return dict(sorted(found.items()))


def _means(vector_index: VectorIndex, at: Index, documents: Iterable[Sequence[Chunk]]) -> Vectors:
    """Return the mean vector of each document's chunks, shape (n, dimension); nothing is embedded."""
    listed = list(documents)
    vectors = vector_index.vectors(at.collection, {chunk.digest for of in listed for chunk in of})
    rows = [[vectors[chunk.digest] for chunk in of if chunk.digest in vectors] for of in listed]
    return np.array([np.mean(row, axis=0) for row in rows if row], dtype=np.float32)
