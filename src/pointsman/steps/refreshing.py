"""The loop: observe, stage in the dark, measure what is left, decide, act, gate, release.

``do(name, function, *args)`` runs one step; the flow passes one that makes a Prefect task of it, with retries and a
timeout, and tests pass one that calls it, or kills it.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Protocol, TypeVar

from pointsman.core.errors import LedgerConflict
from pointsman.core.gate import Ruling, Verdict, worst
from pointsman.core.policy import GENERATOR, RETRIEVER, Decision, Track
from pointsman.core.release import Release
from pointsman.steps.acting import Acted, Trained, build, role_report, target_of, train_generator, train_retriever
from pointsman.steps.assessing import Assessment, assess
from pointsman.steps.desk import Desk, Role
from pointsman.steps.mirroring import mirror, owe
from pointsman.steps.promoting import candidate, compose, promote
from pointsman.steps.releases import (
    DECISION,
)
from pointsman.steps.reporting import Outcome, Work, as_record, estimate
from pointsman.steps.situation import THROUGHPUT, TRAIN, Situation, survey, throughput, training_tokens
from pointsman.steps.staging import Staged, prepare, stage, unstage

T = TypeVar("T")

LAST = "last"
"""Memory: the situation of the last refresh that left nothing to do, and how often it came again."""


REMEMBERED = 5
"""Refreshes of a kind whose overhead is remembered."""

ENOUGH_TO_TELL = 100
"""Texts from which on a build's rate says something about the next one."""


class Do(Protocol):
    """Runs one step of the loop."""

    def __call__(self, name: str, step: Callable[..., T], /, *args: Any) -> T:
        """Return what ``step(*args)`` returns."""


def call(_name: str, step: Callable[..., T], /, *args: Any) -> T:
    """Run a step by calling it."""
    return step(*args)


def look(desk: Desk, *, approved: bool = False, beat: bool = True) -> Outcome | Situation:
    """Return the outcome at once when nothing is to be done, or nothing is new since it was tried; else the situation.

    No model, engine, Prefect or MLflow is loaded to find out. ``beat`` counts the visit; a plan does not.
    """
    started = desk.clock()
    situation = survey(desk, approved=approved)
    decision, gate, last = situation.decide(), None, desk.memory.get(LAST)
    busy = decision.hold or situation.needs_release(decision)
    if busy:
        record = desk.ledger.get(DECISION, last["decision"]) if last.get("key") == situation.key else None
        if record is None:
            return situation
        decision = Decision.from_json(record["decision_id"], record["report"]["decision"])
        gate = record["report"]["gate"]
    if beat:
        beats = last.get("beats", 0) + 1
        desk.memory.put(LAST, {**last, "beats": beats, "at": desk.now(), "debt": decision.debt})
    return Outcome(
        situation, decision, release=situation.live, gate=gate, seconds=desk.clock() - started, repeated=busy
    )


def refresh(desk: Desk, *, approved: bool = False, trigger: str = "manual", do: Do = call) -> Outcome:
    """Carry the loop through once; ``look`` tells beforehand whether it is worth it.

    Raises:
        StoreMoved: the store changed under the run; nothing a reader sees was touched, run it again.
    """
    started = desk.clock()
    situation = do("observe", partial(survey, approved=approved), desk)
    acted = Acted(situation.decide(), Assessment())
    if not acted.decision.hold:
        acted = _act(desk, situation, do)
    release = None if acted.decision.hold else compose(desk, situation, acted)
    work = _work(acted)
    outcome = Outcome(
        situation, acted.decision,
        work=work,
        estimate_seconds=estimate(desk, acted.decision, work),
        seconds=desk.clock() - started,
        gate=worst(list(acted.gates.values())),
        gates=acted.gates,
        release=release or situation.live,
        candidate=None if acted.decision.hold else candidate(desk, situation, acted),
        signals=acted.assessment.signals,
        attribution=acted.assessment.attribution,
        exam=acted.trained["generator"].exam if "generator" in acted.trained else None,
        training=role_report(acted.trained),
    )  # fmt: skip
    _record(desk, outcome, trigger)
    if release is not None:
        _go_live(desk, situation, release, do)
    _learn(desk, outcome, acted)
    do("record", mirror, desk)
    _remember(desk, outcome, acted)
    return outcome


def _record(desk: Desk, outcome: Outcome, trigger: str) -> None:
    """Write the decision to the ledger before it takes effect: a run that is killed then is still on record."""
    desk.ledger.put(DECISION, outcome.decision.id, as_record(desk, outcome, trigger))
    owe(desk, outcome.decision.id)


def _go_live(desk: Desk, situation: Situation, release: Release, do: Do) -> None:
    try:
        do("release", promote, desk, situation, release)
    except LedgerConflict:
        desk.ledger.remove(DECISION, release.decision)
        raise


def _act(desk: Desk, situation: Situation, do: Do) -> Acted:
    """Stage, measure, decide, train and gate; nothing is visible to readers yet."""
    planned = situation.decide()
    staged, embedded, rate = None, 0, None
    if planned.index is not Track.KEEP:
        if planned.index is Track.REBUILD and situation.embedder.adapter is None:
            built = do("build index", build, desk, situation, "index")
            embedded, rate = int(built["embedded"]), _rate(built)
        target = target_of(situation)
        prepared = do("prepare", prepare, desk, target)
        staged = do("stage", stage, desk, target, prepared)
        embedded += staged.embedded
    assessment = do("assess", assess, desk, situation, staged)
    decision = situation.decide(assessment.signals, measured=True)
    gates: dict[str, Ruling] = {}
    asked = staged.index if staged else situation.live.index if situation.live else None
    if asked is not None and (staged is not None or situation.evidence.reranker_changed):
        served = desk.index.count(asked.collection, revision=asked.revision)
        gates["index"] = assessment.rule_index(desk, served, asked.points)
        if gates["index"].verdict is Verdict.REFUSE:
            if staged is not None:
                do("undo stage", unstage, desk, asked.collection, asked.revision)
            return Acted(decision, assessment, None, {}, gates, embedded, rate)
    trained: dict[Role, Trained] = {}
    if RETRIEVER in decision.train and staged is not None:
        trained["retriever"] = do("train retriever", train_retriever, desk, situation, assessment, staged)
        staged = _chosen(desk, staged, trained["retriever"], do)
        embedded += trained["retriever"].staged.embedded if trained["retriever"].staged else 0
    if GENERATOR in decision.train:
        trained["generator"] = do("train generator", train_generator, desk, situation, assessment)
    gates |= {str(role): t.ruling for role, t in trained.items()}
    return Acted(decision, assessment, staged, trained, gates, embedded, rate)


def _rate(built: Mapping[str, Any]) -> float | None:
    """Return the texts a second of a build that embedded enough to tell."""
    seconds = float(built.get("seconds", 0.0))
    return round(built["embedded"] / seconds, 3) if built["embedded"] >= ENOUGH_TO_TELL and seconds > 0 else None


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


def _learn(desk: Desk, outcome: Outcome, acted: Acted) -> None:
    """Keep the rates that this run showed, for the next estimate, and when a generator was last trained."""
    decision, known = outcome.decision, desk.memory.get(THROUGHPUT)
    if decision.hold or decision.idle:
        return
    for trained in acted.trained.values():
        if trained.report.get("tokens_per_second"):
            known["train_tokens_per_second"] = float(trained.report["tokens_per_second"])
    if "generator" in acted.trained:
        known["trained_at"] = desk.clock()
    if acted.embed_rate:
        known["embed_per_second"] = acted.embed_rate
    desk.memory.put(THROUGHPUT, known)
    kind = TRAIN if decision.train else str(decision.index)
    rates = throughput(desk, kind)
    besides = max(0.0, outcome.seconds - estimate(desk, decision, outcome.work) + rates.overhead_seconds)
    seen = known.get("overhead", {})
    recent = [*seen.get(kind, []), round(besides, 3)][-REMEMBERED:]
    desk.memory.put(THROUGHPUT, {**known, "overhead": {**seen, kind: recent}})


def _remember(desk: Desk, outcome: Outcome, acted: Acted) -> None:
    """Keep the situation and its outcome, so that the same one is not tried again; a damaged stage is tried again."""
    last = {
        **desk.memory.get(LAST),
        "decision": outcome.decision.id,
        "at": desk.now(),
        "key": None,
        "debt": outcome.decision.debt,
    }
    damaged = acted.refused and acted.gates["index"].signal is None
    if not damaged:
        last["key"] = survey(desk, approved=outcome.situation.evidence.approved).key
    desk.memory.put(LAST, last)


def preview(desk: Desk, situation: Situation) -> Outcome:
    """Return what a refresh would do and cost: chunks are counted, nothing is embedded, staged or trained."""
    started = desk.clock()
    decision = situation.decide()
    work = Work()
    if decision.index is not Track.KEEP and not decision.hold:
        prepared = prepare(desk, target_of(situation))
        work = Work(
            chunks_embedded=prepared.to_embed,
            chunks_reused=len(prepared.stage.add) - prepared.to_embed,
            points_added=len(prepared.stage.add),
            points_retired=len(prepared.stage.retire),
        )
    if GENERATOR in decision.train:
        work = replace(work, tokens_trained=training_tokens(desk, len(situation.supervision.examples)))
    seconds = estimate(desk, decision, work)
    return Outcome(situation, decision, work, seconds, desk.clock() - started, release=situation.live)
