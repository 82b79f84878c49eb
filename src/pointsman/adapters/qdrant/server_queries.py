"""Requests to a Qdrant server: the filter of a reader, and searches by vector and by terms."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pointsman.adapters.qdrant import bm25, payloads
from pointsman.core.errors import UsageError
from pointsman.core.index.filters import Filter

if TYPE_CHECKING:
    from qdrant_client import models


def seen_at(revision: int, allow: Filter | None = None) -> "models.Filter":
    """Return the filter of a reader at ``revision``: born <= revision < died, and allowed by ``allow``."""
    from qdrant_client import models

    born = models.FieldCondition(key="born", range=models.Range(lte=revision))
    died = models.FieldCondition(key="died", range=models.Range(gt=revision))
    if allow is None:
        return all_of(born, died)
    readers = models.FieldCondition(key="readers", match=models.MatchAny(any=allow.readers))
    facts = [models.FieldCondition(key="facts", match=models.MatchValue(value=each)) for each in allow.facts]
    return models.Filter(must=[born, died, readers, *facts], must_not=list(any_of("document", allow.hidden)) or None)


def any_of(field: str, values: Collection[str]) -> Iterator["models.FieldCondition"]:
    """Yield conditions; each value of ``values`` is matched by exactly one of them."""
    from qdrant_client import models

    for part in payloads.slices(sorted(set(values)), payloads.SLICE):
        yield models.FieldCondition(key=field, match=models.MatchAny(any=part))


def all_of(*conditions: Any) -> "models.Filter":
    """Return the filter that requires all of ``conditions``."""
    from qdrant_client import models

    return models.Filter(must=list(conditions))


def queries_for(
    vector: NDArray[np.float32] | None, text: str | None, seen: "models.Filter", limit: int, *, exact: bool
) -> list["models.QueryRequest | None"]:
    """Return a query for the vector and one for the text (None without terms), limited to what a reader sees.

    The inverse document frequency counts the reader's points only: a staged revision, or a retired point, changes no
    score.

    Raises:
        UsageError: there is neither a vector nor a text.
    """
    from qdrant_client import models

    def query(nearest: Any, using: str, params: models.SearchParams | None) -> models.QueryRequest:
        return models.QueryRequest(
            query=nearest,
            using=using,
            params=params,
            filter=seen,
            limit=limit,
        )

    if vector is None and text is None:
        raise UsageError("a search needs a vector, a text or both; neither was given")
    queries: list[models.QueryRequest | None] = []
    if vector is not None:
        whole = models.SearchParams(exact=True) if exact else None
        queries.append(query(vector.tolist(), payloads.DENSE, whole))
    if text is not None:
        indices, values = bm25.query_terms(text)
        terms = models.SparseVector(indices=indices, values=values)
        scope = models.SearchParams(idf=models.IdfCorpusParams(corpus=seen))
        queries.append(query(terms, bm25.BM25, scope) if indices else None)
    return queries
