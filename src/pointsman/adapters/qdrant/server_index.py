"""The vector index on a Qdrant server; any number of processes can use it."""

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pointsman.adapters.qdrant import fusion, payloads, server_copies, server_queries
from pointsman.adapters.qdrant.server_client import MAX_WAIT_SECONDS, REQUEST_SECONDS, open_client
from pointsman.adapters.qdrant.server_collections import ServerCollections, is_local
from pointsman.adapters.qdrant.server_graph import GREEN_LOOKS, MAX_BUILD_SECONDS
from pointsman.adapters.qdrant.server_limits import Facts, SeenCounts, candidates
from pointsman.adapters.qdrant.server_writes import delete_in_parts, point, upsert_in_parts, write
from pointsman.core.corpus.chunk import Chunk
from pointsman.core.index.condition import Condition
from pointsman.core.index.filters import Filter
from pointsman.core.index.hits import Hit
from pointsman.core.index.points import Point, StoredPoint
from pointsman.ports.models import Vectors

if TYPE_CHECKING:
    from qdrant_client import QdrantClient, models


def connect(
    url: str, api_key: str | None = None, *, max_wait: float = MAX_WAIT_SECONDS, timeout: int = REQUEST_SECONDS
) -> "QdrantIndex":
    """Return the index of the Qdrant server at ``url``; nothing is sent yet.

    Raises:
        ServerUnusable: ``url`` is no address of a server.
    """
    return QdrantIndex(open_client(url, api_key, max_wait=max_wait, timeout=timeout), max_wait=max_wait)


class QdrantIndex:
    """A ``VectorIndex`` on qdrant-client. When a write returns, the server has applied it.

    The BM25 vectors are computed here with the code of the embedded index, so both engines index in the same way.
    """

    def __init__(
        self,
        client: "QdrantClient",
        *,
        max_wait: float = MAX_WAIT_SECONDS,
        max_build: float = MAX_BUILD_SECONDS,
    ) -> None:
        """Use a client of a server, or ``QdrantClient(":memory:")``; sends no request.

        A write that is not applied within ``max_wait`` seconds, or a graph not built within ``max_build``, is an error.
        """
        self._client = client
        self._max_wait = max_wait
        self._at = ServerCollections(client, max_build=max_build)
        self._seen = SeenCounts()

    def collections(self) -> list[str]:
        """Return the names of Pointsman's collections, sorted."""
        return self._at.names()

    def create(self, collection: str, dimension: int) -> None:
        """Create an empty collection; one that is there stays, and gets the payload indexes that it lacks.

        Raises:
            ModelMismatch: it exists with another dimension.
            UsageError: the name is not allowed.
        """
        self._at.create(collection, dimension)

    def drop(self, collection: str) -> None:
        """Delete a collection with its points; nothing happens if it does not exist."""
        self._at.drop(collection)

    def points(self, collection: str, *, documents: Collection[str] | None = None) -> Iterator[Point]:
        """Yield the points of ``documents`` (None: of all), retired ones included, in any order."""
        parts = (
            [None]
            if documents is None
            else [server_queries.all_of(each) for each in self._parts(collection, "document", documents)]
        )
        for part in parts:
            for record in self._at.scroll(collection, part, payloads.POINT_FIELDS):
                if payloads.is_ours(record.payload):
                    yield payloads.to_point(record.id, _payload(record))

    def stored_points(self, collection: str, *, revision: int) -> Iterator[StoredPoint]:
        """Yield the points that a reader at ``revision`` sees, with payload and vector, in any order."""
        for record in self._at.scroll(
            collection, server_queries.seen_at(revision), fields=True, with_vectors=[payloads.DENSE]
        ):
            yield payloads.to_stored_point(record.id, _payload(record), record.vector)

    def touched(self, collection: str, revision: int) -> Iterator[Point]:
        """Yield the points that an interrupted run changed: ``born`` or ``died`` >= ``revision``, but not FOREVER."""
        for record in self._at.scroll(collection, server_queries.changed_from(revision), payloads.POINT_FIELDS):
            if payloads.is_ours(record.payload):
                yield payloads.to_point(record.id, _payload(record))

    def vectors(self, collection: str, digests: Collection[str]) -> dict[str, NDArray[np.float32]]:
        """Return vectors by chunk digest, for each of ``digests`` that any point has, retired points included."""
        found: dict[str, NDArray[np.float32]] = {}
        for each in self._parts(collection, "digest", digests):
            for record in self._at.scroll(
                collection, server_queries.all_of(each), ["digest"], with_vectors=[payloads.DENSE]
            ):
                vector: Any = record.vector
                if isinstance(vector, dict) and payloads.DENSE in vector:
                    found.setdefault(_payload(record)["digest"], np.asarray(vector[payloads.DENSE], np.float32))
        return found

    def upsert(self, collection: str, chunks: Sequence[Chunk], vectors: Vectors, *, born: int) -> None:
        """Write one point for each chunk, with id ``chunks[i].point_id(born)``, ``vectors[i]`` and died FOREVER.

        Raises:
            ModelMismatch: the vectors have another dimension than the collection.
            UsageError: a text is not valid Unicode; nothing was written.
            ServerUnusable: the server takes no request as large as one of the points.
        """
        facts = self._at.place(collection).facts
        payloads.check_vectors(collection, facts.dimension, len(chunks), vectors)
        points = [point(each, vector, born) for each, vector in zip(chunks, vectors, strict=True)]

        def upsert(name: str) -> None:
            upsert_in_parts(self._client, name, points, batch=facts.batch, max_wait=self._max_wait)

        self._at.change(collection, upsert)
        self._seen.clear()

    def retire(self, collection: str, ids: Sequence[str], *, at: int) -> None:
        """Set ``died = at``; ``at=FOREVER`` shows the points again. Unknown ids are ignored."""
        facts = self._at.place(collection).facts
        for part in payloads.slices(ids, facts.values):  # by filter, because a list with an unknown id is an error
            points = server_queries.having(part)

            def retire(name: str, points: "models.Filter" = points) -> None:
                write(lambda: self._client.set_payload(name, {"died": at}, points, wait=True), max_wait=self._max_wait)

            self._at.change(collection, retire)
        self._seen.clear()

    def delete(self, collection: str, ids: Sequence[str]) -> None:
        """Delete points. Unknown ids are ignored."""
        size = self._at.place(collection).facts.values

        def delete(name: str) -> None:
            delete_in_parts(self._client, name, ids, size=size, max_wait=self._max_wait)

        self._at.change(collection, delete)
        self._seen.clear()

    def erase(self, collection: str, documents: Collection[str]) -> int:
        """Copy every point of other documents into a new collection, which takes its place; return how many stayed out.

        A server keeps what was deleted in its log and its pages; only dropping the collection removes them. Readers
        find the old collection until it is dropped, then the copy.
        """
        erased = set(documents)
        old, copy = self._at.place(collection, fresh=True), self._at.next_copy(collection)
        server_copies.create_like(self._client, old.name, copy)
        _, left = server_copies.copy_points(
            self._client, old.name, copy,
            keep=lambda record: _payload(record).get("document") not in erased,
            page=old.facts.page, batch=old.facts.batch, max_wait=self._max_wait,
        )  # fmt: skip
        self._at.settle(copy)
        self._at.move(collection)
        self._seen.clear()
        return left

    def fence(self, collection: str) -> None:
        """Copy a collection and drop it: what another process still sends goes to the dropped one, and is refused."""
        self.erase(collection, ())

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
        term statistics of BM25 included. A collection in strict mode may allow fewer passages than ``top_k``.

        Raises:
            ModelMismatch: the vector has another dimension than the collection.
            UsageError: there is neither a vector nor a text.
        """
        facts = self._at.place(collection).facts
        if vector is not None:
            payloads.check_dimension(collection, facts.dimension, len(vector))
        top_k, seen = min(top_k, facts.page), server_queries.seen_at(revision, allow, size=facts.values)
        graph = None if vector is None or exact else self._ef(collection, revision, facts)
        queries = server_queries.queries_for(
            vector, text, seen, min(fusion.depth(top_k), facts.page), exact=exact, ef=graph
        )
        sent = [each for each in queries if each is not None]
        answers = self._at.ask(collection, lambda name: self._client.query_batch_points(name, sent)) if sent else []
        rankings = [[(str(p.id), p.score) for p in answer.points] for answer in answers]
        best = fusion.fuse(rankings + [[]] * queries.count(None), top_k)
        return payloads.served(best, self._at.contents(collection, [id_ for id_, _ in best], payloads.HIT_FIELDS))

    def chunks(self, collection: str, *, revision: int, documents: Collection[str]) -> list[Chunk]:
        """Return the chunks of ``documents`` that a reader at ``revision`` sees, sorted by chunk id."""
        seen = server_queries.seen_at(revision)
        found = [
            payloads.to_chunk(_payload(record))
            for each in self._parts(collection, "document", documents)
            for record in self._at.scroll(collection, server_queries.all_of(each, seen), fields=True)
        ]
        return sorted(found, key=lambda each: each.chunk)

    def count(self, collection: str, *, revision: int | None = None) -> int:
        """Return the number of points that a reader at ``revision`` sees; None: of all points."""
        seen = None if revision is None else server_queries.seen_at(revision)
        return self._at.ask(collection, lambda name: self._client.count(name, count_filter=seen, exact=True).count)

    def condition(self, collection: str) -> Condition:
        """Return the payload indexes that are missing, the points of other programs, and whether a graph is built."""
        place = self._at.place(collection, fresh=True)
        found = self._at.scroll(collection, server_queries.strange(place.facts.indexed), fields=False)
        return Condition(
            unindexed=() if is_local(self._client) else place.facts.unindexed,
            strangers=tuple(sorted(str(record.id) for record in found)),
            building=place.facts.building,
        )

    def size(self, collection: str) -> int | None:
        """Return None: a server does not report the size of a collection on disk."""
        self._at.place(collection)
        return None

    def settle(self, collection: str) -> None:
        """Wait until the server has built the search graph: until then it finds other passages than later.

        Raises:
            ServerUnusable: the server cannot build it, or is not ready in time.
        """
        self._at.settle(self._at.place(collection).name)

    def optimize(self, collection: str, *, ef: int | None = None) -> None:
        """Do nothing: a server builds its search graph itself. With ``ef``, wait until it has built the graph again.

        Raises:
            ServerUnusable: the server cannot build it, or is not ready in time.
        """
        place = self._at.place(collection)
        if ef is None:
            return
        from qdrant_client import models

        finer = models.HnswConfigDiff(m=payloads.FINE_EDGES, ef_construct=ef)
        self._client.update_collection(place.name, hnsw_config=finer)
        self._at.settle(place.name, looks=GREEN_LOOKS)

    def close(self) -> None:
        """Do nothing: finished writes are durable, and the next call needs the connection."""

    def _ef(self, collection: str, revision: int, facts: Facts) -> int | None:
        """Return how many candidates a search of the graph looks at; None: no graph, or the server's own number."""
        if facts.scanned:
            return None
        seen = self._seen.of(collection, revision, lambda: self.count(collection, revision=revision))
        return candidates(facts.points, seen, most=facts.ef)

    def _parts(self, collection: str, field: str, values: Collection[str]) -> Iterator["models.FieldCondition"]:
        return server_queries.any_of(field, values, size=self._at.place(collection).facts.values)


def _payload(point: "models.Record | models.ScoredPoint") -> dict[str, Any]:
    return point.payload or {}
