"""The folders of an embedded index: one qdrant-edge shard for each collection; one process uses them at a time."""

import json
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

from pointsman.adapters.qdrant import payloads
from pointsman.adapters.qdrant.shard_copies import DISK_BLOCK, ShardCopies, obstacle, unchanged
from pointsman.adapters.qdrant.shard_files import (
    ABOUT,
    SHARD,
    clear_shards,
    load_shard,
    make_shard,
    replace_durably,
    shard_config,
    shard_name,
    sync_folder,
    write_durably,
)
from pointsman.core.errors import IndexBusy, IndexDamaged

LOCK = ".lock"
"""File that the process holds which uses the folder."""
MAKING, GOING = ".making-", ".going-"
"""Prefixes of folders that are being created or deleted; a killed process leaves them behind."""


@dataclass(frozen=True, slots=True)
class Open:
    """An open collection."""

    shard: Any
    dimension: int
    copied: bool = False
    """Whether it is a copy, for readers: the workspace's disk cannot be written."""


class Shards:
    """The collections below one folder. They are created, replaced and deleted completely or not at all.

    Files are opened and locked at their first use; listing the collections needs neither.
    """

    def __init__(self, root: Path, *, timeout: float) -> None:
        """Use a folder, and wait ``timeout`` seconds until another process releases it; nothing is opened."""
        self._root = root
        self._timeout = timeout
        self._lock = FileLock(root / LOCK, thread_local=False)
        self._open: dict[str, Open] = {}
        self._copies = ShardCopies()
        self._readers: Counter[str] = Counter()
        self._left = threading.Condition()
        """Notified when a reader has finished with a collection."""
        self.guard = threading.RLock()
        """Lock of the thread that changes a collection."""

    def names(self) -> list[str]:
        """Return the names of all collections, sorted; opens none."""
        return sorted(about.parent.name for about in self._root.glob(f"[!.]*/{ABOUT}"))

    def create(self, collection: str, dimension: int) -> None:
        """Create an empty collection; one that exists with this dimension stays as it is.

        Raises:
            ModelMismatch: it exists with another dimension.
            UsageError: the name is not allowed.
        """
        place = self._place(collection)
        with self.guard:
            self._lock_folder()
            if (place / ABOUT).is_file():
                payloads.check_dimension(collection, self._dimension(collection), dimension)
                return
            making = self._root / f"{MAKING}{collection}"
            make_shard(making / SHARD, dimension)
            write_durably(making / ABOUT, json.dumps({"dimension": dimension}))
            making.rename(place)
            sync_folder(self._root)

    def drop(self, collection: str) -> None:
        """Delete a collection with its points; nothing happens if it does not exist."""
        place = self._place(collection)
        with self.guard:
            if not place.exists():
                return
            self._lock_folder()
            if collection in self._open:
                self._close(collection)
            going = self._root / f"{GOING}{collection}"
            place.rename(going)
            shutil.rmtree(going)

    def opened(self, collection: str) -> Open:
        """Return an open collection: a copy, where the disk is full or cannot be written.

        Raises:
            IndexBusy: another process uses the folder.
            IndexDamaged: the collection does not exist or cannot be read.
            OSError: there is no room for a copy.
        """
        with self.guard:
            found = self._open.get(payloads.checked_name(collection))
            if found is not None and found.copied and obstacle(self._root) is None:
                self._close(collection)
                found = None
            if found is None:
                place, copied = self._readable(collection)
                found = Open(load_shard(place), self._dimension(collection), copied)
                self._open[collection] = found
            return found

    def writable(self, collection: str) -> Open:
        """Return an open collection, to be changed.

        Raises:
            IndexBusy, IndexDamaged: as ``opened``.
            OSError: the disk is full or cannot be written.
        """
        self._lock_folder()
        return self.opened(collection)

    @contextmanager
    def reading(self, collection: str) -> Iterator[Open]:
        """Keep a collection open while the block runs; a thread that wants to close it waits.

        The block must not change a collection, nor wait for a thread that does.

        Raises:
            IndexBusy, IndexDamaged: as ``opened``.
        """
        with self.guard:
            found = self.opened(collection)
            with self._left:
                self._readers[collection] += 1
        try:
            yield found
        finally:
            with self._left:
                self._readers[collection] -= 1
                self._left.notify_all()

    def replace_points(self, collection: str, points: Iterator[Any]) -> int:
        """Replace the shard by a new one with ``points``; return their number.

        ``collection.json`` is replaced in one rename: after a kill there is the old shard or the new one.
        """
        with self.guard:
            place, dimension = self._root / collection, self.writable(collection).dimension
            clear_shards(place)
            name = "shard-b" if shard_name(place) != "shard-b" else "shard-a"
            make_shard(place / name, dimension)
            fresh = edge.EdgeShard.load(str(place / name))
            written = 0
            while part := list(islice(points, payloads.SLICE)):
                fresh.update(edge.UpdateOperation.upsert_points(part))
                written += len(part)
            fresh.flush()
            fresh.close()
            self._close(collection)
            replace_durably(place / ABOUT, json.dumps({"dimension": dimension, "shard": name}))
            clear_shards(place)
            return written

    def refined(self, collection: str, ef: int) -> Any:
        """Open a collection again with the configuration of a finer graph, which its shard keeps on disk."""
        with self.guard:
            dimension = self.writable(collection).dimension
            self._close(collection)
            finer = edge.HnswIndexConfig(
                m=payloads.FINE_EDGES, ef_construct=ef, full_scan_threshold=payloads.FULL_SCAN_KB
            )
            shard = load_shard(self._root / collection, shard_config(dimension, finer))
            self._open[collection] = Open(shard, dimension)
            return shard

    def size(self, collection: str) -> int:
        """Return the bytes of a collection on disk.

        Raises:
            IndexDamaged: it does not exist.
        """
        place = self._place(collection)
        if not (place / ABOUT).is_file():
            raise payloads.missing(collection)
        return sum(found.stat().st_blocks * DISK_BLOCK for found in place.rglob("*") if found.is_file())

    def close(self) -> None:
        """Write everything to disk and release the folder; the next call opens it again."""
        with self.guard:
            for collection in list(self._open):
                self._close(collection)
            self._copies.close()
            self._lock.release()

    def _place(self, collection: str) -> Path:
        return self._root / payloads.checked_name(collection)

    def _close(self, collection: str) -> None:
        """Write an open collection to disk and close it after its last reader; new readers are not admitted."""
        closing = self._open.pop(collection)
        with self._left:
            self._left.wait_for(lambda: not self._readers[collection])
        closing.shard.flush()
        closing.shard.close()

    def _readable(self, collection: str) -> tuple[Path, bool]:
        """Return the folder from which a collection can be opened, and whether it is a copy."""
        place, why = self._root / collection, obstacle(self._root)
        if why is None:
            self._lock_folder()
            return place, False
        if not (place / ABOUT).is_file():
            raise payloads.missing(collection)
        with unchanged(self._root / LOCK):
            return self._copies.copy(place, because=why), True

    def _lock_folder(self) -> None:
        """Lock the folder for this process, and remove what a killed process left behind.

        Raises:
            IndexBusy: another process has locked it.
            OSError: the disk is full or cannot be written.
        """
        why = obstacle(self._root)
        if why is not None:
            raise why
        if self._lock.is_locked:
            return
        self._root.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=self._timeout)
        except Timeout:
            raise IndexBusy(
                f"another process has locked {self._lock.lock_file} for over {self._timeout:g} s, and only one process "
                "can use the embedded index; wait until it ends, or set QDRANT_URL for several processes"
            ) from None
        for prefix in (MAKING, GOING):
            for left in self._root.glob(f"{prefix}*"):
                shutil.rmtree(left)
        for name in self.names():
            clear_shards(self._root / name)

    def _dimension(self, collection: str) -> int:
        about = self._root / collection / ABOUT
        if not about.is_file():
            raise payloads.missing(collection)
        try:
            return int(json.loads(about.read_text(encoding="utf-8"))["dimension"])
        except (ValueError, KeyError, TypeError) as error:
            raise IndexDamaged(f"{about} cannot be read ({error}); run `pointsman doctor --repair`") from error
