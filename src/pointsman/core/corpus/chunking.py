"""Cuts documents into chunks, along their headings and with at most so many of the embedder's tokens.

The cuts depend on the normalised text alone. Each chunk also gets its location in the source (ADR 9), which has no
influence on the cuts.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

from pointsman.core.corpus.access import ACCESS
from pointsman.core.corpus.chunk import PAYLOAD_VERSION, Chunk
from pointsman.core.corpus.documents import Block, Document, Kind
from pointsman.core.hashing import canonical, content_id, digest, stable_uuid

CHUNKER_VERSION = 2
"""Version of the way to cut, part of the chunking fingerprint. A new version means a rebuild."""

CountTokens = Callable[[str], int]
"""Returns the number of the embedder's tokens in a text."""

Span = tuple[int, int]
"""(start, end) in the source text, in characters from 0, end exclusive."""

BLOCK_GAP = "\n\n"
WORD = re.compile(r"\S+")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def chunking_fingerprint(max_tokens: int) -> str:
    """Return the id of the way to cut documents. It is part of every release."""
    return content_id({"max_tokens": max_tokens, "chunker": CHUNKER_VERSION, "payload": PAYLOAD_VERSION})


@dataclass(frozen=True, slots=True)
class _Section:
    """The blocks between two headings, or on one page of a document without headings."""

    path: tuple[str, ...]
    """The headings above, outermost first."""
    anchor: str | None
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class _Piece:
    """Part of a section's text that goes into one chunk."""

    text: str
    size: int
    """Tokens."""
    span: Span | None = None
    """Its place in the source, if known."""


def chunk_document(document: Document, *, max_tokens: int, count: CountTokens) -> list[Chunk]:
    """Return the chunks of ``document`` in reading order.

    A chunk never crosses a heading, and a block that fits is never cut. The headings and the text of a chunk together
    have at most ``max_tokens`` of the embedder's tokens.

    Args:
        document: a parsed document.
        max_tokens: most tokens in a chunk, headings included.
        count: counts the embedder's tokens.
    """
    seen: Counter[str] = Counter()
    chunks: list[Chunk] = []
    title = document.title
    for section in _sections(document):
        prefix, budget = _prefix(section.path, max_tokens, count)
        pieces = _packed(section.blocks, budget, count)
        chunks += [_chunk(document, title, section=section, prefix=prefix, piece=piece, seen=seen) for piece in pieces]
    return chunks


def _chunk(document: Document, title: str, section: _Section, prefix: str, piece: _Piece, seen: Counter[str]) -> Chunk:
    embed_text = f"{prefix}\n{piece.text}" if prefix else piece.text
    key = digest(embed_text)
    seen[key] += 1
    chunk = Chunk(
        chunk=stable_uuid(document.id, key, seen[key]),
        document=document.id,
        digest=key,
        text=piece.text,
        embed_text=embed_text,
        headings=section.path,
        metadata=document.metadata,
        title=title,
        anchor=section.anchor,
    )
    return located(chunk, piece.span)


def located(chunk: Chunk, span: Span | None) -> Chunk:
    """Return the chunk with its place in the source (None: unknown) and the payload digest that belongs to it."""
    start, end = span or (None, None)
    payload = canonical([dict(chunk.metadata), chunk.title, chunk.anchor, start, end])
    return replace(chunk, start=start, end=end, payload_digest=digest(payload))


def closed(chunk: Chunk) -> Chunk:
    """Return the chunk as it is served while nobody may read its document."""
    span = None if chunk.start is None or chunk.end is None else (chunk.start, chunk.end)
    return located(replace(chunk, metadata={**chunk.metadata, ACCESS: []}), span)


def _sections(document: Document) -> Iterator[_Section]:
    """Yield the blocks directly below each heading. A heading with nothing below it is a section of its own."""
    path: list[Block] = []
    blocks: list[Block] = []
    place: str | None = None
    for block in document.blocks:
        if block.kind is Kind.HEADING:
            yield from _section(path, place, blocks, below=block.level)
            path = [heading for heading in path if heading.level < block.level] + [block]
            blocks = []
            place = next((heading.anchor for heading in reversed(path) if heading.anchor is not None), None)
        else:
            if block.anchor is not None and block.anchor != place:
                if blocks:
                    yield from _section(path, place, blocks, below=0)
                blocks, place = [], block.anchor
            blocks.append(block)
    yield from _section(path, place, blocks, below=0)


def _section(path: Sequence[Block], anchor: str | None, blocks: list[Block], *, below: int) -> Iterator[_Section]:
    """Yield the section below the last heading of ``path``; ``below`` is the level of the next heading."""
    names = tuple(heading.text for heading in path)
    if blocks:
        yield _Section(names, anchor, blocks)
    elif path and below <= path[-1].level:
        yield _Section(names[:-1], anchor, [replace(path[-1], kind=Kind.PROSE, level=0)])


def _prefix(path: tuple[str, ...], max_tokens: int, count: CountTokens) -> tuple[str, int]:
    """Return (headings to embed, tokens that remain). Outer headings are dropped if all take more than half."""
    for start in range(len(path)):
        prefix = " > ".join(path[start:])
        used = count(f"{prefix}\n")
        if used <= max_tokens // 2:
            return prefix, max_tokens - used
    return "", max_tokens


def _packed(blocks: Sequence[Block], budget: int, count: CountTokens) -> Iterator[_Piece]:
    """Yield texts of at most ``budget`` tokens, each with as many whole blocks as fit."""
    pieces = (piece for block in blocks for piece in _pieces(block, budget, count))
    return _joined(pieces, BLOCK_GAP, budget, count)


def _joined(pieces: Iterable[_Piece], joint: str, budget: int, count: CountTokens) -> Iterator[_Piece]:
    """Yield the pieces, joined with their neighbours as long as they fit into the budget."""
    gap = count(joint)
    waiting: list[_Piece] = []
    used = 0
    for piece in pieces:
        if waiting and used + gap + piece.size > budget:
            yield _join(waiting, joint, used)
            waiting, used = [], 0
        used += piece.size + (gap if waiting else 0)
        waiting.append(piece)
    if waiting:
        yield _join(waiting, joint, used)


def _join(pieces: Sequence[_Piece], joint: str, size: int) -> _Piece:
    spans = [piece.span for piece in pieces if piece.span is not None]
    span = (min(start for start, _ in spans), max(end for _, end in spans)) if spans else None
    return _Piece(joint.join(piece.text for piece in pieces), size, span)


def _pieces(block: Block, budget: int, count: CountTokens) -> Iterator[_Piece]:
    """Yield a block whole if it fits, else its sentences or lines, else its words, as many as fit together."""
    size = count(block.text)
    if size <= budget:
        yield _Piece(block.text, size, _span(block, 0, len(block.text)))
        return
    if block.kind is Kind.VERBATIM:
        found = _filled(block.text.split("\n"), "\n", budget, count)
    else:
        found = _filled(SENTENCE_END.split(block.text), " ", budget, count)
    at = 0
    for piece in found:
        begin, at = _next(block.text, at, piece.text)
        yield replace(piece, span=_span(block, begin, at))


def _next(text: str, at: int, piece: str) -> Span:
    """Return (start, end) of ``piece`` in ``text`` from ``at`` on; the two may differ in white space."""
    left, begin = sum(map(len, piece.split())), -1
    while left and (word := WORD.search(text, at)):
        begin = word.start() if begin < 0 else begin
        at = min(word.end(), word.start() + left)
        left -= at - word.start()
    return max(begin, 0), at


def _span(block: Block, begin: int, end: int) -> Span | None:
    """Return the place of ``block.text[begin:end]`` in the source, as exactly as the block's marks allow."""
    if block.start is None or block.end is None:
        return None
    before = bisect_right(block.marks, begin, key=itemgetter(0)) - 1
    after = bisect_left(block.marks, end, key=itemgetter(0))
    start = block.marks[before][1] if begin > 0 and before >= 0 else block.start
    return start, block.marks[after][1] if after < len(block.marks) else block.end


def _filled(parts: Sequence[str], joint: str, budget: int, count: CountTokens) -> Iterator[_Piece]:
    pieces = (_Piece(piece, count(piece)) for part in parts for piece in _halved(part, budget, count))
    return _joined(pieces, joint, budget, count)


def _halved(text: str, budget: int, count: CountTokens) -> Iterator[str]:
    """Yield ``text``, cut near its middle (at a space if there is one) until every part fits."""
    if len(text) <= 1 or count(text) <= budget:
        yield text
        return
    middle = len(text) // 2
    spaces = [at for at in (text.find(" ", middle), text.rfind(" ", 0, middle)) if 0 < at < len(text) - 1]
    at = min(spaces, key=lambda place: abs(place - middle), default=middle)
    yield from _halved(text[:at].rstrip() or text[:at], budget, count)
    yield from _halved(text[at:].lstrip() or text[at:], budget, count)
