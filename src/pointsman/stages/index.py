"""index: embed the chunks and build a collection from scratch, reusing every vector that is already held."""

import time

from pointsman.adapters.models.loader import ModelShelf
from pointsman.adapters.qdrant.edge_index import EdgeIndex
from pointsman.core.corpus.chunking import chunking_fingerprint
from pointsman.core.index.reconcile import converge
from pointsman.core.release import Index
from pointsman.settings.environment import Endpoints, models_folder
from pointsman.stages.artifacts import (
    CHUNKS,
    INDEX,
    INDEX_REPORT,
    REVISION,
    VALIDATED,
    WORKSPACE,
    chunk_of,
    read_json,
    read_lines,
    say,
    write_json,
)
from pointsman.stages.runner import run
from pointsman.steps.indexing.stage import write


def main() -> None:
    """Write build/index (a collection at revision 1) and build/index.json (what it took)."""
    started = time.monotonic()
    params = WORKSPACE.params()
    endpoints = Endpoints()
    shelf = ModelShelf(WORKSPACE, params, models_folder(endpoints), say, engine=endpoints.pointsman_engine)
    model = shelf.base("retriever")
    embedder = shelf.embedder(model)
    name = Index.name(model.fingerprint, chunking_fingerprint(params.chunking.max_tokens))
    wanted = [chunk_of(row) for row in read_lines(CHUNKS)]
    index = EdgeIndex(INDEX)
    for other in set(index.collections()) - {name}:
        index.drop(other)
    index.create(name, embedder.dimension)
    stage = converge(index.held(name), wanted, REVISION)
    embedded = write(index, embedder, name, stage, sources=[name], progress=say)
    index.close()
    points = index.count(name, revision=REVISION)
    index.close()  # opened once more: the engine tidies up then, and dvc must see the files as later stages leave them
    report = {
        "corpus": read_json(VALIDATED)["corpus"],
        "collection": name,
        "embedder": model.fingerprint,
        "chunks": len(wanted),
        "points": points,
        "embedded": embedded,
        "seconds": round(time.monotonic() - started, 3),
    }
    write_json(INDEX_REPORT, report)
    print(f"index: {points} points, {embedded} texts embedded in {report['seconds']} s")


if __name__ == "__main__":
    run(main)
