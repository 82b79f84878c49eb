"""The vector index on a Qdrant server; any number of processes can use it."""

import time
import warnings
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pointsman.adapters.qdrant import bm25, fusion, payloads
from pointsman.adapters.qdrant.server_queries import all_of, any_of, queries_for, seen_at
from pointsman.core.corpus.chunk import Chunk
from pointsman.core.errors import IndexDamaged, PointsmanError
from pointsman.core.index.filters import Filter
from pointsman.core.index.hits import Hit
from pointsman.core.index.points import FOREVER, Point, StoredPoint
from pointsman.ports.models import Vectors

if TYPE_CHECKING:
    from qdrant_client import QdrantClient, models

PREFIX = "pointsman-"
"""Prefix of Pointsman's collections on the server; other collections are never touched."""
BUILD_SECONDS = 6 * 3600.0
"""Most seconds for a server to build a search graph again."""
BUILD_POLL_SECONDS = 1.0


def connect(url: str, api_key: str | None = None, *, timeout: int = 60) -> "QdrantIndex":
    """Return the index of the Qdrant server at ``url``; a request may take ``timeout`` seconds.

    Raises:
        PointsmanError: the server does not answer, or refuses the key.
    """
    return QdrantIndex(payloads.open_client(url, api_key, timeout))


class QdrantIndex:
    """A ``VectorIndex`` on qdrant-client. When a write returns, the server has applied it.

    The BM25 vectors are computed here with the code of the embedded index, so both engines index in the same way.
    """

    def __init__(self, client: "QdrantClient") -> None:
        """Use a client of a server, or ``QdrantClient(":memory:")``; sends no request."""
        self._client = client
        self._dimensions: dict[str, int] = {}

    def collections(self) -> list[str]:
        """Return the names of Pointsman's collections, sorted."""
        names = (each.name for each in self._client.get_collections().collections)
        ours = (name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX))
        return sorted(name for name in ours if name not in payloads.RESERVED)

    def create(self, collection: str, dimension: int) -> None:
        """Create an empty collection; one that exists with this dimension stays as it is.

        Raises:
            ModelMismatch: it exists with another dimension.
            UsageError: the name is not allowed.
        """
        from qdrant_client import models

        name = _name(collection)
        if not self._client.collection_exists(name):
            self._client.create_collection(
                name,
                vectors_config={payloads.DENSE: models.VectorParams(size=dimension, distance=models.Distance.COSINE)},
                sparse_vectors_config={bm25.BM25: models.SparseVectorParams(modifier=models.Modifier.IDF)},
            )
        self._index_payload(name)
        payloads.check_dimension(collection, self._dimension(collection), dimension)

    def drop(self, collection: str) -> None:
        """Delete a collection with its points; nothing happens if it does not exist."""
        self._dimensions.pop(collection, None)
        self._client.delete_collection(_name(collection))

    def points(self, collection: str, *, documents: Collection[str] | None = None) -> Iterator[Point]:
        """Yield the points of ``documents`` (None: of all), retired ones included, in any order."""
        filters = [None] if documents is None else [all_of(each) for each in any_of("document", documents)]
        for each in filters:
            for record in self._scroll(collection, each, payloads.POINT_FIELDS):
                yield payloads.to_point(record.id, _payload(record))

    def stored_points(self, collection: str, *, revision: int) -> Iterator[StoredPoint]:
        """Yield the points that a reader at ``revision`` sees, with payload and vector, in any order."""
        for record in self._scroll(collection, seen_at(revision), fields=True, with_vectors=[payloads.DENSE]):
            yield payloads.to_stored_point(record.id, _payload(record), record.vector)

    def touched(self, collection: str, revision: int) -> Iterator[Point]:
        """Yield the points that an interrupted run changed: ``born`` or ``died`` >= ``revision``, but not FOREVER."""
        from qdrant_client import models

        born = models.FieldCondition(key="born", range=models.Range(gte=revision))
        died = models.FieldCondition(key="died", range=models.Range(gte=revision, lt=FOREVER))
        for record in self._scroll(collection, models.Filter(should=[born, died]), payloads.POINT_FIELDS):
            yield payloads.to_point(record.id, _payload(record))

    def vectors(self, collection: str, digests: Collection[str]) -> dict[str, NDArray[np.float32]]:
        """Return vectors by chunk digest, for each of ``digests`` that any point has, retired points included."""
        found: dict[str, NDArray[np.float32]] = {}
        for each in any_of("digest", digests):
            for record in self._scroll(collection, all_of(each), ["digest"], with_vectors=[payloads.DENSE]):
                vector: Any = record.vector
                found.setdefault(_payload(record)["digest"], np.asarray(vector[payloads.DENSE], np.float32))
        return found

    def upsert(self, collection: str, chunks: Sequence[Chunk], vectors: Vectors, *, born: int) -> None:
        """Write one point for each chunk, with id ``chunks[i].point_id(born)``, ``vectors[i]`` and died FOREVER.

        Raises:
            ModelMismatch: the vectors have another dimension than the collection.
            UsageError: a text is not valid Unicode; nothing was written.
        """
        payloads.check_vectors(collection, self._dimension(collection), len(chunks), vectors)
        points = [_point(each, vector, born) for each, vector in zip(chunks, vectors, strict=True)]
        for part in payloads.slices(points, payloads.SLICE):
            self._client.upsert(_name(collection), part, wait=True)

    def retire(self, collection: str, ids: Sequence[str], *, at: int) -> None:
        """Set ``died = at``; ``at=FOREVER`` shows the points again. Unknown ids are ignored."""
        from qdrant_client import models

        self._dimension(collection)
        for part in payloads.slices(ids, payloads.SLICE):  # by filter, because a list with an unknown id is an error
            points = all_of(models.HasIdCondition(has_id=list(part)))
            self._client.set_payload(_name(collection), {"died": at}, points, wait=True)

    def delete(self, collection: str, ids: Sequence[str]) -> None:
        """Delete points. Unknown ids are ignored."""
        self._dimension(collection)
        for part in payloads.slices(ids, payloads.SLICE):
            self._client.delete(_name(collection), list(part), wait=True)

    def erase(self, collection: str, documents: Collection[str]) -> int:
        """Delete every point of ``documents``; return their number. The server's optimizers free the bytes later."""
        before = self.count(collection)
        for each in any_of("document", documents):
            self._client.delete(_name(collection), all_of(each), wait=True)
        return before - self.count(collection)

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
        dimension = self._dimension(collection)
        if vector is not None:
            payloads.check_dimension(collection, dimension, len(vector))
        queries = queries_for(vector, text, seen_at(revision, allow), fusion.depth(top_k), exact=exact)
        sent = [each for each in queries if each is not None]
        answers = self._client.query_batch_points(_name(collection), sent) if sent else []
        rankings = [[(str(p.id), p.score) for p in answer.points] for answer in answers]
        best = fusion.fuse(rankings + [[]] * queries.count(None), top_k)
        ids: list[Any] = [id_ for id_, _ in best]
        records = self._client.retrieve(_name(collection), ids, with_payload=payloads.HIT_FIELDS) if ids else []
        return payloads.served(best, {str(record.id): _payload(record) for record in records})

    def chunks(self, collection: str, *, revision: int, documents: Collection[str]) -> list[Chunk]:
        """Return the chunks of ``documents`` that a reader at ``revision`` sees, sorted by chunk id."""
        seen = seen_at(revision)
        found = [
            payloads.to_chunk(_payload(record))
            for each in any_of("document", documents)
            for record in self._scroll(collection, all_of(each, seen), fields=True)
        ]
        return sorted(found, key=lambda each: each.chunk)

    def count(self, collection: str, *, revision: int | None = None) -> int:
        """Return the number of points that a reader at ``revision`` sees; None: of all points."""
        self._dimension(collection)
        seen = None if revision is None else seen_at(revision)
        return self._client.count(_name(collection), count_filter=seen, exact=True).count

    def size(self, collection: str) -> int | None:
        """Return None: a server does not report the size of a collection on disk."""
        self._dimension(collection)
        return None

    def optimize(self, collection: str, *, ef: int | None = None) -> None:
        """Do nothing: a server builds its search graph itself. With ``ef``, wait until it has built the graph again.

        Raises:
            PointsmanError: it takes the server longer than ``BUILD_SECONDS``.
        """
        self._dimension(collection)
        if ef is None:
            return
        from qdrant_client import models

        finer = models.HnswConfigDiff(m=payloads.FINE_EDGES, ef_construct=ef)
        self._client.update_collection(_name(collection), hnsw_config=finer)
        deadline = time.monotonic() + BUILD_SECONDS
        while self._client.get_collection(_name(collection)).status != models.CollectionStatus.GREEN:
            if time.monotonic() > deadline:
                raise PointsmanError(
                    f"the server has not built the search graph of {_name(collection)!r} within {BUILD_SECONDS:g} s; "
                    "nothing was switched, run `pointsman refresh` again when the collection is green"
                )
            time.sleep(BUILD_POLL_SECONDS)

    def close(self) -> None:
        """Do nothing: finished writes are durable, and the next call needs the connection."""

    def _dimension(self, collection: str) -> int:
        """Return the length of a collection's vectors; the server is asked once.

        Raises:
            IndexDamaged: there is no such collection, or Pointsman did not create it.
        """
        if collection not in self._dimensions:
            if not self._client.collection_exists(_name(collection)):
                raise payloads.missing(collection)
            params: Any = self._client.get_collection(_name(collection)).config.params.vectors
            if not isinstance(params, dict) or payloads.DENSE not in params:
                raise IndexDamaged(
                    f"collection {_name(collection)!r} has no vector called {payloads.DENSE!r}: Pointsman "
                    "did not create it; rename it, or use another Qdrant server"
                )
            self._dimensions[collection] = int(params[payloads.DENSE].size)
        return self._dimensions[collection]

    def _index_payload(self, name: str) -> None:
        """Create the payload indexes that are missing, for example after a killed ``create``."""
        from qdrant_client import models

        there = self._client.get_collection(name).payload_schema
        kinds = dict.fromkeys(payloads.KEYWORD_FIELDS, models.PayloadSchemaType.KEYWORD)
        kinds |= dict.fromkeys(payloads.INTEGER_FIELDS, models.PayloadSchemaType.INTEGER)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Payload indexes have no effect in the local Qdrant")
            for field, kind in kinds.items():
                if field not in there:
                    self._client.create_payload_index(name, field, kind, wait=True)

    def _scroll(
        self,
        collection: str,
        condition: "models.Filter | None",
        fields: list[str] | bool,
        with_vectors: list[str] | bool = False,
    ) -> Iterator["models.Record"]:
        """Yield every record that a filter allows; reads page by page."""
        self._dimension(collection)
        offset: Any = None
        while True:
            page, offset = self._client.scroll(
                _name(collection),
                scroll_filter=condition,
                limit=payloads.PAGE,
                offset=offset,
                with_payload=fields,
                with_vectors=with_vectors,
            )
            yield from page
            if offset is None:
                return


def _name(collection: str) -> str:
    return PREFIX + payloads.checked_name(collection)


def _payload(point: "models.Record | models.ScoredPoint") -> dict[str, Any]:
    return point.payload or {}


def _point(chunk: Chunk, vector: NDArray[np.float32], born: int) -> "models.PointStruct":
    from qdrant_client import models

    indices, values = bm25.document_terms(chunk.embed_text)
    named: dict[str, Any] = {payloads.DENSE: vector.tolist()}
    if indices:
        named[bm25.BM25] = models.SparseVector(indices=indices, values=values)
    return models.PointStruct(id=chunk.point_id(born), vector=named, payload=payloads.to_payload(chunk, born))
