"""The folders of an embedded index: one qdrant-edge shard for each collection, held by one process at a time."""

import json
import os
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import qdrant_edge as edge
from filelock import FileLock, Timeout

from pointsman.adapters.qdrant import bm25, payloads
from pointsman.core.errors import IndexBusy, IndexDamaged

ABOUT = "collection.json"
"""File that makes a folder a collection; it is written last, before the folder takes its name."""
SHARD = "shard"
"""Subfolder of a new collection's shard; ``collection.json`` names another once the shard was written anew."""
MAKING, GOING = ".making-", ".going-"
"""Prefixes of folders that a killed process left half made or half removed."""
DISK_BLOCK = 512
"""Bytes of the blocks that a file's ``st_blocks`` counts (POSIX); the engine's files have holes."""


@dataclass(frozen=True, slots=True)
class Open:
    """A collection held open."""

    shard: Any
    dimension: int


class Shards:
    """The collections below one folder: made, opened, written anew, removed, each whole or not at all.

    Nothing is opened or locked before it is needed, and listing the collections needs neither.
    """

    def __init__(self, root: Path, *, timeout: float) -> None:
        """Name the folder, and the seconds to wait for another process to let go of it; nothing is made or opened."""
        self._root = root
        self._timeout = timeout
        self._lock = FileLock(root / ".lock", thread_local=False)
        self._open: dict[str, Open] = {}
        self._readers: Counter[str] = Counter()
        self._left = threading.Condition()
        """Told when a reader is done with a collection."""
        self.guard = threading.RLock()
        """Held by whoever changes a collection."""

    def names(self) -> list[str]:
        """Return the names of the collections there are, ordered; opens none."""
        return sorted(about.parent.name for about in self._root.glob(f"[!.]*/{ABOUT}"))

    def create(self, collection: str, dimension: int) -> None:
        """Make an empty collection; nothing happens when it is there with that dimension.

        Raises:
            ModelMismatch: it is there with another dimension.
            UsageError: it cannot be called so.
        """
        place = self._place(collection)
        with self.guard:
            self._hold()
            if (place / ABOUT).is_file():
                payloads.check_dimension(collection, self._dimension(collection), dimension)
                return
            making = self._root / f"{MAKING}{collection}"
            _make_shard(making / SHARD, dimension)
            _write_durably(making / ABOUT, json.dumps({"dimension": dimension}))
            making.rename(place)
            _sync_folder(self._root)

    def drop(self, collection: str) -> None:
        """Remove a collection and its points; nothing happens when it is not there."""
        place = self._place(collection)
        with self.guard:
            if not place.exists():
                return
            self._hold()
            if collection in self._open:
                self._let_go(collection)
            going = self._root / f"{GOING}{collection}"
            place.rename(going)
            shutil.rmtree(going)

    def opened(self, collection: str) -> Open:
        """Return a collection held open.

        Raises:
            IndexBusy: another process holds the folder.
            IndexDamaged: the collection is not there or cannot be read.
        """
        with self.guard:
            held = self._open.get(payloads.checked_name(collection))
            if held is None:
                self._hold()
                held = Open(_load_shard(self._root / collection), self._dimension(collection))
                self._open[collection] = held
            return held

    @contextmanager
    def reading(self, collection: str) -> Iterator[Open]:
        """Hold a collection open for as long as the block lasts: whoever would close it waits for that.

        The block must not change a collection, nor wait for somebody who does.

        Raises:
            IndexBusy, IndexDamaged: as ``opened``.
        """
        with self.guard:
            held = self.opened(collection)
            with self._left:
                self._readers[collection] += 1
        try:
            yield held
        finally:
            with self._left:
                self._readers[collection] -= 1
                self._left.notify_all()

    def write_anew(self, collection: str, points: Iterator[Any]) -> int:
        """Put a new shard of ``points`` in the old one's place; return how many there are.

        ``collection.json`` is replaced in one rename: a kill leaves the old shard or the new one.
        """
        with self.guard:
            place, dimension = self._root / collection, self.opened(collection).dimension
            _clear_shards(place)
            name = "shard-b" if _shard_name(place) != "shard-b" else "shard-a"
            _make_shard(place / name, dimension)
            fresh = edge.EdgeShard.load(str(place / name))
            written = 0
            while part := list(islice(points, payloads.SLICE)):
                fresh.update(edge.UpdateOperation.upsert_points(part))
                written += len(part)
            fresh.flush()
            fresh.close()
            self._let_go(collection)
            _replace_durably(place / ABOUT, json.dumps({"dimension": dimension, "shard": name}))
            _clear_shards(place)
            return written

    def refined(self, collection: str, ef: int) -> Any:
        """Open a collection anew with a finer graph to be built; its shard keeps that configuration on disk."""
        with self.guard:
            dimension = self.opened(collection).dimension
            self._let_go(collection)
            finer = edge.HnswIndexConfig(
                m=payloads.FINE_EDGES, ef_construct=ef, full_scan_threshold=payloads.FULL_SCAN_KB
            )
            shard = _load_shard(self._root / collection, _config(dimension, finer))
            self._open[collection] = Open(shard, dimension)
            return shard

    def size(self, collection: str) -> int:
        """Return the bytes that a collection takes on disk.

        Raises:
            IndexDamaged: it is not there.
        """
        place = self._place(collection)
        if not (place / ABOUT).is_file():
            raise payloads.missing(collection)
        return sum(found.stat().st_blocks * DISK_BLOCK for found in place.rglob("*") if found.is_file())

    def close(self) -> None:
        """Make everything durable and let other processes in; the next call opens it again."""
        with self.guard:
            for collection in list(self._open):
                self._let_go(collection)
            self._lock.release()

    def _place(self, collection: str) -> Path:
        return self._root / payloads.checked_name(collection)

    def _let_go(self, collection: str) -> None:
        """Close an open collection, all of it on disk, when the last of its readers is done; no other gets in."""
        held = self._open.pop(collection)
        with self._left:
            self._left.wait_for(lambda: not self._readers[collection])
        held.shard.flush()
        held.shard.close()

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
        for name in self.names():
            _clear_shards(self._root / name)

    def _dimension(self, collection: str) -> int:
        about = self._root / collection / ABOUT
        if not about.is_file():
            raise payloads.missing(collection)
        try:
            return int(json.loads(about.read_text(encoding="utf-8"))["dimension"])
        except (ValueError, KeyError, TypeError) as error:
            raise IndexDamaged(f"{about} cannot be read ({error}); run `pointsman doctor --repair`") from error


def _make_shard(path: Path, dimension: int) -> None:
    """Make an empty shard with its payload indexes, closed again."""
    path.mkdir(parents=True)
    shard = edge.EdgeShard.create(str(path), _config(dimension))
    for field in payloads.KEYWORD_FIELDS:
        shard.update(edge.UpdateOperation.create_field_index(field, edge.PayloadSchemaType.Keyword))
    for field in payloads.INTEGER_FIELDS:
        shard.update(edge.UpdateOperation.create_field_index(field, edge.PayloadSchemaType.Integer))
    shard.flush()
    shard.close()


def _config(dimension: int, graph: Any = None) -> Any:
    dense = {payloads.DENSE: edge.EdgeVectorParams(size=dimension, distance=edge.Distance.Cosine)}
    terms = {bm25.BM25: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)}
    return edge.EdgeConfig(vectors=dense, sparse_vectors=terms, hnsw_config=graph, wal_enabled=True)


def _load_shard(place: Path, config: Any = None) -> Any:
    if not (place / ABOUT).is_file():
        raise payloads.missing(place.name)
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
