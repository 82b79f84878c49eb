"""Look first: tell at once when nothing is to be done."""

from collections.abc import Callable
from dataclasses import replace

from pointsman.core.policy.decision import Decision
from pointsman.ports.ledger import Ledger
from pointsman.ports.progress import Progress
from pointsman.steps.history.last_run import LAST
from pointsman.steps.ledger.approvals import APPROVE, ceilings_of, say, under_approval
from pointsman.steps.ledger.releases import DECISION
from pointsman.steps.ledger.tracker_sync import sync_tracker
from pointsman.steps.observe.state import Situation, surveyed
from pointsman.steps.refresh.fast_path import Glance, keep
from pointsman.steps.refresh.report import Outcome, as_report
from pointsman.steps.resources import Intake, Records, Serving
from pointsman.steps.supervision.taint import note_taint


def look(
    intake: Intake,
    *,
    seen: Glance | None = None,
    approved: bool = False,
    by: str = "refresh --yes",
    beat: bool = True,
    serving: Serving,
    records: Records,
    progress: Progress,
) -> Outcome | Situation:
    """Return the outcome at once when nothing is to be done, or nothing is new since it was tried; else the situation.

    No model, engine, Prefect or MLflow is loaded to find out. ``beat`` counts the visit, and pays what the record is
    owed; a plan does neither. ``approved`` grants exactly what this listing shows, in the name of ``by``: a later
    listing that shows more is held again. ``seen`` is the glance that found that something moved: its listing is used.
    """
    started = records.clock()
    situation = surveyed(intake, seen.listing if seen else None, serving=serving, records=records, progress=progress)
    if approved:
        situation = taken(situation, by=by, ledger=serving.ledger, now=records.now)
    decision, gate, last = situation.decide(), None, records.memory.get(LAST)
    if beat and not decision.hold:  # what an accident took away is no reason to doubt a generator
        note_taint(situation.live, situation.supervision, ledger=serving.ledger, memory=records.memory)
    busy = decision.hold or situation.needs_release(decision)
    if busy:
        record = serving.ledger.get(DECISION, last["decision"]) if last.get("key") == situation.key else None
        if record is None:
            return situation
        decision = Decision.from_json(record["decision_id"], record["report"]["decision"])
        gate = record["report"]["gate"]
    if beat:
        beats = last.get("beats", 0) + 1
        visit = {"beats": beats, "at": records.now(), "debt": decision.debt, "held": decision.hold}
        records.memory.put(LAST, {**last, **visit})
        sync_tracker(
            records
        )  # what a killed run, or a record that was away, still owes; nothing is loaded when nothing is
    outcome = Outcome(
        situation, decision, release=situation.live, gate=gate, seconds=records.clock() - started, repeated=busy
    )
    if seen is not None and decision.idle and not busy and not decision.debt:
        keep(records.memory, seen, as_report(serving.params, outcome))
    return outcome


def taken(situation: Situation, *, by: str, ledger: Ledger, now: Callable[[], str]) -> Situation:
    """Return the situation with exactly what it shows approved, when it is held and a person may approve it."""
    evidence, limits = situation.evidence, situation.limits
    decision, ceilings = situation.decide(), ceilings_of(evidence, limits, situation.watched)
    if not decision.hold or not ceilings:
        return situation
    note = "approved as this run listed it"
    say(ledger, situation.pointer, APPROVE, decision.id, by=by, note=note, at=now(), ceilings=ceilings)
    granted = under_approval(ledger, situation.pointer, evidence, limits, situation.watched)
    return replace(situation, evidence=granted)
