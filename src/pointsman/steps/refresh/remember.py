"""What a refresh leaves in memory: the rates that it showed, and the situation that it dealt with."""

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
"""Refreshes of a kind whose overhead is remembered."""


def record_throughput(outcome: Outcome, acted: RefreshRun, *, clock: Callable[[], float], memory: Memory) -> None:
    """Keep the rates that this run showed, for the next estimate, and when a generator was last trained."""
    decision, known = outcome.decision, memory.get(THROUGHPUT)
    if decision.hold or decision.idle:
        return
    if "retriever" in acted.trained:
        known |= {"retriever_trained_at": clock(), **_retriever_rates(acted.trained["retriever"].report)}
    if "generator" in acted.trained:  # an embedder learns at another rate, which says nothing about a generator's
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
    """Keep the situation and its outcome, so that the same one is not tried again; a damaged stage is tried again."""
    last = {
        **records.memory.get(LAST_RUN),
        "decision": outcome.decision.id,
        "at": records.now(),
        "key": None,
        "debt": outcome.decision.debt,
        "held": outcome.decision.hold,
    }
    damaged = acted.refused and acted.gates[INDEX].verdict is Verdict.REFUSE and acted.gates[INDEX].signal is None
    if not damaged:
        last["key"] = _settled_key(intake, outcome.state, serving=serving, records=records, progress=progress)
    records.memory.put(LAST_RUN, last)


def _retriever_rates(report: Mapping[str, Any]) -> dict[str, float]:
    """Return what a retriever training showed: tokens a second, and tokens of a pair."""
    tokens, seconds, pairs = (float(report.get(name) or 0) for name in ("tokens", "seconds", "pairs"))
    pace = {"retriever_tokens_per_second": round(tokens / seconds, 3)} if tokens and seconds > 0 else {}
    return pace | ({"tokens_per_pair": round(tokens / pairs, 3)} if tokens and pairs else {})


def _settled_key(
    intake: Intake, done: WorkspaceState, *, serving: Serving, records: Records, progress: Progress
) -> str | None:
    """Return the id of the state that this run left; None when people changed something meanwhile, or while it was read.

    The store is not listed again: what changed since is for the next refresh to find.

    A first index looks at no example: those that were there with it are for the next refresh.
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
    """Return what names the user's side: a change that came during a refresh is not taken for one it has dealt with."""
    seen, supervision = state.observation, state.supervision
    refused = content_id([[r.item, r.check, r.byte_digest] for r in seen.refused])
    return seen.good.id, refused, supervision.set_id, supervision.probes, state.settings
