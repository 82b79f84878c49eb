"""Check: find out before a run whether anything is to be done."""

from collections.abc import Callable
from dataclasses import replace

from pointsman.core.policy.decision import GENERATOR, Decision
from pointsman.ports.ledger import Ledger
from pointsman.ports.progress import Progress
from pointsman.ports.workspace import Memory
from pointsman.steps.history.last_run import LAST_RUN
from pointsman.steps.ledger.approvals import APPROVE, ceilings_of, record_verdict, under_approval
from pointsman.steps.ledger.releases import DECISION
from pointsman.steps.ledger.tracker_sync import sync_tracker
from pointsman.steps.observe.narrow_access import narrow_access
from pointsman.steps.observe.state import WorkspaceState, state_now
from pointsman.steps.refresh.fast_path import FastPath, remember_idle
from pointsman.steps.refresh.report import Outcome, as_report
from pointsman.steps.refresh.settle_access import settle_live
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
    if count_visit:
        narrow_access(state, params=serving.params, records=records, beside=serving.ledger.lease() is not None)
    if approved:
        state = approve_listed(state, by=by, ledger=serving.ledger, now=records.now)
    decision = state.decision
    _need_generator(state, serving)
    if count_visit:
        _mark_stale(state, serving.ledger, memory=records.memory)
    repeated = decision.hold or state.needs_release(decision)
    answer = _earlier_answer(state, ledger=serving.ledger, memory=records.memory) if repeated else (decision, None)
    if answer is None:
        return state
    decision, gate = answer
    if count_visit:
        _record_visit(records, state, decision)
    seconds = records.clock() - started
    outcome = Outcome(state, decision, release=state.live, gate=gate, seconds=seconds, repeated=repeated)
    return _remembered(outcome, seen, serving=serving, memory=records.memory)


def _mark_stale(state: WorkspaceState, ledger: Ledger, *, memory: Memory) -> None:
    """Mark a generator that learned what is stale now; not while documents are missing by accident."""
    if not state.decision.hold:
        record_taint(state.live, state.supervision, ledger=ledger, memory=memory)


def _remembered(outcome: Outcome, seen: FastPath | None, *, serving: Serving, memory: Memory) -> Outcome:
    """Return the outcome; the next fast path gives it by itself where nothing is to be done and no debt grows."""
    decision = outcome.decision
    settled = not outcome.state.observation.awaited
    if seen is not None and decision.idle and settled and not outcome.repeated and not decision.debt:
        remember_idle(memory, seen, as_report(serving.params, outcome), ledger=serving.ledger)
    return outcome


def narrow_beside(intake: Intake, *, serving: Serving, records: Records, progress: Progress) -> None:
    """Let narrower access take effect while another run is at work; nothing else is done. No index is opened."""
    state = state_now(intake, serving=serving, records=records, progress=progress)
    narrow_access(state, params=serving.params, records=records, beside=True)


def _need_generator(state: WorkspaceState, serving: Serving) -> None:
    """Raise ModelMissing where a training or a measurement of answers is due and the generator is not there."""
    measured = state.evidence.supervision.new_examples >= serving.params.policy.min_examples
    if measured or GENERATOR in state.decision.train:
        serving.models.base("generator")


def _earlier_answer(state: WorkspaceState, *, ledger: Ledger, memory: Memory) -> tuple[Decision, str | None] | None:
    """Return (decision, what its gate said) of the last run if it handled the same state, else None."""
    last = memory.get(LAST_RUN)
    record = ledger.get(DECISION, last["decision"]) if last.get("key") == state.key else None
    if record is None:
        return None
    report = record["report"]
    return Decision.from_json(record["decision_id"], report["decision"]), report["gate"]


def _record_visit(records: Records, state: WorkspaceState, decision: Decision) -> None:
    """Count one more refresh that found nothing new, with its debt and whether it is held, and sync the tracker."""
    settle_live(state, records=records)
    last = records.memory.get(LAST_RUN)
    visit = {"beats": last.get("beats", 0) + 1, "at": records.now(), "debt": decision.debt, "held": decision.hold}
    records.memory.put(LAST_RUN, {**last, **visit})
    sync_tracker(records)  # returns at once if nothing waits


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
