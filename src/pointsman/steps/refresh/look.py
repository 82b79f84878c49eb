"""Look first: tell at once when nothing is to be done."""

from dataclasses import replace

from pointsman.core.policy.decision import Decision
from pointsman.steps.history.last_run import LAST
from pointsman.steps.ledger.approvals import APPROVE, ceilings_of, say, under_approval
from pointsman.steps.ledger.releases import DECISION
from pointsman.steps.ledger.tracker_sync import mirror
from pointsman.steps.observe.state import Situation, surveyed
from pointsman.steps.refresh.fast_path import Glance, keep
from pointsman.steps.refresh.report import Outcome, as_report
from pointsman.steps.resources import Desk
from pointsman.steps.supervision.taint import note_taint


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
