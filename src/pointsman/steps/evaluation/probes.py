"""Probes: which are asked, what they find, and the gap between new and unchanged content."""

from collections.abc import Collection, Sequence

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.evaluation.error_analysis import ProbeFindings
from pointsman.core.evaluation.signal_names import DERIVED_GAP
from pointsman.core.evaluation.statistics import Signal, paired, proportion, share_difference
from pointsman.core.hashing import digest
from pointsman.core.index.hits import Hit, documents_of
from pointsman.core.release import Index, Reranking
from pointsman.core.supervision.probes import DERIVED, DERIVED_AT_MOST, GOLDEN, Probe, derive
from pointsman.core.supervision.retriever_pairs import gate_probes
from pointsman.ports.index import VectorIndex
from pointsman.ports.models import Embedder, Models
from pointsman.ports.workspace import Memory
from pointsman.settings.params import Params
from pointsman.steps.evaluation.assessment import Assessment
from pointsman.steps.evaluation.error_analysis import ErrorAnalysis
from pointsman.steps.evaluation.golden_gap import NOTHING_ASKED, golden_gap
from pointsman.steps.history.debt import unsettled_documents
from pointsman.steps.indexing.stage import Staged
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.resources import Intake, Serving
from pointsman.steps.serving.retrieve import rerank_of, retrieve
from pointsman.steps.supervision.accept import probes_of, unanswerable_probes


def hits_of(
    at: Index,
    embedder: Embedder,
    probes: Sequence[Probe],
    *,
    dense_only: bool = False,
    reranking: Reranking | None = None,
    vector_index: VectorIndex,
    models: Models,
    params: Params,
) -> list[bool]:
    """Return for each probe whether one of its documents is among the top k passages at ``at``."""
    found = found_of(
        at,
        embedder,
        probes,
        dense_only=dense_only,
        reranking=reranking,
        vector_index=vector_index,
        models=models,
        params=params,
    )
    return _hit(probes, found)


def _hit(probes: Sequence[Probe], found: Sequence[Sequence[Hit]]) -> list[bool]:
    return [probe.hit(documents_of(hits)) for probe, hits in zip(probes, found, strict=True)]


def found_of(
    at: Index,
    embedder: Embedder,
    probes: Sequence[Probe],
    *,
    dense_only: bool = False,
    reranking: Reranking | None = None,
    vector_index: VectorIndex,
    models: Models,
    params: Params,
) -> list[list[Hit]]:
    """Return for each probe the top k passages at ``at``."""
    return retrieve(
        vector_index,
        embedder,
        at=at,
        questions=[p.question for p in probes],
        top_k=params.retriever.top_k,
        dense_only=dense_only,
        rerank=rerank_of(models, reranking),
    )


def _golden(
    serving: Serving,
    state: WorkspaceState,
    at: Index,
    embedder: Embedder,
    staged: Staged | None,
    *,
    memory: Memory,
    intake: Intake,
) -> Assessment:
    """Ask the golden probes of both revisions; those whose documents changed say nothing about what is live."""
    learned = any(m.adapter for m in (state.embedder, *([state.live.embedder] if state.live else [])))
    probes = gate_probes(probes_of(intake.probes, state.supervision), serving.params.seed, learned=learned)
    looked = ErrorAnalysis(intake, serving, state=state, at=at, embedder=embedder)
    refused = looked.refused(
        unanswerable_probes(
            state.supervision, state.manifest.entries.keys(), ledger=serving.ledger, probe_files=intake.probes
        )
    )
    if not probes:
        return Assessment(facts=tuple(refused))
    found = found_of(
        at,
        embedder,
        probes,
        reranking=state.reranking,
        vector_index=serving.index,
        models=serving.models,
        params=serving.params,
    )
    staged_hits = _hit(probes, found)
    confidence, seed = serving.params.policy.confidence, serving.params.seed
    signals = [proportion("probes.golden.staged", staged_hits, confidence, "hit@k, 0..1")]
    live_hits: list[bool] = []
    if state.live and state.evidence.configuration.collection_lost is None:
        live_embedder = serving.models.embedder(state.live.embedder)
        before = state.live.reranking
        live_hits = hits_of(
            state.live.index,
            live_embedder,
            probes,
            reranking=before,
            vector_index=serving.index,
            models=serving.models,
            params=serving.params,
        )
        signals.append(proportion("probes.golden.live", live_hits, confidence, "hit@k, 0..1"))
        deltas = [float(s) - float(v) for v, s in zip(live_hits, staged_hits, strict=True)]
        signals.append(
            paired("probes.golden.change", deltas, confidence, unit="hit@k staged minus live, -1..1", seed=seed)
        )
    steady = [n for n, p in enumerate(probes) if live_hits and not state.diff.altered.intersection(p.documents)]
    asked = golden_gap(state, probes, staged_hits, memory=memory, params=serving.params) if staged else NOTHING_ASKED
    return Assessment(
        signals=(*signals, *asked.signals(confidence)),
        facts=(*refused, *looked.facts(GOLDEN, probes, found)),
        live_hits=tuple(live_hits[n] for n in steady),
        staged_hits=tuple(staged_hits[n] for n in steady),
        asked=asked,
    )


Gap = tuple[tuple[Signal, ...], tuple[Probe, ...], tuple[Probe, ...], tuple[ProbeFindings, ...]]
"""Signals, derived probes of new and of unchanged content, and the facts of both."""

NO_GAP: Gap = ((), (), (), ())


def _retrieval_gap(
    serving: Serving, state: WorkspaceState, staged: Staged, embedder: Embedder, *, memory: Memory, intake: Intake
) -> Gap:
    """Return the gap between unchanged and new content, by derived probes and the embedder alone (no BM25)."""
    if state.live is None:
        return NO_GAP
    seed = serving.params.seed
    fresh = {*state.diff.added, *state.diff.edited}
    steady = state.manifest.entries.keys() - state.diff.altered
    carried = unsettled_documents(memory, sorted(steady))
    earlier = _chunks_of(serving.index, staged.index, sorted(carried))
    new = derive([*(w for w in staged.prepared.new if w.document in fresh), *earlier], seed=seed)
    control = derive(
        _sample(staged.index, steady - carried, vector_index=serving.index, params=serving.params), seed=seed
    )
    if not new or not control:
        return (), tuple(new), tuple(control), ()
    probes = [*control, *new]
    found = found_of(
        staged.index,
        embedder,
        probes,
        dense_only=True,
        vector_index=serving.index,
        models=serving.models,
        params=serving.params,
    )
    hits = _hit(probes, found)
    gap = share_difference(DERIVED_GAP, hits[: len(control)], hits[len(control) :], serving.params.policy.confidence)
    parts = (
        proportion("probes.derived.control", hits[: len(control)], serving.params.policy.confidence, "hit@k, 0..1"),
        proportion("probes.derived.new", hits[len(control) :], serving.params.policy.confidence, "hit@k, 0..1"),
    )
    facts = ErrorAnalysis(intake, serving, state=state, at=staged.index, embedder=embedder).facts(
        DERIVED, probes, found
    )
    return (gap, *parts), tuple(new), tuple(control), tuple(facts)


def _sample(at: Index, steady: Collection[str], *, vector_index: VectorIndex, params: Params) -> list[Chunk]:
    """Return the chunks of a random sample of unchanged documents, drawn by hashing."""
    drawn = sorted(steady, key=lambda document: digest(f"{params.seed}\n{document}"))[:DERIVED_AT_MOST]
    return _chunks_of(vector_index, at, drawn)


def _chunks_of(vector_index: VectorIndex, at: Index, documents: Sequence[str]) -> list[Chunk]:
    return vector_index.chunks(at.collection, revision=at.revision, documents=documents) if documents else []
