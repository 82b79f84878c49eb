"""Inspect: what each visible point carries, against its source, its own digests and its embedder."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pointsman.core.corpus.chunk import Wanted
from pointsman.core.corpus.chunking import located
from pointsman.core.hashing import digest
from pointsman.core.index.points import FOREVER, Stored
from pointsman.core.release import Release
from pointsman.ports.models import CountingEmbedder
from pointsman.steps.resources import Desk

NORM_TOLERANCE = 1e-3
"""How far a stored vector's length may be from 1; float32 rounding stays below 1e-6."""

SAMPLE = 64
"""Points that ``doctor --deep`` embeds again, drawn by hashing."""

SAME_VECTOR = 0.99
"""Cosine between a stored vector and the text embedded now, below which they are not the same vector."""


@dataclass(frozen=True)
class Inspection:
    """What the visible points of a release carry that they should not. A point may be of several kinds."""

    altered: tuple[Stored, ...] = ()
    """Text, headings, metadata or vector term text are not what the source, or their own digest, says."""
    spoiled: tuple[Stored, ...] = ()
    """The vector is missing, of another dimension, not finite, or not of length 1."""
    drifted: tuple[Stored, ...] = ()
    """The vector is not that of the text (only of a sample, and only when asked)."""
    duplicated: int = 0
    """Points that serve what another visible point serves already."""

    def curable(self, expected: Mapping[tuple[str, str], Wanted]) -> list[Stored]:
        """Return the points that can be written anew, for their source still says what they should serve."""
        ids = {p.held.id: p for p in (*self.altered, *self.spoiled, *self.drifted)}
        return [p for p in ids.values() if _cure(p, expected) is not None]


def inspect(
    points: Iterable[Stored], expected: Mapping[tuple[str, str], Wanted], embedder: CountingEmbedder, *, deep: bool
) -> Inspection:
    """Return what is wrong with ``points``; ``expected`` are the chunks whose source is still what is live, by key."""
    seen: set[tuple[str, str]] = set()
    altered, spoiled, sound = [], [], []
    duplicated = 0
    for point in points:
        duplicated += point.held.key in seen
        seen.add(point.held.key)
        if _altered(point, expected.get(point.held.key)):
            altered.append(point)
        if _spoiled(point, embedder.dimension):
            spoiled.append(point)
        else:
            sound.append(point)
    drifted = _drifted(sound, expected, embedder) if deep else ()
    return Inspection(tuple(altered), tuple(spoiled), tuple(drifted), duplicated)


def rewrite(desk: Desk, live: Release, points: Sequence[Stored], expected: Mapping[tuple[str, str], Wanted]) -> None:
    """Write points anew where they are: the same id and life, with the right payload and the right vector."""
    embedder = desk.models.embedder(live.embedder)
    collection = live.index.collection
    for point in points:
        wanted = _cure(point, expected)
        if wanted is not None:
            vector = np.asarray(embedder.recompute([wanted.embed_text]), np.float32)
            desk.index.upsert(collection, [wanted], vector, born=point.held.born)
            if point.held.died != FOREVER:
                desk.index.retire(collection, [point.held.id], at=point.held.died)


def _cure(point: Stored, expected: Mapping[tuple[str, str], Wanted]) -> Wanted | None:
    """Return what a point should carry: as its source says, or its own payload where only the vector is wrong."""
    wanted = expected.get(point.held.key)
    if wanted is None and point.wanted is not None and not _altered(point, None):
        wanted = point.wanted
    return wanted if wanted is not None and wanted.point_id(point.held.born) == point.held.id else None


def _altered(point: Stored, expected: Wanted | None) -> bool:
    """Tell whether a payload contradicts its own digests, or is another than its source's, where that is known."""
    w = point.wanted
    if w is None:
        return True
    if _sworn(w) != w.payload_digest:
        return True
    if expected is not None:
        return _carried(w) != _carried(expected)
    whole = w.embed_text == w.text or w.embed_text.endswith(f"\n{w.text}")
    return not whole or digest(w.embed_text) != w.digest


def _sworn(wanted: Wanted) -> str:
    """Return the payload digest of what a point carries beside its text: metadata and place."""
    place = None if wanted.start is None or wanted.end is None else (wanted.start, wanted.end)
    return located(replace(wanted, metadata=_plain(wanted.metadata)), place).payload_digest


def _carried(wanted: Wanted) -> tuple[Any, ...]:
    headings, metadata = tuple(wanted.headings), _plain(wanted.metadata)
    return wanted.document, wanted.digest, wanted.text, wanted.embed_text, headings, metadata


def _plain(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value if isinstance(value, str) else list(value) for key, value in metadata.items()}


def _spoiled(point: Stored, dimension: int) -> bool:
    vector = point.vector
    if vector is None or vector.shape != (dimension,) or not np.isfinite(vector).all():
        return True
    return abs(float(np.linalg.norm(vector)) - 1.0) > NORM_TOLERANCE


def _drifted(
    points: Sequence[Stored], expected: Mapping[tuple[str, str], Wanted], embedder: CountingEmbedder
) -> list[Stored]:
    """Return the points of a sample whose vector is not that of the text that they should serve."""
    drawn = sorted(points, key=lambda p: digest(p.held.id))[:SAMPLE]
    known = [(p, w) for p in drawn if (w := expected.get(p.held.key) or p.wanted) is not None]
    if not known:
        return []
    vectors = embedder.recompute([w.embed_text for _, w in known])
    return [
        p
        for (p, _), now in zip(known, vectors, strict=True)
        if p.vector is not None and float(p.vector @ now) < SAME_VECTOR
    ]
