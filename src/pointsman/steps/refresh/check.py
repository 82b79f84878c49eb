"""Look first: tell at once when nothing is to be done."""

from collections.abc import Callable
from dataclasses import replace

from pointsman.core.policy.decision import Decision
from pointsman.ports.ledger import Ledger
from pointsman.ports.progress import Progress
from pointsman.steps.history.last_run import LAST_RUN
from pointsman.steps.ledger.approvals import APPROVE, ceilings_of, record_verdict, under_approval
from pointsman.steps.ledger.releases import DECISION
from pointsman.steps.ledger.tracker_sync import sync_tracker
from pointsman.steps.observe.state import WorkspaceState, state_now
from pointsman.steps.refresh.fast_path import FastPath, remember_idle
from pointsman.steps.refresh.report import Outcome, as_report
from pointsman.steps.resources import Intake, Records, Serving
from pointsman.steps.supervision.taint import record_taint


def check_state(
    intake: Intake,
    *,
    seen: FastPath | None = None,
    approved: bool = False,
    by: str = "refresh --yes",
    count_visit: bool = True,
    serving: Serving,
    records: Records,
    progress: Progress,
) -> Outcome | WorkspaceState:
    """Return the outcome at once when nothing is to be done, or nothing is new since it was tried; else the situation.

    No model, engine, Prefect or MLflow is loaded to find out. ``count_visit`` counts the visit, and pays what the record is
    owed; a plan does neither. ``approved`` grants exactly what this listing shows, in the name of ``by``: a later
    listing that shows more is held again. ``seen`` is the fast_path that found that something moved: its listing is used.
    """
    started = records.clock()
    state = state_now(intake, seen.listing if seen else None, serving=serving, records=records, progress=progress)
    if approved:
        state = approve_listed(state, by=by, ledger=serving.ledger, now=records.now)
    decision, gate, last = state.decision, None, records.memory.get(LAST_RUN)
    if count_visit and not decision.hold:  # what an accident took away is no reason to doubt a generator
        record_taint(state.live, state.supervision, ledger=serving.ledger, memory=records.memory)
    busy = decision.hold or state.needs_release(decision)
    if busy:
        record = serving.ledger.get(DECISION, last["decision"]) if last.get("key") == state.key else None
        if record is None:
            return state
        decision = Decision.from_json(record["decision_id"], record["report"]["decision"])
        gate = record["report"]["gate"]
    if count_visit:
        beats = last.get("beats", 0) + 1
        visit = {"beats": beats, "at": records.now(), "debt": decision.debt, "held": decision.hold}
        records.memory.put(LAST_RUN, {**last, **visit})
        sync_tracker(
            records
        )  # what a killed run, or a record that was away, still owes; nothing is loaded when nothing is
    outcome = Outcome(state, decision, release=state.live, gate=gate, seconds=records.clock() - started, repeated=busy)
    if seen is not None and decision.idle and not busy and not decision.debt:
        remember_idle(records.memory, seen, as_report(serving.params, outcome))
    return outcome


def approve_listed(state: WorkspaceState, *, by: str, ledger: Ledger, now: Callable[[], str]) -> WorkspaceState:
    """Return the situation with exactly what it shows approved, when it is held and a person may approve it."""
    evidence, limits = state.evidence, state.limits
    decision, ceilings = state.decision, ceilings_of(evidence, limits, state.guarded)
    if not decision.hold or not ceilings:
        return state
    note = "approved as this run listed it"
    record_verdict(ledger, state.pointer, APPROVE, decision.id, by=by, note=note, at=now(), ceilings=ceilings)
    granted = under_approval(ledger, state.pointer, evidence=evidence, limits=limits, documents=state.guarded)
    return replace(state, evidence=granted)
