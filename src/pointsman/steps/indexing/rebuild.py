"""Migrate: a rebuilt collection beside the live one, caught up with the store, and compared before the switch."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pointsman.core.corpus.diff import Diff
from pointsman.core.corpus.manifest import Manifest
from pointsman.core.errors import StoreMoved
from pointsman.core.evaluation.statistics import Signal, paired
from pointsman.core.gates.index import judge_migration
from pointsman.core.gates.ruling import Ruling
from pointsman.core.hashing import digest
from pointsman.core.index.hits import Hit
from pointsman.core.index.points import Point
from pointsman.core.release import Index, Model
from pointsman.ports.index import VectorIndex
from pointsman.ports.models import Models
from pointsman.ports.progress import Progress
from pointsman.settings.params import Params
from pointsman.steps.indexing.prepare import Prepared, Target, prepare
from pointsman.steps.indexing.stage import Staged, stage
from pointsman.steps.ledger.releases import check_pointer
from pointsman.steps.observe.state import WorkspaceState, observe_state
from pointsman.steps.resources import Intake, Records, Serving

SAMPLE = 200
"""Queries of a comparison, at most: a share near 0.9 is then known to about 0.04 either way."""

NEIGHBOURS = 10
"""Neighbours of each query, the k of overlap@k and recall@k."""

CROWD = 10
"""Things to choose from for each neighbour, at least; among fewer, k is smaller, or chance alone would overlap."""

DEEP = 50
"""Passages fetched to find ``NEIGHBOURS`` different documents among them."""

FINE_EF = 400
"""Candidates of the finer graph that is built when the engine's own recalls too little."""

TIE = 1e-6
"""Cosines that differ by less are equal: copies of one text may stand for each other."""

OVERLAP, RECALL = "migration.overlap", "migration.ann_recall"

Vector = NDArray[np.float32]


@dataclass(frozen=True)
class Comparison:
    """The rebuilt index against the live one, and its search graph against exact search."""

    overlap: Signal | None = None
    recall: Signal | None = None

    @property
    def signals(self) -> tuple[Signal, ...]:
        """What was measured."""
        return tuple(s for s in (self.overlap, self.recall) if s is not None)

    def rule(self, params: Params, probes: int) -> Ruling:
        """Rule over the switch; ``probes`` is the number of golden probes that were asked of both sides."""
        gate = params.gate
        return judge_migration(
            self.overlap, self.recall, probes,
            min_items=gate.min_items, min_overlap=gate.min_overlap, min_ann_recall=gate.min_ann_recall,
        )  # fmt: skip


@dataclass(frozen=True)
class RebuiltIndex:
    """A rebuilt revision in place, unseen, and the listing that it serves."""

    state: WorkspaceState
    staged: Staged


def target_of(state: WorkspaceState, embedder: Model | None = None) -> Target:
    """Return what a stage has to serve in this situation."""
    return Target(
        state.manifest, state.carried, embedder=embedder or state.embedder, live=state.live, pointer=state.pointer
    )


def prepare_again(
    intake: Intake, state: WorkspaceState, base: WorkspaceState | None = None, *, serving: Serving, progress: Progress
) -> tuple[WorkspaceState, Prepared]:
    """Prepare a stage of what can be read; what moves between listing and reading is left to the next refresh.

    Such a document stays as it was in ``base`` (what the new collection holds already), else as it is live, else out.
    """
    while True:
        try:
            return state, prepare(
                intake, target_of(state), since=base.manifest if base else None, serving=serving, progress=progress
            )
        except StoreMoved as error:
            if not error.documents:
                raise
            progress("documents left to the next refresh", len(error.documents), len(error.documents))
            state = _without(state, frozenset(error.documents), base)


def _without(state: WorkspaceState, moved: frozenset[str], base: WorkspaceState | None) -> WorkspaceState:
    """Return the situation as if ``moved`` had not changed since ``base``, or since what is live."""
    entries, carried = dict(state.manifest.entries), set(state.carried) - moved
    served = state.evidence.configuration.collection_lost is None
    for document in moved:
        del entries[document]
        if base is not None and document in base.manifest.entries:
            entries[document] = base.manifest.entries[document]
            carried |= {document} & base.carried
        elif served and document in state.live_manifest.entries:
            entries[document] = state.live_manifest.entries[document]
            carried.add(document)
    manifest = Manifest(entries)
    diff = Diff.between(state.live_manifest, manifest)
    corpus = replace(state.evidence.corpus, changes=diff.counts, documents=len(manifest), manifest=manifest.id)
    return replace(
        state,
        manifest=manifest,
        carried=frozenset(carried),
        diff=diff,
        evidence=replace(state.evidence, corpus=corpus),
        moved=state.moved | moved,
    )


def catch_up(
    intake: Intake, migrated: RebuiltIndex, *, serving: Serving, records: Records, progress: Progress
) -> RebuiltIndex:
    """List the store again and stage only what changed since, until nothing did, or for ``gate.catch_up_rounds``.

    However fast the store changes, this ends: what goes live is the state of the last listing taken in, and the rest
    follows as an ordinary update. Readers stay on the old collection meanwhile.

    Raises:
        LedgerConflict: somebody moved the live pointer; nothing a reader sees was touched.
    """
    rounds = serving.params.gate.catch_up_rounds
    for number in range(1, rounds + 1):
        try:
            later = observe_state(intake, serving=serving, records=records, progress=progress)
        except StoreMoved:
            continue  # a document went away while it was opened; the next round lists without it
        check_pointer(serving.ledger, migrated.state.pointer)
        if later.decision.hold or _same(later, migrated.state):
            break
        progress("catch-up rounds", number, rounds)
        migrated = _advanced(intake, migrated, later, serving=serving, progress=progress)
    return migrated


def _same(later: WorkspaceState, now: WorkspaceState) -> bool:
    taught = later.supervision.set_id == now.supervision.set_id
    return taught and not now.moved and later.manifest.id == now.manifest.id


def _advanced(
    intake: Intake, migrated: RebuiltIndex, later: WorkspaceState, *, serving: Serving, progress: Progress
) -> RebuiltIndex:
    """Stage what lies between what the new collection holds and a later listing."""
    state, prepared = prepare_again(intake, later, migrated.state, serving=serving, progress=progress)
    done = stage(serving, target_of(state), prepared, progress=progress, quarantine=intake.quarantine)
    before, names = migrated.staged, prepared.names or frozenset()
    fresh = (w for w in before.prepared.new if w.document not in names)
    whole = Staged(
        replace(prepared, new=(*fresh, *prepared.new)),
        embedded=before.embedded + done.embedded,
        added=before.added + done.added,
        retired=before.retired + done.retired,
    )
    return RebuiltIndex(state, whole)


def compare(serving: Serving, state: WorkspaceState, staged: Staged, *, progress: Progress) -> Comparison:
    """Measure the rebuilt index in the dark: its neighbours against the live ones, its graph against exact search."""
    return Comparison(
        neighbour_overlap(serving, state, staged, progress=progress),
        ann_recall(staged.index, vector_index=serving.index, params=serving.params, progress=progress),
    )


def ann_recall(at: Index, *, vector_index: VectorIndex, params: Params, progress: Progress) -> Signal | None:
    """Return recall@10 of the search graph against exact search; one that is too low is built finer once.

    A found passage counts when it is as near as the tenth of exact search (the threshold recall of ann-benchmarks,
    Aumüller et al. 2020), so that copies of one text may stand for each other. None for an empty index.
    """
    found = _recall(at, vector_index=vector_index, params=params, progress=progress)
    if found is not None and found.value < params.gate.min_ann_recall:
        vector_index.optimize(at.collection, ef=FINE_EF)
        found = _recall(at, vector_index=vector_index, params=params, progress=progress)
    return found


def _recall(at: Index, *, vector_index: VectorIndex, params: Params, progress: Progress) -> Signal | None:
    points = drawn(at, SAMPLE, vector_index=vector_index, params=params)
    vectors = vector_index.vectors(at.collection, {p.digest for p in points})
    shares = []
    for number, point in enumerate(points):
        exact, graph = (
            [h.score for h in _nearest(vector_index, at, vectors[point.digest], NEIGHBOURS, exact=exact)]
            for exact in (True, False)
        )
        shares.append(sum(score >= exact[-1] - TIE for score in graph[: len(exact)]) / len(exact))
        progress("compared with exact search", number + 1, len(points))
    return _share(params, RECALL, shares, f"recall@{NEIGHBOURS} of the graph against exact search, 0..1")


def neighbour_overlap(serving: Serving, state: WorkspaceState, staged: Staged, *, progress: Progress) -> Signal | None:
    """Return the share of each passage's nearest neighbours that live and rebuilt index have in common.

    Passages are matched by their text when both are cut alike, else by document. Each side is searched with its own
    vector of the same passage, which itself does not count. k is 10, or a tenth of what there is to choose from.
    """
    live, new = state.live, staged.index
    if (
        live is None
        or state.evidence.configuration.collection_lost is not None
        or live.index.collection == new.collection
    ):
        return None
    alike = live.index.chunking == new.chunking
    queries = _queries(
        live.index, staged, alike=alike, vector_index=serving.index, models=serving.models, params=serving.params
    )
    others = min(live.index.points, new.points) if alike else min(live.documents, len(state.manifest))
    k = max(1, min(NEIGHBOURS, (others - 1) // CROWD))
    shares = []
    for number, (point, ours, theirs) in enumerate(queries):
        depth = k + 1 if alike else DEEP
        key = _text if alike else _document
        before, after = (
            _keys(_nearest(serving.index, at, vector, depth), key, point, k, alike=alike)
            for at, vector in ((live.index, ours), (new, theirs))
        )
        if before or after:
            shares.append((before & after).total() / max(before.total(), after.total()))
        progress("compared neighbours", number + 1, len(queries))
    what = "passages" if alike else "documents"
    return _share(serving.params, OVERLAP, shares, f"overlap@{k} of nearest {what}, live and rebuilt, 0..1")


def _share(params: Params, name: str, shares: Sequence[float], unit: str) -> Signal | None:
    if not shares:
        return None
    return paired(name, shares, params.policy.confidence, unit=unit, seed=params.seed)


def drawn(at: Index, at_most: int, *, vector_index: VectorIndex, params: Params) -> list[Point]:
    """Return a sample of the points that a reader of ``at`` sees, drawn by hashing with the seed."""
    seen = (point for point in vector_index.points(at.collection) if point.seen_at(at.revision))
    return nsmallest(at_most, seen, key=lambda point: (digest(f"{params.seed}\n{point.chunk}"), point.id))


def _queries(
    live: Index, staged: Staged, *, alike: bool, vector_index: VectorIndex, models: Models, params: Params
) -> list[tuple[Point, Vector, Vector]]:
    """Return live passages with their vector on either side; only those present in both when both are cut ``alike``."""
    new = staged.index
    points = drawn(live, 2 * SAMPLE, vector_index=vector_index, params=params)
    ours = vector_index.vectors(live.collection, {p.digest for p in points})
    theirs = vector_index.vectors(new.collection, ours.keys())
    if not alike:
        points = points[:SAMPLE]
        theirs |= _embedded(
            live, staged, [p for p in points if p.digest not in theirs], vector_index=vector_index, models=models
        )
    return [(p, ours[p.digest], theirs[p.digest]) for p in points if p.digest in theirs][:SAMPLE]


def _embedded(
    live: Index, staged: Staged, points: Sequence[Point], *, vector_index: VectorIndex, models: Models
) -> dict[str, Vector]:
    """Return the rebuilt side's vectors of passages that only the live side has cut so."""
    if not points:
        return {}
    if live.embedder == staged.index.embedder:
        return vector_index.vectors(live.collection, {p.digest for p in points})
    asked = {p.digest for p in points}
    found = vector_index.chunks(live.collection, revision=live.revision, documents={p.document for p in points})
    texts = {w.digest: w.embed_text for w in found if w.digest in asked}
    vectors = models.embedder(staged.prepared.embedder).embed(list(texts.values()))
    return dict(zip(texts, vectors, strict=True))


def _nearest(vector_index: VectorIndex, at: Index, vector: Vector, top_k: int, *, exact: bool = False) -> list[Hit]:
    return vector_index.search(at.collection, revision=at.revision, vector=vector, text=None, top_k=top_k, exact=exact)


def _text(hit: Hit) -> Any:
    return hit.headings, hit.text


def _document(hit: Hit) -> Any:
    return hit.document


def _keys(hits: Sequence[Hit], key: Callable[[Hit], Any], point: Point, k: int, *, alike: bool) -> Counter[Any]:
    """Return the ``k`` nearest others: passages with their text, copies counted, or different documents."""
    if alike:
        return Counter([key(hit) for hit in hits if hit.chunk != point.chunk][:k])
    return Counter(list(dict.fromkeys(key(hit) for hit in hits if hit.document != point.document))[:k])
