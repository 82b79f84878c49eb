"""The index that the stage `index` built, opened for the stages after it."""

from collections.abc import Iterator
from contextlib import contextmanager

from pointsman.adapters.qdrant.edge_index import EdgeIndex
from pointsman.core.corpus.chunking import chunking_fingerprint
from pointsman.core.release import Index
from pointsman.settings.params import Params
from pointsman.stages.shared.artifacts import INDEX, INDEX_REPORT, REVISION, read_json


@contextmanager
def built_index(params: Params) -> Iterator[tuple[EdgeIndex, Index]]:
    """Open build/index and yield it with its description."""
    report, chunking = read_json(INDEX_REPORT), chunking_fingerprint(params.chunking.max_tokens)
    described = Index(
        collection=report["collection"],
        revision=REVISION,
        embedder=report["embedder"],
        chunking=chunking,
        points=report["points"],
    )
    index = EdgeIndex(INDEX)
    try:
        yield index, described
    finally:
        index.close()
