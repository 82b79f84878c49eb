"""Compare the live revision of a collection with the manifest, the sources and the embedder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.corpus.chunking import chunk_document, located
from pointsman.core.corpus.documents import Document
from pointsman.core.corpus.manifest import Manifest, ManifestEntry
from pointsman.core.errors import ListingFailed, StoreMoved, Unreadable
from pointsman.core.index.points import Point
from pointsman.core.index.reconcile import Stage, converge
from pointsman.core.release import Release
from pointsman.ports.models import Models
from pointsman.ports.progress import Progress
from pointsman.ports.stores import DocumentReader, DocumentStore
from pointsman.steps.indexing.cut import ITEM_MARK
from pointsman.steps.ledger.releases import manifest_of
from pointsman.steps.maintenance.inspect_points import Inspection, inspect
from pointsman.steps.observe.documents import parse
from pointsman.steps.resources import Intake, Serving


@dataclass(frozen=True)
class LiveComparison:
    """The collection of the live release, compared with its manifest and sources."""

    stage: Stage
    """The writes that would repair it."""
    inspection: Inspection
    """Visible points with a wrong payload or vector."""
    expected: Mapping[tuple[str, str], Chunk]
    """Chunks of the documents whose source is unchanged, by key."""
    changed: frozenset[str]
    """Ids of the documents whose source differs from the live version."""
    served: frozenset[str]
    """Ids of the documents of the live manifest."""
    present: tuple[Point, ...]
    """All points of the collection."""
    points: int
    """Number of points that a reader of the live release sees."""
    unrebuildable: int
    """Number of points that would still be missing after the repair."""


def compare_live(intake: Intake, live: Release, *, deep: bool, serving: Serving, progress: Progress) -> LiveComparison:
    """Return the comparison of the live revision; every document is read and every visible point is checked.

    ``deep`` also embeds a sample of the texts again.
    """
    name, revision = live.index.collection, live.index.revision
    exists = name in serving.index.collections()
    present = tuple(serving.index.points(name)) if exists else ()
    manifest = manifest_of(serving.ledger, live)
    chunks, changed = _chunks_now(intake, live, manifest, present, models=serving.models, progress=progress)
    stage = converge([p for p in present if p.document not in changed and p.born <= revision], chunks, revision)
    expected = {chunk.key: chunk for chunk in chunks}
    visible = serving.index.stored_points(name, revision=revision) if exists else ()
    inspection = inspect(visible, expected, serving.models.embedder(live.embedder), deep=deep)
    points = serving.index.count(name, revision=revision) if exists else 0
    after_repair = points + len(stage.add) + len(stage.revive) - len(stage.retire) - len(stage.discard)
    return LiveComparison(
        stage,
        inspection,
        expected=expected,
        changed=changed,
        served=frozenset(manifest.entries),
        present=present,
        points=points,
        unrebuildable=max(0, live.index.points - after_repair),
    )


def _chunks_now(
    intake: Intake, live: Release, manifest: Manifest, present: Sequence[Point], *, models: Models, progress: Progress
) -> tuple[list[Chunk], frozenset[str]]:
    """Return (chunks of the documents whose source is unchanged, ids of the other documents)."""
    served = {p.chunk: p.payload_digest for p in present if p.seen_at(live.index.revision)}
    embedder = models.embedder(live.embedder)
    found: list[Chunk] = []
    changed = set()
    for number, (document, entry) in enumerate(sorted(manifest.entries.items())):
        parsed = _unchanged(document, entry, read=intake.read, store=intake.store)
        if parsed is None:
            changed.add(document)
        else:
            chunks = chunk_document(parsed, max_tokens=live.max_tokens, count=embedder.count_tokens)
            cosmetic = parsed.byte_digest != entry.byte_digest
            found += [_as_served(chunk, served) for chunk in chunks] if cosmetic else chunks
        progress("compared documents", number + 1, len(manifest))
    refused = {r.item.rsplit(ITEM_MARK, 1)[1] for r in intake.quarantine.rows("chunks")}
    return [chunk for chunk in found if chunk.chunk not in refused], frozenset(changed)


def _as_served(chunk: Chunk, served: Mapping[str, str]) -> Chunk:
    """Return a chunk of a source with cosmetic changes: with the served payload digest, or without its position.

    The positions in the release belong to the bytes before the change, and those are gone.
    """
    if chunk.chunk in served:
        return replace(chunk, payload_digest=served[chunk.chunk])
    return located(chunk, None)


def _unchanged(document: str, entry: ManifestEntry, *, read: DocumentReader, store: DocumentStore) -> Document | None:
    """Return a document whose text and metadata are those of the manifest; None if they differ or cannot be read."""
    try:
        found = parse(read, document, store.read(document))
    except (StoreMoved, ListingFailed, UnicodeDecodeError, Unreadable):
        return None
    same = (found.text_digest, found.metadata_digest) == (entry.text_digest, entry.metadata_digest)
    return found if same else None
