"""The status of a workspace."""

from typing import Any

from pointsman.ports.ledger import Ledger
from pointsman.ports.workspace import Memory, QuarantineStore
from pointsman.steps.erasure.request import pending
from pointsman.steps.history.last_run import LAST_RUN
from pointsman.steps.indexing.garbage_collection import lost_points
from pointsman.steps.ledger.access_record import narrowed_below
from pointsman.steps.ledger.lineage import lineage_of
from pointsman.steps.ledger.releases import DECISION, live_release, previous_release, rolled_back_from
from pointsman.steps.ledger.tombstones import TOMBSTONE
from pointsman.steps.ledger.tracker_sync import queued
from pointsman.steps.resources import Serving
from pointsman.steps.review.history import history
from pointsman.steps.review.quarantine import counts_without_stale
from pointsman.steps.supervision.accept import stale_now
from pointsman.steps.supervision.stale import stale_row
from pointsman.steps.supervision.taint import tainted, tainted_by


def status(serving: Serving, *, memory: Memory, quarantine: QuarantineStore) -> dict[str, Any]:
    """Return the JSON object of ``pointsman status``: what is live, waits, or was refused. The store is not listed."""
    live = live_release(serving.ledger)
    last = memory.get(LAST_RUN)
    record = serving.ledger.get(DECISION, last["decision"]) if "decision" in last else None
    decision = record["report"]["decision"] if record else {}
    served = serving.ledger.get(DECISION, live.decision) if live else None
    return {
        "release": live.id if live else None,
        "previous": previous_release(serving.ledger),
        "rolled_back_from": next(iter(rolled_back_from(serving.ledger)), None),
        "corpus": live.corpus if live else None,
        "source_version": (served or {}).get("source_version"),
        "documents": live.documents if live else 0,
        "collection": live.index.collection if live else None,
        "revision": live.index.revision if live else None,
        "points": live.index.points if live else 0,
        "points_lost": lost_points(serving.index, live.index) if live else 0,
        "embedder": live.embedder.fingerprint if live else None,
        "generator": live.generator.fingerprint if live else None,
        "reranker": live.reranking.base if live and live.reranking else None,
        "last_decision": record["decision_id"] if record else None,
        "last_decided_at": record["at"] if record else None,
        "last_at": last.get("at"),
        "unchanged_refreshes": last.get("beats", 0),
        "hold": bool(last.get("held", decision.get("hold", False))),
        "debt": list(last.get("debt", [])),
        "quarantine": counts_without_stale(quarantine),
        "unmirrored": len(queued(memory)),
        "interrupted": _interrupted(serving.ledger),
        "stale": [stale_row(each) for each in stale_now(memory)],
        "lineage_assumed": len(lineage_of(serving.ledger).assumed),
        "tainted": tainted(serving.ledger),
        "tainted_by_stale": tainted_by(serving.ledger),
        "narrowed": sorted(narrowed_below(live, ledger=serving.ledger)) if live else [],
        "forgotten": len(serving.ledger.ids(TOMBSTONE)),
        "forgetting": pending(serving.ledger),
    }


def _interrupted(ledger: Ledger) -> str | None:
    """Return the newest decision if its release never went live because its run ended too early, else None."""
    newest = next(iter(history(ledger)["decisions"]), None)
    return newest["decision_id"] if newest and newest["went_live"] is False else None
