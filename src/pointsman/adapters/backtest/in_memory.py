"""A workspace in memory for backtests: a ledger, an index without vectors, a memory; no model is loaded."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.corpus.documents import Refusal
from pointsman.core.errors import LedgerConflict, PointsmanError
from pointsman.core.index.condition import Condition
from pointsman.core.index.filters import Filter
from pointsman.core.index.hits import Hit
from pointsman.core.index.points import FOREVER, Point
from pointsman.ports.models import Vectors

NOTHING: NDArray[np.float32] = np.empty(0, np.float32)
"""Stands for a vector that a real workspace would have in its cache; none is computed here."""


class InMemoryLedger:
    """Objects in dictionaries, and a pointer. Values are not copied: a caller must not change one that it has put."""

    def __init__(self) -> None:
        """Begin empty."""
        self._objects: dict[str, dict[str, dict[str, Any]]] = {}
        self._pointer: dict[str, Any] | None = None
        self._claim: dict[str, Any] | None = None

    def put(self, kind: str, id_: str, value: Mapping[str, Any], *, token: int | None = None) -> None:  # noqa: ARG002 - one writer
        """Store an object; storing the same id again changes nothing."""
        self._objects.setdefault(kind, {}).setdefault(id_, dict(value))

    def get(self, kind: str, id_: str) -> dict[str, Any] | None:
        """Return an object, or None."""
        return self._objects.get(kind, {}).get(id_)

    def ids(self, kind: str) -> list[str]:
        """Return the ids of all objects of a kind, ordered."""
        return sorted(self._objects.get(kind, ()))

    def kinds(self) -> list[str]:
        """Return the kinds of which there are objects, ordered."""
        return sorted(kind for kind, objects in self._objects.items() if objects)

    def replace(self, kind: str, id_: str, value: Mapping[str, Any], *, token: int | None = None) -> None:  # noqa: ARG002 - one writer
        """Store an object, in place of the one with that id."""
        self._objects.setdefault(kind, {})[id_] = dict(value)

    def remove(self, kind: str, id_: str, *, token: int | None = None) -> None:  # noqa: ARG002 - one writer
        """Remove an object; nothing happens when it is not there."""
        self._objects.get(kind, {}).pop(id_, None)

    def rewrite(self) -> None:
        """Do nothing: nothing is on disk."""

    def pointer(self) -> dict[str, Any] | None:
        """Return the value of the pointer, or None before its first move."""
        return None if self._pointer is None else dict(self._pointer)

    def swap(
        self, expected: Mapping[str, Any] | None, new: Mapping[str, Any], *, lease: Mapping[str, Any] | None = None
    ) -> None:
        """Move the pointer.

        Raises:
            LedgerConflict: it is not at ``expected``, or ``lease`` is not the present lease.
        """
        if self._pointer != expected or (lease is not None and lease != self._claim):
            raise LedgerConflict(f"the live pointer is at {self._pointer}, not at {expected}")
        self._pointer = dict(new)

    def restore_pointer(self, new: Mapping[str, Any], *, token: int | None = None) -> None:  # noqa: ARG002 - one writer
        """Write the pointer where there is none.

        Raises:
            LedgerConflict: there is one.
        """
        self.swap(None, new)

    def lease(self) -> dict[str, Any] | None:
        """Return the current write lease, or None."""
        return self.lease_record()

    def lease_record(self) -> dict[str, Any] | None:
        """Return the current write lease, or None."""
        return None if self._claim is None else dict(self._claim)

    def fence(self, token: int) -> None:
        """Do nothing: one process writes."""

    def set_lease(self, expected: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> None:
        """Change the write lease.

        Raises:
            LedgerConflict: it is not ``expected``.
        """
        if self._claim != expected:
            raise LedgerConflict(f"the writer is {self._claim}, not {expected}")
        self._claim = None if new is None else dict(new)

    def keep_since(self, number: int) -> None:
        """Drop what no later step reads: all that is older than this move of the pointer, and what people said."""
        moves = {id_: move for id_, move in self._objects.get("move", {}).items() if move["seq"] >= number}
        releases = {move["release"]: self._objects["release"][move["release"]] for move in moves.values()}
        kept = {"manifest": "corpus", "decision": "decision"}
        for kind, named in kept.items():
            objects = self._objects.get(kind, {})
            wanted = {release[named] for release in releases.values()}
            self._objects[kind] = {id_: value for id_, value in objects.items() if id_ in wanted}
        self._objects |= {"move": moves, "release": releases}
        for kind in ("approval", "hold"):
            self._objects.pop(kind, None)


class CountingIndex:
    """Points without vectors, and the digests of texts that have a vector. Retired points are removed.

    A real workspace keeps the vectors of removed texts in its cache, so their digests stay known here too.
    """

    def __init__(self) -> None:
        """Begin without a collection."""
        self._points: dict[str, dict[str, dict[str, Point]]] = {}
        """Collection → document → point id → point."""
        self._places: dict[str, dict[str, Chunk]] = {}
        """Collection → point id → the chunk that it serves: guards ask what readers get now."""
        self._newest: dict[str, int] = {}
        """Collection → newest revision in which points were born; from it on, all living points are visible."""
        self._digests: set[str] = set()

    def collections(self) -> list[str]:
        """Return the names of the collections, ordered."""
        return sorted(self._points)

    def create(self, collection: str, dimension: int) -> None:  # noqa: ARG002 - there are no vectors
        """Make an empty collection; nothing happens when it exists."""
        self._points.setdefault(collection, {})
        self._places.setdefault(collection, {})

    def drop(self, collection: str) -> None:
        """Remove a collection and its points."""
        self._points.pop(collection, None)
        self._places.pop(collection, None)

    def points(self, collection: str, *, documents: Collection[str] | None = None) -> Iterator[Point]:
        """Yield the living points of ``documents`` (of all when None)."""
        there = self._points[collection]
        for document in list(there) if documents is None else documents:
            yield from list(there.get(document, {}).values())

    def touched(self, collection: str, revision: int) -> Iterator[Point]:
        """Yield the points that an unfinished stage wrote."""
        if revision > self._newest.get(collection, 0):
            return iter(())
        return (point for point in self.points(collection) if point.born >= revision)

    def vectors(self, collection: str, digests: Collection[str]) -> dict[str, NDArray[np.float32]]:  # noqa: ARG002 - the cache is shared by all collections
        """Return an empty vector for each of ``digests`` that was ever written."""
        return dict.fromkeys(self._digests.intersection(digests), NOTHING)

    def upsert(self, collection: str, chunks: Sequence[Chunk], vectors: Vectors, *, born: int) -> None:  # noqa: ARG002
        """Write points, born at ``born``."""
        there, places = self._points[collection], self._places[collection]
        self._newest[collection] = max(born, self._newest.get(collection, 0))
        for w in chunks:
            id_ = w.point_id(born)
            there.setdefault(w.document, {})[id_] = Point(
                id_,
                w.chunk,
                document=w.document,
                digest=w.digest,
                payload_digest=w.payload_digest,
                born=born,
                died=FOREVER,
            )
            places[id_] = w
            self._digests.add(w.digest)

    def retire(self, collection: str, ids: Sequence[str], *, at: int) -> None:
        """Remove points for good, because nobody reads an older revision here; ``at=FOREVER`` does nothing."""
        if at != FOREVER:
            self.delete(collection, ids)

    def delete(self, collection: str, ids: Sequence[str]) -> None:
        """Remove points for good; unknown ids are skipped."""
        there, places = self._points[collection], self._places[collection]
        for id_ in ids:
            chunk = places.pop(id_, None)
            if chunk is not None:
                del there[chunk.document][id_]
                if not there[chunk.document]:
                    del there[chunk.document]

    def erase(self, collection: str, documents: Collection[str]) -> int:
        """Remove every point of ``documents``; return their number."""
        gone = [point.id for point in self.points(collection, documents=documents)]
        self.delete(collection, gone)
        return len(gone)

    def chunks(self, collection: str, *, revision: int, documents: Collection[str]) -> list[Chunk]:
        """Return the chunks of ``documents`` that a revision serves."""
        places = self._places[collection]
        found = [places[p.id] for p in self.points(collection, documents=documents) if p.seen_at(revision)]
        return sorted(found, key=lambda chunk: chunk.chunk)

    def count(self, collection: str, *, revision: int | None = None) -> int:
        """Return the number of living points; those of older revisions are no longer known."""
        if revision is None or revision >= self._newest.get(collection, 0):
            return len(self._places[collection])
        return sum(point.seen_at(revision) for point in self.points(collection))

    def size(self, collection: str) -> int | None:  # noqa: ARG002 - nothing is on disk
        """Return None: it uses no disk."""
        return None

    def condition(self, collection: str) -> Condition:  # noqa: ARG002 - nothing can be wrong
        """Return that nothing is wrong."""
        return Condition()

    def settle(self, collection: str) -> None:
        """Do nothing: nothing is built."""

    def optimize(self, collection: str, *, ef: int | None = None) -> None:
        """Do nothing: there is no search graph."""

    def stored_points(self, collection: str, *, revision: int) -> NoReturn:
        """Refuse: there are no vectors."""
        refuse(f"reading the vectors of {collection} at {revision}")

    def fence(self, collection: str) -> None:
        """Do nothing: one process writes."""

    def search(
        self,
        collection: str,
        *,
        revision: int,  # noqa: ARG002 - the signature is the port's
        vector: NDArray[np.float32] | None,  # noqa: ARG002 - as above
        text: str | None,  # noqa: ARG002 - as above
        top_k: int,  # noqa: ARG002 - as above
        exact: bool = False,  # noqa: ARG002 - as above
        allow: Filter | None = None,  # noqa: ARG002 - as above
    ) -> list[Hit]:
        """Refuse: there are no vectors."""
        refuse(f"searching {collection}")

    def close(self) -> None:
        """Do nothing: there is nothing to close."""


class InMemoryState:
    """The memory between refreshes, and the quarantine, for as long as the backtest runs."""

    def __init__(self, known: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        """Begin with what is ``known``, such as the rates of past runs, for the estimates."""
        self._values: dict[str, dict[str, Any]] = {name: dict(value) for name, value in (known or {}).items()}
        self._rows: dict[str, list[Refusal]] = {}

    def get(self, name: str) -> dict[str, Any]:
        """Return what was put under ``name``; empty when nothing was."""
        return dict(self._values.get(name, {}))

    def put(self, name: str, value: Mapping[str, Any]) -> None:
        """Store ``value`` under ``name``."""
        self._values[name] = dict(value)

    def replace(self, suite: str, refusals: Sequence[Refusal]) -> None:
        """Replace the rows of ``suite`` by ``refusals``."""
        self._rows[suite] = list(refusals)

    def rows(self, suite: str) -> list[Refusal]:
        """Return the rows of ``suite``."""
        return self._rows.get(suite, [])

    def counts(self) -> dict[str, int]:
        """Return the number of refused items of every suite."""
        return {suite: len({r.item for r in rows}) for suite, rows in self._rows.items()}


class NoLines:
    """An empty folder of examples or probes: a history of documents does not hold what people wrote there."""

    def stamp(self) -> str:
        """Return a constant: nothing changes."""
        return "none"

    def texts(self) -> list[tuple[str, str]]:
        """Return no file."""
        return []

    def problems(self) -> list[tuple[str, str]]:
        """Return none: there is no file that cannot be read."""
        return []


class NoBuilds:
    """Builds nothing."""

    def build(self, stage: str, listing: object = None) -> NoReturn:  # noqa: ARG002 - the port has it
        """Refuse: a backtest builds nothing."""
        refuse(f"building {stage}")

    def lock(self) -> None:
        """Return None: nothing was built."""
        return


def refuse(what: str) -> NoReturn:
    """Raise, because a backtest does not do this; a step that comes here got the wrong ports.

    Raises:
        PointsmanError: always.
    """
    raise PointsmanError(f"{what}: a backtest loads no model and writes nothing")
