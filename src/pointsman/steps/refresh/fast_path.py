"""Fast path: if nothing changed since the last check, return its report again, for the cost of one listing."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pointsman.core.errors import ListingFailed, ModelMissing
from pointsman.core.hashing import content_id
from pointsman.core.policy.cost import money
from pointsman.ports.ledger import Ledger
from pointsman.ports.workspace import Memory
from pointsman.steps.history.last_run import IDLE, LAST_RUN
from pointsman.steps.ledger.access_record import ACCESS_RECORD
from pointsman.steps.ledger.releases import LINEAGE
from pointsman.steps.ledger.tombstones import TOMBSTONE
from pointsman.steps.ledger.tracker_sync import is_behind
from pointsman.steps.observe.documents import Listing
from pointsman.steps.observe.sweep import sweep_due
from pointsman.steps.resources import Intake, Records, Serving


@dataclass(frozen=True, slots=True)
class FastPath:
    """One listing, and the report of the last check if nothing changed since."""

    listing: Listing
    """What the store listed."""
    fingerprint: str | None
    """Fingerprint of everything that a check depends on; None while one of these cannot be trusted or is missing."""
    report: Mapping[str, Any] | None = None
    """The report of the last check if it had the same fingerprint, else None."""


def fast_path(intake: Intake, *, count_visit: bool, serving: Serving, records: Records) -> FastPath | None:
    """List the store and compare one fingerprint. None if the store cannot be listed; ``check_state`` reports why.

    No manifest and no document state is read. ``count_visit`` adds one to the number of unchanged refreshes.
    """
    started = records.clock()
    try:
        listing = Listing.of(intake.store, serving.ledger)
    except ListingFailed:
        return None
    fingerprint = _fingerprint(intake, listing, serving=serving)
    known = records.memory.get(IDLE)
    due = sweep_due(records.memory, intake.store, days=serving.params.store.verify_days, now=started)
    if fingerprint is None or known.get("mark") != fingerprint or due.share or is_behind(records.memory):
        return FastPath(listing, fingerprint)
    if count_visit:
        last = records.memory.get(LAST_RUN)
        records.memory.put(LAST_RUN, {**last, "beats": last.get("beats", 0) + 1, "at": records.now()})
    seconds = round(records.clock() - started, 3)
    report = dict(known["report"])
    report["cost"] = {
        **report["cost"],
        "seconds": seconds,
        "money": money(seconds, serving.params.budget.price_per_hour),
    }
    return FastPath(listing, fingerprint, {**report, "seconds": seconds})


def remember_idle(memory: Memory, seen: FastPath, report: Mapping[str, Any], *, ledger: Ledger) -> None:
    """Store the report of a check that found nothing to do and no debt, for the next fast path.

    A check that wrote access records, or that must still end some, is not remembered: the next one looks again.
    """
    pending = report["changes"]["exposed"] or tuple(ledger.ids(ACCESS_RECORD)) != seen.listing.records
    if seen.fingerprint is not None and not pending:
        memory.put(IDLE, {"mark": seen.fingerprint, "report": dict(report)})


def _fingerprint(intake: Intake, listing: Listing, *, serving: Serving) -> str | None:
    """Return the fingerprint of all that a check reads: listing, people's files, params.yaml, models, what is live.

    None if a document's version tag is too new to trust, or a model is missing.
    """
    if not all(listed.settled for listed in listing.entries):
        return None
    entries = hashlib.sha256()
    for each in listing.entries:
        entries.update(f"{each.document}\0{each.tag}\0{each.problem}\n".encode("utf-8", "surrogatepass"))
    try:
        bases = [asdict(serving.models.base(role)) for role in ("retriever", "generator")]
    except ModelMissing:
        return None
    return content_id([
        entries.hexdigest(), serving.ledger.pointer(), serving.ledger.ids(TOMBSTONE), serving.ledger.ids(LINEAGE),
        listing.records,
        serving.index.collections(),
        intake.examples.stamp(), intake.probes.stamp(), asdict(serving.params), bases, str(serving.models.reranking()),
        intake.readers, intake.schema.id if intake.schema else None, intake.allowed,
    ])  # fmt: skip
