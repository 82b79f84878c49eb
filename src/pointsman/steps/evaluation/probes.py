"""Probes: which are asked, what they find, and the gap between new and unchanged content."""

from collections.abc import Collection, Sequence

from pointsman.core.corpus.chunk import Wanted
from pointsman.core.evaluation.error_analysis import Facts
from pointsman.core.evaluation.signal_names import GAP
from pointsman.core.evaluation.statistics import Signal, difference, paired, proportion
from pointsman.core.hashing import digest
from pointsman.core.index.hits import Hit, sources_of
from pointsman.core.release import Index, Reranking
from pointsman.core.supervision.probes import DERIVED, DERIVED_AT_MOST, GOLDEN, Probe, derive
from pointsman.core.supervision.retriever_pairs import gate_probes
from pointsman.ports.models import Embedder
from pointsman.steps.evaluation.assessment import Assessment
from pointsman.steps.evaluation.error_analysis import Witness
from pointsman.steps.evaluation.golden_gap import NOTHING_ASKED, asked_of
from pointsman.steps.history.debt import unsettled
from pointsman.steps.indexing.stage import Staged
from pointsman.steps.observe.state import Situation
from pointsman.steps.resources import Desk
from pointsman.steps.serving.retrieve import rerank_of, retrieve
from pointsman.steps.supervision.accept import probes_of, unanswerable_probes


def hits_of(
    desk: Desk,
    at: Index,
    embedder: Embedder,
    probes: Sequence[Probe],
    *,
    dense_only: bool = False,
    reranking: Reranking | None = None,
) -> list[bool]:
    """Return for each probe whether one of its documents is among the top k passages at ``at``."""
    found = found_of(desk, at, embedder, probes, dense_only=dense_only, reranking=reranking)
    return _hit(probes, found)


def _hit(probes: Sequence[Probe], found: Sequence[Sequence[Hit]]) -> list[bool]:
    return [probe.hit(sources_of(hits)) for probe, hits in zip(probes, found, strict=True)]


def found_of(
    desk: Desk,
    at: Index,
    embedder: Embedder,
    probes: Sequence[Probe],
    *,
    dense_only: bool = False,
    reranking: Reranking | None = None,
) -> list[list[Hit]]:
    """Return for each probe the top k passages at ``at``."""
    return retrieve(
        desk.index,
        embedder,
        at,
        [p.question for p in probes],
        desk.params.retriever.top_k,
        dense_only=dense_only,
        rerank=rerank_of(desk.models, reranking),
    )


def _golden(desk: Desk, situation: Situation, at: Index, embedder: Embedder, staged: Staged | None) -> Assessment:
    """Ask the golden probes of both revisions; those whose documents changed say nothing about what is live."""
    learned = any(m.adapter for m in (situation.embedder, *([situation.live.embedder] if situation.live else [])))
    probes = gate_probes(probes_of(desk, situation.supervision), desk.params.seed, learned=learned)
    looked = Witness(desk, situation, at, embedder)
    refused = looked.refused(unanswerable_probes(desk, situation.supervision, situation.manifest.entries.keys()))
    if not probes:
        return Assessment(facts=tuple(refused))
    found = found_of(desk, at, embedder, probes, reranking=situation.reranking)
    staged_hits = _hit(probes, found)
    confidence, seed = desk.params.policy.confidence, desk.params.seed
    signals = [proportion("probes.golden.staged", staged_hits, confidence, "hit@k, 0..1")]
    live_hits: list[bool] = []
    if situation.live and situation.evidence.collection_lost is None:
        live_embedder = desk.models.embedder(situation.live.embedder)
        before = situation.live.reranking
        live_hits = hits_of(desk, situation.live.index, live_embedder, probes, reranking=before)
        signals.append(proportion("probes.golden.live", live_hits, confidence, "hit@k, 0..1"))
        deltas = [float(s) - float(v) for v, s in zip(live_hits, staged_hits, strict=True)]
        signals.append(
            paired("probes.golden.change", deltas, confidence, unit="hit@k staged minus live, -1..1", seed=seed)
        )
    steady = [n for n, p in enumerate(probes) if live_hits and not situation.diff.altered.intersection(p.documents)]
    asked = asked_of(desk, situation, probes, staged_hits) if staged else NOTHING_ASKED
    return Assessment(
        signals=(*signals, *asked.signals(confidence)),
        facts=(*refused, *looked.facts(GOLDEN, probes, found)),
        live_hits=tuple(live_hits[n] for n in steady),
        staged_hits=tuple(staged_hits[n] for n in steady),
        asked=asked,
    )


Gap = tuple[tuple[Signal, ...], tuple[Probe, ...], tuple[Probe, ...], tuple[Facts, ...]]
"""Signals, derived probes of new and of unchanged content, and the facts of both."""

NO_GAP: Gap = ((), (), (), ())


def _retrieval_gap(desk: Desk, situation: Situation, staged: Staged, embedder: Embedder) -> Gap:
    """Return the gap between unchanged and new content, by derived probes and the embedder alone (no BM25)."""
    if situation.live is None:
        return NO_GAP
    seed = desk.params.seed
    fresh = {*situation.diff.added, *situation.diff.edited}
    steady = situation.manifest.entries.keys() - situation.diff.altered
    carried = unsettled(desk, sorted(steady))
    earlier = _chunks_of(desk, staged.index, sorted(carried))
    new = derive([*(w for w in staged.prepared.new if w.document in fresh), *earlier], seed=seed)
    control = derive(_sample(desk, staged.index, steady - carried), seed=seed)
    if not new or not control:
        return (), tuple(new), tuple(control), ()
    probes = [*control, *new]
    found = found_of(desk, staged.index, embedder, probes, dense_only=True)
    hits = _hit(probes, found)
    gap = difference(GAP, hits[: len(control)], hits[len(control) :], desk.params.policy.confidence)
    parts = (
        proportion("probes.derived.control", hits[: len(control)], desk.params.policy.confidence, "hit@k, 0..1"),
        proportion("probes.derived.new", hits[len(control) :], desk.params.policy.confidence, "hit@k, 0..1"),
    )
    facts = Witness(desk, situation, staged.index, embedder).facts(DERIVED, probes, found)
    return (gap, *parts), tuple(new), tuple(control), tuple(facts)


def _sample(desk: Desk, at: Index, steady: Collection[str]) -> list[Wanted]:
    """Return the chunks of a random sample of unchanged documents, drawn by hashing."""
    drawn = sorted(steady, key=lambda document: digest(f"{desk.params.seed}\n{document}"))[:DERIVED_AT_MOST]
    return _chunks_of(desk, at, drawn)


def _chunks_of(desk: Desk, at: Index, documents: Sequence[str]) -> list[Wanted]:
    return desk.index.wanted(at.collection, revision=at.revision, documents=documents) if documents else []
