"""The loop: observe, stage in the dark, measure what is left, decide, act, gate, release.

``do(name, function, *args)`` runs one step; the flow passes one that makes a Prefect task of it, with retries and a
timeout, and tests pass one that calls it, or kills it.
"""

from dataclasses import replace

from pointsman.core.corpus.chunking import chunking_fingerprint
from pointsman.core.errors import LedgerConflict, ListingFailed
from pointsman.core.evaluation.signal_names import ASKED, GAP
from pointsman.core.gates.ruling import Ruling, Verdict, worst
from pointsman.core.policy.decision import GENERATOR, RETRIEVER, Track
from pointsman.core.release import Index, Release
from pointsman.ports.models import Role
from pointsman.steps.evaluation.assess import assess
from pointsman.steps.evaluation.assessment import Assessment
from pointsman.steps.history.debt import book
from pointsman.steps.history.throughput import build_rate
from pointsman.steps.indexing.prepare import prepare, tip_release
from pointsman.steps.indexing.rebuild import Migrated, catch_up, compare, settle, target_of
from pointsman.steps.indexing.stage import Staged, stage, unstage
from pointsman.steps.ledger.approvals import ceilings_of, put_hold
from pointsman.steps.ledger.releases import DECISION
from pointsman.steps.ledger.tracker_sync import mirror, owe
from pointsman.steps.observe.state import Situation, survey, unlisted
from pointsman.steps.refresh.remember import learn, remember
from pointsman.steps.refresh.report import Outcome, Work, as_record, estimate
from pointsman.steps.release.promote import candidate, compose, promote, put_candidate
from pointsman.steps.resources import Desk
from pointsman.steps.runner import Do, call
from pointsman.steps.supervision.taint import note_taint
from pointsman.steps.training.results import INDEX, MIGRATION, Acted, Trained
from pointsman.steps.training.train import build_ahead, role_report, train_generator, train_retriever


def refresh(desk: Desk, *, trigger: str = "manual", do: Do = call) -> Outcome:
    """Carry the loop through once; ``look`` tells beforehand whether it is worth it.

    A store that still cannot be listed after the retries of ``do`` is held, on record.

    Raises:
        StoreMoved: the store changed under the run; nothing a reader sees was touched, run it again.
    """
    started = desk.clock()
    try:
        situation = do("observe", survey, desk)
    except ListingFailed as error:
        situation = unlisted(desk, error)
    acted = Acted(situation.decide(), Assessment())
    if not acted.decision.hold:
        note_taint(desk, situation.live, situation.supervision)
        situation, acted = _act(desk, situation, do)
    release = None if acted.decision.hold else compose(desk, situation, acted)
    outcome = _outcome(desk, situation, acted, release, started)
    _record(desk, outcome, trigger)
    if release is not None:
        _go_live(desk, situation, release, do)
    if not (acted.decision.hold or acted.refused or acted.waits):
        _book(desk, situation, acted)
    learn(desk, outcome, acted)
    do("record", mirror, desk)
    remember(desk, outcome, acted)
    return outcome


def _outcome(desk: Desk, situation: Situation, acted: Acted, release: Release | None, started: float) -> Outcome:
    """Return what a run that began at ``started`` came to, for its report and its record."""
    work = _work(acted)
    return Outcome(
        situation, acted.decision,
        work=work,
        estimate_seconds=estimate(desk, acted.decision, work),
        seconds=desk.clock() - started,
        gate=worst(list(acted.gates.values())),
        gates=acted.gates,
        release=release or situation.live,
        candidate=None if acted.decision.hold else candidate(desk, situation, acted),
        signals=acted.assessment.signals,
        facts=acted.assessment.facts,
        edits=acted.assessment.edits,
        exam=acted.trained["generator"].exam if "generator" in acted.trained else None,
        training=role_report(acted.trained),
    )  # fmt: skip


def _book(desk: Desk, situation: Situation, acted: Acted) -> None:
    """Bring the accounts of what is owed up to date."""
    found = acted.assessment
    evidence = replace(situation.evidence, signals=found.signals, measured=True)
    new = {GAP: found.derived_new, ASKED: found.asked.new}
    book(desk, acted.decision, evidence, situation.limits, acted.trained.keys(), new=new)


def _record(desk: Desk, outcome: Outcome, trigger: str) -> None:
    """Write the decision to the ledger before it takes effect: a run that is killed then is still on record."""
    situation = outcome.situation
    if outcome.decision.hold:
        ceilings = ceilings_of(situation.evidence, situation.limits, situation.watched)
        put_hold(desk.ledger, situation.pointer, outcome.decision.id, ceilings)
    if outcome.candidate is not None and outcome.release is not None:
        put_candidate(desk.ledger, outcome.decision.id, outcome.candidate, outcome.release)
    desk.ledger.put(DECISION, outcome.decision.id, as_record(desk, outcome, trigger))
    owe(desk, outcome.decision.id)


def _go_live(desk: Desk, situation: Situation, release: Release, do: Do) -> None:
    try:
        do("release", promote, desk, situation, release)
    except LedgerConflict:
        desk.ledger.remove(DECISION, release.decision)
        raise


def _act(desk: Desk, situation: Situation, do: Do) -> tuple[Situation, Acted]:
    """Stage, measure, decide, train and gate; nothing is visible to readers yet.

    Returns what was done, and the situation it was done in: a rebuild catches up with what changed meanwhile.
    """
    track, staged, embedded, rate = situation.decide().index, None, 0, None
    if track is Track.REBUILD:
        situation, staged, embedded, rate = _rebuild(desk, situation, do)
    elif track is not Track.KEEP:
        target = target_of(situation)
        staged = do("stage", stage, desk, target, do("prepare", prepare, desk, target))
        embedded = staged.embedded
    assessment = do("assess", assess, desk, situation, staged)
    gates: dict[str, Ruling] = {}
    asked = staged.index if staged else situation.live.index if situation.live else None
    if asked is not None and (staged is not None or situation.evidence.reranker_changed):
        gates[INDEX] = assessment.rule_index(
            desk, desk.index.count(asked.collection, revision=asked.revision), asked.points
        )
    if staged is not None and track is Track.REBUILD and gates[INDEX].verdict is not Verdict.REFUSE:
        compared = do("compare", compare, desk, situation, staged)
        assessment = replace(assessment, signals=(*assessment.signals, *compared.signals))
        gates[MIGRATION] = compared.rule(desk, len(assessment.staged_hits))
    acted = Acted(situation.decide(assessment.signals, measured=True), assessment, staged, {}, gates, embedded, rate)
    if acted.refused:
        if staged is not None:
            do("undo stage", unstage, desk, staged.index.collection, staged.index.revision)
        return situation, replace(acted, staged=None)
    return situation, acted if acted.waits else _train(desk, situation, acted, do)


def _rebuild(desk: Desk, situation: Situation, do: Do) -> tuple[Situation, Staged, int, float | None]:
    """Build a collection beside the live one and catch up with the store; one that a release has is taken up again.

    Returns the situation of the last listing taken in, its stage, the texts embedded and the build's rate.
    """
    embedded, rate = 0, None
    chunking = chunking_fingerprint(desk.params.chunking.max_tokens)
    known = tip_release(desk, Index.name(situation.embedder.fingerprint, chunking))
    if situation.embedder.adapter is None and known is None:
        built = do("build index", build_ahead, desk)
        embedded, rate = int(built["embedded"]), build_rate(built)
    situation, prepared = do("prepare", settle, desk, situation)
    staged = do("stage", stage, desk, target_of(situation), prepared)
    migrated = do("catch up", catch_up, desk, Migrated(situation, staged))
    return migrated.situation, migrated.staged, embedded + migrated.staged.embedded, rate


def _train(desk: Desk, situation: Situation, acted: Acted, do: Do) -> Acted:
    """Train what the decision names, and let the gate choose."""
    decision, assessment, staged, embedded = acted.decision, acted.assessment, acted.staged, acted.embedded
    trained: dict[Role, Trained] = {}
    if RETRIEVER in decision.train and staged is not None:
        trained["retriever"] = do("train retriever", train_retriever, desk, situation, assessment, staged)
        staged = _chosen(desk, staged, trained["retriever"], do)
        embedded += trained["retriever"].staged.embedded if trained["retriever"].staged else 0
    if GENERATOR in decision.train:
        trained["generator"] = do("train generator", train_generator, desk, situation, assessment)
    gates = {**acted.gates, **{str(role): t.ruling for role, t in trained.items()}}
    return replace(acted, staged=staged, trained=trained, gates=gates, embedded=embedded)


def _chosen(desk: Desk, staged: Staged, challenger: Trained, do: Do) -> Staged:
    """Keep the stage of the embedder that won, and take the other back."""
    rebuilt = challenger.staged
    assert rebuilt is not None, "a retriever is always trained together with its collection"  # noqa: S101 - for the type checker
    winner, loser = (rebuilt, staged) if challenger.promoted else (staged, rebuilt)
    do("undo stage", unstage, desk, loser.index.collection, loser.index.revision)
    return winner


def _tokens(acted: Acted) -> int:
    return sum(int(t.report.get("tokens", 0)) for t in acted.trained.values())


def _work(acted: Acted) -> Work:
    added = acted.staged.added if acted.staged else 0
    return Work(
        chunks_embedded=acted.embedded,
        chunks_reused=max(0, added - acted.embedded),
        points_added=added,
        points_retired=acted.staged.retired if acted.staged else 0,
        tokens_trained=_tokens(acted),
    )
