"""chunk: cut the accepted documents into chunks; the embedder's tokens limit their length."""

from pointsman.adapters.validation.cached import validator_of
from pointsman.core.corpus.chunk import Chunk
from pointsman.core.corpus.documents import Refusal
from pointsman.stages.runner import run
from pointsman.stages.shared import context
from pointsman.stages.shared.artifacts import (
    CHUNKS,
    DOCUMENTS,
    VALIDATED,
    WORKSPACE,
    chunk_row,
    document_from_row,
    read_json,
    read_lines,
    write_lines,
)
from pointsman.stages.shared.messages import plural
from pointsman.steps.indexing.cut import cut_document, screened_chunks


def main() -> None:
    """Write build/chunks.jsonl.gz."""
    params, models = context.params(), context.model_loader()
    embedder = models.embedder(models.base("retriever"))
    good = read_json(VALIDATED)["manifest"]["documents"]
    chunks: list[Chunk] = []
    uncut: list[Refusal] = []
    for row in read_lines(DOCUMENTS):
        if row["id"] in good:
            cut, bad = cut_document(
                document_from_row(row), max_tokens=params.chunking.max_tokens, count=embedder.count_tokens
            )
            chunks += cut
            uncut += bad
    accepted, refused = screened_chunks(validator_of(WORKSPACE, params), chunks, embedder)
    written = write_lines(CHUNKS, (chunk_row(chunk) for chunk in accepted))
    print(f"chunk: {plural(written, 'chunk')} of {plural(len(good), 'document')}, {len(refused) + len(uncut)} refused")


if __name__ == "__main__":
    run(main)
