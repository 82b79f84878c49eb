"""The loop: observe, stage, measure, decide, train, gate, release.

``do(name, function, *args)`` runs one step. The flow passes a runner that makes a Prefect task of it, with retries and
a timeout. Tests pass one that calls the step, or kills the run.
"""

from collections.abc import Callable
from dataclasses import replace

from pointsman.core.errors import LedgerConflict, ListingFailed
from pointsman.core.evaluation.signal_names import DERIVED_GAP, GOLDEN_GAP
from pointsman.core.gates.ruling import worst
from pointsman.core.policy.evidence import Measurements
from pointsman.core.release import Release
from pointsman.ports.builds import Builder
from pointsman.ports.progress import Progress
from pointsman.ports.workspace import Memory
from pointsman.settings.params import Params
from pointsman.steps.evaluation.assess import assess
from pointsman.steps.evaluation.assessment import Assessment
from pointsman.steps.history.debt import record_debt
from pointsman.steps.indexing.stage import unstage
from pointsman.steps.ledger.approvals import ceilings_of, put_hold
from pointsman.steps.ledger.releases import DECISION
from pointsman.steps.ledger.tracker_sync import enqueue, sync_tracker
from pointsman.steps.observe.narrow_access import narrow_access
from pointsman.steps.observe.state import WorkspaceState, observe_state, state_unlisted
from pointsman.steps.refresh.index_track import rule_index, stage_index
from pointsman.steps.refresh.remember import record_state, record_throughput
from pointsman.steps.refresh.report import Outcome, Work, as_record, estimate
from pointsman.steps.refresh.settle_access import settle_released
from pointsman.steps.refresh.weights_track import train
from pointsman.steps.release.promote import compose, keep_candidate, promote, put_candidate
from pointsman.steps.resources import Intake, Records, Serving
from pointsman.steps.runner import Runner, run_here
from pointsman.steps.supervision.accept import note_examples
from pointsman.steps.supervision.taint import record_taint
from pointsman.steps.training.builds import role_report
from pointsman.steps.training.results import RefreshRun


def refresh(
    intake: Intake,
    *,
    state: WorkspaceState | None = None,
    trigger: str = "manual",
    do: Runner = run_here,
    serving: Serving,
    records: Records,
    builder: Builder,
    progress: Progress,
) -> Outcome:
    """Run the loop once and return its outcome. ``check_state`` tells before whether a run is needed.

    ``state`` is what ``check_state`` has just observed. The store is observed here if it is None, could not be listed,
    or another run went live since. If it still cannot be listed after the retries of ``do``, the decision is a hold.

    Raises:
        StoreMoved: the store changed during the run. Readers see no change; run it again.
    """
    started = records.clock()
    if state is None or state.evidence.corpus.listing_error or state.pointer != serving.ledger.pointer():
        state = _observed(intake, do, serving=serving, records=records, progress=progress)
    note_examples(intake, state.manifest, state.supervision, served=state.known_examples, records=records)
    acted, release = RefreshRun(state.decision, Assessment()), None
    if not acted.decision.hold:
        record_taint(state.live, state.supervision, ledger=serving.ledger, memory=records.memory)
        state, acted = _act(intake, state, do, serving=serving, records=records, builder=builder, progress=progress)
    if not acted.decision.hold:
        release = compose(state, acted, builder=builder, ledger=serving.ledger, params=serving.params)
    seconds = records.clock() - started
    outcome = _outcome(records, state, acted, release, seconds=seconds, builder=builder, params=serving.params)
    _record(records, outcome, trigger, params=serving.params)
    if release is not None:
        _go_live(state, release, do, params=serving.params, records=records)
    if not (acted.decision.hold or acted.refused or acted.waits):
        _update_debt(state, acted, clock=records.clock, memory=records.memory)
    record_throughput(outcome, acted, clock=records.clock, memory=records.memory)
    do("record", sync_tracker, records)
    record_state(intake, outcome, acted, serving=serving, records=records, progress=progress)
    return outcome


def _observed(intake: Intake, do: Runner, *, serving: Serving, records: Records, progress: Progress) -> WorkspaceState:
    """Return the present state; narrower access takes effect."""
    try:
        state = do("observe", observe_state, intake, serving=serving, records=records, progress=progress)
    except ListingFailed as error:
        return state_unlisted(error, ledger=serving.ledger, models=serving.models, params=serving.params)
    narrow_access(state, params=serving.params, records=records)
    return state


def _act(
    intake: Intake,
    state: WorkspaceState,
    do: Runner,
    *,
    serving: Serving,
    records: Records,
    builder: Builder,
    progress: Progress,
) -> tuple[WorkspaceState, RefreshRun]:
    """Stage, measure, decide, train and gate. Readers see nothing of it yet.

    Returns (state, run). After a rebuild the state is that of the last listing.
    """
    track = state.decision.index
    work = stage_index(intake, state, do, serving=serving, records=records, builder=builder, progress=progress)
    state, staged = work.state, work.staged
    assessment = do("assess", assess, intake, state, staged=staged, serving=serving, memory=records.memory)
    assessment, gates = rule_index(work, assessment, do, track=track, serving=serving, progress=progress)
    acted = RefreshRun(
        state.measured(assessment.signals),
        assessment,
        staged=staged,
        trained={},
        gates=gates,
        embedded=work.embedded,
        embed_rate=work.rate,
    )
    if acted.refused:
        if staged is not None:
            do("undo stage", unstage, serving.index, staged.index.collection, revision=staged.index.revision)
        return state, replace(acted, staged=None)
    if acted.waits:
        return state, acted
    return state, train(intake, state, acted, do, serving=serving, records=records, builder=builder, progress=progress)


def _outcome(
    records: Records,
    state: WorkspaceState,
    acted: RefreshRun,
    release: Release | None,
    *,
    seconds: float,
    builder: Builder,
    params: Params,
) -> Outcome:
    """Return the outcome of a run that took ``seconds``, for its report and its record."""
    work, candidate = _work(acted), None
    if not acted.decision.hold:
        candidate = keep_candidate(state, acted, builder=builder, ledger=records.ledger, params=params)
    return Outcome(
        state,
        acted.decision,
        work=work,
        estimate_seconds=estimate(records.memory, acted.decision, work),
        seconds=seconds,
        gate=worst(list(acted.gates.values())),
        gates=acted.gates,
        release=release or state.live,
        candidate=candidate,
        signals=acted.assessment.signals,
        facts=acted.assessment.facts,
        edits=acted.assessment.edits,
        evaluation=acted.trained["generator"].evaluation if "generator" in acted.trained else None,
        training=role_report(acted.trained),
    )


def _work(acted: RefreshRun) -> Work:
    added = acted.staged.added if acted.staged else 0
    return Work(
        chunks_embedded=acted.embedded,
        chunks_reused=max(0, added - acted.embedded),
        points_added=added,
        points_retired=acted.staged.retired if acted.staged else 0,
        tokens_trained=sum(int(outcome.report.get("tokens", 0)) for outcome in acted.trained.values()),
    )


def _record(records: Records, outcome: Outcome, trigger: str, *, params: Params) -> None:
    """Write the decision to the ledger before it takes effect, so that a killed run is on record."""
    state = outcome.state
    if outcome.decision.hold:
        ceilings = ceilings_of(state.evidence, state.limits, state.guarded)
        put_hold(records.ledger, state.pointer, outcome.decision.id, ceilings, at=records.now())
    if outcome.candidate is not None and outcome.release is not None:
        put_candidate(records.ledger, outcome.decision.id, outcome.candidate, outcome.release)
    records.ledger.put(DECISION, outcome.decision.id, as_record(outcome, trigger, now=records.now, params=params))
    enqueue(records.memory, outcome.decision.id)


def _go_live(state: WorkspaceState, release: Release, do: Runner, *, params: Params, records: Records) -> None:
    """Move the live pointer, and end the access records that say otherwise than the release.

    The decision's record is removed if another run moved the pointer first.
    """
    try:
        do("release", promote, state, release, ledger=records.ledger, now=records.now)
    except LedgerConflict:
        records.ledger.remove(DECISION, release.decision)
        raise
    settle_released(state, release, params=params, records=records)


def _update_debt(state: WorkspaceState, acted: RefreshRun, *, clock: Callable[[], float], memory: Memory) -> None:
    """Update the debt of each model after a run."""
    found = acted.assessment
    evidence = replace(state.evidence, measurements=Measurements(measured=True, signals=found.signals))
    new = {DERIVED_GAP: found.derived_new, GOLDEN_GAP: found.golden_gap.new}
    record_debt(acted.decision, evidence, state.limits, acted.trained.keys(), new=new, clock=clock, memory=memory)
