"""index: embed the chunks and build a collection from scratch; vectors that are already there are used again."""

import time

from pointsman.adapters.qdrant.edge_index import EdgeIndex
from pointsman.core.corpus.chunking import chunking_fingerprint
from pointsman.core.index.reconcile import converge
from pointsman.core.release import Index
from pointsman.stages.runner import run
from pointsman.stages.shared import context
from pointsman.stages.shared.artifacts import (
    CHUNKS,
    INDEX,
    INDEX_REPORT,
    REVISION,
    VALIDATED,
    chunk_of,
    read_json,
    read_lines,
    write_json,
)
from pointsman.stages.shared.messages import plural, show_progress
from pointsman.steps.indexing.stage import write


def main() -> None:
    """Write build/index (a collection at revision 1) and build/index.json (counts and seconds)."""
    started = time.monotonic()
    params, models = context.params(), context.model_loader()
    model = models.base("retriever")
    embedder = models.embedder(model)
    name = Index.name(model.fingerprint, chunking_fingerprint(params.chunking.max_tokens))
    chunks = [chunk_of(row) for row in read_lines(CHUNKS)]
    index = EdgeIndex(INDEX)
    for other in set(index.collections()) - {name}:
        index.drop(other)
    index.create(name, embedder.dimension)
    changes = converge(index.points(name), chunks, REVISION)
    embedded = write(index, embedder, name, changes, sources=[name], progress=show_progress)
    report = {
        "corpus": read_json(VALIDATED)["corpus"],
        "collection": name,
        "embedder": model.fingerprint,
        "chunks": len(chunks),
        "points": _count_and_close(index, name),
        "embedded": embedded,
        "seconds": round(time.monotonic() - started, 3),
    }
    write_json(INDEX_REPORT, report)
    print(f"index: {plural(report['points'], 'point')}, {plural(embedded, 'text')} embedded, {report['seconds']:.1f} s")


def _count_and_close(index: EdgeIndex, collection: str) -> int:
    """Return the number of points, and leave the files as a later stage leaves them.

    The engine rewrites files when it opens a collection. So the collection is opened once more here: dvc must not see
    a change when a later stage opens it.
    """
    index.close()
    points = index.count(collection, revision=REVISION)
    index.close()
    return points


if __name__ == "__main__":
    run(main)
