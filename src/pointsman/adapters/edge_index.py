"""The vector index inside this process: one qdrant-edge shard for each collection, below one folder."""

import json
import os
import shutil
import threading
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import qdrant_edge as edge
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from pointsman.adapters import qdrant
from pointsman.core.errors import IndexBusy, IndexDamaged, UsageError
from pointsman.core.index import FOREVER, Filter, Held, Hit, Stored, Wanted
from pointsman.ports import Vectors

ABOUT = "collection.json"
"""File that makes a folder a collection; it is written last, before the folder takes its name."""
SHARD = "shard"
"""Subfolder of a new collection's shard; ``collection.json`` names another once the shard was written anew."""
MAKING, GOING = ".making-", ".going-"
"""Prefixes of folders that a killed process left half made or half removed."""
DISK_BLOCK = 512
"""Bytes of the blocks that a file's ``st_blocks`` counts (POSIX); the engine's files have holes."""


@dataclass(frozen=True, slots=True)
class _Open:
    """A collection held open."""

    shard: Any
    dimension: int


class EdgeIndex:
    """A ``VectorIndex`` of qdrant-edge shards, held by one process at a time.

    A write that returned is on disk: it survives ``kill -9``. Nothing is opened or locked before it is
    needed, and listing the collections needs neither.
    """

    def __init__(self, root: Path, *, timeout: float = 30) -> None:
        """Name the folder; nothing is made or opened.

        Args:
            root: Folder of the collections.
            timeout: Seconds to wait for another process to let go of it.
        """
        self._root = root
        self._timeout = timeout
        self._lock = FileLock(root / ".lock", thread_local=False)
        self._open: dict[str, _Open] = {}
        self._guard = threading.RLock()

    def collections(self) -> list[str]:
        """Return the names of the collections there are, ordered; opens none."""
        return sorted(about.parent.name for about in self._root.glob(f"[!.]*/{ABOUT}"))

    def create(self, collection: str, dimension: int) -> None:
        """Make an empty collection; nothing happens when it is there with that dimension.

        Raises:
            ModelMismatch: it is there with another dimension.
            UsageError: it cannot be called so.
        """
        place = self._root / qdrant.checked_name(collection)
        with self._guard:
            self._hold()
            if (place / ABOUT).is_file():
                qdrant.check_dimension(collection, self._dimension(collection), dimension)
                return
            making = self._root / f"{MAKING}{collection}"
            _make_shard(making / "shard", dimension)
            _write_durably(making / ABOUT, json.dumps({"dimension": dimension}))
            making.rename(place)
            _sync_folder(self._root)

    def drop(self, collection: str) -> None:
        """Remove a collection and its points; nothing happens when it is not there."""
        place = self._root / qdrant.checked_name(collection)
        with self._guard:
            if not place.exists():
                return
            self._hold()
            held = self._open.pop(collection, None)
            if held is not None:
                held.shard.close()
            going = self._root / f"{GOING}{collection}"
            place.rename(going)
            shutil.rmtree(going)

    def held(self, collection: str, *, documents: Collection[str] | None = None) -> Iterator[Held]:
        """Yield the points of ``documents`` (of all when None), dead ones too, in no particular order."""
        filters = [None] if documents is None else [edge.Filter(must=[c]) for c in _any_of("document", documents)]
        for each in filters:
            for record in self._scroll(collection, each, qdrant.HELD_FIELDS):
                yield qdrant.to_held(record.id, record.payload)

    def stored(self, collection: str, *, revision: int) -> Iterator[Stored]:
        """Yield the points that a reader at ``revision`` sees with everything they carry, in no particular order."""
        for record in self._scroll(collection, _seen_at(revision), fields=True, with_vector=[qdrant.DENSE]):
            yield qdrant.to_stored(record.id, record.payload, record.vector)

    def touched(self, collection: str, revision: int) -> Iterator[Held]:
        """Yield the points born, or dead, since ``revision``: an unfinished stage."""
        born = edge.FieldCondition("born", range=edge.RangeFloat(gte=revision))
        died = edge.FieldCondition("died", range=edge.RangeFloat(gte=revision, lt=FOREVER))
        for record in self._scroll(collection, edge.Filter(should=[born, died]), qdrant.HELD_FIELDS):
            yield qdrant.to_held(record.id, record.payload)

    def vectors(self, collection: str, digests: Collection[str]) -> dict[str, NDArray[np.float32]]:
        """Return the vector of every one of ``digests`` that some point, dead or alive, has."""
        found: dict[str, NDArray[np.float32]] = {}
        for condition in _any_of("digest", digests):
            records = self._scroll(collection, edge.Filter(must=[condition]), ["digest"], with_vector=[qdrant.DENSE])
            for record in records:
                found.setdefault(record.payload["digest"], np.asarray(record.vector[qdrant.DENSE], np.float32))
        return found

    def upsert(self, collection: str, wanted: Sequence[Wanted], vectors: Vectors, *, born: int) -> None:
        """Write points ``wanted[i].point_id(born)`` with ``vectors[i]``, born at ``born``, died FOREVER.

        Raises:
            ModelMismatch: the vectors are wider or narrower than the collection's.
            UsageError: a text is not Unicode; nothing was written.
        """
        qdrant.check_vectors(collection, self._opened(collection).dimension, len(wanted), vectors)
        points = [_point(each, vector, born) for each, vector in zip(wanted, vectors, strict=True)]
        self._write(
            collection,
            [edge.UpdateOperation.upsert_points(part) for part in qdrant.slices(points, qdrant.SLICE)],
        )

    def retire(self, collection: str, ids: Sequence[str], *, at: int) -> None:
        """Set ``died = at`` on points; ``at=FOREVER`` revives them. Unknown ids are passed over."""
        self._write(
            collection,
            [  # by filter, for qdrant-edge stops at the first unknown id of a list
                edge.UpdateOperation.set_payload_by_filter(
                    edge.Filter(must=[edge.HasIdCondition(set(part))]), {"died": at}
                )
                for part in qdrant.slices(ids, qdrant.SLICE)
            ],
        )

    def delete(self, collection: str, ids: Sequence[str]) -> None:
        """Remove points for good. Unknown ids are passed over."""
        self._write(
            collection,
            [edge.UpdateOperation.delete_points(list(part)) for part in qdrant.slices(ids, qdrant.SLICE)],
        )

    def erase(self, collection: str, documents: Collection[str]) -> int:
        """Write the shard anew without ``documents`` and swap it in; return how many points went.

        A deleted point's text stays in qdrant-edge's log and pages, whatever is optimised; so only a new shard is
        free of it. ``collection.json`` is replaced in one rename: a kill leaves the old shard or the new one.
        """
        gone = set(documents)
        with self._guard:
            place, dimension = self._root / collection, self._opened(collection).dimension
            before = self.count(collection)
            _clear_shards(place)
            name = "shard-b" if _shard_name(place) != "shard-b" else "shard-a"
            _make_shard(place / name, dimension)
            fresh = edge.EdgeShard.load(str(place / name))
            kept = (r for r in self._scroll(collection, None, fields=True, with_vector=True))
            points = (_same_point(r) for r in kept if r.payload["document"] not in gone)
            left = 0
            while part := list(islice(points, qdrant.SLICE)):
                fresh.update(edge.UpdateOperation.upsert_points(part))
                left += len(part)
            fresh.flush()
            fresh.close()
            self._open.pop(collection).shard.close()
            _replace_durably(place / ABOUT, json.dumps({"dimension": dimension, "shard": name}))
            _clear_shards(place)
            return before - left

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
        """Return the best passages that a reader at ``revision`` sees, best first; equal scores as ``tie_of`` orders.

        Both ``vector`` (dense) and ``text`` (BM25) given: reciprocal-rank fusion of the two. ``exact`` compares the
        vector with every one, past the search graph. ``allow`` filters inside the engine, BM25 statistics included.

        Raises:
            ModelMismatch: the vector is wider or narrower than the collection's.
            UsageError: neither is given.
        """
        opened = self._opened(collection)
        if vector is not None:
            qdrant.check_dimension(collection, opened.dimension, len(vector))
        queries = _queries(vector, text, _seen_at(revision, allow), qdrant.depth(top_k), exact=exact)
        answers = opened.shard.query_batch(edge.QueryBatchRequest([each for each in queries if each is not None]))
        rankings = [[(str(p.id), p.score) for p in answer] for answer in answers]
        best = qdrant.fuse(rankings + [[]] * queries.count(None), top_k)
        ids = [id_ for id_, _ in best]
        records = opened.shard.retrieve(ids, qdrant.HIT_FIELDS, False) if ids else []
        return qdrant.served(best, {str(record.id): record.payload for record in records})

    def wanted(self, collection: str, *, revision: int, documents: Collection[str]) -> list[Wanted]:
        """Return what is served of ``documents`` at ``revision``, texts included, ordered by chunk id."""
        seen = _seen_at(revision)
        found = [
            qdrant.to_wanted(record.payload)
            for condition in _any_of("document", documents)
            for record in self._scroll(collection, edge.Filter(must=[condition, seen]), fields=True)
        ]
        return sorted(found, key=lambda each: each.chunk)

    def count(self, collection: str, *, revision: int | None = None) -> int:
        """Return the number of points a reader at ``revision`` sees; of all points when None."""
        seen = None if revision is None else _seen_at(revision)
        return int(self._opened(collection).shard.count(edge.CountRequest(exact=True, filter=seen)))

    def size(self, collection: str) -> int | None:
        """Return the bytes that a collection takes on disk.

        Raises:
            IndexDamaged: it is not there.
        """
        place = self._root / qdrant.checked_name(collection)
        if not (place / ABOUT).is_file():
            raise qdrant.missing(collection)
        return sum(found.stat().st_blocks * DISK_BLOCK for found in place.rglob("*") if found.is_file())

    def optimize(self, collection: str, *, ef: int | None = None) -> None:
        """Build the search graph and drop removed points from disk; 30,000 points take 10 to 20 s.

        With ``ef`` the graph is built anew with so many candidates for each point and each search, and stays so.
        """
        with self._guard:
            shard = self._opened(collection).shard
            if ef is not None:
                shard = self._refined(collection, ef)
            shard.optimize()
            shard.flush()

    def _refined(self, collection: str, ef: int) -> Any:
        """Open a collection anew with a finer graph to be built; its shard keeps that configuration on disk."""
        before = self._open.pop(collection)
        before.shard.flush()
        before.shard.close()
        finer = edge.HnswIndexConfig(m=qdrant.FINE_EDGES, ef_construct=ef, full_scan_threshold=qdrant.FULL_SCAN_KB)
        shard = _load_shard(self._root / collection, _config(before.dimension, finer))
        self._open[collection] = _Open(shard, before.dimension)
        return shard

    def close(self) -> None:
        """Make everything durable and let other processes in; the next call opens it again."""
        with self._guard:
            while self._open:
                _, held = self._open.popitem()
                held.shard.flush()
                held.shard.close()
            self._lock.release()

    def _hold(self) -> None:
        """Take the folder for this process, and clear what a killed process left behind."""
        if self._lock.is_locked:
            return
        self._root.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=self._timeout)
        except Timeout:
            raise IndexBusy(
                f"another process has held {self._lock.lock_file} for over {self._timeout:g} s, and the "
                "embedded index serves one at a time; let it end, or set QDRANT_URL for several processes"
            ) from None
        for prefix in (MAKING, GOING):
            for left in self._root.glob(f"{prefix}*"):
                shutil.rmtree(left)
        for name in self.collections():
            _clear_shards(self._root / name)

    def _opened(self, collection: str) -> _Open:
        """Return a collection held open.

        Raises:
            IndexBusy: another process holds the folder.
            IndexDamaged: the collection is not there or cannot be read.
        """
        with self._guard:
            held = self._open.get(qdrant.checked_name(collection))
            if held is None:
                self._hold()
                held = _Open(_load_shard(self._root / collection), self._dimension(collection))
                self._open[collection] = held
            return held

    def _dimension(self, collection: str) -> int:
        about = self._root / collection / ABOUT
        if not about.is_file():
            raise qdrant.missing(collection)
        try:
            return int(json.loads(about.read_text(encoding="utf-8"))["dimension"])
        except (ValueError, KeyError, TypeError) as error:
            raise IndexDamaged(f"{about} cannot be read ({error}); run `pointsman doctor --repair`") from error

    def _write(self, collection: str, operations: Sequence[Any]) -> None:
        """Apply operations in order and return when they are on disk."""
        with self._guard:
            shard = self._opened(collection).shard
            for operation in operations:
                shard.update(operation)
            shard.flush()

    def _scroll(
        self, collection: str, condition: Any, fields: list[str] | bool, with_vector: list[str] | bool = False
    ) -> Iterator[Any]:
        """Yield every record that passes a filter, page by page."""
        offset = None
        while True:
            page, offset = self._opened(collection).shard.scroll(
                edge.ScrollRequest(
                    offset=offset,
                    limit=qdrant.PAGE,
                    filter=condition,
                    with_payload=fields,
                    with_vector=with_vector,
                )
            )
            yield from page
            if offset is None:
                return


def _make_shard(path: Path, dimension: int) -> None:
    """Make an empty shard with its payload indexes, closed again."""
    path.mkdir(parents=True)
    shard = edge.EdgeShard.create(str(path), _config(dimension))
    for field in qdrant.KEYWORD_FIELDS:
        shard.update(edge.UpdateOperation.create_field_index(field, edge.PayloadSchemaType.Keyword))
    for field in qdrant.INTEGER_FIELDS:
        shard.update(edge.UpdateOperation.create_field_index(field, edge.PayloadSchemaType.Integer))
    shard.flush()
    shard.close()


def _config(dimension: int, graph: Any = None) -> Any:
    dense = {qdrant.DENSE: edge.EdgeVectorParams(size=dimension, distance=edge.Distance.Cosine)}
    terms = {qdrant.BM25: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)}
    return edge.EdgeConfig(vectors=dense, sparse_vectors=terms, hnsw_config=graph, wal_enabled=True)


def _load_shard(place: Path, config: Any = None) -> Any:
    if not (place / ABOUT).is_file():
        raise qdrant.missing(place.name)
    try:
        return edge.EdgeShard.load(str(place / _shard_name(place)), config)
    except Exception as error:  # qdrant-edge raises nothing narrower
        raise IndexDamaged(
            f"{place} cannot be opened ({error}); run `pointsman doctor --repair` to build it again"
        ) from error


def _shard_name(place: Path) -> str:
    """Return the subfolder in which a collection's points lie."""
    try:
        return str(json.loads((place / ABOUT).read_text(encoding="utf-8")).get("shard", SHARD))
    except (ValueError, AttributeError) as error:
        raise IndexDamaged(f"{place / ABOUT} cannot be read ({error}); run `pointsman doctor --repair`") from error


def _clear_shards(place: Path) -> None:
    """Remove the shards that ``collection.json`` does not name: a kill left them."""
    shards = list(place.glob(f"{SHARD}*"))
    for shard in shards if len(shards) > 1 else ():
        if shard.name != _shard_name(place):
            shutil.rmtree(shard)


def _same_point(record: Any) -> Any:
    """Return a point as it was read, vectors included."""
    return edge.Point(record.id, dict(record.vector), record.payload)


def _point(wanted: Wanted, vector: NDArray[np.float32], born: int) -> Any:
    indices, values = qdrant.document_terms(wanted.embed_text)
    named: dict[str, Any] = {qdrant.DENSE: vector.tolist()}
    if indices:
        named[qdrant.BM25] = edge.SparseVector(indices=indices, values=values)
    return edge.Point(wanted.point_id(born), named, qdrant.to_payload(wanted, born))


def _seen_at(revision: int, allow: Filter | None = None) -> Any:
    """Return the filter of a reader at ``revision``: born <= revision < died, and what ``allow`` lets through."""
    born = edge.FieldCondition("born", range=edge.RangeFloat(lte=revision))
    died = edge.FieldCondition("died", range=edge.RangeFloat(gt=revision))
    if allow is None:
        return edge.Filter(must=[born, died])
    readers = edge.FieldCondition("readers", match=edge.MatchAny(allow.readers))
    facts = [edge.FieldCondition("facts", match=edge.MatchValue(each)) for each in allow.facts]
    return edge.Filter(must=[born, died, readers, *facts])


def _any_of(field: str, values: Collection[str]) -> Iterator[Any]:
    """Yield conditions that together match every one of ``values`` once."""
    for part in qdrant.slices(sorted(set(values)), qdrant.SLICE):
        yield edge.FieldCondition(field, match=edge.MatchAny(part))


def _queries(vector: NDArray[np.float32] | None, text: str | None, seen: Any, limit: int, *, exact: bool) -> list[Any]:
    """Return a query for the vector and one for the text (None without terms), over what a reader sees.

    The inverse document frequency is that of the reader's points too: a revision staged in the dark, or a
    point long dead, moves no score.

    Raises:
        UsageError: neither is given.
    """

    def query(nearest: Any, params: Any) -> Any:
        return edge.QueryRequest(limit=limit, query=nearest, filter=seen, params=params)

    if vector is None and text is None:
        raise UsageError("a search needs a vector, a text or both; neither was given")
    queries = []
    if vector is not None:
        whole = edge.SearchParams(exact=True) if exact else None
        queries.append(query(edge.Query.Nearest(vector.tolist(), using=qdrant.DENSE), whole))
    if text is not None:
        indices, values = qdrant.query_terms(text)
        nearest = edge.Query.Nearest(edge.SparseVector(indices=indices, values=values), using=qdrant.BM25)
        queries.append(query(nearest, edge.SearchParams(idf=edge.IdfParams(corpus=seen))) if indices else None)
    return queries


def _write_durably(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _replace_durably(path: Path, text: str) -> None:
    """Put another content in a file's place: readers see the one or the other, after a power cut too."""
    aside = path.with_name(f".{path.name}")
    _write_durably(aside, text)
    aside.replace(path)
    _sync_folder(path.parent)


def _sync_folder(path: Path) -> None:
    """Make a rename inside ``path`` outlast a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
