"""Glance: tell, at the price of one listing, that nothing has moved since the last look, and say again what it said."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pointsman.core.corpus.documents import Listed
from pointsman.core.errors import ListingFailed
from pointsman.core.hashing import content_id
from pointsman.core.policy.cost import money
from pointsman.ports.workspace import Memory
from pointsman.steps.history.last_run import LAST_RUN, IDLE
from pointsman.steps.ledger.releases import LINEAGE
from pointsman.steps.ledger.tombstones import TOMBSTONE
from pointsman.steps.ledger.tracker_sync import is_behind
from pointsman.steps.resources import Intake, Records, Serving


@dataclass(frozen=True, slots=True)
class FastPath:
    """One listing, and what it is worth."""

    listing: tuple[Listed, ...]
    mark: str | None
    """Id of everything that a look depends on; None while a document changed too recently to be trusted."""
    report: Mapping[str, Any] | None = None
    """The report of the last look, when it had the same mark: nothing is to be done."""


def fast_path(intake: Intake, *, count_visit: bool, serving: Serving, records: Records) -> FastPath | None:
    """List the store and compare one mark; None when the store cannot be listed, which ``look`` will say.

    Neither manifests nor what is remembered of the documents is read. ``count_visit`` counts the visit.
    """
    started = records.clock()
    try:
        listing = tuple(intake.store.listing())
    except ListingFailed:
        return None
    mark = _mark(intake, listing, serving=serving)
    known = records.memory.get(IDLE)
    if mark is None or known.get("mark") != mark or is_behind(records.memory):
        return FastPath(listing, mark)
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
    return FastPath(listing, mark, {**report, "seconds": seconds})


def remember_idle(memory: Memory, seen: FastPath, report: Mapping[str, Any]) -> None:
    """Remember that this glance came to ``report``: nothing to do, nothing owed."""
    if seen.mark is not None:
        memory.put(IDLE, {"mark": seen.mark, "report": dict(report)})


def _mark(intake: Intake, listing: Sequence[Listed], *, serving: Serving) -> str | None:
    """Return the id of all that a look reads: the listing, what people write, params.yaml, models and what is live."""
    if not all(listed.settled for listed in listing):
        return None
    entries = hashlib.sha256()
    for each in listing:
        entries.update(f"{each.document}\0{each.tag}\0{each.problem}\n".encode("utf-8", "surrogatepass"))
    bases = [asdict(serving.models.base(role)) for role in ("retriever", "generator")]
    return content_id([
        entries.hexdigest(), serving.ledger.pointer(), serving.ledger.ids(TOMBSTONE), serving.ledger.ids(LINEAGE),
        serving.index.collections(),
        intake.examples.stamp(), intake.probes.stamp(), asdict(serving.params), bases, str(serving.models.reranking()),
        intake.readers, intake.schema.id if intake.schema else None,
    ])  # fmt: skip
