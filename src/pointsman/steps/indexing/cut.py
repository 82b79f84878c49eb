"""Cut one document into chunks, and refuse the chunks that cannot be served. A failure is said of its chunk alone."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.corpus.chunking import chunk_document
from pointsman.core.corpus.documents import Document, Refusal
from pointsman.core.corpus.failures import failure_of
from pointsman.ports.models import Embedder
from pointsman.ports.validation import Validator

ITEM_MARK = "#"
"""Separates document and chunk in the name of a refused chunk."""
WHOLE, UNCUT = "all", "readable"
"""What stands for the chunk in the name of a document that could not be cut, and the check that refuses it."""


def cut_document(
    document: Document, *, max_tokens: int, count: Callable[[str], int]
) -> tuple[list[Chunk], list[Refusal]]:
    """Return (the chunks of a document, the refusal of a document that cannot be cut)."""
    try:
        return chunk_document(document, max_tokens=max_tokens, count=count), []
    except Exception as error:  # noqa: BLE001 - whatever it is, it is said of this document alone
        why = f"the document cannot be cut into chunks: {failure_of(error)}"
        return [], [Refusal(f"{document.id}{ITEM_MARK}{WHOLE}", UNCUT, why)]


def screened_chunks(
    validator: Validator, chunks: Sequence[Chunk], embedder: Embedder
) -> tuple[list[Chunk], tuple[Refusal, ...]]:
    """Return (chunks that passed, refusals)."""
    rows: list[Mapping[str, Any]] = []
    uncounted: list[Refusal] = []
    for c in chunks:
        item = f"{c.document}{ITEM_MARK}{c.chunk}"
        try:
            tokens = embedder.count_tokens(c.embed_text)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is said of this chunk alone
            uncounted.append(Refusal(item, UNCUT, f"the embedder cannot read the chunk: {failure_of(error)}"))
            continue
        rows.append({"item": item, "document": c.document, "text_length": len(c.text), "tokens": tokens})
    refused = (*uncounted, *(Refusal(*found) for found in (validator.refuse("chunks", rows) if rows else ())))
    bad = {r.item.rsplit(ITEM_MARK, 1)[1] for r in refused}
    return [c for c in chunks if c.chunk not in bad], refused
