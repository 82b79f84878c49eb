"""Reviews: the holds and candidates that wait for a person, and the person's verdict."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pointsman.core.errors import OnHold, UsageError
from pointsman.core.gates.ruling import Verdict
from pointsman.core.policy.approval import Ceiling, beyond
from pointsman.core.policy.guards.judge import alarms
from pointsman.ports.index import VectorIndex
from pointsman.ports.ledger import Ledger
from pointsman.ports.progress import Progress
from pointsman.ports.workspace import Memory
from pointsman.steps.history.last_run import LAST_RUN
from pointsman.steps.ledger.access_record import keep_narrow
from pointsman.steps.ledger.approvals import (
    APPROVE,
    REJECT,
    ceilings_of,
    ceilings_of_hold,
    held_decisions,
    last_verdict,
    record_verdict,
)
from pointsman.steps.ledger.releases import DECISION, PROMOTE, load_release, move_pointer
from pointsman.steps.ledger.restricted import record_for_all
from pointsman.steps.ledger.tracker_sync import enqueue, sync_tracker
from pointsman.steps.observe.state import WorkspaceState, state_now
from pointsman.steps.release.promote import CANDIDATE
from pointsman.steps.release.rollback import servable
from pointsman.steps.resources import Intake, Records, Serving


@dataclass(frozen=True)
class OpenReview:
    """A hold, or a release that may be approved."""

    kind: str
    """``hold`` or ``candidate``."""
    decision: str
    """Id of the decision."""
    because: str
    """Why it waits."""
    candidate: str | None = None
    """Id of the release that may be approved."""
    compared: str | None = None
    """Id of the release that it was compared with."""
    verdict: Mapping[str, Any] | None = None
    """The last stored verdict on it."""
    approvable: bool = True
    """False for a hold that ends only by itself: the store could not be listed."""

    @property
    def rejected(self) -> bool:
        """Whether a person rejected it, so that it no longer waits."""
        return self.verdict is not None and self.verdict["verdict"] == REJECT

    def as_json(self) -> dict[str, Any]:
        """Return the review as ``status`` shows it."""
        shown = {"kind": self.kind, "decision": self.decision, "because": self.because}
        if self.rejected and self.verdict:
            return shown | {name: self.verdict[name] for name in ("by", "at", "note")}
        command = f"pointsman approve {self.decision}" if self.approvable else "pointsman refresh"
        return shown | {"candidate": self.candidate, "command": command}


def open_reviews(*, ledger: Ledger, memory: Memory) -> list[OpenReview]:
    """Return the present hold and the candidates compared with the live release, rejected ones too.

    The store is not listed.
    """
    last, pointer = memory.get(LAST_RUN), ledger.pointer()
    found = [_hold_review(ledger, last["decision"])] if last.get("held") and last.get("decision") else []
    if pointer:
        before = f"{pointer['release']}-"
        found += [_candidate_review(ledger, id_) for id_ in ledger.ids(CANDIDATE) if id_.startswith(before)]
    return [waiting for waiting in found if waiting is not None]


def find_review(beginning: str | None, *, ledger: Ledger, memory: Memory) -> OpenReview:
    """Return the review whose decision id begins with ``beginning``; None: the only one that waits.

    Raises:
        UsageError: no review fits, or more than one.
    """
    known = open_reviews(ledger=ledger, memory=memory)
    if beginning is None:
        known = [w for w in known if not w.rejected]
        if len(known) != 1:
            which = "; ".join(f"{w.decision} ({w.kind})" for w in known)
            raise UsageError(
                f"{len(known)} decisions wait for a review ({which}); name one" if known
                else "no decision waits for a review; see `pointsman status`, or `pointsman plan` for the next decision"
            )  # fmt: skip
        return known[0]
    earlier = [_hold_review(ledger, decision) for decision in held_decisions(ledger, ledger.pointer(), beginning)]
    ids = [id_ for id_ in ledger.ids(CANDIDATE) if id_.partition("-")[2].startswith(beginning)]
    everyone = [w for w in (*known, *earlier, *(_candidate_review(ledger, id_) for id_ in ids)) if w is not None]
    found = {w.decision: w for w in reversed(everyone) if w.decision.startswith(beginning)}
    if len(found) != 1:
        raise UsageError(
            f"{len(found)} reviews on top of the live release have a decision id that begins with {beginning!r}; "
            "`pointsman status` lists the reviews, `pointsman history` all decisions"
        )
    return next(iter(found.values()))


def approve(
    intake: Intake, waiting: OpenReview, *, by: str, note: str, serving: Serving, records: Records, progress: Progress
) -> dict[str, Any]:
    """Record an approval and return it. A held decision gets its ceilings; a candidate goes live at once.

    Raises:
        UsageError: the store is listed again and shows more than the held decision, or nothing to hold.
        OnHold: the candidate was compared with a release that is no longer live.
    """
    if waiting.kind == CANDIDATE:
        return _promote_candidate(records, waiting, by=by, note=note, vector_index=serving.index)
    state = state_now(intake, serving=serving, records=records, progress=progress)
    ceilings = _still_held(serving.ledger, waiting, state)
    enqueue(records.memory, waiting.decision)
    return record_verdict(
        serving.ledger,
        state.pointer,
        APPROVE,
        waiting.decision,
        by=by,
        note=note,
        at=records.now(),
        ceilings=ceilings,
    )


def reject(records: Records, waiting: OpenReview, *, by: str, note: str) -> dict[str, Any]:
    """Record a rejection and return it. A hold stays, a candidate no longer waits, an approval is withdrawn."""
    verdict = record_verdict(
        records.ledger, records.ledger.pointer(), REJECT, waiting.decision, by=by, note=note, at=records.now()
    )
    enqueue(records.memory, waiting.decision)
    sync_tracker(records)
    return verdict


def _still_held(ledger: Ledger, waiting: OpenReview, state: WorkspaceState) -> Mapping[str, Ceiling]:
    """Return the ceilings of the held decision if the store shows no more than that now.

    Raises:
        UsageError: it shows more, no guard stops anything now, or the decision cannot be approved.
    """
    evidence, documents = state.evidence, state.guarded
    if evidence.corpus.listing_error is not None:
        raise UsageError(
            f"decision {waiting.decision} cannot be approved: the store could not be listed "
            f"({evidence.corpus.listing_error}); the hold ends by itself when the listing works again"
        )
    now = {alarm.signal: alarm.value for alarm in alarms(evidence, state.limits)}
    if not now:
        raise UsageError(
            f"decision {waiting.decision} is no longer held: the store was listed again and no guard stops anything; "
            "run `pointsman refresh`"
        )
    ceilings = ceilings_of_hold(ledger, state.pointer, waiting.decision)
    if ceilings is None and state.decision.id == waiting.decision:
        ceilings = ceilings_of(evidence, state.limits, documents)
    over = beyond(ceilings, now, documents) if ceilings else [f"the decision is {state.decision.id} now"]
    if ceilings is None or over:
        raise UsageError(
            f"decision {waiting.decision} does not fit the store any more: {'; '.join(over)}. Nothing was "
            "approved; run `pointsman refresh`, read the new decision and approve that one"
        )
    return ceilings


def _promote_candidate(
    records: Records, waiting: OpenReview, *, by: str, note: str, vector_index: VectorIndex
) -> dict[str, Any]:
    """Make a candidate the live release by compare-and-swap.

    Raises:
        OnHold: the release that it was compared with is no longer live.
        IndexDamaged: its points are gone.
        LedgerConflict: another run moved the pointer meanwhile.
    """
    pointer = records.ledger.pointer()
    live = pointer["release"] if pointer else None
    if live != waiting.compared or waiting.candidate is None:
        raise OnHold(
            f"candidate {waiting.candidate} was compared with release {waiting.compared}, but {live} is live now; "
            "nothing was measured against that one, so nothing was changed; "
            f"`pointsman rollback {waiting.candidate}` makes it live without a comparison"
        )
    release = load_release(records.ledger, waiting.candidate)
    servable(vector_index, release)
    if live is not None:
        keep_narrow(records.ledger, left=load_release(records.ledger, live), target=release, at=records.now())
    verdict = record_verdict(records.ledger, pointer, APPROVE, waiting.decision, by=by, note=note, at=records.now())
    move_pointer(records.ledger, pointer, release.id, why=PROMOTE, decision=waiting.decision, at=records.now())
    enqueue(records.memory, waiting.decision)
    return verdict | {"release": release.id, "left": live, "unmirrored_because": sync_tracker(records)}


def _hold_review(ledger: Ledger, decision: str) -> OpenReview | None:
    record = ledger.get(DECISION, decision)
    if record is None:
        return None
    shown = record_for_all(record, ledger=ledger)
    stopped = [r["because"] for r in shown["report"]["decision"]["reasons"] if r["signal"].startswith("guard.")]
    ceilings = ceilings_of_hold(ledger, ledger.pointer(), decision)
    return OpenReview(
        "hold",
        decision,
        "; ".join(stopped),
        verdict=last_verdict(ledger, decision),
        approvable=ceilings is None or bool(ceilings),
    )


def _candidate_review(ledger: Ledger, id_: str) -> OpenReview | None:
    value = ledger.get(CANDIDATE, id_)
    record = ledger.get(DECISION, value["decision"]) if value else None
    if value is None or record is None:
        return None
    because = "; ".join(str(g["because"]) for g in record["gates"].values() if g["verdict"] != Verdict.PROMOTE)
    verdict = last_verdict(ledger, value["decision"])
    return OpenReview(
        CANDIDATE,
        value["decision"],
        because=because,
        candidate=value["candidate"],
        compared=value["compared"],
        verdict=verdict,
    )


def review_summary(*, ledger: Ledger, memory: Memory) -> dict[str, Any]:
    """Return the reviews for ``status``: those that wait, with the command to type, and those that were rejected."""
    known = open_reviews(ledger=ledger, memory=memory)
    return {
        "waits": [w.as_json() for w in known if not w.rejected],
        "rejected": [w.as_json() for w in known if w.rejected],
    }
