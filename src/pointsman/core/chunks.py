"""Documents into chunks: heading-aware, bounded in the embedder's tokens, a pure function of the normalised text."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from pointsman.core.documents import NORMALISER_VERSION, Block, Document, Kind
from pointsman.core.identity import content_id, digest, stable_uuid
from pointsman.core.index import Wanted

CHUNKER_VERSION = 1
"""Goes into the chunking fingerprint: another way to cut means other chunks, hence a rebuild."""

Count = Callable[[str], int]
"""Number of the embedder's tokens in a text."""

BLOCK_GAP = "\n\n"
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def chunking_fingerprint(max_tokens: int) -> str:
    """Return the id of a way to cut documents; part of every release."""
    return content_id({"max_tokens": max_tokens, "chunker": CHUNKER_VERSION, "normaliser": NORMALISER_VERSION})


def chunk_document(document: Document, *, max_tokens: int, count: Count) -> list[Wanted]:
    """Return the chunks of ``document`` in reading order.

    A chunk never crosses a heading; a block that fits is never cut. The text embedded is the heading path and the
    chunk's text, together at most ``max_tokens`` of the embedder's tokens.
    """
    seen: Counter[str] = Counter()
    chunks: list[Wanted] = []
    for path, blocks in _sections(document):
        prefix, budget = _prefix(path, max_tokens, count)
        chunks += [_wanted(document, path, prefix, text, seen) for text in _packed(blocks, budget, count)]
    return chunks


def _wanted(document: Document, path: tuple[str, ...], prefix: str, text: str, seen: Counter[str]) -> Wanted:
    embed_text = f"{prefix}\n{text}" if prefix else text
    key = digest(embed_text)
    seen[key] += 1
    return Wanted(
        chunk=stable_uuid(document.id, key, seen[key]),
        document=document.id,
        digest=key,
        text=text,
        embed_text=embed_text,
        headings=path,
        metadata=document.metadata,
        payload_digest=document.metadata_digest,
    )


def _sections(document: Document) -> Iterator[tuple[tuple[str, ...], list[Block]]]:
    """Yield each heading path with the blocks directly below it."""
    path: list[tuple[int, str]] = []
    blocks: list[Block] = []
    for block in document.blocks:
        if block.kind is not Kind.HEADING:
            blocks.append(block)
            continue
        if blocks:
            yield tuple(text for _, text in path), blocks
        blocks = []
        path = [(level, text) for level, text in path if level < block.level]
        path.append((block.level, block.text))
    if blocks:
        yield tuple(text for _, text in path), blocks


def _prefix(path: tuple[str, ...], max_tokens: int, count: Count) -> tuple[str, int]:
    """Return the heading path to embed and the tokens that remain; a path longer than half is left out from its top."""
    for start in range(len(path)):
        prefix = " > ".join(path[start:])
        used = count(prefix) + 1
        if used <= max_tokens // 2:
            return prefix, max_tokens - used
    return "", max_tokens


def _packed(blocks: Sequence[Block], budget: int, count: Count) -> Iterator[str]:
    """Yield texts of at most ``budget`` tokens, filled with whole blocks while they fit."""
    held: list[str] = []
    used = 0
    for block in blocks:
        for piece, size in _pieces(block, budget, count):
            if held and used + size > budget:
                yield BLOCK_GAP.join(held)
                held, used = [], 0
            held.append(piece)
            used += size
    if held:
        yield BLOCK_GAP.join(held)


def _pieces(block: Block, budget: int, count: Count) -> Iterator[tuple[str, int]]:
    """Yield a block whole when it fits, else its sentences or lines, else its words, packed to the budget."""
    size = count(block.text)
    if size <= budget:
        yield block.text, size
        return
    if block.kind is Kind.VERBATIM:
        yield from _filled(block.text.split("\n"), "\n", budget, count)
    else:
        yield from _filled(SENTENCE_END.split(block.text), " ", budget, count)


def _filled(parts: Sequence[str], joint: str, budget: int, count: Count) -> Iterator[tuple[str, int]]:
    held: list[str] = []
    used = 0
    for part in parts:
        for piece in _halved(part, budget, count):
            size = count(piece)
            if held and used + size > budget:
                yield joint.join(held), used
                held, used = [], 0
            held.append(piece)
            used += size
    if held:
        yield joint.join(held), used


def _halved(text: str, budget: int, count: Count) -> Iterator[str]:
    """Yield ``text``, cut near its middle (at a space where there is one) until every part fits."""
    if len(text) <= 1 or count(text) <= budget:
        yield text
        return
    middle = len(text) // 2
    cut = text.find(" ", middle)
    at = cut if 0 <= cut < len(text) - 1 else middle
    yield from _halved(text[:at].rstrip() or text[:at], budget, count)
    yield from _halved(text[at:].lstrip() or text[at:], budget, count)
