"""Inspect: compare the payload and vector of each visible point with its source, its digests and its embedder."""

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
"""Allowed difference of a stored vector's length from 1. Rounding of float32 stays below 1e-6."""

SAMPLE = 64
"""Number of points that ``doctor --deep`` embeds again; a hash chooses them."""

SAME_VECTOR = 0.99
"""Lowest cosine between a stored vector and the vector of the text now at which they count as the same."""


@dataclass(frozen=True)
class Inspection:
    """Visible points of a release that are wrong. A point may be wrong in several ways."""

    altered: tuple[StoredPoint, ...] = ()
    """Text, headings, metadata or embedded text differ from the source or from the point's own digest."""
    spoiled: tuple[StoredPoint, ...] = ()
    """The vector is missing, has another dimension, is not finite, or has not length 1."""
    drifted: tuple[StoredPoint, ...] = ()
    """The vector does not fit the text; only points of a sample, and only with ``deep``."""
    duplicated: int = 0
    """Number of points whose chunk has another visible point."""

    def repairable(self, expected: Mapping[tuple[str, str], Chunk]) -> list[StoredPoint]:
        """Return the points that can be written again, because their right content is known."""
        ids = {p.point.id: p for p in (*self.altered, *self.spoiled, *self.drifted)}
        return [p for p in ids.values() if _right_chunk(p, expected) is not None]


def inspect(
    points: Iterable[StoredPoint], expected: Mapping[tuple[str, str], Chunk], embedder: CountingEmbedder, *, deep: bool
) -> Inspection:
    """Return what is wrong with ``points``. ``expected`` has the chunks of unchanged sources, by key."""
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


def rewrite_points(
    live: Release,
    points: Sequence[StoredPoint],
    expected: Mapping[tuple[str, str], Chunk],
    *,
    vector_index: VectorIndex,
    models: Models,
) -> None:
    """Write points again with the right payload and vector. Their ids and revisions stay."""
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
    """Return the right chunk of a point: from its source, or its own if only the vector is wrong. None if unknown."""
    chunk = expected.get(stored.point.key)
    if chunk is None and stored.chunk is not None and not _altered(stored, None):
        chunk = stored.chunk
    return chunk if chunk is not None and chunk.point_id(stored.point.born) == stored.point.id else None


def _altered(stored: StoredPoint, expected: Chunk | None) -> bool:
    """Return whether a payload differs from its own digests, or from its source if that is known."""
    chunk = stored.chunk
    if chunk is None:
        return True
    if _payload_digest(chunk) != chunk.payload_digest:
        return True
    if expected is not None:
        return _content(chunk) != _content(expected)
    whole = chunk.embed_text == chunk.text or chunk.embed_text.endswith(f"\n{chunk.text}")
    return not whole or digest(chunk.embed_text) != chunk.digest


def _payload_digest(chunk: Chunk) -> str:
    """Return the payload digest computed from a point's metadata and position."""
    place = None if chunk.start is None or chunk.end is None else (chunk.start, chunk.end)
    return located(replace(chunk, metadata=_plain(chunk.metadata)), place).payload_digest


def _content(chunk: Chunk) -> tuple[Any, ...]:
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
    """Return the points of a sample whose vector does not fit their right text."""
    drawn = sorted(points, key=lambda p: digest(p.point.id))[:SAMPLE]
    known = [(p, chunk) for p in drawn if (chunk := expected.get(p.point.key) or p.chunk) is not None]
    if not known:
        return []
    vectors = embedder.recompute([chunk.embed_text for _, chunk in known])
    return [
        p
        for (p, _), now in zip(known, vectors, strict=True)
        if p.vector is not None and float(p.vector @ now) < SAME_VECTOR
    ]
