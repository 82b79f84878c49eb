"""Terms of passages and questions for BM25, as both engines store them."""

from functools import cache
from typing import Any

from qdrant_edge import Bm25

BM25 = "bm25"
"""Name of the sparse vector of terms; the engine multiplies it with the inverse document frequency."""


@cache
def _model() -> Any:
    return Bm25()


def document_terms(text: str) -> tuple[list[int], list[float]]:
    """Return the term numbers of a passage and their saturated frequencies; both empty without terms."""
    vector = _model().embed_document(text)
    return list(vector.indices), list(vector.values)


def query_terms(text: str) -> tuple[list[int], list[float]]:
    """Return the term numbers of a question, each of weight 1; both empty when it has only stop words."""
    vector = _model().embed_query(text)
    return list(vector.indices), list(vector.values)
