"""The embedded vector index: one qdrant-edge shard for each collection, below one folder."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import qdrant_edge as edge
from numpy.typing import NDArray

from pointsman.adapters.qdrant import bm25, fusion, payloads
from pointsman.adapters.qdrant.edge_shards import Shards
from pointsman.core.corpus.chunk import Chunk
from pointsman.core.errors import UsageError
from pointsman.core.index.condition import Condition
from pointsman.core.index.filters import Filter
from pointsman.core.index.hits import Hit
from pointsman.core.index.points import FOREVER, Point, StoredPoint
from pointsman.ports.models import Vectors


class EdgeIndex:
    """A ``VectorIndex`` of qdrant-edge shards; one process uses it at a time.

    A write that has returned is on disk and survives ``kill -9``. Files are opened and locked at their first
    use; listing the collections needs neither.
    """

    def __init__(self, root: Path, *, timeout: float = 30) -> None:
        """Use a folder; nothing is created or opened.

        Args:
            root: folder of the collections.
            timeout: seconds to wait until another process releases it.
        """
        self._shards = Shards(root, timeout=timeout)

    def collections(self) -> list[str]:
        """Return the names of all collections, sorted; opens none."""
        return self._shards.names()

    def create(self, collection: str, dimension: int) -> None:
        """Create an empty collection; one that exists with this dimension stays as it is.

        Raises:
            ModelMismatch: it exists with another dimension.
            UsageError: the name is not allowed.
        """
        self._shards.create(collection, dimension)

    def drop(self, collection: str) -> None:
        """Delete a collection with its points; nothing happens if it does not exist."""
        self._shards.drop(collection)

    def points(self, collection: str, *, documents: Collection[str] | None = None) -> Iterator[Point]:
        """Yield the points of ``documents`` (None: of all), retired ones included, in any order."""
        filters = [None] if documents is None else [edge.Filter(must=[c]) for c in _any_of("document", documents)]
        for each in filters:
            for record in self._scroll(collection, each, payloads.POINT_FIELDS):
                yield payloads.to_point(record.id, record.payload)

    def stored_points(self, collection: str, *, revision: int) -> Iterator[StoredPoint]:
        """Yield the points that a reader at ``revision`` sees, with payload and vector, in any order."""
        for record in self._scroll(collection, _seen_at(revision), fields=True, with_vector=[payloads.DENSE]):
            yield payloads.to_stored_point(record.id, record.payload, record.vector)

    def touched(self, collection: str, revision: int) -> Iterator[Point]:
        """Yield the points that an interrupted run changed: ``born`` or ``died`` >= ``revision``, but not FOREVER."""
        born = edge.FieldCondition("born", range=edge.RangeFloat(gte=revision))
        died = edge.FieldCondition("died", range=edge.RangeFloat(gte=revision, lt=FOREVER))
        for record in self._scroll(collection, edge.Filter(should=[born, died]), payloads.POINT_FIELDS):
            yield payloads.to_point(record.id, record.payload)

    def vectors(self, collection: str, digests: Collection[str]) -> dict[str, NDArray[np.float32]]:
        """Return vectors by chunk digest, for each of ``digests`` that any point has, retired points included."""
        found: dict[str, NDArray[np.float32]] = {}
        for condition in _any_of("digest", digests):
            records = self._scroll(collection, edge.Filter(must=[condition]), ["digest"], with_vector=[payloads.DENSE])
            for record in records:
                found.setdefault(record.payload["digest"], np.asarray(record.vector[payloads.DENSE], np.float32))
        return found

    def upsert(self, collection: str, chunks: Sequence[Chunk], vectors: Vectors, *, born: int) -> None:
        """Write one point for each chunk, with id ``chunks[i].point_id(born)``, ``vectors[i]`` and died FOREVER.

        Raises:
            ModelMismatch: the vectors have another dimension than the collection.
            UsageError: a text is not valid Unicode; nothing was written.
        """
        payloads.check_vectors(collection, self._shards.opened(collection).dimension, len(chunks), vectors)
        points = [_point(each, vector, born) for each, vector in zip(chunks, vectors, strict=True)]
        self._write(
            collection,
            [edge.UpdateOperation.upsert_points(part) for part in payloads.slices(points, payloads.SLICE)],
        )

    def retire(self, collection: str, ids: Sequence[str], *, at: int) -> None:
        """Set ``died = at``; ``at=FOREVER`` shows the points again. Unknown ids are ignored."""
        self._write(
            collection,
            [  # by filter, because qdrant-edge stops at the first unknown id of a list
                edge.UpdateOperation.set_payload_by_filter(
                    edge.Filter(must=[edge.HasIdCondition(set(part))]), {"died": at}
                )
                for part in payloads.slices(ids, payloads.SLICE)
            ],
        )

    def delete(self, collection: str, ids: Sequence[str]) -> None:
        """Delete points. Unknown ids are ignored."""
        self._write(
            collection,
            [edge.UpdateOperation.delete_points(list(part)) for part in payloads.slices(ids, payloads.SLICE)],
        )

    def erase(self, collection: str, documents: Collection[str]) -> int:
        """Write a new shard without ``documents`` and use it instead; return the number of deleted points.

        The text of a deleted point stays in qdrant-edge's log and pages, even after an optimisation. Only a new shard
        does not contain it.
        """
        erased = set(documents)
        with self._shards.guard:
            before = self.count(collection)
            every = self._scroll(collection, None, fields=True, with_vector=True)
            rest = (
                edge.Point(r.id, dict(r.vector), r.payload) for r in every if r.payload.get("document") not in erased
            )
            return before - self._shards.replace_points(collection, rest)

    def fence(self, collection: str) -> None:
        """Do nothing: qdrant-edge lets no second process open a shard, so nobody else can still write."""

    def search(
        self,
        collection: str,
        *,
        revision: int,
        vector: NDArray[np.float32] | None,
        text: str | None,
        top_k: int,
        exact: bool = False,
        allow: Filter | None = None,
    ) -> list[Hit]:
        """Return the best passages that a reader at ``revision`` sees, best first; equal scores by point id.

        With both ``vector`` (dense) and ``text`` (BM25), the two rankings are joined by reciprocal rank fusion.
        ``exact`` compares with every vector instead of using the search graph. ``allow`` filters inside the engine, the
        term statistics of BM25 included.

        Raises:
            ModelMismatch: the vector has another dimension than the collection.
            UsageError: there is neither a vector nor a text.
        """
        queries = _queries(vector, text, _seen_at(revision, allow), fusion.depth(top_k), exact=exact)
        with self._shards.reading(collection) as opened:
            if vector is not None:
                payloads.check_dimension(collection, opened.dimension, len(vector))
            answers = opened.shard.query_batch(edge.QueryBatchRequest([each for each in queries if each is not None]))
            rankings = [[(str(p.id), p.score) for p in answer] for answer in answers]
            best = fusion.fuse(rankings + [[]] * queries.count(None), top_k)
            ids = [id_ for id_, _ in best]
            records = opened.shard.retrieve(ids, payloads.HIT_FIELDS, False) if ids else []
        return payloads.served(best, {str(record.id): record.payload for record in records})

    def chunks(self, collection: str, *, revision: int, documents: Collection[str]) -> list[Chunk]:
        """Return the chunks of ``documents`` that a reader at ``revision`` sees, sorted by chunk id."""
        seen = _seen_at(revision)
        found = [
            payloads.to_chunk(record.payload)
            for condition in _any_of("document", documents)
            for record in self._scroll(collection, edge.Filter(must=[condition, seen]), fields=True)
        ]
        return sorted(found, key=lambda each: each.chunk)

    def count(self, collection: str, *, revision: int | None = None) -> int:
        """Return the number of points that a reader at ``revision`` sees; None: of all points."""
        seen = None if revision is None else _seen_at(revision)
        with self._shards.reading(collection) as opened:
            return int(opened.shard.count(edge.CountRequest(exact=True, filter=seen)))

    def condition(self, collection: str) -> Condition:
        """Return that nothing is wrong: nobody else writes here, and the fields are indexed when a shard is made.

        Raises:
            IndexDamaged: it does not exist or cannot be read.
        """
        with self._shards.reading(collection):
            return Condition()

    def size(self, collection: str) -> int | None:
        """Return the bytes of a collection on disk.

        Raises:
            IndexDamaged: it does not exist.
        """
        return self._shards.size(collection)

    def settle(self, collection: str) -> None:
        """Do nothing: this engine builds nothing by itself."""

    def optimize(self, collection: str, *, ef: int | None = None) -> None:
        """Build the search graph and remove deleted points from disk; 30,000 points take 10 to 20 s.

        With ``ef`` (candidates for each point and each search) the graph is built again and keeps that value.
        """
        with self._shards.guard:
            shard = self._shards.writable(collection).shard if ef is None else self._shards.refined(collection, ef)
            shard.optimize()
            shard.flush()

    def close(self) -> None:
        """Write everything to disk and release the folder; the next call opens it again."""
        self._shards.close()

    def _write(self, collection: str, operations: Sequence[Any]) -> None:
        """Apply operations in order; return when they are on disk."""
        with self._shards.guard:
            shard = self._shards.writable(collection).shard
            for operation in operations:
                shard.update(operation)
            shard.flush()

    def _scroll(
        self, collection: str, condition: Any, fields: list[str] | bool, with_vector: list[str] | bool = False
    ) -> Iterator[Any]:
        """Yield every record that a filter allows; reads page by page."""
        offset = None
        while True:
            request = edge.ScrollRequest(
                offset=offset, limit=payloads.PAGE, filter=condition, with_payload=fields, with_vector=with_vector
            )
            with self._shards.reading(collection) as opened:
                page, offset = opened.shard.scroll(request)
            yield from page
            if offset is None:
                return


def _point(chunk: Chunk, vector: NDArray[np.float32], born: int) -> Any:
    indices, values = bm25.document_terms(chunk.embed_text)
    named: dict[str, Any] = {payloads.DENSE: vector.tolist()}
    if indices:
        named[bm25.BM25] = edge.SparseVector(indices=indices, values=values)
    return edge.Point(chunk.point_id(born), named, payloads.to_payload(chunk, born))


def _seen_at(revision: int, allow: Filter | None = None) -> Any:
    """Return the filter of a reader at ``revision``: born <= revision < died, and allowed by ``allow``."""
    born = edge.FieldCondition("born", range=edge.RangeFloat(lte=revision))
    died = edge.FieldCondition("died", range=edge.RangeFloat(gt=revision))
    if allow is None:
        return edge.Filter(must=[born, died])
    readers = edge.FieldCondition("readers", match=edge.MatchAny(allow.readers))
    facts = [edge.FieldCondition("facts", match=edge.MatchValue(each)) for each in allow.facts]
    return edge.Filter(must=[born, died, readers, *facts], must_not=list(_any_of("document", allow.hidden)))


def _any_of(field: str, values: Collection[str]) -> Iterator[Any]:
    """Yield conditions; each value of ``values`` is matched by exactly one of them."""
    for part in payloads.slices(sorted(set(values)), payloads.SLICE):
        yield edge.FieldCondition(field, match=edge.MatchAny(part))


def _queries(vector: NDArray[np.float32] | None, text: str | None, seen: Any, limit: int, *, exact: bool) -> list[Any]:
    """Return a query for the vector and one for the text (None without terms), limited to what a reader sees.

    The inverse document frequency counts the reader's points only: a staged revision, or a retired point, changes no
    score.

    Raises:
        UsageError: there is neither a vector nor a text.
    """

    def query(nearest: Any, params: Any) -> Any:
        return edge.QueryRequest(limit=limit, query=nearest, filter=seen, params=params)

    if vector is None and text is None:
        raise UsageError("a search needs a vector, a text or both; neither was given")
    queries = []
    if vector is not None:
        whole = edge.SearchParams(exact=True) if exact else None
        queries.append(query(edge.Query.Nearest(vector.tolist(), using=payloads.DENSE), whole))
    if text is not None:
        indices, values = bm25.query_terms(text)
        nearest = edge.Query.Nearest(edge.SparseVector(indices=indices, values=values), using=bm25.BM25)
        queries.append(query(nearest, edge.SearchParams(idf=edge.IdfParams(corpus=seen))) if indices else None)
    return queries
