"""BM25 terms of passages and questions, in the form that both engines store."""

from functools import cache
from typing import Any

from qdrant_edge import Bm25

BM25 = "bm25"
"""Name of the sparse vector of terms; the engine multiplies it by the inverse document frequency."""


@cache
def _model() -> Any:
    return Bm25()


def document_terms(text: str) -> tuple[list[int], list[float]]:
    """Return the term numbers of a passage and their saturated frequencies; both empty without terms."""
    vector = _model().embed_document(text)
    return list(vector.indices), list(vector.values)


def query_terms(text: str) -> tuple[list[int], list[float]]:
    """Return the term numbers of a question, each with weight 1; both empty if it has only stop words."""
    vector = _model().embed_query(text)
    return list(vector.indices), list(vector.values)
