"""Doctor: source, manifest and collection compared, and healed; what nobody can reach any more is collected."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from pointsman.core.chunks import chunk_document, located
from pointsman.core.diff import Entry, Manifest
from pointsman.core.documents import Document
from pointsman.core.errors import IndexDamaged, StoreMoved, Unreadable
from pointsman.core.index import FOREVER, Held, Wanted
from pointsman.core.plan import Stage, converge
from pointsman.core.release import Index, Release
from pointsman.steps.collecting import collect, garbage
from pointsman.steps.desk import Desk
from pointsman.steps.mirroring import mirror, owe, owed
from pointsman.steps.observing import parse
from pointsman.steps.releases import live_release, manifest_of
from pointsman.steps.staging import ITEM_MARK, tip_release, write


@dataclass(frozen=True)
class Findings:
    """What the comparison of source, manifest and collection found."""

    release: str | None
    documents: int = 0
    """Documents in the live manifest."""
    points: int = 0
    """Points that a reader of the live release sees."""
    expected: int = 0
    """Points that the release names."""
    missing: int = 0
    """Chunks of the manifest that no visible point serves."""
    foreign: int = 0
    """Visible points that belong to no chunk of the manifest."""
    source_ahead: int = 0
    """Documents whose source is no longer what is live (the next refresh brings them); not compared."""
    unfinished: int = 0
    """Points that an interrupted stage left; readers do not see them and the next refresh uses them."""
    unreachable: int = 0
    """Points that nobody can be sent back to any more, those of whole collections among them."""
    garbage: tuple[str, ...] = ()
    """Collections that go whole: their releases are out of reach, or a rebuild that was given up left them."""
    unmirrored: int = 0
    """Decisions that the tracker has not got yet."""
    tracker: str | None = None
    """Why the tracker cannot be reached, if it cannot."""
    repaired: bool = False

    @property
    def healthy(self) -> bool:
        """Whether there is nothing to heal."""
        return not (self.missing or self.foreign or self.unmirrored or self.points != self.expected)

    def as_json(self) -> dict[str, object]:
        """Return the findings as a JSON value."""
        return asdict(self) | {"healthy": self.healthy}


def examine(desk: Desk, *, repair: bool) -> Findings:
    """Compare what is live with its source and its collection; with ``repair`` heal it in place."""
    live = live_release(desk.ledger)
    if live is None:
        return Findings(None, tracker=desk.tracker.reachable())
    there = live.index.collection in desk.index.collections()
    if not there and not repair:
        missing = live.index.points
        return Findings(live.id, live.documents, 0, live.index.points, missing, unmirrored=len(owed(desk)))
    manifest = manifest_of(desk.ledger, live)
    present = list(desk.index.held(live.index.collection)) if there else []
    wanted, behind = _wanted_now(desk, live, manifest, present)
    comparable = [p for p in present if p.document not in behind and p.born <= live.index.revision]
    stage = converge(comparable, wanted, live.index.revision)
    if repair:
        _repair(desk, live, stage, behind if not there else frozenset())
    points = desk.index.count(live.index.collection, revision=live.index.revision)
    left = collect(desk) if repair else garbage(desk)
    return Findings(
        release=live.id,
        documents=len(manifest),
        points=points,
        expected=live.index.points,
        missing=0 if repair else len(stage.add) + len(stage.revive),
        foreign=0 if repair else len(stage.retire) + len(stage.discard),
        source_ahead=len(behind),
        unfinished=_unfinished(desk, live, present),
        unreachable=sum(g.points for g in left),
        garbage=tuple(g.collection for g in left if g.whole),
        unmirrored=_mirrored(desk) if repair else len(owed(desk)),
        tracker=desk.tracker.reachable(),
        repaired=repair,
    )


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


def _repair(desk: Desk, live: Release, stage: Stage, lost: frozenset[str]) -> None:
    """Heal the live revision in place: readers of it get back what it names."""
    if lost:
        raise IndexDamaged(
            f"the collection is lost and {len(lost)} documents have changed at the source since release {live.id}; "
            "run `pointsman refresh` to build the present state"
        )
    name, embedder = live.index.collection, desk.models.embedder(live.embedder)
    sources = [name] if name in desk.index.collections() else []
    write(desk.index, embedder, name, stage, sources=sources, progress=desk.progress)


def _mirrored(desk: Desk) -> int:
    """Bring everything to the tracker, its aliases too, and return how many decisions still wait."""
    owe(desk, None)
    mirror(desk)
    return len(owed(desk))


def _unfinished(desk: Desk, live: Release, present: list[Held]) -> int:
    tip = tip_release(desk, live.index.collection)
    newest = tip.index.revision if tip else live.index.revision
    return sum(1 for p in present if p.born > newest or newest < p.died < FOREVER)


def lost_points(desk: Desk, index: Index) -> int:
    """Return how many of the points that a release names a reader does not get."""
    if index.collection not in desk.index.collections():
        return index.points
    return max(0, index.points - desk.index.count(index.collection, revision=index.revision))
