"""chunk: cut the good documents; bounded in the embedder's tokens."""

from pointsman.adapters.models.loader import ModelShelf
from pointsman.adapters.validation.cached import validator_of
from pointsman.core.corpus.chunk import Wanted
from pointsman.core.corpus.chunking import chunk_document
from pointsman.settings.environment import Endpoints, models_folder
from pointsman.stages.artifacts import (
    CHUNKS,
    DOCUMENTS,
    VALIDATED,
    WORKSPACE,
    chunk_row,
    document_of,
    read_json,
    read_lines,
    write_lines,
)
from pointsman.stages.runner import run
from pointsman.steps.indexing.prepare import screened_chunks


def main() -> None:
    """Write build/chunks.jsonl.gz."""
    params = WORKSPACE.params()
    shelf = ModelShelf(WORKSPACE, params, models_folder(Endpoints()), lambda *_: None)
    embedder = shelf.embedder(shelf.base("retriever"))
    good = read_json(VALIDATED)["manifest"]["documents"]
    chunks: list[Wanted] = []
    for row in read_lines(DOCUMENTS):
        if row["id"] in good:
            chunks += chunk_document(
                document_of(row), max_tokens=params.chunking.max_tokens, count=embedder.count_tokens
            )
    validator = validator_of(WORKSPACE, params)
    kept, refused = screened_chunks(validator, chunks, embedder)
    written = write_lines(CHUNKS, (chunk_row(chunk) for chunk in kept))
    print(f"chunk: {written} chunks of {len(good)} documents, {len(refused)} refused")


if __name__ == "__main__":
    run(main)
