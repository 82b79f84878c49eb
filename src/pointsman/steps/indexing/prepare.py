"""Prepare: what the next revision of a collection must add, retire and embed; embeds and writes nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.corpus.chunking import chunk_document, chunking_fingerprint
from pointsman.core.corpus.diff import Diff, rewritten
from pointsman.core.corpus.documents import Refusal
from pointsman.core.corpus.manifest import Manifest
from pointsman.core.errors import StoreMoved
from pointsman.core.index.points import Point
from pointsman.core.index.reconcile import Stage, converge
from pointsman.core.release import Index, Model, Release
from pointsman.ports.index import VectorIndex
from pointsman.ports.ledger import Ledger
from pointsman.ports.models import Embedder
from pointsman.ports.progress import Progress
from pointsman.ports.validation import Validator
from pointsman.steps.ledger.releases import all_releases, manifest_of
from pointsman.steps.observe.documents import read_accepted
from pointsman.steps.resources import Intake, Serving

ITEM_MARK = "#"
"""Between document and chunk in the name of a refused chunk."""


@dataclass(frozen=True)
class Target:
    """What is to be served and with what."""

    manifest: Manifest
    carried: frozenset[str]
    """Refused documents whose last good version stays served."""
    embedder: Model
    live: Release | None
    pointer: Mapping[str, Any] | None
    """Where the live pointer was when the run began."""


@dataclass(frozen=True)
class Prepared:
    """What a stage will do, before anything is written."""

    collection: str
    revision: int
    embedder: Model
    chunking: str
    stage: Stage
    touched: int
    """Documents whose points were looked at."""
    refused: tuple[Refusal, ...] = ()
    """Chunks that validation refused."""
    held_digests: frozenset[str] = frozenset()
    """Digests to be added whose vectors some collection has already."""
    new: tuple[Chunk, ...] = ()
    """Chunks whose text no reader of the live release gets: what new content is."""
    edited: tuple[Chunk, ...] = ()
    """All chunks to be served of documents looked at whose text differs from the live release's."""
    names: frozenset[str] | None = None
    """Documents whose points were looked at; None for all."""
    served_before: int = 0
    """Points that the revision before serves."""
    untouched: int = 0
    """Points served that belong to documents nobody looked at."""

    @property
    def to_embed(self) -> int:
        """Distinct texts whose vectors no collection has."""
        return len({w.digest for w in self.stage.add} - self.held_digests)

    @property
    def served(self) -> int:
        """Points that a reader of the revision will see."""
        return self.stage.kept + len(self.stage.add) + self.untouched


def prepare(
    intake: Intake, target: Target, *, since: Manifest | None = None, serving: Serving, progress: Progress
) -> Prepared:
    """Return what staging ``target`` would write; reads the touched documents, embeds and writes nothing.

    ``since`` is what the same unfinished revision was staged for before: only what changed since then is looked at.

    Raises:
        StoreMoved: documents changed since they were listed; the error names them all.
    """
    chunking = chunking_fingerprint(serving.params.chunking.max_tokens)
    collection = Index.name(target.embedder.fingerprint, chunking)
    tip = tip_release(collection, vector_index=serving.index, ledger=serving.ledger)
    if since is not None:
        touched = Diff.between(since, target.manifest).touched
        return _prepare(
            intake,
            target,
            collection=collection,
            chunking=chunking,
            tip=tip,
            touched=touched,
            resumed=True,
            serving=serving,
            progress=progress,
        )
    if tip is None:
        return _prepare(
            intake,
            target,
            collection=collection,
            chunking=chunking,
            tip=None,
            touched=None,
            serving=serving,
            progress=progress,
        )
    diff = Diff.between(manifest_of(serving.ledger, tip), target.manifest)
    prepared = _prepare(
        intake,
        target,
        collection=collection,
        chunking=chunking,
        tip=tip,
        touched=diff.touched,
        serving=serving,
        progress=progress,
    )
    if prepared.served_before == tip.index.points:
        return prepared
    return _prepare(
        intake,
        target,
        collection=collection,
        chunking=chunking,
        tip=tip,
        touched=None,
        serving=serving,
        progress=progress,
    )


def tip_release(collection: str, *, vector_index: VectorIndex, ledger: Ledger) -> Release | None:
    """Return the newest release of a collection, which later stages build upon; None for a new or lost collection."""
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
    collection: str,
    chunking: str,
    tip: Release | None,
    touched: Collection[str] | None,
    *,
    resumed: bool = False,
    serving: Serving,
    progress: Progress,
) -> Prepared:
    """Prepare a stage over ``touched`` documents (all of them when None) and what an unfinished stage left.

    ``resumed`` leaves the latter as it is: this run staged it.
    """
    revision = next_revision(serving.ledger, collection)
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
        chunking=chunking,
        stage=stage,
        touched=len(target.manifest) if names is None else len(names),
        refused=refused,
        held_digests=frozenset(
            _known_digests(target, collection, stage.add, vector_index=serving.index, ledger=serving.ledger)
        ),
        new=_new(present, wanted, target=target, collection=collection, tip=tip),
        edited=_edited(serving.ledger, target, wanted),
        names=names,
        served_before=serving.index.count(collection, revision=tip.index.revision) if tip and there else 0,
        untouched=total - sum(p.seen_at(revision) for p in present),
    )


def _new(
    present: Sequence[Point], wanted: Sequence[Chunk], target: Target, collection: str, tip: Release | None
) -> tuple[Chunk, ...]:
    """Return the wanted chunks whose text was not served before, of the documents looked at."""
    live = target.live.index if target.live else None
    if live is not None and live.collection == collection:
        before = live.revision
    elif tip is not None:
        before = tip.index.revision
    else:
        return tuple(wanted)
    served = {point.digest for point in present if point.seen_at(before)}
    return tuple(w for w in wanted if w.digest not in served)


def _edited(ledger: Ledger, target: Target, wanted: Sequence[Chunk]) -> tuple[Chunk, ...]:
    """Return the wanted chunks of documents that the live release has with another text."""
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
    """Return the chunks to be served of the named documents, and those refused; texts held already are not judged."""
    embedder = serving.models.embedder(target.embedder)
    documents = sorted(target.manifest.entries.keys() if names is None else target.manifest.entries.keys() & set(names))
    chunks: list[Chunk] = []
    moved: dict[str, StoreMoved] = {}
    for number, document in enumerate(documents):
        if document not in target.carried:
            try:
                parsed = read_accepted(
                    document, target.manifest.entries[document], read=intake.read, store=intake.store
                )
            except StoreMoved as error:
                moved[document] = error
                continue
            chunks += chunk_document(parsed, max_tokens=serving.params.chunking.max_tokens, count=embedder.count_tokens)
            progress("cut documents", number + 1, len(documents))
    if moved:
        more = f" (and {len(moved) - 1} more documents moved)" if len(moved) > 1 else ""
        raise StoreMoved(f"{next(iter(moved.values()))}{more}", tuple(moved))
    good = [chunk for chunk in chunks if chunk.digest in known]
    judged, refused = screened_chunks(intake.validator, [c for c in chunks if c.digest not in known], embedder)
    good += judged
    carried = [d for d in documents if d in target.carried]
    if carried and target.live is not None:
        live = target.live.index
        good += serving.index.chunks(live.collection, revision=live.revision, documents=carried)
    return good, refused


def screened_chunks(
    validator: Validator, chunks: Sequence[Chunk], embedder: Embedder
) -> tuple[list[Chunk], tuple[Refusal, ...]]:
    """Return (chunks that passed, refusals)."""
    rows: list[Mapping[str, Any]] = [
        {
            "item": f"{c.document}{ITEM_MARK}{c.chunk}",
            "document": c.document,
            "text_length": len(c.text),
            "tokens": embedder.count_tokens(c.embed_text),
        }
        for c in chunks
    ]
    refused = tuple(Refusal(*found) for found in validator.refuse("chunks", rows)) if rows else ()
    bad = {r.item.rsplit(ITEM_MARK, 1)[1] for r in refused}
    return [c for c in chunks if c.chunk not in bad], refused


def sources_of(target: Target, collection: str, *, vector_index: VectorIndex, ledger: Ledger) -> list[str]:
    """Return the collections whose vectors may be reused: this one, and those of releases of the same embedder."""
    releases = sorted(all_releases(ledger), key=lambda r: r.id != (target.live.id if target.live else None))
    alike = (r.index.collection for r in releases if r.index.embedder == target.embedder.fingerprint)
    present = set(vector_index.collections())
    return [name for name in dict.fromkeys((collection, *alike)) if name in present]


def _known_digests(
    target: Target, collection: str, add: Sequence[Chunk], *, vector_index: VectorIndex, ledger: Ledger
) -> set[str]:
    digests = {w.digest for w in add}
    known: set[str] = set()
    for name in sources_of(target, collection, vector_index=vector_index, ledger=ledger) if digests else ():
        known |= vector_index.vectors(name, digests - known).keys()
    return known
