"""What the guards look at: manifests that are known already, and sketches made when a text is read."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pointsman.core.approval import named
from pointsman.core.diff import Diff, Manifest
from pointsman.core.guard import GROWN, LISTING, REFUSED, REMOVED, grown_documents, most_grown
from pointsman.core.near_copies import SIZE, near_copies
from pointsman.core.release import Release
from pointsman.steps.desk import Desk
from pointsman.steps.observing import SKETCHES, could_flood, read_accepted
from pointsman.steps.releases import DECISION


@dataclass(frozen=True)
class Watched:
    """What the guards look at."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    """Fields of ``Evidence``."""
    documents: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Guard → the documents that it looks at, each with its bytes where they matter: what an approval names."""


def watched(
    desk: Desk,
    live: Release | None,
    diff: Diff,
    manifests: tuple[Manifest, Manifest],
    good: Manifest,
    carried: frozenset[str],
) -> Watched:
    """Return what the guards look at, between the live manifest and the one to be served (``manifests``).

    Nothing without a live release, for there is nothing to lose then; and no work where nothing changed.
    """
    if live is None:
        return Watched()
    (before, now), guard = manifests, desk.params.guard
    changed = (*diff.edited, *diff.metadata)
    grown = grown_documents(before, now, changed, factor=guard.growth_factor, floor=guard.growth_bytes)
    refused = carried - _refused_before(desk, live) if carried else frozenset()
    facts: dict[str, Any] = {"grown": len(grown), "most_grown": most_grown(grown), "newly_refused": len(refused)}
    if diff.text_changed:
        facts |= {"live_bytes": _bytes(before), "served_bytes": _bytes(now)}
        facts["near_copies"] = _near_copies(desk, now, diff, good, len(before))
    removed = named(diff.removed)
    sizes = {document: size for document, (_, size) in grown.items()}
    return Watched(facts, {LISTING: removed, REMOVED: removed, GROWN: sizes, REFUSED: named(refused)})


def _bytes(manifest: Manifest) -> int:
    return sum(entry.size for entry in manifest.entries.values())


def _refused_before(desk: Desk, live: Release) -> frozenset[str]:
    """Return the documents that were carried over already when the live release was made."""
    record = desk.ledger.get(DECISION, live.decision) or {}
    if "carried" in record:
        return frozenset(record["carried"])
    return frozenset(row["item"] for row in record.get("quarantine", ()))


def _near_copies(desk: Desk, manifest: Manifest, diff: Diff, good: Manifest, live: int) -> int:
    """Count the new and edited documents that are near copies; no sketch is read when they are too few to hold."""
    changed = {*diff.added, *diff.edited} & good.entries.keys()
    if not could_flood(desk.params.guard, len(changed), live):
        return 0
    sketches = _sketches(desk, good)
    texts = {document: entry.text_digest for document, entry in manifest.entries.items()}
    fresh = {texts[d]: sketches[texts[d]] for d in sorted(changed) if texts[d] in sketches}
    served = sorted(d for d in texts.keys() - changed if texts[d] in sketches)
    near = near_copies(fresh, {texts[d]: sketches[texts[d]] for d in served}, desk.params.guard.duplicate_similarity)
    return sum(texts[document] in near for document in changed)


def _sketches(desk: Desk, good: Manifest) -> dict[str, bytes]:
    """Return text digest → sketch of every good document; those that are not remembered are read again.

    Raises:
        StoreMoved: such a document is no longer what was listed.
    """
    known = {digest: raw for digest, text in desk.memory.get(SKETCHES).items() if (raw := _decoded(text))}
    missing = {
        entry.text_digest: document for document, entry in good.entries.items() if entry.text_digest not in known
    }
    for number, (digest, document) in enumerate(missing.items()):
        known[digest] = base64.b64decode(desk.sketch(read_accepted(desk, document, good.entries[document]).text))
        desk.progress("sketched documents", number + 1, len(missing))
    if missing:
        desk.memory.put(SKETCHES, {digest: base64.b64encode(raw).decode("ascii") for digest, raw in known.items()})
    return known


def _decoded(text: Any) -> bytes | None:
    """Return a remembered sketch, or None where a file was damaged: it is made again."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (TypeError, ValueError, binascii.Error):
        return None
    return raw if len(raw) == SIZE else None
