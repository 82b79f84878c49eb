"""Stage one revision of one collection: readers of older revisions do not see it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.corpus.documents import Refusal
from pointsman.core.index.points import FOREVER
from pointsman.core.index.reconcile import Stage, undo
from pointsman.core.release import Index
from pointsman.ports.index import VectorIndex
from pointsman.ports.models import CountingEmbedder
from pointsman.ports.progress import Progress
from pointsman.ports.workspace import QuarantineStore
from pointsman.steps.indexing.cut import ITEM_MARK
from pointsman.steps.indexing.embed import embedded_ahead
from pointsman.steps.indexing.prepare import Prepared, Target, sources_of
from pointsman.steps.ledger.releases import check_pointer
from pointsman.steps.resources import Serving

BATCH = 256
"""Points written at once: a kill loses at most one batch of writes, and no cached vector."""

OPTIMIZE_FROM = 50_000
"""Added points from which on a search graph is built: below, exact search is as fast and finds everything."""

SETTLE_FROM = 5_000
"""Added points from which on a server is given the time to build its search graph before anything is measured: it finds
other passages until then."""


@dataclass(frozen=True)
class Staged:
    """A revision that was written and that no reader sees yet."""

    prepared: Prepared
    embedded: int
    """Texts that the model embedded."""
    added: int
    """Points written."""
    retired: int
    """Points that readers of the revision no longer get."""

    @property
    def index(self) -> Index:
        """The collection at this revision, as a release names it."""
        p = self.prepared
        return Index(p.collection, p.revision, embedder=p.embedder.fingerprint, chunking=p.chunking, points=p.served)


def stage(
    serving: Serving, target: Target, prepared: Prepared, *, progress: Progress, quarantine: QuarantineStore
) -> Staged:
    """Write what ``prepare`` returned; run again after an interruption, it ends with the same collection.

    Raises:
        LedgerConflict: another refresh moved the live pointer; nothing was written.
    """
    check_pointer(serving.ledger, target.pointer)
    todo = prepared.stage
    embedder = serving.models.embedder(target.embedder)
    sources = sources_of(target, prepared.collection, vector_index=serving.index, ledger=serving.ledger)
    embedded = write(serving.index, embedder, prepared.collection, todo, sources=sources, progress=progress)
    quarantine.replace("chunks", [*_refused_before(quarantine, target, prepared), *prepared.refused])
    return Staged(prepared, embedded, len(todo.add), len(todo.retire))


def _refused_before(quarantine: QuarantineStore, target: Target, prepared: Prepared) -> list[Refusal]:
    """Return the quarantined chunks of documents that were not prepared again and are still in the store."""
    if prepared.names is None:
        return []
    untouched = target.manifest.entries.keys() - prepared.names
    return [r for r in quarantine.rows("chunks") if r.item.rsplit(ITEM_MARK, 1)[0] in untouched]


def write(
    index: VectorIndex,
    embedder: CountingEmbedder,
    collection: str,
    todo: Stage,
    *,
    sources: Sequence[str],
    progress: Progress,
) -> int:
    """Write a stage, and return how many texts were embedded: those whose vectors no collection of ``sources`` has."""
    index.create(collection, embedder.dimension)
    computed = embedder.embedded
    done = 0
    for batch, vectors in embedded_ahead(index, embedder, _batches(todo.add), sources):
        index.upsert(collection, batch, vectors, born=todo.revision)
        done += len(batch)
        progress("staged points", done, len(todo.add))
    index.retire(collection, todo.retire, at=todo.revision)
    index.retire(collection, todo.revive, at=FOREVER)
    index.delete(collection, todo.discard)
    if len(todo.add) >= OPTIMIZE_FROM:
        index.optimize(collection)
    if len(todo.add) >= SETTLE_FROM:
        index.settle(collection)
    return embedder.embedded - computed


def unstage(vector_index: VectorIndex, collection: str, revision: int) -> None:
    """Undo a refused or abandoned stage."""
    back = undo(vector_index.touched(collection, revision), revision)
    vector_index.retire(collection, back.revive, at=FOREVER)
    vector_index.delete(collection, back.discard)


def _batches(add: Sequence[Chunk]) -> Iterable[list[Chunk]]:
    return (list(add[start : start + BATCH]) for start in range(0, len(add), BATCH))
