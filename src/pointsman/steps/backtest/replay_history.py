"""Replay: what a refresh right after each moment of a history would have decided, in a workspace where nothing is kept.

The same survey, guards, policy and plan run as in a refresh. What needs a model does not, unless the replay measures:
then texts are embedded and staged, what is left is measured and decided on, and only training is left out.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from pointsman.core.backtest import APPROVED, WAITED, StoppedBy, HistoryStep, Rates
from pointsman.core.evaluation.signal_names import DERIVED_GAP, GOLDEN_GAP
from pointsman.core.policy.decision import Decision, Track
from pointsman.core.policy.evidence import Measurements
from pointsman.core.policy.guards import alarms
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
from pointsman.steps.ledger.releases import DECISION
from pointsman.steps.observe.state import WorkspaceState, state_now
from pointsman.steps.refresh.check import approve_listed
from pointsman.steps.refresh.report import Work, estimate
from pointsman.steps.release.promote import compose, promote
from pointsman.steps.resources import Intake, Records, Serving
from pointsman.steps.supervision.accept import note_examples
from pointsman.steps.training.results import RefreshRun

NO_VECTORS = np.empty((0, 0), np.float32)
"""What is written in the place of vectors, in a workspace whose index keeps none."""

BY = "backtest"
"""Who approves a held step."""


@dataclass(frozen=True, slots=True)
class At:
    """The moment that the store stands at."""

    commit: str
    at: int
    """Seconds since the epoch."""
    subject: str = ""
    commits: int = 1


Settle = Callable[[str, str, str], None]
"""Lets go of everything but the live release, its manifest and its decision."""


@dataclass(frozen=True, slots=True)
class ReplayedRun:
    """What came of a decision."""

    decision: Decision
    """On what was measured, where it was."""
    prepared: Prepared | None = None
    assessment: Assessment = field(default_factory=Assessment)


def rehearse(
    intake: Intake,
    moment: At,
    settle: Settle,
    *,
    approve: bool,
    measure: bool = False,
    serving: Serving,
    records: Records,
    builder: Builder,
    progress: Progress,
) -> HistoryStep:
    """Return what a refresh at this moment decides and does, and leave the ports as that refresh would.

    ``approve`` has a person approve every hold at once, as ``refresh --yes`` does; else it waits until the store no
    longer shows what is held. ``measure`` needs a resources with an embedder and an index that keeps vectors.
    """
    state = state_now(intake, serving=serving, records=records, progress=progress)
    note_examples(intake, state.manifest, state.supervision, served=state.known_examples, records=records)
    asked = state.decision
    if asked.hold and approve:
        state = approve_listed(state, by=BY, ledger=serving.ledger, now=records.now)
    done = _done(
        intake, state, settle, measure=measure, serving=serving, records=records, builder=builder, progress=progress
    )
    decision, prepared = done.decision, done.prepared
    work = _work(prepared)
    return HistoryStep(
        commit=moment.commit, at=moment.at, subject=moment.subject, commits=moment.commits,
        changes={**state.diff.counts, "quarantined": len({r.item for r in state.observation.refused})},
        index=str(decision.index), train=decision.train,
        held=None if not asked.hold else WAITED if decision.hold else APPROVED,
        alarms=_alarms(state) if asked.hold else (),
        because=tuple(reason.because for reason in decision.reasons), debt=decision.debt,
        embedded=work.chunks_embedded, reused=work.chunks_reused, retired=work.points_retired,
        touched=_touched(serving.index, state, prepared), served=_served(serving.index, state, prepared),
        documents=len(state.live_manifest if decision.hold else state.manifest),
        owed=len(state.diff.altered) if decision.hold else 0,
        seconds=round(estimate(records.memory, decision, work), 3),
        signals=done.assessment.signals,
    )  # fmt: skip


def rates(*, memory: Memory, params: Params) -> Rates:
    """Return what work is predicted to take on this machine: by past runs of the workspace, else by first guesses."""
    each = {str(track): throughput(memory, str(track)) for track in (Track.PATCH, Track.UPDATE, Track.REBUILD)}
    return Rates(**each, price_per_hour=params.budget.price_per_hour)


def _done(
    intake: Intake,
    state: WorkspaceState,
    settle: Settle,
    *,
    measure: bool,
    serving: Serving,
    records: Records,
    builder: Builder,
    progress: Progress,
) -> ReplayedRun:
    """Plan, carry out, and measure where that is asked for; a decision that is held stages nothing."""
    decision = state.decision
    if decision.hold:
        return ReplayedRun(decision)
    staged, assessment = None, Assessment()
    if decision.index is not Track.KEEP:
        staged = (
            _embedded(intake, state, serving=serving, progress=progress)
            if measure
            else _counted(intake, state, serving=serving, progress=progress)
        )
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
        serving.ledger.put(DECISION, release.decision, {"carried": sorted(state.carried)})
        promote(state, release, ledger=serving.ledger, now=records.now)
        settle(release.id, release.corpus, release.decision)
        _drop_all_but(serving.index, release.index.collection)
    if measure:
        _book(state, decision, assessment, clock=records.clock, memory=records.memory)
    return ReplayedRun(decision, staged.prepared if staged else None, assessment)


def _embedded(intake: Intake, state: WorkspaceState, *, serving: Serving, progress: Progress) -> Staged:
    """Stage the change as a refresh does; the vectors of texts that went are the cache's affair."""
    target = target_of(state)
    return stage(
        serving,
        target,
        prepare(intake, target, serving=serving, progress=progress),
        progress=progress,
        quarantine=intake.quarantine,
    )


def _counted(intake: Intake, state: WorkspaceState, *, serving: Serving, progress: Progress) -> Staged:
    """Bring the collection to the revision without vectors."""
    prepared = prepare(intake, target_of(state), serving=serving, progress=progress)
    _write(prepared, vector_index=serving.index, models=serving.models)
    intake.quarantine.replace("chunks", prepared.refused)
    return Staged(prepared, prepared.to_embed, len(prepared.stage.add), len(prepared.stage.retire))


def _book(
    state: WorkspaceState, decision: Decision, found: Assessment, *, clock: Callable[[], float], memory: Memory
) -> None:
    """Let what is put off add up; a training that would have begun pays what is owed, as one that is promoted does."""
    evidence = replace(state.evidence, measurements=Measurements(measured=True, signals=found.signals))
    new = {DERIVED_GAP: found.derived_new, GOLDEN_GAP: found.asked.new}
    record_debt(decision, evidence, state.limits, decision.train, new=new, clock=clock, memory=memory)


def _drop_all_but(vector_index: VectorIndex, collection: str) -> None:
    for other in vector_index.collections():
        if other != collection:
            vector_index.drop(other)


def _write(prepared: Prepared, *, vector_index: VectorIndex, models: Models) -> None:
    """Bring the collection to the revision: points without vectors."""
    index, stage = vector_index, prepared.stage
    embedder = models.embedder(prepared.embedder)
    index.create(prepared.collection, embedder.dimension)
    _drop_all_but(vector_index, prepared.collection)
    index.upsert(prepared.collection, stage.add, NO_VECTORS, born=stage.revision)
    index.retire(prepared.collection, stage.retire, at=stage.revision)
    index.delete(prepared.collection, stage.discard)


def _work(prepared: Prepared | None) -> Work:
    """Return the work of a plan, counted as ``plan`` counts it."""
    if prepared is None:
        return Work()
    added = len(prepared.stage.add)
    return Work(prepared.to_embed, added - prepared.to_embed, added, len(prepared.stage.retire))


def _alarms(state: WorkspaceState) -> tuple[StoppedBy, ...]:
    found = alarms(state.evidence, state.limits)
    return tuple(StoppedBy(a.signal, a.value, a.limit, a.because) for a in found)


def _touched(vector_index: VectorIndex, state: WorkspaceState, prepared: Prepared | None) -> int:
    """Count the chunks of the documents whose bytes or names are others: without digests, each is embedded whole."""
    if prepared is None:
        return 0
    diff = state.diff
    names = {*diff.added, *diff.edited, *diff.cosmetic, *diff.metadata, *(new for _, new in diff.renamed)}
    return sum(1 for _ in vector_index.points(prepared.collection, documents=names)) if names else 0


def _served(vector_index: VectorIndex, state: WorkspaceState, prepared: Prepared | None) -> int:
    if prepared is not None:
        return vector_index.count(prepared.collection, revision=prepared.revision)
    return state.live.index.points if state.live else 0
