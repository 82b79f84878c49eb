"""Inspect: what each visible point carries, against its source, its own digests and its embedder."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.corpus.chunking import located
from pointsman.core.hashing import digest
from pointsman.core.index.points import FOREVER, StoredPoint
from pointsman.core.release import Release
from pointsman.ports.index import VectorIndex
from pointsman.ports.models import CountingEmbedder, Models

NORM_TOLERANCE = 1e-3
"""How far a stored vector's length may be from 1; float32 rounding stays below 1e-6."""

SAMPLE = 64
"""Points that ``doctor --deep`` embeds again, drawn by hashing."""

SAME_VECTOR = 0.99
"""Cosine between a stored vector and the text embedded now, below which they are not the same vector."""


@dataclass(frozen=True)
class Inspection:
    """What the visible points of a release carry that they should not. A point may be of several kinds."""

    altered: tuple[StoredPoint, ...] = ()
    """Text, headings, metadata or vector term text are not what the source, or their own digest, says."""
    spoiled: tuple[StoredPoint, ...] = ()
    """The vector is missing, of another dimension, not finite, or not of length 1."""
    drifted: tuple[StoredPoint, ...] = ()
    """The vector is not that of the text (only of a sample, and only when asked)."""
    duplicated: int = 0
    """Points that serve what another visible point serves already."""

    def repairable(self, expected: Mapping[tuple[str, str], Chunk]) -> list[StoredPoint]:
        """Return the points that can be written anew, for their source still says what they should serve."""
        ids = {p.point.id: p for p in (*self.altered, *self.spoiled, *self.drifted)}
        return [p for p in ids.values() if _right_chunk(p, expected) is not None]


def inspect(
    points: Iterable[StoredPoint], expected: Mapping[tuple[str, str], Chunk], embedder: CountingEmbedder, *, deep: bool
) -> Inspection:
    """Return what is wrong with ``points``; ``expected`` are the chunks whose source is still what is live, by key."""
    seen: set[tuple[str, str]] = set()
    altered, spoiled, sound = [], [], []
    duplicated = 0
    for stored in points:
        duplicated += stored.point.key in seen
        seen.add(stored.point.key)
        if _altered(stored, expected.get(stored.point.key)):
            altered.append(stored)
        if _spoiled(stored, embedder.dimension):
            spoiled.append(stored)
        else:
            sound.append(stored)
    drifted = _drifted(sound, expected, embedder) if deep else ()
    return Inspection(tuple(altered), tuple(spoiled), tuple(drifted), duplicated)


def rewrite(
    live: Release,
    points: Sequence[StoredPoint],
    expected: Mapping[tuple[str, str], Chunk],
    *,
    vector_index: VectorIndex,
    models: Models,
) -> None:
    """Write points anew where they are: the same id and life, with the right payload and the right vector."""
    embedder = models.embedder(live.embedder)
    collection = live.index.collection
    for stored in points:
        chunk = _right_chunk(stored, expected)
        if chunk is not None:
            vector = np.asarray(embedder.recompute([chunk.embed_text]), np.float32)
            vector_index.upsert(collection, [chunk], vector, born=stored.point.born)
            if stored.point.died != FOREVER:
                vector_index.retire(collection, [stored.point.id], at=stored.point.died)


def _right_chunk(stored: StoredPoint, expected: Mapping[tuple[str, str], Chunk]) -> Chunk | None:
    """Return what a point should carry: as its source says, or its own payload where only the vector is wrong."""
    chunk = expected.get(stored.point.key)
    if chunk is None and stored.chunk is not None and not _altered(stored, None):
        chunk = stored.chunk
    return chunk if chunk is not None and chunk.point_id(stored.point.born) == stored.point.id else None


def _altered(stored: StoredPoint, expected: Chunk | None) -> bool:
    """Tell whether a payload contradicts its own digests, or is another than its source's, where that is known."""
    w = stored.chunk
    if w is None:
        return True
    if _payload_digest(w) != w.payload_digest:
        return True
    if expected is not None:
        return _carried(w) != _carried(expected)
    whole = w.embed_text == w.text or w.embed_text.endswith(f"\n{w.text}")
    return not whole or digest(w.embed_text) != w.digest


def _payload_digest(chunk: Chunk) -> str:
    """Return the payload digest of what a point carries beside its text: metadata and place."""
    place = None if chunk.start is None or chunk.end is None else (chunk.start, chunk.end)
    return located(replace(chunk, metadata=_plain(chunk.metadata)), place).payload_digest


def _carried(chunk: Chunk) -> tuple[Any, ...]:
    headings, metadata = tuple(chunk.headings), _plain(chunk.metadata)
    return chunk.document, chunk.digest, chunk.text, chunk.embed_text, headings, metadata


def _plain(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value if isinstance(value, str) else list(value) for key, value in metadata.items()}


def _spoiled(stored: StoredPoint, dimension: int) -> bool:
    vector = stored.vector
    if vector is None or vector.shape != (dimension,) or not np.isfinite(vector).all():
        return True
    return abs(float(np.linalg.norm(vector)) - 1.0) > NORM_TOLERANCE


def _drifted(
    points: Sequence[StoredPoint], expected: Mapping[tuple[str, str], Chunk], embedder: CountingEmbedder
) -> list[StoredPoint]:
    """Return the points of a sample whose vector is not that of the text that they should serve."""
    drawn = sorted(points, key=lambda p: digest(p.point.id))[:SAMPLE]
    known = [(p, w) for p in drawn if (w := expected.get(p.point.key) or p.chunk) is not None]
    if not known:
        return []
    vectors = embedder.recompute([w.embed_text for _, w in known])
    return [
        p
        for (p, _), now in zip(known, vectors, strict=True)
        if p.vector is not None and float(p.vector @ now) < SAME_VECTOR
    ]
