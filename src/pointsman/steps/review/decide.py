"""Review: what waits for a person, and what the person says: approve or reject."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pointsman.core.errors import OnHold, UsageError
from pointsman.core.gates.ruling import Verdict
from pointsman.core.policy.approval import Ceiling, beyond
from pointsman.core.policy.guards import alarms
from pointsman.ports.index import VectorIndex
from pointsman.ports.ledger import Ledger
from pointsman.ports.progress import Progress
from pointsman.ports.workspace import Memory
from pointsman.steps.history.last_run import LAST_RUN
from pointsman.steps.ledger.approvals import APPROVE, REJECT, ceilings_of, ceilings_of_hold, held_decisions, last_verdict, record_verdict
from pointsman.steps.ledger.releases import DECISION, PROMOTE, load, move_pointer
from pointsman.steps.ledger.tracker_sync import enqueue, sync_tracker
from pointsman.steps.observe.state import WorkspaceState, state_now
from pointsman.steps.release.promote import CANDIDATE
from pointsman.steps.release.rollback import servable
from pointsman.steps.resources import Intake, Records, Serving


@dataclass(frozen=True)
class OpenReview:
    """What waits for a person."""

    kind: str
    """``hold`` or ``candidate``."""
    decision: str
    because: str
    candidate: str | None = None
    """The release that may be chosen."""
    compared: str | None = None
    """The release that it was compared with."""
    said: Mapping[str, Any] | None = None
    """What was last said about it."""
    approvable: bool = True
    """False for a hold that only ends by itself: the store could not be listed."""

    @property
    def rejected(self) -> bool:
        """Whether a person said no, so that it waits no longer."""
        return self.said is not None and self.said["verdict"] == REJECT

    def as_json(self) -> dict[str, Any]:
        """Return it as ``status`` shows it."""
        told = {"kind": self.kind, "decision": self.decision, "because": self.because}
        if self.rejected and self.said:
            return told | {name: self.said[name] for name in ("by", "at", "note")}
        command = f"pointsman approve {self.decision}" if self.approvable else "pointsman refresh"
        return told | {"candidate": self.candidate, "command": command}


def open_reviews(*, ledger: Ledger, memory: Memory) -> list[OpenReview]:
    """Return the hold that stands and the candidates for the live release, rejected ones too; nothing is listed."""
    last, pointer = memory.get(LAST_RUN), ledger.pointer()
    found = [_hold(ledger, last["decision"])] if last.get("held") and last.get("decision") else []
    if pointer:
        before = f"{pointer['release']}-"
        found += [_candidate(ledger, id_) for id_ in ledger.ids(CANDIDATE) if id_.startswith(before)]
    return [waiting for waiting in found if waiting is not None]


def find_review(beginning: str | None, *, ledger: Ledger, memory: Memory) -> OpenReview:
    """Return what waits, or what is named by the beginning of its decision's id.

    Raises:
        UsageError: nothing waits, several do and none was named, or the one named was neither held nor left open.
    """
    known = open_reviews(ledger=ledger, memory=memory)
    if beginning is None:
        known = [w for w in known if not w.rejected]
        if len(known) != 1:
            which = "; ".join(f"{w.decision} ({w.kind})" for w in known)
            raise UsageError(
                f"{len(known)} decisions wait for a review ({which}); name one" if known
                else "no decision waits for a review; `pointsman status` lists what does, `pointsman plan` what comes"
            )  # fmt: skip
        return known[0]
    earlier = [_hold(ledger, decision) for decision in held_decisions(ledger, ledger.pointer(), beginning)]
    ids = [id_ for id_ in ledger.ids(CANDIDATE) if id_.partition("-")[2].startswith(beginning)]
    everyone = [w for w in (*known, *earlier, *(_candidate(ledger, id_) for id_ in ids)) if w is not None]
    found = {w.decision: w for w in reversed(everyone) if w.decision.startswith(beginning)}
    if len(found) != 1:
        raise UsageError(
            f"{len(found)} decisions that begin with {beginning!r} wait for a review on top of the live release; "
            "`pointsman status` lists what waits, `pointsman history` every decision"
        )
    return next(iter(found.values()))


def approve(
    intake: Intake, waiting: OpenReview, *, by: str, note: str, serving: Serving, records: Records, progress: Progress
) -> dict[str, Any]:
    """Record an approval: the ceiling of a held decision, or the choice of a candidate, which goes live at once.

    Raises:
        UsageError: the store, listed again, shows more than was held, or nothing that is held.
        Held: the candidate was compared with a release that is not live any more.
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
    """Record a rejection: a hold stays held, a candidate is passed over, an approval is taken back; none waits then."""
    said = record_verdict(
        records.ledger, records.ledger.pointer(), REJECT, waiting.decision, by=by, note=note, at=records.now()
    )
    enqueue(records.memory, waiting.decision)
    sync_tracker(records)
    return said


def _still_held(ledger: Ledger, waiting: OpenReview, state: WorkspaceState) -> Mapping[str, Ceiling]:
    """Return how far the held decision went, when what is listed now goes no further.

    Raises:
        UsageError: it goes further, nothing is held now, or it cannot be approved at all.
    """
    evidence, documents = state.evidence, state.guarded
    if evidence.corpus.listing_error is not None:
        raise UsageError(
            f"decision {waiting.decision} cannot be approved: the store could not be listed "
            f"({evidence.corpus.listing_error}); the hold goes by itself when the listing works again"
        )
    now = {alarm.signal: alarm.value for alarm in alarms(evidence, state.limits)}
    if not now:
        raise UsageError(
            f"decision {waiting.decision} is not held any more: the store, listed again, shows nothing that a guard "
            "stops; run `pointsman refresh`"
        )
    ceilings = ceilings_of_hold(ledger, state.pointer, waiting.decision)
    if ceilings is None and state.decision.id == waiting.decision:
        ceilings = ceilings_of(evidence, state.limits, documents)
    over = beyond(ceilings, now, documents) if ceilings else [f"decision {state.decision.id} is what it gives"]
    if ceilings is None or over:
        raise UsageError(
            f"decision {waiting.decision} is not what the store shows any more: {'; '.join(over)}; nothing was "
            "approved; run `pointsman refresh`, read the new decision and approve that one"
        )
    return ceilings


def _promote_candidate(records: Records, waiting: OpenReview, *, by: str, note: str, vector_index: VectorIndex) -> dict[str, Any]:
    """Make a candidate the live release by compare-and-swap.

    Raises:
        Held: the release that it was compared with is not live any more.
        IndexDamaged: its points are gone.
        LedgerConflict: somebody moved the pointer meanwhile.
    """
    pointer = records.ledger.pointer()
    live = pointer["release"] if pointer else None
    if live != waiting.compared or waiting.candidate is None:
        raise OnHold(
            f"candidate {waiting.candidate} was compared with release {waiting.compared}, but {live} is live now; "
            "nothing was measured against that one, so nothing was changed; "
            f"`pointsman rollback {waiting.candidate}` takes it all the same"
        )
    release = load(records.ledger, waiting.candidate)
    servable(vector_index, release)
    said = record_verdict(records.ledger, pointer, APPROVE, waiting.decision, by=by, note=note, at=records.now())
    move_pointer(records.ledger, pointer, release.id, why=PROMOTE, decision=waiting.decision, at=records.now())
    enqueue(records.memory, waiting.decision)
    return said | {"release": release.id, "left": live, "unmirrored_because": sync_tracker(records)}


def _hold(ledger: Ledger, decision: str) -> OpenReview | None:
    record = ledger.get(DECISION, decision)
    if record is None:
        return None
    stopped = [r["because"] for r in record["report"]["decision"]["reasons"] if r["signal"].startswith("guard.")]
    ceilings = ceilings_of_hold(ledger, ledger.pointer(), decision)
    return OpenReview(
        "hold",
        decision,
        "; ".join(stopped),
        said=last_verdict(ledger, decision),
        approvable=ceilings is None or bool(ceilings),
    )


def _candidate(ledger: Ledger, id_: str) -> OpenReview | None:
    value = ledger.get(CANDIDATE, id_)
    record = ledger.get(DECISION, value["decision"]) if value else None
    if value is None or record is None:
        return None
    because = "; ".join(str(g["because"]) for g in record["gates"].values() if g["verdict"] != Verdict.PROMOTE)
    said = last_verdict(ledger, value["decision"])
    return OpenReview(
        CANDIDATE,
        value["decision"],
        because=because,
        candidate=value["candidate"],
        compared=value["compared"],
        said=said,
    )


def review_summary(*, ledger: Ledger, memory: Memory) -> dict[str, Any]:
    """Return what ``status`` says of reviews: what waits, each with the command to type, and what was rejected."""
    known = open_reviews(ledger=ledger, memory=memory)
    return {
        "waits": [w.as_json() for w in known if not w.rejected],
        "rejected": [w.as_json() for w in known if w.rejected],
    }
