"""The inputs of the guards, counted from the manifests and from sketches of the texts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pointsman.core.corpus.manifest import Manifest
from pointsman.core.policy.approval import Seen, ceiling_of_names
from pointsman.core.policy.evidence import GuardInputs
from pointsman.core.policy.guards.growth import grown_documents, most_grown
from pointsman.core.policy.holds import CONTRADICTING, CROWD, GROWN, LISTING, REFUSED, REMOVED
from pointsman.core.release import Release
from pointsman.ports.ledger import Ledger
from pointsman.ports.progress import Progress
from pointsman.ports.workspace import Memory
from pointsman.steps.ledger.releases import DECISION
from pointsman.steps.observe.contradictions import ContradictionSearch
from pointsman.steps.observe.corpus_change import CorpusChange
from pointsman.steps.observe.losses.inputs import LossFindings, loss_inputs
from pointsman.steps.observe.losses.window import window
from pointsman.steps.observe.near_duplicates import NearDuplicateSearch
from pointsman.steps.resources import Intake, Serving


@dataclass(frozen=True)
class GuardFindings:
    """The inputs of the guards, and the documents behind each count."""

    inputs: GuardInputs = field(default_factory=GuardInputs)
    """The counts."""
    documents: Mapping[str, Seen] = field(default_factory=dict)
    """Guard → the documents behind its count, each with its size in bytes or the digest of its text; 0 if neither
    counts.

    An approval names these documents.
    """


def guard_inputs(
    intake: Intake,
    corpus: CorpusChange,
    good: Manifest,
    carried: frozenset[str],
    *,
    serving: Serving,
    memory: Memory,
    now: Callable[[], str],
    progress: Progress,
) -> GuardFindings:
    """Return the inputs of the guards for a change of the corpus.

    ``good`` are the accepted documents, ``carried`` the refused ones that keep their last version. Without a live
    release the inputs are empty. If nothing changed, no sketch is made. ``now`` tells when the window of losses ends.
    """
    live, diff, guard = corpus.live, corpus.diff, serving.params.guard
    if live is None:
        return GuardFindings()
    before, after = corpus.live_manifest, corpus.manifest
    changed = (*diff.edited, *diff.metadata)
    grown = grown_documents(before, after, changed, factor=guard.growth_factor, floor=guard.growth_bytes)
    refused = carried - _refused_before(serving.ledger, live) if carried else frozenset()
    counts: dict[str, Any] = {"grown": len(grown), "most_grown": most_grown(grown), "newly_refused": len(refused)}
    search = NearDuplicateSearch(intake, diff=diff, good=good, memory=memory, params=serving.params, progress=progress)
    texts, crowd = search.largest_crowd()
    contradicting = ContradictionSearch(search, corpus, index=serving.index).found()
    counts |= {"crowd": len(texts), "crowd_like": crowd[0]} if crowd else {}
    if contradicting:
        counts |= {"contradicting_copies": len(contradicting), "contradicts": min(contradicting.items())}
    if diff.text_changed:
        near = search.count_near_copies(after, live=len(before))
        counts |= {"live_bytes": _bytes(before), "served_bytes": _bytes(after), "near_copies": near}
    losses, removed = _losses(corpus, serving, memory, now), ceiling_of_names(diff.removed)
    documents: dict[str, Seen] = {
        LISTING: removed, REMOVED: removed, GROWN: {document: size for document, (_, size) in grown.items()},
        REFUSED: ceiling_of_names(refused), CROWD: ceiling_of_names(crowd),
        CONTRADICTING: ceiling_of_names(contradicting),
    }  # fmt: skip
    return GuardFindings(GuardInputs(**counts, **losses.counts), {**documents, **losses.documents})


def _losses(corpus: CorpusChange, serving: Serving, memory: Memory, now: Callable[[], str]) -> LossFindings:
    """Return what the documents lost in the window; nothing where nothing changed."""
    if not corpus.diff:
        return LossFindings()
    guard = serving.params.guard
    served = window(serving.ledger, corpus.live_manifest, days=guard.window_days, memory=memory, now=now)
    return loss_inputs(corpus, served, guard=guard, memory=memory)


def _bytes(manifest: Manifest) -> int:
    return sum(entry.size for entry in manifest.entries.values())


def _refused_before(ledger: Ledger, live: Release) -> frozenset[str]:
    """Return the ids of documents that were refused already when the live release was made."""
    record = ledger.get(DECISION, live.decision) or {}
    if "carried" in record:
        return frozenset(record["carried"])
    return frozenset(row["item"] for row in record.get("quarantine", ()))
