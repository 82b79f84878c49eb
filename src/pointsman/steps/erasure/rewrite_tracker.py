"""Take a document out of the tracker, and mark the adapters that learned from it; each step can be repeated."""

import json
from collections.abc import Mapping
from typing import Any

from pointsman.core.erasure.redaction import redacted_text
from pointsman.core.erasure.traces import erasure_mark
from pointsman.core.errors import PointsmanError
from pointsman.core.hashing import content_id
from pointsman.ports.ledger import Ledger
from pointsman.ports.tracking import Tracker
from pointsman.steps.erasure.request import Request
from pointsman.steps.erasure.rewrite_ledger import renamed_releases
from pointsman.steps.ledger.releases import RELEASE, all_releases
from pointsman.steps.ledger.tombstones import TAINT
from pointsman.steps.ledger.tracker_sync import enqueue, sync_tracker
from pointsman.steps.resources import Records


def taint_adapters(request: Request, *, ledger: Ledger, tracker: Tracker) -> list[dict[str, str]]:
    """Mark the adapters that learned from the document as tainted, in ledger and tracker, and return them."""
    tainted = []
    for line in request.citing.get("adapters", ()):
        part, adapter = line.split(" ", 1)
        bases = {m.base for r in all_releases(ledger) for m in (r.generator, r.embedder) if m.adapter == adapter}
        for base in sorted(bases):
            tracker.taint(part, content_id([base, adapter]), request.id)
        note = {
            "adapter": adapter, "part": part, "request": request.id, "examples": list(request.citing["digests"]),
        }  # fmt: skip
        ledger.put(TAINT, f"{adapter}-{request.id}", note)
        tainted.append({"adapter": adapter, "part": part})
    return tainted


def rewrite_tracker(records: Records, request: Request) -> int:
    """Take the document out of the tracker's texts, record the changed releases and decisions, and return the number.

    Raises:
        PointsmanError: the tracker cannot be written to.
    """
    releases, _ = renamed_releases(records.ledger, request)
    copies = {old: made for old, new in releases.items() if (made := records.ledger.get(RELEASE, new))}

    def change(text: str) -> str:
        made = _copy_of(text, copies)
        return made or redacted_text(text, request.trace.occurs_in, erasure_mark(request.id))

    changed = records.tracker.rewrite(change)
    for new in releases.values():
        value = records.ledger.get(RELEASE, new)
        if value is not None:
            records.tracker.sync(value, live=None, previous=None)
    _sync(records, request)
    return changed


def _copy_of(text: str, copies: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Return the copy, as JSON, where ``text`` is a release that was copied; None for any other text."""
    try:
        value = json.loads(text) if text.lstrip().startswith("{") else None
    except ValueError:
        return None
    made = copies.get(str(value.get("id"))) if isinstance(value, dict) else None
    return json.dumps(made, indent=2, ensure_ascii=False, sort_keys=True) if made else None


def drop_preserved(records: Records, request: Request) -> int:
    """Remove the ledger objects that the tracker preserves and that name the document or a copied release.

    The ledger's new objects are preserved instead: a ledger that is restored does not contain the document. Return the
    number of removed objects.

    Raises:
        PointsmanError: the tracker cannot be written to.
    """
    releases, manifests = renamed_releases(records.ledger, request)
    renamed = (*releases, *manifests)

    def names_it(kind: str, id_: str) -> bool:
        text = f"{id_} {json.dumps(records.tracker.recall(kind, id_), ensure_ascii=False)}"
        return any(old in text for old in renamed) or request.trace.occurs_in(text)

    gone = [key for key in sorted(records.tracker.preserved()) if names_it(*key)]
    records.tracker.remove_preserved(gone)
    _sync(records, request)
    return len(gone)


def _sync(records: Records, request: Request) -> None:
    """Sync the tracker with the ledger.

    Raises:
        PointsmanError: the tracker cannot be written to.
    """
    enqueue(records.memory, None)
    why = sync_tracker(records)
    if why is not None:
        raise PointsmanError(f"{why}; run `pointsman doctor --repair` to finish forgetting {request.id}")
