"""A vector index in memory (dicts and numpy), and faults that a test can plant in a fake."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pointsman.core.corpus.chunk import Chunk, tie_of
from pointsman.core.errors import IndexDamaged, ModelMismatch, UsageError
from pointsman.core.index.condition import Condition
from pointsman.core.index.filters import Filter
from pointsman.core.index.hits import Hit
from pointsman.core.index.points import FOREVER, Point, StoredPoint
from pointsman.ports.models import Vectors

T = TypeVar("T")

WRITES = frozenset({
    "create", "drop", "upsert", "retire", "delete", "erase", "optimize", "put", "replace", "remove", "swap",
    "set_lease",
})  # fmt: skip
"""Calls in which a test can plant a fault; "*" is any of them."""


class Fault(Exception):
    """The exception of a planted fault."""


@dataclass
class Faults:
    """Counts a fake's write calls and makes some of them fail, before they are applied, half-way or after.

    ``plant("upsert", nth=2)`` fails the second upsert from now before anything is written;
    ``landed=1.0`` fails it after everything is written (it lands, and *then* times out); ``landed=0.5`` after
    half the points. A call that takes no list is written only with ``landed=1.0``. A fault strikes once.
    """

    calls: Counter[str] = field(default_factory=Counter)
    """Number of calls by write."""
    planted: list[tuple[str, int, float]] = field(default_factory=list)
    """(call or "*", number of such calls until it fails, share of the write that is applied)."""

    def plant(self, call: str, *, nth: int = 1, landed: float = 0.0) -> None:
        if call != "*" and call not in WRITES:
            raise ValueError(f"no write is called {call!r}; use one of {sorted(WRITES)} or *")
        self.planted.append((call, nth, landed))

    def strike(self, call: str) -> float | None:
        """Count a call; return None if it succeeds, else the share of it that is applied before it fails."""
        self.calls[call] += 1
        self.planted = [(c, n - (c in ("*", call)), share) for c, n, share in self.planted]
        due = [each for each in self.planted if each[1] == 0]
        self.planted = [each for each in self.planted if each[1] != 0]
        return min(share for _, _, share in due) if due else None


@dataclass(frozen=True)
class _Point:
    chunk: Chunk
    vector: NDArray[np.float32]
    point: Point


@dataclass
class _Collection:
    dimension: int
    points: dict[str, _Point] = field(default_factory=dict)
    fenced: int = 0
    """How often ``fence`` was called."""


class FakeIndex:
    """A ``VectorIndex`` in memory with exact search; a test can make it fail."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.conditions: dict[str, Condition] = {}
        """What ``condition`` says, by collection."""
        self.settled: list[str] = []
        """Collections that somebody waited for."""
        self._collections: dict[str, _Collection] = {}

    def collections(self) -> list[str]:
        return sorted(self._collections)

    def create(self, collection: str, dimension: int) -> None:
        if not re.fullmatch(r"[a-z0-9-]{1,100}", collection, re.ASCII) or collection == "ledger":
            raise UsageError(f"collection cannot be called {collection!r}; use a-z, 0-9 and -")
        share = self.faults.strike("create")
        if share is None or share >= 1:
            held = self._collections.setdefault(collection, _Collection(dimension))
            _check_dimension(held.dimension, dimension)
        _fail("create", share)

    def drop(self, collection: str) -> None:
        share = self.faults.strike("drop")
        if share is None or share >= 1:
            self._collections.pop(collection, None)
        _fail("drop", share)

    def points(self, collection: str, *, documents: Collection[str] | None = None) -> Iterator[Point]:
        kept = None if documents is None else set(documents)
        for point in list(self._of(collection).points.values()):
            if kept is None or point.point.document in kept:
                yield point.point

    def stored_points(self, collection: str, *, revision: int) -> Iterator[StoredPoint]:
        for point in list(self._of(collection).points.values()):
            if point.point.seen_at(revision):
                yield StoredPoint(point.point, point.chunk, point.vector)

    def touched(self, collection: str, revision: int) -> Iterator[Point]:
        for each in self.points(collection):
            if each.born >= revision or revision <= each.died < FOREVER:
                yield each

    def vectors(self, collection: str, digests: Collection[str]) -> dict[str, NDArray[np.float32]]:
        kept = set(digests)
        points = self._of(collection).points.values()
        return {point.point.digest: point.vector for point in points if point.point.digest in kept}

    def upsert(self, collection: str, chunks: Sequence[Chunk], vectors: Vectors, *, born: int) -> None:
        into = self._of(collection)
        if vectors.ndim != 2 or len(vectors) != len(chunks):
            raise ValueError(f"{len(chunks)} chunks need as many vectors, not {vectors.shape}")
        _check_dimension(into.dimension, vectors.shape[1])
        points = [_point(each, vector, born) for each, vector in zip(chunks, vectors, strict=True)]
        share = self.faults.strike("upsert")
        into.points.update((point.point.id, point) for point in _landing(points, share))
        _fail("upsert", share)

    def retire(self, collection: str, ids: Sequence[str], *, at: int) -> None:
        points = self._of(collection).points
        share = self.faults.strike("retire")
        for id_ in _landing(ids, share):
            if id_ in points:
                points[id_] = replace(points[id_], point=replace(points[id_].point, died=at))
        _fail("retire", share)

    def delete(self, collection: str, ids: Sequence[str]) -> None:
        points = self._of(collection).points
        share = self.faults.strike("delete")
        for id_ in _landing(ids, share):
            points.pop(id_, None)
        _fail("delete", share)

    def erase(self, collection: str, documents: Collection[str]) -> int:
        gone = [point.id for point in self.points(collection, documents=documents)]
        share = self.faults.strike("erase")
        if share is None or share >= 1:
            for id_ in gone:
                self._of(collection).points.pop(id_, None)
        _fail("erase", share)
        return len(gone)

    def fence(self, collection: str) -> None:
        self._of(collection).fenced += 1

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
        if vector is None and text is None:
            raise UsageError("a search needs a vector, a text or both; neither was given")
        alive = [p for p in list(self._of(collection).points.values()) if p.point.seen_at(revision)]
        seen = [p for p in alive if allow is None or allow.shows(p.point.document, p.chunk.metadata)]
        rankings = []
        if vector is not None:
            _check_dimension(self._of(collection).dimension, len(vector))
            rankings.append(_ranked(seen, [float(point.vector @ vector) for point in seen]))
        if text is not None:
            scores = _term_scores(text, [point.chunk.embed_text for point in seen])
            rankings.append([hit for hit in _ranked(seen, scores) if hit.score > 0])
        return (rankings[0] if len(rankings) == 1 else _fused(rankings))[:top_k]

    def chunks(self, collection: str, *, revision: int, documents: Collection[str]) -> list[Chunk]:
        kept = set(documents)
        points = self._of(collection).points.values()
        served = [p.chunk for p in points if p.point.seen_at(revision) and p.point.document in kept]
        return sorted(served, key=lambda each: each.chunk)

    def count(self, collection: str, *, revision: int | None = None) -> int:
        return sum(revision is None or each.seen_at(revision) for each in self.points(collection))

    def condition(self, collection: str) -> Condition:
        self._of(collection)
        return self.conditions.get(collection, Condition())

    def size(self, collection: str) -> int | None:
        of = self._of(collection)
        return sum(4 * of.dimension + len(point.chunk.text.encode()) for point in of.points.values())

    def settle(self, collection: str) -> None:
        self._of(collection)
        self.settled.append(collection)

    def optimize(self, collection: str, *, ef: int | None = None) -> None:
        self._of(collection)
        _fail("optimize", self.faults.strike("optimize"))

    def close(self) -> None:
        """Do nothing; there is nothing to close."""

    def _of(self, collection: str) -> _Collection:
        if collection not in self._collections:
            raise IndexDamaged(f"there is no collection {collection!r}")
        return self._collections[collection]


def _point(chunk: Chunk, vector: NDArray[np.float32], born: int) -> _Point:
    w = chunk
    point = Point(w.point_id(born), w.chunk, w.document, w.digest, w.payload_digest, born, FOREVER)
    return _Point(chunk, np.array(vector, np.float32), point)


def _check_dimension(held: int, offered: int) -> None:
    if held != offered:
        raise ModelMismatch(f"the collection holds vectors of dimension {held}, offered is {offered}")


def _landing(items: Sequence[T], share: float | None) -> Sequence[T]:
    return items if share is None else items[: int(len(items) * share)]


def _fail(call: str, share: float | None) -> None:
    if share is not None:
        raise Fault(f"{call} failed after {share:.0%} of it landed")


def _ranked(points: Sequence[_Point], scores: Sequence[float]) -> list[Hit]:
    hits = [_hit(p.chunk, score) for p, score in zip(points, scores, strict=True)]
    return sorted(hits, key=lambda hit: (-round(hit.score, 6), tie_of(hit.chunk)))


def _hit(w: Chunk, score: float) -> Hit:
    return Hit.of(w, score)


def _fused(rankings: Sequence[Sequence[Hit]]) -> list[Hit]:
    scores: dict[str, float] = defaultdict(float)
    for ranking in rankings:
        for rank, hit in enumerate(ranking):
            scores[hit.chunk] += 1 / (2 + rank)
    found = {hit.chunk: replace(hit, score=scores[hit.chunk]) for ranking in rankings for hit in ranking}
    return sorted(found.values(), key=lambda hit: (-round(hit.score, 6), tie_of(hit.chunk)))


def _term_scores(question: str, texts: Sequence[str]) -> list[float]:
    """Return, for each text, the sum of the idf of the question's words that it contains."""
    bags = [Counter(re.findall(r"\w+", text.lower())) for text in texts]
    words = set(re.findall(r"\w+", question.lower()))
    rarity = {w: math.log(1 + len(texts) / (0.5 + sum(w in bag for bag in bags))) for w in words}
    return [sum(rarity[w] * bag[w] / (1.2 + bag[w]) for w in sorted(words & set(bag))) for bag in bags]
