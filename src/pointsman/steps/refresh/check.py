"""Check: find out before a run whether anything is to be done."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pointsman.core.policy.decision import GENERATOR, Decision
from pointsman.ports.ledger import Ledger
from pointsman.ports.progress import Progress
from pointsman.ports.workspace import Memory
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
    """Return the outcome if nothing is to be done or the same state was handled before; else the state to act on.

    No model, engine, Prefect or MLflow is loaded. ``seen`` is the result of the fast path; its listing is used.
    ``approved`` approves exactly what is listed now, in the name of ``by``: a later listing that shows more is held
    again. With ``count_visit``, the number of unchanged refreshes grows by one and the tracker is synced.

    Raises:
        ModelMissing: a training or a measurement of answers is due, and the generator is not there.
    """
    started = records.clock()
    state = state_now(intake, seen.listing if seen else None, serving=serving, records=records, progress=progress)
    if approved:
        state = approve_listed(state, by=by, ledger=serving.ledger, now=records.now)
    decision, gate = state.decision, None
    if GENERATOR in decision.train or state.evidence.supervision.new_examples >= serving.params.policy.min_examples:
        serving.models.base("generator")
    if count_visit and not decision.hold:  # while documents are missing by accident, no generator is marked
        record_taint(state.live, state.supervision, ledger=serving.ledger, memory=records.memory)
    repeated = decision.hold or state.needs_release(decision)
    if repeated:
        record = _earlier_record(state, ledger=serving.ledger, memory=records.memory)
        if record is None:
            return state
        report = record["report"]
        decision, gate = Decision.from_json(record["decision_id"], report["decision"]), report["gate"]
    if count_visit:
        _record_visit(records, decision)
        sync_tracker(records)  # returns at once if nothing waits
    seconds = records.clock() - started
    outcome = Outcome(state, decision, release=state.live, gate=gate, seconds=seconds, repeated=repeated)
    if seen is not None and decision.idle and not repeated and not decision.debt:
        remember_idle(records.memory, seen, as_report(serving.params, outcome))
    return outcome


def _earlier_record(state: WorkspaceState, *, ledger: Ledger, memory: Memory) -> dict[str, Any] | None:
    """Return the record of the last decision if it handled the same state, else None."""
    last = memory.get(LAST_RUN)
    return ledger.get(DECISION, last["decision"]) if last.get("key") == state.key else None


def _record_visit(records: Records, decision: Decision) -> None:
    """Count one more refresh that found nothing new, with its debt and whether it is held."""
    last = records.memory.get(LAST_RUN)
    visit = {"beats": last.get("beats", 0) + 1, "at": records.now(), "debt": decision.debt, "held": decision.hold}
    records.memory.put(LAST_RUN, {**last, **visit})


def approve_listed(state: WorkspaceState, *, by: str, ledger: Ledger, now: Callable[[], str]) -> WorkspaceState:
    """Return the state with an approval of exactly what it shows, if it is held and can be approved."""
    evidence, limits = state.evidence, state.limits
    decision, ceilings = state.decision, ceilings_of(evidence, limits, state.guarded)
    if not decision.hold or not ceilings:
        return state
    note = "approved as this run listed it"
    record_verdict(ledger, state.pointer, APPROVE, decision.id, by=by, note=note, at=now(), ceilings=ceilings)
    granted = under_approval(ledger, state.pointer, evidence=evidence, limits=limits, documents=state.guarded)
    return replace(state, evidence=granted)
