"""What a refresh stores in memory: its measured rates, and the state that it handled."""

from collections.abc import Callable, Mapping
from typing import Any

from pointsman.core.errors import StoreMoved
from pointsman.core.gates.ruling import Verdict
from pointsman.core.hashing import content_id
from pointsman.ports.progress import Progress
from pointsman.ports.workspace import Memory
from pointsman.steps.history.last_run import LAST_RUN
from pointsman.steps.history.throughput import THROUGHPUT, TRAIN, throughput
from pointsman.steps.observe.state import WorkspaceState, state_of
from pointsman.steps.refresh.report import Outcome, estimate
from pointsman.steps.resources import Intake, Records, Serving
from pointsman.steps.training.results import INDEX, RefreshRun

REMEMBERED = 5
"""Number of refreshes of each kind whose overhead is stored."""


def record_throughput(outcome: Outcome, acted: RefreshRun, *, clock: Callable[[], float], memory: Memory) -> None:
    """Store the measured rates of this run for the next estimate, and the time of a training."""
    decision, known = outcome.decision, memory.get(THROUGHPUT)
    if decision.hold or decision.idle:
        return
    if "retriever" in acted.trained:
        known |= {"retriever_trained_at": clock(), **_retriever_rates(acted.trained["retriever"].report)}
    if "generator" in acted.trained:  # an embedder trains at another rate
        known["trained_at"] = clock()
        if rate := acted.trained["generator"].report.get("tokens_per_second"):
            known["train_tokens_per_second"] = float(rate)
    if acted.embed_rate:
        known["embed_per_second"] = acted.embed_rate
    memory.put(THROUGHPUT, known)
    kind = TRAIN if decision.train else str(decision.index)
    rates = throughput(memory, kind)
    besides = max(0.0, outcome.seconds - estimate(memory, decision, outcome.work) + rates.overhead_seconds)
    seen = known.get("overhead", {})
    recent = [*seen.get(kind, []), round(besides, 3)][-REMEMBERED:]
    memory.put(THROUGHPUT, {**known, "overhead": {**seen, kind: recent}})


def record_state(
    intake: Intake, outcome: Outcome, acted: RefreshRun, *, serving: Serving, records: Records, progress: Progress
) -> None:
    """Store the state and its outcome, so that the same state is not handled again. A damaged stage is tried again."""
    last = {
        **records.memory.get(LAST_RUN),
        "decision": outcome.decision.id,
        "at": records.now(),
        "key": None,
        "beats": 0,
        "debt": outcome.decision.debt,
        "held": outcome.decision.hold,
    }
    damaged = acted.refused and acted.gates[INDEX].verdict is Verdict.REFUSE and acted.gates[INDEX].signal is None
    if not damaged:
        last["key"] = _settled_key(intake, outcome.state, serving=serving, records=records, progress=progress)
    records.memory.put(LAST_RUN, last)


def _retriever_rates(report: Mapping[str, Any]) -> dict[str, float]:
    """Return the measured rates of a retriever training: tokens per second, and tokens per pair."""
    tokens, seconds, pairs = (float(report.get(name) or 0) for name in ("tokens", "seconds", "pairs"))
    pace = {"retriever_tokens_per_second": round(tokens / seconds, 3)} if tokens and seconds > 0 else {}
    return pace | ({"tokens_per_pair": round(tokens / pairs, 3)} if tokens and pairs else {})


def _settled_key(
    intake: Intake, done: WorkspaceState, *, serving: Serving, records: Records, progress: Progress
) -> str | None:
    """Return the key of the state after this run; None if documents or people's files changed during the run.

    The store is not listed again: the next refresh finds later changes. It also handles the examples that were there at
    the first index, because the first index uses no example.
    """
    if done.evidence.corpus.listing_error:
        return done.key
    try:
        now = state_of(intake, done.observation, serving=serving, records=records, progress=progress)
    except StoreMoved:
        return None
    if done.live is None and now.decision.train:
        return None
    return now.key if _inputs(now) == _inputs(done) and not done.moved else None


def _inputs(state: WorkspaceState) -> tuple[str, ...]:
    """Return the ids of everything that people wrote, to notice a change during the run."""
    seen, supervision = state.observation, state.supervision
    refused = content_id([[r.item, r.check, r.byte_digest] for r in seen.refused])
    return seen.good.id, refused, supervision.set_id, supervision.probes, state.settings
