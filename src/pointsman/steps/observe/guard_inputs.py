"""What the guards look at: manifests that are known already, and sketches made when a text is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pointsman.core.corpus.diff import Diff
from pointsman.core.corpus.manifest import Manifest
from pointsman.core.policy.approval import named
from pointsman.core.policy.evidence import GuardInputs
from pointsman.core.policy.guards import grown_documents, most_grown
from pointsman.core.policy.holds import CONTRADICTING, CROWD, GROWN, LISTING, REFUSED, REMOVED
from pointsman.core.release import Release
from pointsman.ports.ledger import Ledger
from pointsman.ports.progress import Progress
from pointsman.ports.workspace import Memory
from pointsman.steps.ledger.releases import DECISION
from pointsman.steps.observe.near_duplicates import contradicting_copies, largest_crowd, count_near_copies
from pointsman.steps.resources import Intake, Serving


@dataclass(frozen=True)
class GuardFindings:
    """What the guards count, and the documents behind each count."""

    inputs: GuardInputs = GuardInputs()
    """What they count."""
    documents: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Guard → the documents that it looks at, each with its bytes where they matter: what an approval names."""


def guard_inputs(
    intake: Intake,
    live: Release | None,
    diff: Diff,
    manifests: tuple[Manifest, Manifest],
    good: Manifest,
    carried: frozenset[str],
    *,
    serving: Serving,
    memory: Memory,
    progress: Progress,
) -> GuardFindings:
    """Return what the guards look at, between the live manifest and the one to be served (``manifests``).

    Nothing without a live release, for there is nothing to lose then; and no work where nothing changed.
    """
    if live is None:
        return GuardFindings()
    (before, now), guard = manifests, serving.params.guard
    changed = (*diff.edited, *diff.metadata)
    grown = grown_documents(before, now, changed, factor=guard.growth_factor, floor=guard.growth_bytes)
    refused = carried - _refused_before(serving.ledger, live) if carried else frozenset()
    facts: dict[str, Any] = {"grown": len(grown), "most_grown": most_grown(grown), "newly_refused": len(refused)}
    (texts, crowd), against = (
        largest_crowd(intake, diff, good, memory=memory, params=serving.params, progress=progress),
        contradicting_copies(intake, diff, good, memory=memory, params=serving.params, progress=progress),
    )
    if crowd:
        facts |= {"crowd": len(texts), "crowd_like": crowd[0]}
    if against:
        facts |= {"contradicting_copies": len(against), "contradicts": min(against.items())}
    if diff.text_changed:
        facts |= {"live_bytes": _bytes(before), "served_bytes": _bytes(now)}
        facts["near_copies"] = count_near_copies(
            intake, now, diff=diff, good=good, live=len(before), memory=memory, params=serving.params, progress=progress
        )
    removed = named(diff.removed)
    sizes = {document: size for document, (_, size) in grown.items()}
    documents = {
        LISTING: removed, REMOVED: removed, GROWN: sizes, REFUSED: named(refused), CROWD: named(crowd),
        CONTRADICTING: named(against),
    }  # fmt: skip
    return GuardFindings(GuardInputs(**facts), documents)


def _bytes(manifest: Manifest) -> int:
    return sum(entry.size for entry in manifest.entries.values())


def _refused_before(ledger: Ledger, live: Release) -> frozenset[str]:
    """Return the documents that were carried over already when the live release was made."""
    record = ledger.get(DECISION, live.decision) or {}
    if "carried" in record:
        return frozenset(record["carried"])
    return frozenset(row["item"] for row in record.get("quarantine", ()))
