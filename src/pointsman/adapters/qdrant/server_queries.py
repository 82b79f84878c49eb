"""Requests to a Qdrant server: the filter of a reader, and searches by vector and by terms."""

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pointsman.adapters.qdrant import bm25, payloads
from pointsman.core.errors import UsageError
from pointsman.core.index.filters import Filter
from pointsman.core.index.points import FOREVER

if TYPE_CHECKING:
    from qdrant_client import models


def seen_at(revision: int, allow: Filter | None = None, *, size: int = payloads.SLICE) -> "models.Filter":
    """Return the filter of a reader at ``revision``: born <= revision < died, and allowed by ``allow``.

    No condition has more than ``size`` values.
    """
    from qdrant_client import models

    born = models.FieldCondition(key="born", range=models.Range(lte=revision))
    died = models.FieldCondition(key="died", range=models.Range(gt=revision))
    if allow is None:
        return all_of(born, died)
    readers = models.FieldCondition(key="readers", match=models.MatchAny(any=allow.readers))
    facts = [models.FieldCondition(key="facts", match=models.MatchValue(value=each)) for each in allow.facts]
    return models.Filter(
        must=[born, died, readers, *facts], must_not=list(any_of("document", allow.hidden, size=size)) or None
    )


def any_of(field: str, values: Collection[str], *, size: int = payloads.SLICE) -> Iterator["models.FieldCondition"]:
    """Yield conditions of at most ``size`` values; each of ``values`` is matched by exactly one of them."""
    from qdrant_client import models

    for part in payloads.slices(sorted(set(values)), size):
        yield models.FieldCondition(key=field, match=models.MatchAny(any=part))


def all_of(*conditions: Any) -> "models.Filter":
    """Return the filter that requires all of ``conditions``."""
    from qdrant_client import models

    return models.Filter(must=list(conditions))


def changed_from(revision: int) -> "models.Filter":
    """Return the filter of what was born or retired at ``revision`` or later."""
    from qdrant_client import models

    born = models.FieldCondition(key="born", range=models.Range(gte=revision))
    died = models.FieldCondition(key="died", range=models.Range(gte=revision, lt=FOREVER))
    return models.Filter(should=[born, died])


def having(ids: Sequence[str]) -> "models.Filter":
    """Return the filter of those of ``ids`` that are there."""
    from qdrant_client import models

    return all_of(models.HasIdCondition(has_id=list(ids)))


def strange(indexed: Collection[str]) -> "models.Filter":
    """Return the filter of points that lack a field which every point of Pointsman's has."""
    from qdrant_client import models

    fields = ("born", "died", "digest", "document")
    asked = [field for field in fields if field in indexed] or fields
    empty: list[Any] = [models.IsEmptyCondition(is_empty=models.PayloadField(key=field)) for field in asked]
    return models.Filter(should=empty)


def queries_for(
    vector: NDArray[np.float32] | None,
    text: str | None,
    seen: "models.Filter",
    limit: int,
    *,
    exact: bool,
    ef: int | None = None,
) -> list["models.QueryRequest | None"]:
    """Return a query for the vector and one for the text (None without terms), limited to what a reader sees.

    The inverse document frequency counts the reader's points only: a staged revision, or a retired point, changes no
    score. ``ef`` candidates of the search graph are looked at; None: as many as the server likes.

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
        how = models.SearchParams(exact=True) if exact else ef and models.SearchParams(hnsw_ef=ef)
        queries.append(query(vector.tolist(), payloads.DENSE, how or None))
    if text is not None:
        indices, values = bm25.query_terms(text)
        terms = models.SparseVector(indices=indices, values=values)
        scope = models.SearchParams(idf=models.IdfCorpusParams(corpus=seen))
        queries.append(query(terms, bm25.BM25, scope) if indices else None)
    return queries
