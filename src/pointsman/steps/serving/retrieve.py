"""Retrieve passages for a question, among those that a reader may see."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from pointsman.core.index.filters import Filter
from pointsman.core.index.hits import Hit, merge_copies
from pointsman.core.release import Index, Reranking
from pointsman.ports.index import VectorIndex
from pointsman.ports.models import Embedder, Models, Reranker

WIDER, WIDEST = 4, 1024
"""Factor by which more passages are fetched where copies leave too few, and passages fetched at most."""

SCORE_DIGITS = 6
"""Decimals to which two scores must agree to count as equal."""


@dataclass(frozen=True, slots=True)
class Rerank:
    """A cross-encoder, and how many of the best passages it reads."""

    reranker: Reranker
    candidates: int

    def __call__(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """Return ``hits`` with the first ``candidates`` sorted by score, equal scores by chunk id; the rest follow."""
        head, tail = hits[: self.candidates], hits[self.candidates :]
        if not head:
            return []
        scores = self.reranker.score(question, [shown_to_reader(hit) for hit in head])
        scored = [replace(hit, score=float(score)) for hit, score in zip(head, scores, strict=True)]
        return sorted(scored, key=lambda hit: (-round(hit.score, SCORE_DIGITS), hit.chunk)) + list(tail)


def shown_to_reader(hit: Hit) -> str:
    """Return a passage with its heading path above it, the same text as was embedded."""
    return "\n".join(part for part in (" > ".join(hit.headings), hit.text) if part)


def rerank_of(models: Models, reranking: Reranking | None) -> Rerank | None:
    """Return the reranker that a release names; None where it names none. Its weights are loaded at first use."""
    return None if reranking is None else Rerank(models.reranker(reranking), reranking.candidates)


def retrieve(
    index: VectorIndex,
    embedder: Embedder,
    at: Index,
    questions: Sequence[str],
    top_k: int,
    *,
    dense_only: bool = False,
    allow: Filter | None = None,
    rerank: Rerank | None = None,
) -> list[list[Hit]]:
    """Return the passages that a reader of ``at`` gets for each question, best first, each passage once.

    ``allow`` is the reader's filter; None lets everything through, and is for measurements only.
    """
    if not questions:
        return []
    vectors = embedder.embed(questions)
    wanted = top_k if rerank is None else max(top_k, rerank.candidates)

    def found(question: str, vector: NDArray[np.float32], fetched: int) -> list[Hit]:
        text = None if dense_only else question
        return index.search(at.collection, revision=at.revision, vector=vector, text=text, top_k=fetched, allow=allow)

    hits = [
        _distinct(partial(found, question, vector), wanted) for question, vector in zip(questions, vectors, strict=True)
    ]
    if rerank is not None:
        hits = [rerank(question, each) for question, each in zip(questions, hits, strict=True)]
    return [each[:top_k] for each in hits]


def _distinct(search: Callable[[int], list[Hit]], wanted: int) -> list[Hit]:
    """Return up to ``wanted`` different passages; where copies fill the ranking, more of it is fetched."""
    fetched = wanted
    while True:
        hits = search(fetched)
        found = merge_copies(hits)
        if len(found) >= wanted or len(hits) < fetched or fetched >= WIDEST:
            return found[:wanted]
        fetched *= WIDER
