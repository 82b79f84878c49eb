"""Compare a rebuilt index with the live one, and its search graph with exact search, before readers move to it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nsmallest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pointsman.core.evaluation.statistics import Signal, paired
from pointsman.core.gates.index import judge_migration
from pointsman.core.gates.ruling import Ruling
from pointsman.core.hashing import digest
from pointsman.core.index.hits import Hit
from pointsman.core.index.points import Point
from pointsman.core.release import Index
from pointsman.ports.index import VectorIndex
from pointsman.ports.progress import Progress
from pointsman.settings.params import Params
from pointsman.steps.indexing.stage import Staged
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.resources import Serving

SAMPLE = 200
"""Queries of a comparison, at most: a share near 0.9 is then known to about ±0.04."""

NEIGHBOURS = 10
"""Neighbours of each query: the k of overlap@k and recall@k."""

CANDIDATES_EACH = 10
"""Passages or documents to choose from for each neighbour, at least. With fewer, k is smaller: no overlap by chance."""

DEEP = 50
"""Passages fetched to find ``NEIGHBOURS`` different documents among them."""

FINE_EF = 400
"""Candidates considered when the search graph is built finer, because the engine's own graph finds too little."""

TIE = 1e-6
"""Cosines that differ by less count as equal: copies of one text may replace each other."""

OVERLAP, RECALL = "migration.overlap", "migration.ann_recall"
"""Names of the signals."""

Vector = NDArray[np.float32]


@dataclass(frozen=True)
class IndexComparison:
    """The rebuilt index compared with the live one, and its search graph compared with exact search."""

    overlap: Signal | None = None
    """Overlap@k of the nearest neighbours, live and rebuilt, 0..1; None where there is nothing to compare with."""
    recall: Signal | None = None
    """Recall@k of the search graph, 0..1; None for an empty index."""

    @property
    def signals(self) -> tuple[Signal, ...]:
        """The signals that were measured."""
        return tuple(s for s in (self.overlap, self.recall) if s is not None)

    def rule(self, params: Params, probes: int) -> Ruling:
        """Return the gate's ruling on moving readers; ``probes`` golden probes were searched on both sides."""
        gate = params.gate
        return judge_migration(
            self.overlap, self.recall, probes,
            min_items=gate.min_items, min_overlap=gate.min_overlap, min_ann_recall=gate.min_ann_recall,
        )  # fmt: skip


def compare_staged(serving: Serving, state: WorkspaceState, staged: Staged, *, progress: Progress) -> IndexComparison:
    """Return how the rebuilt index compares with the live one and with exact search; no reader sees it yet.

    Both are measured when the engine has finished its search graph: until then it finds other passages.
    """
    serving.index.settle(staged.index.collection)
    return IndexComparison(
        neighbour_overlap(serving, state, staged, progress=progress),
        ann_recall(staged.index, vector_index=serving.index, params=serving.params, progress=progress),
    )


def ann_recall(
    at: Index, *, vector_index: VectorIndex, params: Params, progress: Progress, queries: int = SAMPLE
) -> Signal | None:
    """Return recall@10 of the search graph against exact search, 0..1; None for an empty index.

    Below ``gate.min_ann_recall`` the graph is built finer, once, and measured again. A passage counts as found when it
    is as near as the tenth of exact search (the threshold recall of ann-benchmarks, Aumüller et al. 2020), so that
    copies of one text may replace each other.
    """
    vector_index.settle(at.collection)
    found = graph_recall(at, vector_index=vector_index, params=params, progress=progress, queries=queries)
    if found is not None and found.value < params.gate.min_ann_recall:
        vector_index.optimize(at.collection, ef=FINE_EF)
        found = graph_recall(at, vector_index=vector_index, params=params, progress=progress, queries=queries)
    return found


def graph_recall(
    at: Index, *, vector_index: VectorIndex, params: Params, progress: Progress, queries: int = SAMPLE
) -> Signal | None:
    """Return recall@10 of the search graph as it is, 0..1; None for an empty index."""
    points = sampled_points(at, queries, vector_index=vector_index, params=params)
    vectors = vector_index.vectors(at.collection, {p.digest for p in points})
    shares = []
    for number, point in enumerate(points):
        exact, graph = (
            [h.score for h in _nearest(vector_index, at, vectors[point.digest], NEIGHBOURS, exact=exact)]
            for exact in (True, False)
        )
        shares.append(sum(score >= exact[-1] - TIE for score in graph[: len(exact)]) / len(exact))
        progress("compared with exact search", number + 1, len(points))
    return _mean(params, RECALL, shares, f"recall@{NEIGHBOURS} of the graph against exact search, 0..1")


def neighbour_overlap(serving: Serving, state: WorkspaceState, staged: Staged, *, progress: Progress) -> Signal | None:
    """Return the share of each passage's nearest neighbours that live and rebuilt index have in common, 0..1.

    Passages are matched by their text where both indexes are cut alike, else by document. Each index is searched with
    its own vector of the passage; the passage itself does not count. k is 10, or a tenth of what there is to choose
    from. None without a live collection to compare with.
    """
    live, new = state.live, staged.index
    lost = state.evidence.configuration.collection_lost is not None
    if live is None or lost or live.index.collection == new.collection:
        return None
    alike = live.index.chunking == new.chunking
    others = min(live.index.points, new.points) if alike else min(live.documents, len(state.manifest))
    k = max(1, min(NEIGHBOURS, (others - 1) // CANDIDATES_EACH))
    queries = _queries(serving, live.index, staged, alike=alike)
    shares = []
    for number, (point, *vectors) in enumerate(queries):
        before, after = (
            _neighbours(_nearest(serving.index, at, vector, k + 1 if alike else DEEP), point, k, alike=alike)
            for at, vector in zip((live.index, new), vectors, strict=True)
        )
        if before or after:
            shares.append((before & after).total() / max(before.total(), after.total()))
        progress("compared neighbours", number + 1, len(queries))
    matched = "passages" if alike else "documents"
    return _mean(serving.params, OVERLAP, shares, f"overlap@{k} of nearest {matched}, live and rebuilt, 0..1")


def _mean(params: Params, name: str, shares: Sequence[float], unit: str) -> Signal | None:
    """Return the mean of the shares with its interval; None where there are none."""
    if not shares:
        return None
    return paired(name, shares, params.policy.confidence, unit=unit, seed=params.seed)


def sampled_points(at: Index, at_most: int, *, vector_index: VectorIndex, params: Params) -> list[Point]:
    """Return up to ``at_most`` of the points that a reader of ``at`` sees, drawn by hashing with the seed."""
    seen = (point for point in vector_index.points(at.collection) if point.seen_at(at.revision))
    return nsmallest(at_most, seen, key=lambda point: (digest(f"{params.seed}\n{point.chunk}"), point.id))


def _queries(serving: Serving, live: Index, staged: Staged, *, alike: bool) -> list[tuple[Point, Vector, Vector]]:
    """Return (live passage, its vector in the live index, its vector by the rebuilt index's embedder).

    Where both are ``alike`` cut, only passages that are in both.
    """
    points = sampled_points(live, 2 * SAMPLE, vector_index=serving.index, params=serving.params)
    ours = serving.index.vectors(live.collection, {p.digest for p in points})
    theirs = serving.index.vectors(staged.index.collection, ours.keys())
    if not alike:
        points = points[:SAMPLE]
        theirs |= _embedded(serving, live, staged, [p for p in points if p.digest not in theirs])
    return [(p, ours[p.digest], theirs[p.digest]) for p in points if p.digest in theirs][:SAMPLE]


def _embedded(serving: Serving, live: Index, staged: Staged, points: Sequence[Point]) -> dict[str, Vector]:
    """Return digest → vector by the rebuilt index's embedder, of passages that only the live index contains."""
    if not points:
        return {}
    digests = {p.digest for p in points}
    if live.embedder == staged.index.embedder:
        return serving.index.vectors(live.collection, digests)
    found = serving.index.chunks(live.collection, revision=live.revision, documents={p.document for p in points})
    texts = {chunk.digest: chunk.embed_text for chunk in found if chunk.digest in digests}
    vectors = serving.models.embedder(staged.prepared.embedder).embed(list(texts.values()))
    return dict(zip(texts, vectors, strict=True))


def _nearest(vector_index: VectorIndex, at: Index, vector: Vector, top_k: int, *, exact: bool = False) -> list[Hit]:
    return vector_index.search(at.collection, revision=at.revision, vector=vector, text=None, top_k=top_k, exact=exact)


def _neighbours(hits: Sequence[Hit], point: Point, k: int, *, alike: bool) -> Counter[Any]:
    """Return the ``k`` nearest others of a passage: passages by their text, copies counted, or different documents."""
    if alike:
        return Counter([(hit.headings, hit.text) for hit in hits if hit.chunk != point.chunk][:k])
    return Counter(list(dict.fromkeys(hit.document for hit in hits if hit.document != point.document))[:k])
