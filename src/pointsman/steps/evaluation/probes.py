"""Probes: which are asked, what they find, and the gap between new and unchanged content."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.evaluation.error_analysis import ProbeFindings
from pointsman.core.evaluation.signal_names import DERIVED_GAP, GOLDEN_STAGED
from pointsman.core.evaluation.statistics import Signal, paired, proportion, share_difference
from pointsman.core.hashing import digest
from pointsman.core.index.hits import Hit, documents_of
from pointsman.core.release import Index, Reranking
from pointsman.core.supervision.probes import DERIVED, DERIVED_AT_MOST, GOLDEN, Probe, derive
from pointsman.core.supervision.retriever_pairs import gate_probes
from pointsman.ports.index import VectorIndex
from pointsman.ports.models import Embedder
from pointsman.ports.workspace import Memory
from pointsman.settings.params import Params
from pointsman.steps.evaluation.error_analysis import ErrorAnalysis
from pointsman.steps.evaluation.golden_gap import NO_GOLDEN_GAP, GoldenGap, golden_gap
from pointsman.steps.history.debt import unsettled_documents
from pointsman.steps.indexing.stage import Staged
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.resources import Intake, Serving
from pointsman.steps.serving.retrieve import rerank_of, retrieve
from pointsman.steps.supervision.accept import probes_of, unanswerable_probes

HIT = "hit@k, 0..1"


def hits_of(
    serving: Serving,
    at: Index,
    embedder: Embedder,
    probes: Sequence[Probe],
    *,
    dense_only: bool = False,
    reranking: Reranking | None = None,
) -> list[bool]:
    """Return for each probe whether one of its documents is among the top k passages of the index at ``at``."""
    return _hit(probes, found_of(serving, at, embedder, probes, dense_only=dense_only, reranking=reranking))


def _hit(probes: Sequence[Probe], found: Sequence[Sequence[Hit]]) -> list[bool]:
    return [probe.hit(documents_of(hits)) for probe, hits in zip(probes, found, strict=True)]


def found_of(
    serving: Serving,
    at: Index,
    embedder: Embedder,
    probes: Sequence[Probe],
    *,
    dense_only: bool = False,
    reranking: Reranking | None = None,
) -> list[list[Hit]]:
    """Return for each probe the top k passages of the index at ``at``, best first."""
    return retrieve(
        serving.index, embedder, at=at, questions=[p.question for p in probes],
        top_k=serving.params.retriever.top_k, dense_only=dense_only, rerank=rerank_of(serving.models, reranking),
    )  # fmt: skip


@dataclass(frozen=True)
class GoldenResults:
    """What the golden probes found on the live and on the staged revision."""

    signals: tuple[Signal, ...] = ()
    facts: tuple[ProbeFindings, ...] = ()
    """For each probe: what explains whether it was answered."""
    live_hits: tuple[bool, ...] = ()
    """Of the probes whose documents did not change, on the live release."""
    staged_hits: tuple[bool, ...] = ()
    """The same on the staged revision, in the same order."""
    gap: GoldenGap = NO_GOLDEN_GAP


def golden_results(
    intake: Intake,
    state: WorkspaceState,
    at: Index,
    staged: Staged | None,
    *,
    serving: Serving,
    memory: Memory,
) -> GoldenResults:
    """Ask the golden probes on the live release and at ``at``, and return what both find.

    Only probes whose documents did not change are compared item by item: the others have no answer on the live side.
    """
    embedder = serving.models.embedder(state.embedder)
    probes = _golden_probes(intake, state, serving.params)
    analysis = ErrorAnalysis(intake, serving, state=state, at=at, embedder=embedder)
    served = state.manifest.entries.keys()
    refused = analysis.refused(
        unanswerable_probes(state.supervision, served, ledger=serving.ledger, probe_files=intake.probes)
    )
    if not probes:
        return GoldenResults(facts=tuple(refused))
    found = found_of(serving, at, embedder, probes, reranking=state.reranking)
    staged_hits, live_hits = _hit(probes, found), _live_hits(serving, state, probes)
    gap = golden_gap(state, probes, staged_hits, memory=memory, params=serving.params) if staged else NO_GOLDEN_GAP
    steady = [n for n, p in enumerate(probes) if live_hits and not state.diff.altered.intersection(p.documents)]
    return GoldenResults(
        signals=(
            *_golden_signals(serving.params, live_hits, staged_hits),
            *gap.signals(serving.params.policy.confidence),
        ),
        facts=(*refused, *analysis.facts(GOLDEN, probes, found)),
        live_hits=tuple(live_hits[n] for n in steady),
        staged_hits=tuple(staged_hits[n] for n in steady),
        gap=gap,
    )


def _golden_probes(intake: Intake, state: WorkspaceState, params: Params) -> list[Probe]:
    """Return the probes to ask; without those that an embedder adapter may have learned, where there is one."""
    embedders = (state.embedder, *([state.live.embedder] if state.live else []))
    learned = any(model.adapter for model in embedders)
    return gate_probes(probes_of(intake.probes, state.supervision), params.seed, learned=learned)


def _live_hits(serving: Serving, state: WorkspaceState, probes: Sequence[Probe]) -> list[bool]:
    """Return for each probe whether the live release finds it; empty where no release can be searched."""
    live = state.live
    if live is None or state.evidence.configuration.collection_lost is not None:
        return []
    return hits_of(serving, live.index, serving.models.embedder(live.embedder), probes, reranking=live.reranking)


def _golden_signals(params: Params, live_hits: Sequence[bool], staged_hits: Sequence[bool]) -> list[Signal]:
    """Return the share of golden probes found on the staged and on the live side, and the change between them."""
    confidence = params.policy.confidence
    signals = [proportion(GOLDEN_STAGED, staged_hits, confidence, HIT)]
    if live_hits:
        deltas = [float(staged) - float(live) for live, staged in zip(live_hits, staged_hits, strict=True)]
        unit = "hit@k staged minus live, -1..1"
        signals.append(proportion("probes.golden.live", live_hits, confidence, HIT))
        signals.append(paired("probes.golden.change", deltas, confidence, unit=unit, seed=params.seed))
    return signals


@dataclass(frozen=True)
class RetrievalGap:
    """Derived probes of new and of unchanged content, and what the embedder alone finds of them."""

    signals: tuple[Signal, ...] = ()
    """The gap with its two sides; empty where one side has no probes."""
    new: tuple[Probe, ...] = ()
    control: tuple[Probe, ...] = ()
    facts: tuple[ProbeFindings, ...] = ()
    """For each probe of both sides: what explains whether it was answered."""


def retrieval_gap(
    intake: Intake, state: WorkspaceState, staged: Staged, *, serving: Serving, memory: Memory
) -> RetrievalGap:
    """Return how much worse new content is found than unchanged content, by the embedder alone (no BM25)."""
    if state.live is None:
        return RetrievalGap()
    embedder, confidence = serving.models.embedder(state.embedder), serving.params.policy.confidence
    new, control = _derived_probes(serving, state, staged, memory)
    if not new or not control:
        return RetrievalGap(new=tuple(new), control=tuple(control))
    probes = [*control, *new]
    found = found_of(serving, staged.index, embedder, probes, dense_only=True)
    hits = _hit(probes, found)
    control_hits, new_hits = hits[: len(control)], hits[len(control) :]
    analysis = ErrorAnalysis(intake, serving, state=state, at=staged.index, embedder=embedder)
    return RetrievalGap(
        signals=(
            share_difference(DERIVED_GAP, control_hits, new_hits, confidence),
            proportion("probes.derived.control", control_hits, confidence, HIT),
            proportion("probes.derived.new", new_hits, confidence, HIT),
        ),
        new=tuple(new),
        control=tuple(control),
        facts=tuple(analysis.facts(DERIVED, probes, found)),
    )


def _derived_probes(
    serving: Serving, state: WorkspaceState, staged: Staged, memory: Memory
) -> tuple[list[Probe], list[Probe]]:
    """Return (probes of new content, probes of unchanged content).

    Content that an earlier change brought counts as new until its gap is settled.
    """
    fresh = {*state.diff.added, *state.diff.edited}
    steady = state.manifest.entries.keys() - state.diff.altered
    carried = unsettled_documents(memory, sorted(steady))
    earlier = _chunks_of(serving.index, staged.index, sorted(carried))
    changed = [chunk for chunk in staged.prepared.new if chunk.document in fresh]
    unchanged = _sample(staged.index, steady - carried, vector_index=serving.index, params=serving.params)
    seed = serving.params.seed
    return derive([*changed, *earlier], seed=seed), derive(unchanged, seed=seed)


def _sample(at: Index, steady: Collection[str], *, vector_index: VectorIndex, params: Params) -> list[Chunk]:
    """Return the chunks of a random sample of unchanged documents, drawn by hashing."""
    drawn = sorted(steady, key=lambda document: digest(f"{params.seed}\n{document}"))[:DERIVED_AT_MOST]
    return _chunks_of(vector_index, at, drawn)


def _chunks_of(vector_index: VectorIndex, at: Index, documents: Sequence[str]) -> list[Chunk]:
    return vector_index.chunks(at.collection, revision=at.revision, documents=documents) if documents else []
