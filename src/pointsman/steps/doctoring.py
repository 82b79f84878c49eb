"""Doctor: source, manifest and collection compared, and healed; what nobody can reach any more is collected."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from pointsman.core.chunks import chunk_document
from pointsman.core.diff import Entry, Manifest
from pointsman.core.documents import Document
from pointsman.core.errors import IndexDamaged, StoreMoved
from pointsman.core.index import FOREVER, Held, Wanted
from pointsman.core.plan import Stage, converge
from pointsman.core.release import Index, Release
from pointsman.steps.desk import Desk
from pointsman.steps.erasing import finish
from pointsman.steps.forgetting import pending, unproved
from pointsman.steps.mirroring import mirror, owe, owed
from pointsman.steps.observing import parse
from pointsman.steps.releases import all_releases, kept_releases, live_release, manifest_of
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
    """Points and collections of releases that rollback can no longer reach."""
    unmirrored: int = 0
    """Decisions that the tracker has not got yet."""
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
        wrong = self.missing or self.foreign or self.unmirrored or self.forgetting or self.unproved
        return not (wrong or self.points != self.expected)

    def as_json(self) -> dict[str, object]:
        """Return the findings as a JSON value."""
        return asdict(self) | {"healthy": self.healthy}


def examine(desk: Desk, *, repair: bool) -> Findings:
    """Compare what is live with its source and its collection; with ``repair`` heal it in place."""
    if repair:
        finish(desk)
    live = live_release(desk.ledger)
    if live is None:
        return Findings(None, forgetting=len(pending(desk)), tracker=desk.tracker.reachable())
    there = live.index.collection in desk.index.collections()
    if not there and not repair:
        missing = live.index.points
        return Findings(live.id, live.documents, 0, live.index.points, missing, unmirrored=len(owed(desk)))
    manifest = manifest_of(desk.ledger, live)
    wanted, behind = _wanted_now(desk, live, manifest)
    present = list(desk.index.held(live.index.collection)) if there else []
    comparable = [p for p in present if p.document not in behind and p.born <= live.index.revision]
    stage = converge(comparable, wanted, live.index.revision)
    if repair:
        _repair(desk, live, stage, behind if not there else frozenset())
    points = desk.index.count(live.index.collection, revision=live.index.revision)
    return Findings(
        release=live.id,
        documents=len(manifest),
        points=points,
        expected=live.index.points,
        missing=0 if repair else len(stage.add) + len(stage.revive),
        foreign=0 if repair else len(stage.retire) + len(stage.discard),
        source_ahead=len(behind),
        unfinished=_unfinished(desk, live, present),
        unreachable=collect(desk, dry=not repair),
        unmirrored=_mirrored(desk) if repair else len(owed(desk)),
        forgetting=len(pending(desk)),
        unproved=len(unproved(desk)),
        tracker=desk.tracker.reachable(),
        repaired=repair,
    )


def _wanted_now(desk: Desk, live: Release, manifest: Manifest) -> tuple[list[Wanted], frozenset[str]]:
    """Return the chunks of every document whose source is still what is live, and the ids of the others."""
    embedder = desk.models.embedder(live.embedder)
    wanted: list[Wanted] = []
    behind = set()
    for number, (document, entry) in enumerate(sorted(manifest.entries.items())):
        parsed = _unchanged(desk, document, entry)
        if parsed is None:
            behind.add(document)
        else:
            wanted += chunk_document(parsed, max_tokens=live.max_tokens, count=embedder.count_tokens)
        desk.progress("compared documents", number + 1, len(manifest))
    refused = {r.item.rsplit(ITEM_MARK, 1)[1] for r in desk.quarantine.rows("chunks")}
    return [w for w in wanted if w.chunk not in refused], frozenset(behind)


def _unchanged(desk: Desk, document: str, entry: Entry) -> Document | None:
    """Return a document whose source still says what the manifest knows, white space apart; None for any other."""
    try:
        found = parse(desk.read, document, desk.store.read(document))
    except (StoreMoved, UnicodeDecodeError):
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


def collect(desk: Desk, *, dry: bool) -> int:
    """Remove (``dry``: count) the points and collections that no release within reach of rollback shows."""
    kept = kept_releases(desk.ledger, desk.params.gate.keep_releases)
    oldest: dict[str, int] = {}
    for release in kept:
        name = release.index.collection
        oldest[name] = min(oldest.get(name, FOREVER), release.index.revision)
    named = {r.index.collection for r in all_releases(desk.ledger)}
    unreachable: Counter[str] = Counter()
    for name in desk.index.collections():
        unreachable[name] = _collect_points(desk, name, oldest, dry=dry) if name in oldest else 0
        if name in named and name not in oldest:
            unreachable[name] = desk.index.count(name)
            if not dry:
                desk.index.drop(name)
    return sum(unreachable.values())


def _collect_points(desk: Desk, name: str, oldest: Mapping[str, int], *, dry: bool) -> int:
    dead = [p.id for p in desk.index.held(name) if p.died <= oldest[name]]
    if dead and not dry:
        desk.index.delete(name, dead)
    return len(dead)


def lost_points(desk: Desk, index: Index) -> int:
    """Return how many of the points that a release names a reader does not get."""
    if index.collection not in desk.index.collections():
        return index.points
    return max(0, index.points - desk.index.count(index.collection, revision=index.revision))
