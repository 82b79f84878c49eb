"""Prepare a revision: which points to add, to retire and to embed. Nothing is embedded or written."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.corpus.chunking import chunking_fingerprint, closed
from pointsman.core.corpus.diff import Diff, rewritten
from pointsman.core.corpus.documents import Refusal
from pointsman.core.corpus.manifest import Manifest
from pointsman.core.errors import StoreMoved, Unreadable
from pointsman.core.index.points import Point
from pointsman.core.index.reconcile import Stage, converge
from pointsman.core.release import Index, Model, Release
from pointsman.ports.index import VectorIndex
from pointsman.ports.ledger import Ledger
from pointsman.ports.models import Embedder
from pointsman.ports.progress import Progress
from pointsman.steps.indexing.cut import cut_document, screened_chunks
from pointsman.steps.ledger.releases import all_releases, manifest_of
from pointsman.steps.observe.documents import read_accepted
from pointsman.steps.resources import Intake, Serving


@dataclass(frozen=True)
class Target:
    """The documents to serve, and the embedder to serve them with."""

    manifest: Manifest
    carried: frozenset[str]
    """Refused documents; the last good version of each stays served."""
    embedder: Model
    live: Release | None
    pointer: Mapping[str, Any] | None
    """Where the live pointer was when the run began."""


@dataclass(frozen=True)
class Prepared:
    """What a stage will write."""

    collection: str
    revision: int
    embedder: Model
    chunking: str
    stage: Stage
    touched: int
    """Number of documents whose points were compared."""
    refused: tuple[Refusal, ...] = ()
    """Chunks that validation refused."""
    known_digests: frozenset[str] = frozenset()
    """Digests of chunks to add whose vectors a collection has already."""
    new: tuple[Chunk, ...] = ()
    """Chunks whose text the live release does not serve: the new content."""
    edited: tuple[Chunk, ...] = ()
    """All chunks of the compared documents whose text differs from the live release's."""
    names: frozenset[str] | None = None
    """Documents whose points were compared; None for all."""
    served_before: int = 0
    """Points that the revision before serves."""
    untouched: int = 0
    """Points of this revision whose documents were not compared."""

    @property
    def to_embed(self) -> int:
        """Distinct texts whose vectors no collection has."""
        return len({w.digest for w in self.stage.add} - self.known_digests)

    @property
    def served(self) -> int:
        """Points that a reader of the revision will see."""
        return self.stage.kept + len(self.stage.add) + self.untouched


def prepare(
    intake: Intake, target: Target, *, since: Manifest | None = None, serving: Serving, progress: Progress
) -> Prepared:
    """Return what staging ``target`` would write; the changed documents are read, nothing is embedded or written.

    ``since`` is the manifest for which this unfinished revision was staged before: only later changes are prepared.

    Raises:
        StoreMoved: documents changed since they were listed; the error names them all.
    """
    chunking = chunking_fingerprint(serving.params.chunking.max_tokens)
    collection = Index.name(target.embedder.fingerprint, chunking)
    tip = tip_release(collection, vector_index=serving.index, ledger=serving.ledger)
    place = _Place(collection, chunking, next_revision(serving.ledger, collection), tip)
    if since is not None:
        touched = Diff.between(since, target.manifest).touched
        return _prepare(intake, target, place, touched, resumed=True, serving=serving, progress=progress)
    if tip is not None:
        touched = Diff.between(manifest_of(serving.ledger, tip), target.manifest).touched
        prepared = _prepare(intake, target, place, touched, serving=serving, progress=progress)
        if prepared.served_before == tip.index.points:
            return prepared
    return _prepare(intake, target, place, None, serving=serving, progress=progress)


@dataclass(frozen=True)
class _Place:
    """Where a stage is written."""

    collection: str
    chunking: str
    """Fingerprint of how documents are cut."""
    revision: int
    tip: Release | None
    """The collection's newest release; None for a new or lost collection."""


def tip_release(collection: str, *, vector_index: VectorIndex, ledger: Ledger) -> Release | None:
    """Return a collection's newest release, on which later stages build; None for a new or lost collection."""
    if collection not in vector_index.collections():
        return None
    releases = [r for r in all_releases(ledger) if r.index.collection == collection]
    return max(releases, key=lambda r: r.index.revision, default=None)


def next_revision(ledger: Ledger, collection: str) -> int:
    """Return the number of a collection's next revision: one more than any release has."""
    return 1 + max((r.index.revision for r in all_releases(ledger) if r.index.collection == collection), default=0)


def _prepare(
    intake: Intake,
    target: Target,
    place: _Place,
    touched: Collection[str] | None,
    *,
    resumed: bool = False,
    serving: Serving,
    progress: Progress,
) -> Prepared:
    """Prepare a stage over ``touched`` documents, all of them when None, and over what an unfinished stage left.

    ``resumed`` leaves the latter as it is: this run staged it.
    """
    collection, revision, tip = place.collection, place.revision, place.tip
    there = collection in serving.index.collections()
    unfinished = list(serving.index.touched(collection, revision)) if there and not resumed else []
    names = None if touched is None else frozenset(touched) | {p.document for p in unfinished}
    present = list(serving.index.points(collection, documents=names)) if there and (names is None or names) else []
    wanted, refused = _wanted(intake, target, names, {p.digest for p in present}, serving=serving, progress=progress)
    stage = converge(present, wanted, revision)
    total = serving.index.count(collection, revision=revision) if there else 0
    return Prepared(
        collection=collection,
        revision=revision,
        embedder=target.embedder,
        chunking=place.chunking,
        stage=stage,
        touched=len(target.manifest) if names is None else len(names),
        refused=refused,
        known_digests=_known_digests(serving, target, collection, stage.add),
        new=_new(present, wanted, target, place),
        edited=_edited(serving.ledger, target, wanted),
        names=names,
        served_before=serving.index.count(collection, revision=tip.index.revision) if tip and there else 0,
        untouched=total - sum(p.seen_at(revision) for p in present),
    )


def _new(present: Sequence[Point], wanted: Sequence[Chunk], target: Target, place: _Place) -> tuple[Chunk, ...]:
    """Return the wanted chunks whose text was not served before."""
    live = target.live.index if target.live else None
    if live is not None and live.collection == place.collection:
        before = live.revision
    elif place.tip is not None:
        before = place.tip.index.revision
    else:
        return tuple(wanted)
    served = {point.digest for point in present if point.seen_at(before)}
    return tuple(w for w in wanted if w.digest not in served)


def _edited(ledger: Ledger, target: Target, wanted: Sequence[Chunk]) -> tuple[Chunk, ...]:
    """Return the wanted chunks of the documents whose text in the live release differs."""
    if target.live is None:
        return ()
    live = manifest_of(ledger, target.live)
    edited = set(rewritten(live, target.manifest, (w.document for w in wanted)))
    return tuple(w for w in wanted if w.document in edited)


def _wanted(
    intake: Intake,
    target: Target,
    names: Collection[str] | None,
    known: Collection[str],
    *,
    serving: Serving,
    progress: Progress,
) -> tuple[list[Chunk], tuple[Refusal, ...]]:
    """Return (chunks to serve, refused chunks) of the named documents; chunks that are stored already are not judged.

    Raises:
        StoreMoved: documents changed since they were listed; the error names them all.
    """
    embedder = serving.models.embedder(target.embedder)
    documents = sorted(target.manifest.entries.keys() if names is None else target.manifest.entries.keys() & set(names))
    chunks, uncut = _cut(
        intake, target, documents, embedder, max_tokens=serving.params.chunking.max_tokens, progress=progress
    )
    good = [chunk for chunk in chunks if chunk.digest in known]
    judged, refused = screened_chunks(intake.validator, [c for c in chunks if c.digest not in known], embedder)
    good += judged
    carried = [d for d in documents if d in target.carried]
    if carried and target.live is not None:
        live = target.live.index
        kept = serving.index.chunks(live.collection, revision=live.revision, documents=carried)
        good += [closed(chunk) if target.manifest.entries[chunk.document].closed else chunk for chunk in kept]
    return good, (*uncut, *refused)


def _cut(
    intake: Intake,
    target: Target,
    documents: Sequence[str],
    embedder: Embedder,
    *,
    max_tokens: int,
    progress: Progress,
) -> tuple[list[Chunk], list[Refusal]]:
    """Read the documents that are not carried, and return (their chunks, those that could not be cut).

    Raises:
        StoreMoved: documents changed since they were listed; the error names them all.
    """
    chunks: list[Chunk] = []
    refused: list[Refusal] = []
    moved: dict[str, Exception] = {}
    for number, document in enumerate(documents):
        if document in target.carried:
            continue
        entry = target.manifest.entries[document]
        try:
            parsed = read_accepted(document, entry, read=intake.read, store=intake.store)
        except (StoreMoved, Unreadable, UnicodeDecodeError) as error:
            moved[document] = error
            continue
        cut, bad = cut_document(parsed, max_tokens=max_tokens, count=embedder.count_tokens)
        chunks += cut
        refused += bad
        progress("cut documents", number + 1, len(documents))
    if moved:
        more = f" (and {len(moved) - 1} more documents moved)" if len(moved) > 1 else ""
        raise StoreMoved(f"{next(iter(moved.values()))}{more}", tuple(moved))
    return chunks, refused


def sources_of(target: Target, collection: str, *, vector_index: VectorIndex, ledger: Ledger) -> list[str]:
    """Return the collections whose vectors can be reused: this one, and those of releases with the same embedder."""
    releases = sorted(all_releases(ledger), key=lambda r: r.id != (target.live.id if target.live else None))
    alike = (r.index.collection for r in releases if r.index.embedder == target.embedder.fingerprint)
    present = set(vector_index.collections())
    return [name for name in dict.fromkeys((collection, *alike)) if name in present]


def _known_digests(serving: Serving, target: Target, collection: str, add: Sequence[Chunk]) -> frozenset[str]:
    """Return the digests of the chunks to add whose vectors a collection has already."""
    digests = {chunk.digest for chunk in add}
    known: set[str] = set()
    for name in sources_of(target, collection, vector_index=serving.index, ledger=serving.ledger) if digests else ():
        known |= serving.index.vectors(name, digests - known).keys()
    return frozenset(known)
