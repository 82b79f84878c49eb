"""Glance: tell, at the price of one listing, that nothing has moved since the last look, and say again what it said."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pointsman.core.corpus.documents import Listed
from pointsman.core.errors import ListingFailed
from pointsman.core.hashing import content_id
from pointsman.core.policy.cost import money
from pointsman.steps.history.last_run import LAST, QUIET
from pointsman.steps.ledger.releases import LINEAGE
from pointsman.steps.ledger.tombstones import TOMBSTONE
from pointsman.steps.ledger.tracker_sync import behind
from pointsman.steps.resources import Desk


@dataclass(frozen=True, slots=True)
class Glance:
    """One listing, and what it is worth."""

    listing: tuple[Listed, ...]
    mark: str | None
    """Id of everything that a look depends on; None while a document changed too recently to be trusted."""
    report: Mapping[str, Any] | None = None
    """The report of the last look, when it had the same mark: nothing is to be done."""


def glance(desk: Desk, *, beat: bool) -> Glance | None:
    """List the store and compare one mark; None when the store cannot be listed, which ``look`` will say.

    Neither manifests nor what is remembered of the documents is read. ``beat`` counts the visit.
    """
    started = desk.clock()
    try:
        listing = tuple(desk.store.listing())
    except ListingFailed:
        return None
    mark = _mark(desk, listing)
    known = desk.memory.get(QUIET)
    if mark is None or known.get("mark") != mark or behind(desk):
        return Glance(listing, mark)
    if beat:
        last = desk.memory.get(LAST)
        desk.memory.put(LAST, {**last, "beats": last.get("beats", 0) + 1, "at": desk.now()})
    seconds = round(desk.clock() - started, 3)
    report = dict(known["report"])
    report["cost"] = {**report["cost"], "seconds": seconds, "money": money(seconds, desk.params.budget.price_per_hour)}
    return Glance(listing, mark, {**report, "seconds": seconds})


def keep(desk: Desk, seen: Glance, report: Mapping[str, Any]) -> None:
    """Remember that this glance came to ``report``: nothing to do, nothing owed."""
    if seen.mark is not None:
        desk.memory.put(QUIET, {"mark": seen.mark, "report": dict(report)})


def _mark(desk: Desk, listing: Sequence[Listed]) -> str | None:
    """Return the id of all that a look reads: the listing, what people write, params.yaml, models and what is live."""
    if not all(listed.settled for listed in listing):
        return None
    entries = hashlib.sha256()
    for each in listing:
        entries.update(f"{each.document}\0{each.tag}\0{each.problem}\n".encode("utf-8", "surrogatepass"))
    bases = [asdict(desk.models.base(role)) for role in ("retriever", "generator")]
    return content_id([
        entries.hexdigest(), desk.ledger.pointer(), desk.ledger.ids(TOMBSTONE), desk.ledger.ids(LINEAGE),
        desk.index.collections(),
        desk.examples.stamp(), desk.probes.stamp(), asdict(desk.params), bases, str(desk.models.reranking()),
        desk.readers, desk.schema.id if desk.schema else None,
    ])  # fmt: skip
