"""The loop: observe, stage in the dark, measure what is left, decide, act, gate, release.

``do(name, function, *args)`` runs one step; the flow passes one that makes a Prefect task of it, with retries and a
timeout, and tests pass one that calls it, or kills it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from pointsman.core.chunks import chunking_fingerprint
from pointsman.core.edits import Edit
from pointsman.core.errors import LedgerConflict, ListingFailed
from pointsman.core.gate import Ruling, Verdict, worst
from pointsman.core.policy import ASKED, GAP, GENERATOR, RETRIEVER, Decision, Track
from pointsman.core.release import Index, Release
from pointsman.steps.acting import (
    INDEX,
    MIGRATION,
    Acted,
    Trained,
    build_ahead,
    role_report,
    train_generator,
    train_retriever,
)
from pointsman.steps.approvals import APPROVE, ceilings_of, put_hold, say, under_approval
from pointsman.steps.assessing import Assessment, assess
from pointsman.steps.desk import Desk, Role
from pointsman.steps.editing import edits_of
from pointsman.steps.forecasting import forecast
from pointsman.steps.glancing import LAST, Glance, keep
from pointsman.steps.migrating import Migrated, catch_up, compare, settle, target_of
from pointsman.steps.mirroring import mirror, owe
from pointsman.steps.owing import book
from pointsman.steps.pacing import build_rate, training_tokens
from pointsman.steps.preparing import prepare, tip_release
from pointsman.steps.promoting import candidate, compose, promote, put_candidate
from pointsman.steps.releases import DECISION
from pointsman.steps.remembering import learn, remember
from pointsman.steps.replaying import examples_used
from pointsman.steps.reporting import Outcome, Work, as_record, as_report, estimate
from pointsman.steps.situation import Situation, survey, surveyed, unlisted
from pointsman.steps.staging import Staged, stage, unstage
from pointsman.steps.tainting import note_taint

T = TypeVar("T")


class Do(Protocol):
    """Runs one step of the loop."""

    def __call__(self, name: str, step: Callable[..., T], /, *args: Any) -> T:
        """Return what ``step(*args)`` returns."""


def call(_name: str, step: Callable[..., T], /, *args: Any) -> T:
    """Run a step by calling it."""
    return step(*args)


def look(
    desk: Desk,
    *,
    seen: Glance | None = None,
    approved: bool = False,
    by: str = "refresh --yes",
    beat: bool = True,
) -> Outcome | Situation:
    """Return the outcome at once when nothing is to be done, or nothing is new since it was tried; else the situation.

    No model, engine, Prefect or MLflow is loaded to find out. ``beat`` counts the visit, and pays what the record is
    owed; a plan does neither. ``approved`` grants exactly what this listing shows, in the name of ``by``: a later
    listing that shows more is held again. ``seen`` is the glance that found that something moved: its listing is used.
    """
    started = desk.clock()
    situation = surveyed(desk, seen.listing if seen else None)
    if approved:
        situation = taken(desk, situation, by=by)
    decision, gate, last = situation.decide(), None, desk.memory.get(LAST)
    if beat and not decision.hold:  # what an accident took away is no reason to doubt a generator
        note_taint(desk, situation.live, situation.supervision)
    busy = decision.hold or situation.needs_release(decision)
    if busy:
        record = desk.ledger.get(DECISION, last["decision"]) if last.get("key") == situation.key else None
        if record is None:
            return situation
        decision = Decision.from_json(record["decision_id"], record["report"]["decision"])
        gate = record["report"]["gate"]
    if beat:
        beats = last.get("beats", 0) + 1
        visit = {"beats": beats, "at": desk.now(), "debt": decision.debt, "held": decision.hold}
        desk.memory.put(LAST, {**last, **visit})
        mirror(desk)  # what a killed run, or a record that was away, still owes; nothing is loaded when nothing is
    outcome = Outcome(
        situation, decision, release=situation.live, gate=gate, seconds=desk.clock() - started, repeated=busy
    )
    if seen is not None and decision.idle and not busy and not decision.debt:
        keep(desk, seen, as_report(desk, outcome))
    return outcome


def taken(desk: Desk, situation: Situation, *, by: str) -> Situation:
    """Return the situation with exactly what it shows approved, when it is held and a person may approve it."""
    evidence, limits = situation.evidence, situation.limits
    decision, ceilings = situation.decide(), ceilings_of(evidence, limits, situation.watched)
    if not decision.hold or not ceilings:
        return situation
    note = "approved as this run listed it"
    say(desk.ledger, situation.pointer, APPROVE, decision.id, by=by, note=note, at=desk.now(), ceilings=ceilings)
    granted = under_approval(desk.ledger, situation.pointer, evidence, limits, situation.watched)
    return replace(situation, evidence=granted)


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


def preview(desk: Desk, situation: Situation) -> Outcome:
    """Return what a refresh would do and cost: chunks are counted, nothing is embedded, staged or trained."""
    started = desk.clock()
    decision = situation.decide()
    work, migration = Work(), None
    edits: Sequence[Edit] = ()
    if decision.index is not Track.KEEP and not decision.hold:
        prepared = prepare(desk, target_of(situation))
        work = Work(
            chunks_embedded=prepared.to_embed,
            chunks_reused=len(prepared.stage.add) - prepared.to_embed,
            points_added=len(prepared.stage.add),
            points_retired=len(prepared.stage.retire),
        )
        edits = edits_of(desk, situation.live, prepared.edited, desk.models.embedder(situation.embedder))
        migration = forecast(desk, situation, prepared) if decision.index is Track.REBUILD else None
    if GENERATOR in decision.train:
        used = examples_used(desk, situation.live, situation.supervision)
        work = replace(work, tokens_trained=training_tokens(desk, used))
    seconds = estimate(desk, decision, work)
    took = desk.clock() - started
    return Outcome(situation, decision, work, seconds, took, release=situation.live, migration=migration, edits=edits)
