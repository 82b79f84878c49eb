"""The loop: observe, stage in the dark, measure what is left, decide, act, gate, release.

``do(name, function, *args)`` runs one step; the flow passes one that makes a Prefect task of it, with retries and a
timeout, and tests pass one that calls it, or kills it.
"""

from collections.abc import Callable
from dataclasses import replace

from pointsman.core.corpus.chunking import chunking_fingerprint
from pointsman.core.errors import LedgerConflict, ListingFailed
from pointsman.core.evaluation.signal_names import DERIVED_GAP, GOLDEN_GAP
from pointsman.core.gates.ruling import Ruling, Verdict, worst
from pointsman.core.policy.decision import GENERATOR, RETRIEVER, Track
from pointsman.core.policy.evidence import Measurements
from pointsman.core.release import Index, Release
from pointsman.ports.builds import Builder
from pointsman.ports.index import VectorIndex
from pointsman.ports.ledger import Ledger
from pointsman.ports.models import Role
from pointsman.ports.progress import Progress
from pointsman.ports.workspace import Memory
from pointsman.settings.params import Params
from pointsman.steps.evaluation.assess import assess
from pointsman.steps.evaluation.assessment import Assessment
from pointsman.steps.history.debt import record_debt
from pointsman.steps.history.throughput import build_rate
from pointsman.steps.indexing.prepare import prepare, tip_release
from pointsman.steps.indexing.rebuild import RebuiltIndex, catch_up, compare, prepare_again, target_of
from pointsman.steps.indexing.stage import Staged, stage, unstage
from pointsman.steps.ledger.approvals import ceilings_of, put_hold
from pointsman.steps.ledger.releases import DECISION
from pointsman.steps.ledger.tracker_sync import enqueue, sync_tracker
from pointsman.steps.observe.state import WorkspaceState, observe_state, state_unlisted
from pointsman.steps.refresh.remember import record_throughput, record_state
from pointsman.steps.refresh.report import Outcome, Work, as_record, estimate
from pointsman.steps.release.promote import keep_candidate, compose, promote, put_candidate
from pointsman.steps.resources import Intake, Records, Serving
from pointsman.steps.runner import Runner, run_here
from pointsman.steps.supervision.accept import note_examples
from pointsman.steps.supervision.taint import record_taint
from pointsman.steps.training.results import INDEX, MIGRATION, RefreshRun, TrainingOutcome
from pointsman.steps.training.train import build_ahead, role_report, train_generator, train_retriever


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
    """Carry the loop through once; ``look`` tells beforehand whether it is worth it.

    ``state`` is what ``look`` observed just before. Without one, or where the store could not be listed or another run
    went live since, the store is observed here. One that still cannot be listed after the retries of ``do`` is held.

    Raises:
        StoreMoved: the store changed under the run; nothing a reader sees was touched, run it again.
    """
    started = records.clock()
    if state is None or state.evidence.corpus.listing_error or state.pointer != serving.ledger.pointer():
        state = _observed(intake, do, serving=serving, records=records, progress=progress)
    note_examples(intake, state.manifest, state.supervision, served=state.known_examples, records=records)
    acted = RefreshRun(state.decision, Assessment())
    if not acted.decision.hold:
        record_taint(state.live, state.supervision, ledger=serving.ledger, memory=records.memory)
        state, acted = _act(intake, state, do, serving=serving, records=records, builder=builder, progress=progress)
    release = (
        None
        if acted.decision.hold
        else compose(state, acted, builder=builder, ledger=serving.ledger, params=serving.params)
    )
    outcome = _outcome(
        records, state, acted=acted, release=release, started=started, builder=builder, params=serving.params
    )
    _record(records, outcome, trigger, params=serving.params)
    if release is not None:
        _go_live(state, release, do, ledger=serving.ledger, now=records.now)
    if not (acted.decision.hold or acted.refused or acted.waits):
        _update_debt(state, acted, clock=records.clock, memory=records.memory)
    record_throughput(outcome, acted, clock=records.clock, memory=records.memory)
    do("record", sync_tracker, records)
    record_state(intake, outcome, acted, serving=serving, records=records, progress=progress)
    return outcome


def _observed(intake: Intake, do: Runner, *, serving: Serving, records: Records, progress: Progress) -> WorkspaceState:
    try:
        return do("observe", observe_state, intake, serving=serving, records=records, progress=progress)
    except ListingFailed as error:
        return state_unlisted(error, ledger=serving.ledger, models=serving.models, params=serving.params)


def _outcome(
    records: Records,
    state: WorkspaceState,
    acted: RefreshRun,
    release: Release | None,
    started: float,
    *,
    builder: Builder,
    params: Params,
) -> Outcome:
    """Return what a run that began at ``started`` came to, for its report and its record."""
    work = _work(acted)
    return Outcome(
        state, acted.decision,
        work=work,
        estimate_seconds=estimate(records.memory, acted.decision, work),
        seconds=records.clock() - started,
        gate=worst(list(acted.gates.values())),
        gates=acted.gates,
        release=release or state.live,
        candidate=None if acted.decision.hold else keep_candidate(state, acted, builder=builder, ledger=records.ledger, params=params),
        signals=acted.assessment.signals,
        facts=acted.assessment.facts,
        edits=acted.assessment.edits,
        exam=acted.trained["generator"].exam if "generator" in acted.trained else None,
        training=role_report(acted.trained),
    )  # fmt: skip


def _update_debt(state: WorkspaceState, acted: RefreshRun, *, clock: Callable[[], float], memory: Memory) -> None:
    """Bring the accounts of what is owed up to date."""
    found = acted.assessment
    evidence = replace(state.evidence, measurements=Measurements(measured=True, signals=found.signals))
    new = {DERIVED_GAP: found.derived_new, GOLDEN_GAP: found.asked.new}
    record_debt(acted.decision, evidence, state.limits, acted.trained.keys(), new=new, clock=clock, memory=memory)


def _record(records: Records, outcome: Outcome, trigger: str, *, params: Params) -> None:
    """Write the decision to the ledger before it takes effect: a run that is killed then is still on record."""
    state = outcome.state
    if outcome.decision.hold:
        ceilings = ceilings_of(state.evidence, state.limits, state.guarded)
        put_hold(records.ledger, state.pointer, outcome.decision.id, ceilings)
    if outcome.candidate is not None and outcome.release is not None:
        put_candidate(records.ledger, outcome.decision.id, outcome.candidate, outcome.release)
    records.ledger.put(DECISION, outcome.decision.id, as_record(outcome, trigger, now=records.now, params=params))
    enqueue(records.memory, outcome.decision.id)


def _go_live(state: WorkspaceState, release: Release, do: Runner, *, ledger: Ledger, now: Callable[[], str]) -> None:
    try:
        do("release", promote, state, release, ledger=ledger, now=now)
    except LedgerConflict:
        ledger.remove(DECISION, release.decision)
        raise


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
    """Stage, measure, decide, train and gate; nothing is visible to readers yet.

    Returns what was done, and the situation it was done in: a rebuild catches up with what changed meanwhile.
    """
    track, staged, embedded, rate = state.decision.index, None, 0, None
    if track is Track.REBUILD:
        state, staged, embedded, rate = _rebuild(
            intake, state, do, serving=serving, records=records, builder=builder, progress=progress
        )
    elif track is not Track.KEEP:
        target = target_of(state)
        staged = do(
            "stage",
            stage,
            serving,
            target,
            prepared=do("prepare", prepare, intake, target, serving=serving, progress=progress),
            progress=progress,
            quarantine=intake.quarantine,
        )
        embedded = staged.embedded
    assessment = do("assess", assess, intake, state, staged=staged, serving=serving, memory=records.memory)
    gates: dict[str, Ruling] = {}
    asked = staged.index if staged else state.live.index if state.live else None
    if asked is not None and (staged is not None or state.evidence.configuration.reranker_changed):
        gates[INDEX] = assessment.rule_index(
            serving.params, serving.index.count(asked.collection, revision=asked.revision), asked.points
        )
    if staged is not None and track is Track.REBUILD and gates[INDEX].verdict is not Verdict.REFUSE:
        compared = do("compare", compare, serving, state, staged=staged, progress=progress)
        assessment = replace(assessment, signals=(*assessment.signals, *compared.signals))
        gates[MIGRATION] = compared.rule(serving.params, len(assessment.staged_hits))
    acted = RefreshRun(
        state.measured(assessment.signals),
        assessment,
        staged=staged,
        trained={},
        gates=gates,
        embedded=embedded,
        embed_rate=rate,
    )
    if acted.refused:
        if staged is not None:
            do("undo stage", unstage, serving.index, staged.index.collection, revision=staged.index.revision)
        return state, replace(acted, staged=None)
    return state, acted if acted.waits else _train(
        intake, state, acted, do, serving=serving, records=records, builder=builder, progress=progress
    )


def _rebuild(
    intake: Intake,
    state: WorkspaceState,
    do: Runner,
    *,
    serving: Serving,
    records: Records,
    builder: Builder,
    progress: Progress,
) -> tuple[WorkspaceState, Staged, int, float | None]:
    """Build a collection beside the live one and catch up with the store; one that a release has is taken up again.

    Returns the situation of the last listing taken in, its stage, the texts embedded and the build's rate.
    """
    embedded, rate = 0, None
    chunking = chunking_fingerprint(serving.params.chunking.max_tokens)
    known = tip_release(
        Index.name(state.embedder.fingerprint, chunking), vector_index=serving.index, ledger=serving.ledger
    )
    if state.embedder.adapter is None and known is None:
        built = do("build index", build_ahead, state.observation.listing, builder=builder, vector_index=serving.index)
        embedded, rate = int(built["embedded"]), build_rate(built)
    state, prepared = do("prepare", prepare_again, intake, state, serving=serving, progress=progress)
    staged = do(
        "stage", stage, serving, target_of(state), prepared=prepared, progress=progress, quarantine=intake.quarantine
    )
    migrated = do(
        "catch up", catch_up, intake, RebuiltIndex(state, staged), serving=serving, records=records, progress=progress
    )
    return migrated.state, migrated.staged, embedded + migrated.staged.embedded, rate


def _train(
    intake: Intake,
    state: WorkspaceState,
    acted: RefreshRun,
    do: Runner,
    *,
    serving: Serving,
    records: Records,
    builder: Builder,
    progress: Progress,
) -> RefreshRun:
    """Train what the decision names, and let the gate choose."""
    decision, assessment, staged, embedded = acted.decision, acted.assessment, acted.staged, acted.embedded
    trained: dict[Role, TrainingOutcome] = {}
    if RETRIEVER in decision.train and staged is not None:
        trained["retriever"] = do(
            "train retriever",
            train_retriever,
            intake,
            state,
            assessment=assessment,
            staged=staged,
            serving=serving,
            builder=builder,
            memory=records.memory,
            progress=progress,
        )
        staged = _chosen(serving.index, staged, trained["retriever"], do)
        embedded += trained["retriever"].staged.embedded if trained["retriever"].staged else 0
    if GENERATOR in decision.train:
        trained["generator"] = do(
            "train generator",
            train_generator,
            serving,
            state,
            assessment=assessment,
            decision=decision,
            records=records,
            builder=builder,
            example_files=intake.examples,
        )
    gates = {**acted.gates, **{str(role): t.ruling for role, t in trained.items()}}
    return replace(acted, staged=staged, trained=trained, gates=gates, embedded=embedded)


def _chosen(vector_index: VectorIndex, staged: Staged, challenger: TrainingOutcome, do: Runner) -> Staged:
    """Keep the stage of the embedder that won, and take the other back."""
    rebuilt = challenger.staged
    assert rebuilt is not None, "a retriever is always trained together with its collection"  # noqa: S101 - for the type checker
    winner, loser = (rebuilt, staged) if challenger.promoted else (staged, rebuilt)
    do("undo stage", unstage, vector_index, loser.index.collection, revision=loser.index.revision)
    return winner


def _tokens(acted: RefreshRun) -> int:
    return sum(int(t.report.get("tokens", 0)) for t in acted.trained.values())


def _work(acted: RefreshRun) -> Work:
    added = acted.staged.added if acted.staged else 0
    return Work(
        chunks_embedded=acted.embedded,
        chunks_reused=max(0, added - acted.embedded),
        points_added=added,
        points_retired=acted.staged.retired if acted.staged else 0,
        tokens_trained=_tokens(acted),
    )
