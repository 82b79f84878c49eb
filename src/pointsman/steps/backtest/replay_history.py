"""Simulate a refresh right after one moment of a store's history, in a workspace that is kept in memory.

Observation, guards, policy and plan are those of a refresh. Steps that need a model are left out, unless the backtest
measures: then texts are embedded and staged, the rest is measured and decided on, and only training is left out.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace

import numpy as np

from pointsman.core.backtest import APPROVED, WAITED, HistoryStep, Rates, StoppedBy
from pointsman.core.evaluation.signal_names import DERIVED_GAP, GOLDEN_GAP
from pointsman.core.policy.decision import Decision, Track
from pointsman.core.policy.evidence import Measurements
from pointsman.core.policy.guards.judge import alarms
from pointsman.ports.builds import Builder
from pointsman.ports.index import VectorIndex
from pointsman.ports.models import Models
from pointsman.ports.progress import Progress
from pointsman.ports.workspace import Memory
from pointsman.settings.params import Params
from pointsman.steps.evaluation.assess import assess
from pointsman.steps.evaluation.assessment import Assessment
from pointsman.steps.history.debt import record_debt
from pointsman.steps.history.throughput import throughput
from pointsman.steps.indexing.prepare import Prepared, prepare
from pointsman.steps.indexing.rebuild import target_of
from pointsman.steps.indexing.stage import Staged, stage
from pointsman.steps.ledger.approvals import put_hold
from pointsman.steps.ledger.releases import DECISION
from pointsman.steps.observe.losses.window import first_move
from pointsman.steps.observe.state import WorkspaceState, state_now
from pointsman.steps.refresh.check import approve_listed
from pointsman.steps.refresh.report import Work, estimate
from pointsman.steps.release.promote import compose, promote
from pointsman.steps.resources import Intake, Records, Serving
from pointsman.steps.supervision.accept import note_examples
from pointsman.steps.training.results import RefreshRun

NO_VECTORS = np.empty((0, 0), np.float32)
"""Written instead of vectors where the index stores none."""

BY = "backtest"
"""Name of the person who approves a held step."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of the history."""

    commit: str
    """Hash of its last commit."""
    at: int
    """Seconds since the epoch."""
    subject: str = ""
    """First line of the commit's message."""
    commits: int = 1
    """Commits that it covers."""


KeepSince = Callable[[int], None]
"""Removes from the ledger what is older than a move of the live pointer, given by its number."""


@dataclass(frozen=True, slots=True)
class _SimulatedRun:
    """The results of a simulated refresh."""

    decision: Decision
    """The decision after measuring, where something was measured."""
    prepared: Prepared | None = None
    assessment: Assessment = field(default_factory=Assessment)


def simulate_refresh(
    intake: Intake,
    moment: Moment,
    keep_since: KeepSince,
    *,
    approve: bool,
    measure: bool = False,
    serving: Serving,
    records: Records,
    builder: Builder,
    progress: Progress,
) -> HistoryStep:
    """Return what a refresh at this moment decides and does, and leave the ports as that refresh would.

    With ``approve`` every hold is approved at once, as by ``refresh --yes``; else it waits until the store no longer
    gives reason for it. ``measure`` needs an embedder, and an index that stores vectors.
    """
    state = state_now(intake, serving=serving, records=records, progress=progress)
    note_examples(intake, state.manifest, state.supervision, served=state.known_examples, records=records)
    asked = state.decision
    if asked.hold:
        put_hold(serving.ledger, state.pointer, asked.id, {}, at=records.now())
    if asked.hold and approve:
        state = approve_listed(state, by=BY, ledger=serving.ledger, now=records.now)
    done = _simulated(
        intake, state, keep_since, measure=measure, serving=serving, records=records, builder=builder, progress=progress
    )
    hold = None if not asked.hold else WAITED if done.decision.hold else APPROVED
    alarms = _alarms(state) if asked.hold else ()
    seconds = round(estimate(records.memory, done.decision, _work(done.prepared)), 3)
    step = _history_step(moment, state, done, vector_index=serving.index)
    return replace(step, held=hold, alarms=alarms, seconds=seconds)


def _history_step(
    moment: Moment, state: WorkspaceState, done: _SimulatedRun, *, vector_index: VectorIndex
) -> HistoryStep:
    """Return the step without its hold and its seconds."""
    decision, prepared = done.decision, done.prepared
    work = _work(prepared)
    return HistoryStep(
        commit=moment.commit, at=moment.at, subject=moment.subject, commits=moment.commits,
        changes={**state.diff.counts, "quarantined": len({r.item for r in state.observation.refused})},
        index=str(decision.index), train=decision.train,
        because=tuple(reason.because for reason in decision.reasons), debt=decision.debt,
        embedded=work.chunks_embedded, reused=work.chunks_reused, retired=work.points_retired,
        touched=_touched(vector_index, state, prepared), served=_served(vector_index, state, prepared),
        documents=len(state.live_manifest if decision.hold else state.manifest),
        owed=len(state.diff.altered) if decision.hold else 0,
        signals=done.assessment.signals,
    )  # fmt: skip


def rates(*, memory: Memory, params: Params) -> Rates:
    """Return the throughput of this machine, from past runs of the workspace, else from the default values."""
    each = {str(track): throughput(memory, str(track)) for track in (Track.PATCH, Track.UPDATE, Track.REBUILD)}
    return Rates(**each, price_per_hour=params.budget.price_per_hour)


def _simulated(
    intake: Intake,
    state: WorkspaceState,
    keep_since: KeepSince,
    *,
    measure: bool,
    serving: Serving,
    records: Records,
    builder: Builder,
    progress: Progress,
) -> _SimulatedRun:
    """Stage and promote what the decision names, and measure with ``measure``; a held decision stages nothing."""
    decision = state.decision
    if decision.hold:
        return _SimulatedRun(decision)
    staged, assessment = None, Assessment()
    if decision.index is not Track.KEEP:
        stage_change = _embedded if measure else _counted
        staged = stage_change(intake, state, serving=serving, progress=progress)
    if measure:
        assessment = assess(intake, state, staged, serving=serving, memory=records.memory)
        decision = state.measured(assessment.signals)
    release = compose(
        state,
        RefreshRun(replace(decision, train=()), assessment, staged),
        builder=builder,
        ledger=serving.ledger,
        params=serving.params,
    )
    if release is not None:
        evidence = {"approval": state.evidence.approval and asdict(state.evidence.approval)}
        serving.ledger.put(DECISION, release.decision, {"carried": sorted(state.carried), "evidence": evidence})
        promote(state, release, ledger=serving.ledger, now=records.now)
        keep_since(first_move(records.memory))
        _drop_all_but(serving.index, release.index.collection)
    if measure:
        _record_debt(state, decision, assessment, clock=records.clock, memory=records.memory)
    return _SimulatedRun(decision, staged.prepared if staged else None, assessment)


def _embedded(intake: Intake, state: WorkspaceState, *, serving: Serving, progress: Progress) -> Staged:
    """Stage the change as a refresh does; the cache keeps the vectors of texts that are gone."""
    target = target_of(state)
    prepared = prepare(intake, target, serving=serving, progress=progress)
    return stage(serving, target, prepared, progress=progress, quarantine=intake.quarantine)


def _counted(intake: Intake, state: WorkspaceState, *, serving: Serving, progress: Progress) -> Staged:
    """Stage the change without vectors, and count what would be embedded."""
    prepared = prepare(intake, target_of(state), serving=serving, progress=progress)
    _write(prepared, vector_index=serving.index, models=serving.models)
    intake.quarantine.replace("chunks", prepared.refused)
    return Staged(prepared, prepared.to_embed, len(prepared.stage.add), len(prepared.stage.retire))


def _record_debt(
    state: WorkspaceState, decision: Decision, found: Assessment, *, clock: Callable[[], float], memory: Memory
) -> None:
    """Add deferred work to the debt; a training that would have begun settles its debt, as a promoted one does."""
    evidence = replace(state.evidence, measurements=Measurements(measured=True, signals=found.signals))
    new = {DERIVED_GAP: found.derived_new, GOLDEN_GAP: found.golden_gap.new}
    record_debt(decision, evidence, state.limits, decision.train, new=new, clock=clock, memory=memory)


def _drop_all_but(vector_index: VectorIndex, collection: str) -> None:
    for other in vector_index.collections():
        if other != collection:
            vector_index.drop(other)


def _write(prepared: Prepared, *, vector_index: VectorIndex, models: Models) -> None:
    """Write the stage to the index as points without vectors."""
    index, stage = vector_index, prepared.stage
    embedder = models.embedder(prepared.embedder)
    index.create(prepared.collection, embedder.dimension)
    _drop_all_but(vector_index, prepared.collection)
    index.upsert(prepared.collection, stage.add, NO_VECTORS, born=stage.revision)
    index.retire(prepared.collection, stage.retire, at=stage.revision)
    index.delete(prepared.collection, stage.discard)


def _work(prepared: Prepared | None) -> Work:
    """Return the work of a stage, counted as ``plan`` counts it."""
    if prepared is None:
        return Work()
    added = len(prepared.stage.add)
    return Work(prepared.to_embed, added - prepared.to_embed, added, len(prepared.stage.retire))


def _alarms(state: WorkspaceState) -> tuple[StoppedBy, ...]:
    """Return the guards that stop the refresh."""
    found = alarms(state.evidence, state.limits)
    return tuple(StoppedBy(a.signal, a.value, a.limit, a.because) for a in found)


def _touched(vector_index: VectorIndex, state: WorkspaceState, prepared: Prepared | None) -> int:
    """Return the number of chunks of all documents whose bytes or names changed: without digests all were embedded."""
    if prepared is None:
        return 0
    diff = state.diff
    names = {*diff.added, *diff.edited, *diff.cosmetic, *diff.metadata, *(new for _, new in diff.renamed)}
    return sum(1 for _ in vector_index.points(prepared.collection, documents=names)) if names else 0


def _served(vector_index: VectorIndex, state: WorkspaceState, prepared: Prepared | None) -> int:
    """Return the number of chunks that readers get afterwards."""
    if prepared is not None:
        return vector_index.count(prepared.collection, revision=prepared.revision)
    return state.live.index.points if state.live else 0
