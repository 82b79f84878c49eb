"""Doctor: ledger, tracker, source, manifest and collection compared, and healed.

Nothing is written without ``repair``, and nothing is ever deleted that cannot be made again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.corpus.chunking import chunk_document, located
from pointsman.core.corpus.documents import Document
from pointsman.core.corpus.manifest import Manifest, ManifestEntry
from pointsman.core.errors import IndexDamaged, ModelMismatch, StoreMoved, Unreadable
from pointsman.core.index.points import FOREVER, Point
from pointsman.core.index.reconcile import Stage, converge
from pointsman.core.release import Release
from pointsman.ports.index import VectorIndex
from pointsman.ports.ledger import Ledger
from pointsman.ports.models import Models
from pointsman.ports.progress import Progress
from pointsman.ports.stores import DocumentReader, DocumentStore
from pointsman.ports.tracking import Tracker
from pointsman.ports.workspace import ErasureSweep
from pointsman.steps.erasure.erase import finish
from pointsman.steps.erasure.request import pending, unverified
from pointsman.steps.indexing.garbage_collection import Garbage, collect, garbage
from pointsman.steps.indexing.prepare import ITEM_MARK, tip_release
from pointsman.steps.indexing.stage import write
from pointsman.steps.ledger.releases import live_release, manifest_of
from pointsman.steps.ledger.restore import Restoration, restore
from pointsman.steps.ledger.tracker_sync import TrackerGaps, tracker_gaps, queued, sync_again
from pointsman.steps.maintenance.inspect_points import Inspection, inspect, rewrite
from pointsman.steps.observe.documents import parse
from pointsman.steps.resources import Intake, Records, Serving


@dataclass(frozen=True)
class Findings:
    """What the comparison found; after a repair, what is left."""

    release: str | None
    documents: int = 0
    """Documents in the live manifest."""
    points: int = 0
    """Points that a reader of the live release sees."""
    expected: int = 0
    """Points that the release names."""
    missing: int = 0
    """Chunks of the manifest that no visible point serves and whose source is still there."""
    foreign: int = 0
    """Visible points that belong to no chunk of the manifest, doubled ones among them."""
    duplicated: int = 0
    """Visible points that serve what another one serves."""
    altered: int = 0
    """Visible points whose text, headings or metadata are not what the source or their own digest says."""
    spoiled: int = 0
    """Visible points whose vector is missing, of another dimension, not finite or not of length 1."""
    drifted: int = 0
    """Visible points of a sample whose vector is not that of their text; only with ``deep``."""
    unrebuildable: int = 0
    """Points that are missing and that no source can give back: their documents have changed since."""
    source_ahead: int = 0
    """Documents whose source is no longer what is live (the next refresh brings them); checked by digests alone."""
    unfinished: int = 0
    """Points that an interrupted stage left; readers do not see them and the next refresh uses them."""
    unreachable: int = 0
    """Points that nobody can be sent back to any more, those of whole collections among them."""
    garbage: tuple[str, ...] = ()
    """Collections that go whole: their releases are out of reach, or a rebuild that was given up left them."""
    ledger_damaged: int = 0
    """Objects of the ledger that cannot be read or are not what their id says."""
    ledger_lost: int = 0
    """Objects that the tracker keeps and the ledger no longer has."""
    ledger_restored: int = 0
    """Objects brought back from the tracker."""
    pointer: str | None = None
    """Why nobody knows what is live, if so."""
    unmirrored: int = 0
    """Decisions that the tracker has not got, or has lost."""
    unregistered: int = 0
    """Releases within reach of rollback that the tracker does not register."""
    unpreserved: int = 0
    """Objects of the ledger that the tracker does not keep."""
    aliases_behind: bool = False
    """Whether the tracker's aliases are not where the pointer is."""
    forgetting: int = 0
    """Forgettings that were begun and cut off; ``--repair`` finishes them."""
    unproved: int = 0
    """Forgettings whose newest certificate found something left; it says where, ``forget`` tries again."""
    tracker: str | None = None
    """Why the tracker cannot be reached, if it cannot."""
    repaired: bool = False

    @property
    def healthy(self) -> bool:
        """Whether there is nothing to heal."""
        wrong = (
            self.missing, self.foreign, self.duplicated, self.altered, self.spoiled, self.drifted, self.unrebuildable,
            self.ledger_damaged, self.ledger_lost, self.pointer, self.unmirrored, self.unregistered, self.unpreserved,
            self.aliases_behind, self.forgetting, self.unproved, self.points != self.expected,
        )  # fmt: skip
        return not any(wrong)

    def as_json(self) -> dict[str, object]:
        """Return the findings as a JSON value."""
        return asdict(self) | {"healthy": self.healthy}


@dataclass(frozen=True)
class _Comparison:
    """What the collection of the live release is, against its manifest and source."""

    stage: Stage
    inspection: Inspection
    expected: dict[tuple[str, str], Chunk]
    behind: frozenset[str]
    present: tuple[Point, ...]
    points: int
    unrebuildable: int


def diagnose(
    intake: Intake,
    *,
    repair: bool,
    deep: bool = False,
    live: str | None = None,
    serving: Serving,
    records: Records,
    progress: Progress,
    erasure_sweep: ErasureSweep,
) -> Findings:
    """Compare what is live with its ledger, source, collection and record; with ``repair`` heal it in place.

    ``deep`` embeds a sample of the served texts again; ``live`` names the live release where the pointer is lost.
    """
    ledger = restore(repair=repair, live=live, ledger=serving.ledger, now=records.now, tracker=records.tracker)
    if repair and ledger.pointer is None:
        finish(intake, serving=serving, records=records, erasure_sweep=erasure_sweep)
    if ledger.pointer is not None:
        return _ledger_only(ledger, repaired=repair, ledger_port=serving.ledger, tracker=records.tracker)
    try:
        release = live_release(serving.ledger)
        if release is None:
            return _ledger_only(ledger, repaired=repair, ledger_port=serving.ledger, tracker=records.tracker)
        return _diagnose_release(
            intake, release, ledger, repair=repair, deep=deep, serving=serving, records=records, progress=progress
        )
    except (IndexDamaged, ModelMismatch):
        if not ledger.damaged:
            raise
        return _ledger_only(
            ledger, repaired=repair, ledger_port=serving.ledger, tracker=records.tracker
        )  # what is live cannot be told before the ledger is mended


def _diagnose_release(
    intake: Intake,
    release: Release,
    ledger: Restoration,
    *,
    repair: bool,
    deep: bool,
    serving: Serving,
    records: Records,
    progress: Progress,
) -> Findings:
    body = _compared(intake, release, deep=deep, serving=serving, progress=progress)
    if repair and (body.present or not body.unrebuildable):
        _heal(release, body, vector_index=serving.index, models=serving.models, progress=progress)
        body = _compared(intake, release, deep=deep, serving=serving, progress=progress)
    left = collect(serving, clock=records.clock) if repair else garbage(serving, clock=records.clock)
    if repair:
        sync_again(records, params=serving.params)
    return _findings(serving, release, body, ledger, left=left, repaired=repair, records=records)


def _ledger_only(ledger: Restoration, *, repaired: bool, ledger_port: Ledger, tracker: Tracker) -> Findings:
    return Findings(
        None,
        ledger_damaged=ledger.damaged,
        ledger_lost=ledger.lost,
        ledger_restored=ledger.restored,
        pointer=ledger.pointer,
        forgetting=len(pending(ledger_port)),
        tracker=tracker.reachable(),
        repaired=repaired,
    )


def _findings(
    serving: Serving,
    release: Release,
    body: _Comparison,
    ledger: Restoration,
    *,
    left: Sequence[Garbage],
    repaired: bool,
    records: Records,
) -> Findings:
    why = records.tracker.reachable()
    record = (
        tracker_gaps(ledger=serving.ledger, params=serving.params, tracker=records.tracker)
        if why is None
        else TrackerGaps(tuple(queued(records.memory)))
    )
    return Findings(
        release=release.id,
        documents=release.documents,
        points=body.points,
        expected=release.index.points,
        missing=len(body.stage.add) + len(body.stage.revive),
        foreign=len(body.stage.retire) + len(body.stage.discard),
        duplicated=body.inspection.duplicated,
        altered=len(body.inspection.altered),
        spoiled=len(body.inspection.spoiled),
        drifted=len(body.inspection.drifted),
        unrebuildable=body.unrebuildable,
        source_ahead=len(body.behind),
        unfinished=_unfinished(release, body.present, vector_index=serving.index, ledger=serving.ledger),
        unreachable=sum(g.points for g in left),
        garbage=tuple(g.collection for g in left if g.whole),
        ledger_damaged=ledger.damaged,
        ledger_lost=ledger.lost,
        ledger_restored=ledger.restored,
        pointer=ledger.pointer,
        unmirrored=len(record.decisions),
        unregistered=len(record.releases),
        unpreserved=record.objects,
        aliases_behind=record.aliases,
        forgetting=len(pending(serving.ledger)),
        unproved=len(unverified(serving.ledger)),
        tracker=why,
        repaired=repaired,
    )


def _compared(intake: Intake, live: Release, *, deep: bool, serving: Serving, progress: Progress) -> _Comparison:
    """Compare the live revision with its manifest, as far as the source still has it, and look into every point."""
    name, revision = live.index.collection, live.index.revision
    there = name in serving.index.collections()
    present = tuple(serving.index.points(name)) if there else ()
    wanted, behind = _wanted_now(
        intake, live, manifest_of(serving.ledger, live), present, models=serving.models, progress=progress
    )
    stage = converge([p for p in present if p.document not in behind and p.born <= revision], wanted, revision)
    expected = {w.key: w for w in wanted}
    visible = serving.index.stored_points(name, revision=revision) if there else ()
    inspection = inspect(visible, expected, serving.models.embedder(live.embedder), deep=deep)
    points = serving.index.count(name, revision=revision) if there else 0
    would_be = points + len(stage.add) + len(stage.revive) - len(stage.retire) - len(stage.discard)
    return _Comparison(
        stage,
        inspection,
        expected=expected,
        behind=behind,
        present=present,
        points=points,
        unrebuildable=max(0, live.index.points - would_be),
    )


def _wanted_now(
    intake: Intake, live: Release, manifest: Manifest, present: Sequence[Point], *, models: Models, progress: Progress
) -> tuple[list[Chunk], frozenset[str]]:
    """Return the chunks of every document whose source is still what is live, and the ids of the others."""
    served = {p.chunk: p.payload_digest for p in present if p.seen_at(live.index.revision)}
    embedder = models.embedder(live.embedder)
    wanted: list[Chunk] = []
    behind = set()
    for number, (document, entry) in enumerate(sorted(manifest.entries.items())):
        parsed = _unchanged(document, entry, read=intake.read, store=intake.store)
        if parsed is None:
            behind.add(document)
        else:
            chunks = chunk_document(parsed, max_tokens=live.max_tokens, count=embedder.count_tokens)
            moved = parsed.byte_digest != entry.byte_digest
            wanted += [_as_served(chunk, served) for chunk in chunks] if moved else chunks
        progress("compared documents", number + 1, len(manifest))
    refused = {r.item.rsplit(ITEM_MARK, 1)[1] for r in intake.quarantine.rows("chunks")}
    return [w for w in wanted if w.chunk not in refused], frozenset(behind)


def _as_served(chunk: Chunk, served: Mapping[str, str]) -> Chunk:
    """Return a chunk of a cosmetically changed source: as it is served, or else without its place.

    The release names the bytes before the change, and nobody can tell where in them the chunk stood.
    """
    if chunk.chunk in served:
        return replace(chunk, payload_digest=served[chunk.chunk])
    return located(chunk, None)


def _unchanged(document: str, entry: ManifestEntry, *, read: DocumentReader, store: DocumentStore) -> Document | None:
    """Return a document whose source still says what the manifest knows, white space apart; None for any other."""
    try:
        found = parse(read, document, store.read(document))
    except (StoreMoved, UnicodeDecodeError, Unreadable):
        return None
    same = (found.text_digest, found.metadata_digest) == (entry.text_digest, entry.metadata_digest)
    return found if same else None


def _heal(live: Release, body: _Comparison, *, vector_index: VectorIndex, models: Models, progress: Progress) -> None:
    """Heal the live revision in place: readers of it get back what it names. Wrong points first, for vectors spread."""
    name, embedder = live.index.collection, models.embedder(live.embedder)
    rewrite(live, body.inspection.repairable(body.expected), body.expected, vector_index=vector_index, models=models)
    sources = [name] if body.present else []
    write(vector_index, embedder, name, body.stage, sources=sources, progress=progress)


def _unfinished(live: Release, present: tuple[Point, ...], *, vector_index: VectorIndex, ledger: Ledger) -> int:
    tip = tip_release(live.index.collection, vector_index=vector_index, ledger=ledger)
    newest = tip.index.revision if tip else live.index.revision
    return sum(1 for p in present if p.born > newest or newest < p.died < FOREVER)
