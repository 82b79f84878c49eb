"""What the guards look at: manifests that are known already, and sketches made when a text is read."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pointsman.core.approval import named
from pointsman.core.diff import Diff, Entry, Manifest
from pointsman.core.guard import CROWD, GROWN, LISTING, REFUSED, REMOVED, grown_documents, most_grown
from pointsman.core.near_copies import largest_group, near_copies
from pointsman.core.release import Release
from pointsman.steps.desk import Desk
from pointsman.steps.observing import read_accepted
from pointsman.steps.releases import DECISION
from pointsman.steps.sketching import SKETCHES, Sketch, could_crowd, could_flood, remembered


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
    crowd = _crowd(desk, diff, good)
    if crowd:
        facts |= {"crowd": len(crowd), "crowd_like": crowd[0]}
    if diff.text_changed:
        facts |= {"live_bytes": _bytes(before), "served_bytes": _bytes(now)}
        facts["near_copies"] = _near_copies(desk, now, diff, good, len(before))
    removed = named(diff.removed)
    sizes = {document: size for document, (_, size) in grown.items()}
    documents = {LISTING: removed, REMOVED: removed, GROWN: sizes, REFUSED: named(refused), CROWD: named(crowd)}
    return Watched(facts, documents)


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
    sketches = _sketches(desk, good.entries)
    texts = {document: entry.text_digest for document, entry in manifest.entries.items()}
    fresh = {texts[d]: sketches[texts[d]].raw for d in sorted(changed) if texts[d] in sketches}
    served = sorted(d for d in texts.keys() - changed if texts[d] in sketches)
    others = {texts[d]: sketches[texts[d]].raw for d in served}
    near = near_copies(fresh, others, desk.params.guard.duplicate_similarity)
    return sum(texts[document] in near for document in changed)


def _crowd(desk: Desk, diff: Diff, good: Manifest) -> tuple[str, ...]:
    """Return the largest group of new documents that open alike and are near copies of one another, if it holds."""
    guard = desk.params.guard
    added = {document: good.entries[document] for document in diff.added if document in good.entries}
    if guard.crowd_count is None or not could_crowd(guard, len(added)):
        return ()
    sketches = _sketches(desk, added)
    alike: dict[str, dict[str, bytes]] = defaultdict(dict)
    for document, entry in added.items():
        sketch = sketches[entry.text_digest]
        alike[sketch.opening][document] = sketch.raw
    crowds = [largest_group(each, guard.crowd_similarity) for each in alike.values() if could_crowd(guard, len(each))]
    crowd = min(crowds, key=lambda group: (-len(group), group), default=())
    return crowd if could_crowd(guard, len(crowd)) else ()


def _sketches(desk: Desk, good: Mapping[str, Entry]) -> dict[str, Sketch]:
    """Return text digest → sketch, of these documents at least; those that are not remembered are read again.

    Raises:
        StoreMoved: such a document is no longer what was listed.
    """
    known = remembered(desk)
    missing = {entry.text_digest: document for document, entry in good.items() if entry.text_digest not in known}
    for number, (digest, document) in enumerate(missing.items()):
        known[digest] = Sketch.of(desk, read_accepted(desk, document, good[document]))
        desk.progress("sketched documents", number + 1, len(missing))
    if missing:
        desk.memory.put(SKETCHES, {digest: sketch.frozen() for digest, sketch in known.items()})
    return known
