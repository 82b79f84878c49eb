"""Doctor: ledger, tracker, source, manifest and collection compared, and healed.

Nothing is written without ``repair``, and nothing is ever deleted that cannot be made again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from pointsman.core.corpus.chunk import Wanted
from pointsman.core.corpus.chunking import chunk_document, located
from pointsman.core.corpus.documents import Document
from pointsman.core.corpus.manifest import Entry, Manifest
from pointsman.core.errors import IndexDamaged, ModelMismatch, StoreMoved, Unreadable
from pointsman.core.index.points import FOREVER, Held
from pointsman.core.index.reconcile import Stage, converge
from pointsman.core.release import Release
from pointsman.steps.erasure.erase import finish
from pointsman.steps.erasure.request import pending, unproved
from pointsman.steps.indexing.garbage_collection import Garbage, collect, garbage
from pointsman.steps.indexing.prepare import ITEM_MARK, tip_release
from pointsman.steps.indexing.stage import write
from pointsman.steps.ledger.releases import live_release, manifest_of
from pointsman.steps.ledger.restore import Restoration, restore
from pointsman.steps.ledger.tracker_sync import Lacking, lacking, mirror_again, owed
from pointsman.steps.maintenance.inspect_points import Inspection, inspect, rewrite
from pointsman.steps.observe.documents import parse
from pointsman.steps.resources import Desk


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
class _Body:
    """What the collection of the live release is, against its manifest and source."""

    stage: Stage
    inspection: Inspection
    expected: dict[tuple[str, str], Wanted]
    behind: frozenset[str]
    present: tuple[Held, ...]
    points: int
    unrebuildable: int


def examine(desk: Desk, *, repair: bool, deep: bool = False, live: str | None = None) -> Findings:
    """Compare what is live with its ledger, source, collection and record; with ``repair`` heal it in place.

    ``deep`` embeds a sample of the served texts again; ``live`` names the live release where the pointer is lost.
    """
    ledger = restore(desk, repair=repair, live=live)
    if repair and ledger.pointer is None:
        finish(desk)
    if ledger.pointer is not None:
        return _ledger_only(desk, ledger, repaired=repair)
    try:
        release = live_release(desk.ledger)
        if release is None:
            return _ledger_only(desk, ledger, repaired=repair)
        return _examined(desk, release, ledger, repair=repair, deep=deep)
    except (IndexDamaged, ModelMismatch):
        if not ledger.damaged:
            raise
        return _ledger_only(desk, ledger, repaired=repair)  # what is live cannot be told before the ledger is mended


def _examined(desk: Desk, release: Release, ledger: Restoration, *, repair: bool, deep: bool) -> Findings:
    body = _compared(desk, release, deep=deep)
    if repair and (body.present or not body.unrebuildable):
        _heal(desk, release, body)
        body = _compared(desk, release, deep=deep)
    left = collect(desk) if repair else garbage(desk)
    if repair:
        mirror_again(desk)
    return _findings(desk, release, body, ledger, left=left, repaired=repair)


def _ledger_only(desk: Desk, ledger: Restoration, *, repaired: bool) -> Findings:
    return Findings(
        None,
        ledger_damaged=ledger.damaged,
        ledger_lost=ledger.lost,
        ledger_restored=ledger.restored,
        pointer=ledger.pointer,
        forgetting=len(pending(desk)),
        tracker=desk.tracker.reachable(),
        repaired=repaired,
    )


def _findings(
    desk: Desk, release: Release, body: _Body, ledger: Restoration, *, left: Sequence[Garbage], repaired: bool
) -> Findings:
    why = desk.tracker.reachable()
    record = lacking(desk) if why is None else Lacking(tuple(owed(desk)))
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
        unfinished=_unfinished(desk, release, body.present),
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
        forgetting=len(pending(desk)),
        unproved=len(unproved(desk)),
        tracker=why,
        repaired=repaired,
    )


def _compared(desk: Desk, live: Release, *, deep: bool) -> _Body:
    """Compare the live revision with its manifest, as far as the source still has it, and look into every point."""
    name, revision = live.index.collection, live.index.revision
    there = name in desk.index.collections()
    present = tuple(desk.index.held(name)) if there else ()
    wanted, behind = _wanted_now(desk, live, manifest_of(desk.ledger, live), present)
    stage = converge([p for p in present if p.document not in behind and p.born <= revision], wanted, revision)
    expected = {w.key: w for w in wanted}
    visible = desk.index.stored(name, revision=revision) if there else ()
    inspection = inspect(visible, expected, desk.models.embedder(live.embedder), deep=deep)
    points = desk.index.count(name, revision=revision) if there else 0
    would_be = points + len(stage.add) + len(stage.revive) - len(stage.retire) - len(stage.discard)
    return _Body(stage, inspection, expected, behind, present, points, max(0, live.index.points - would_be))


def _wanted_now(
    desk: Desk, live: Release, manifest: Manifest, present: Sequence[Held]
) -> tuple[list[Wanted], frozenset[str]]:
    """Return the chunks of every document whose source is still what is live, and the ids of the others."""
    served = {p.chunk: p.payload_digest for p in present if p.seen_at(live.index.revision)}
    embedder = desk.models.embedder(live.embedder)
    wanted: list[Wanted] = []
    behind = set()
    for number, (document, entry) in enumerate(sorted(manifest.entries.items())):
        parsed = _unchanged(desk, document, entry)
        if parsed is None:
            behind.add(document)
        else:
            chunks = chunk_document(parsed, max_tokens=live.max_tokens, count=embedder.count_tokens)
            moved = parsed.byte_digest != entry.byte_digest
            wanted += [_as_served(chunk, served) for chunk in chunks] if moved else chunks
        desk.progress("compared documents", number + 1, len(manifest))
    refused = {r.item.rsplit(ITEM_MARK, 1)[1] for r in desk.quarantine.rows("chunks")}
    return [w for w in wanted if w.chunk not in refused], frozenset(behind)


def _as_served(chunk: Wanted, served: Mapping[str, str]) -> Wanted:
    """Return a chunk of a cosmetically changed source: as it is served, or else without its place.

    The release names the bytes before the change, and nobody can tell where in them the chunk stood.
    """
    if chunk.chunk in served:
        return replace(chunk, payload_digest=served[chunk.chunk])
    return located(chunk, None)


def _unchanged(desk: Desk, document: str, entry: Entry) -> Document | None:
    """Return a document whose source still says what the manifest knows, white space apart; None for any other."""
    try:
        found = parse(desk.read, document, desk.store.read(document))
    except (StoreMoved, UnicodeDecodeError, Unreadable):
        return None
    same = (found.text_digest, found.metadata_digest) == (entry.text_digest, entry.metadata_digest)
    return found if same else None


def _heal(desk: Desk, live: Release, body: _Body) -> None:
    """Heal the live revision in place: readers of it get back what it names. Wrong points first, for vectors spread."""
    name, embedder = live.index.collection, desk.models.embedder(live.embedder)
    rewrite(desk, live, body.inspection.curable(body.expected), body.expected)
    sources = [name] if body.present else []
    write(desk.index, embedder, name, body.stage, sources=sources, progress=desk.progress)


def _unfinished(desk: Desk, live: Release, present: tuple[Held, ...]) -> int:
    tip = tip_release(desk, live.index.collection)
    newest = tip.index.revision if tip else live.index.revision
    return sum(1 for p in present if p.born > newest or newest < p.died < FOREVER)
