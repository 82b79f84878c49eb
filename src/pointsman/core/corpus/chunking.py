"""Documents into chunks: heading-aware, bounded in the embedder's tokens, a pure function of the normalised text.

Where a chunk stands in the source is said of it beside that (ADR 9): it decides nothing about how a text is cut.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

from pointsman.core.corpus.chunk import PAYLOAD_VERSION, Wanted
from pointsman.core.corpus.documents import Block, Document, Kind
from pointsman.core.hashing import canonical, content_id, digest, stable_uuid

CHUNKER_VERSION = 2
"""Goes into the chunking fingerprint: another way to cut means other chunks, hence a rebuild."""

Count = Callable[[str], int]
"""Number of the embedder's tokens in a text."""

Span = tuple[int, int]
"""Offsets in the source text, half-open."""

BLOCK_GAP = "\n\n"
WORD = re.compile(r"\S+")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def chunking_fingerprint(max_tokens: int) -> str:
    """Return the id of a way to cut documents; part of every release."""
    return content_id({"max_tokens": max_tokens, "chunker": CHUNKER_VERSION, "payload": PAYLOAD_VERSION})


@dataclass(frozen=True, slots=True)
class _Section:
    """The blocks between two headings, or on one page where there are none."""

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
    """Where it stands in the source, if that is known."""


def chunk_document(document: Document, *, max_tokens: int, count: Count) -> list[Wanted]:
    """Return the chunks of ``document`` in reading order.

    A chunk never crosses a heading; a block that fits is never cut. The text embedded is the heading path and the
    chunk's text, together at most ``max_tokens`` of the embedder's tokens.
    """
    seen: Counter[str] = Counter()
    chunks: list[Wanted] = []
    title = document.title
    for section in _sections(document):
        prefix, budget = _prefix(section.path, max_tokens, count)
        pieces = _packed(section.blocks, budget, count)
        chunks += [_wanted(document, title, section, prefix, piece, seen) for piece in pieces]
    return chunks


def _wanted(
    document: Document, title: str, section: _Section, prefix: str, piece: _Piece, seen: Counter[str]
) -> Wanted:
    embed_text = f"{prefix}\n{piece.text}" if prefix else piece.text
    key = digest(embed_text)
    seen[key] += 1
    chunk = Wanted(
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


def located(chunk: Wanted, span: Span | None) -> Wanted:
    """Return a chunk that stands at ``span`` of its source (None: nobody knows), its payload digest made anew."""
    start, end = span or (None, None)
    said = canonical([dict(chunk.metadata), chunk.title, chunk.anchor, start, end])
    return replace(chunk, start=start, end=end, payload_digest=digest(said))


def _sections(document: Document) -> Iterator[_Section]:
    """Yield the blocks directly below each heading; a heading with nothing below it stands for itself."""
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
    """Yield what stands below the last heading of ``path``; ``below`` is the level of the heading that follows."""
    names = tuple(heading.text for heading in path)
    if blocks:
        yield _Section(names, anchor, blocks)
    elif path and below <= path[-1].level:
        yield _Section(names[:-1], anchor, [replace(path[-1], kind=Kind.PROSE, level=0)])


def _prefix(path: tuple[str, ...], max_tokens: int, count: Count) -> tuple[str, int]:
    """Return the heading path to embed and the tokens that remain; a path longer than half is left out from its top."""
    for start in range(len(path)):
        prefix = " > ".join(path[start:])
        used = count(f"{prefix}\n")
        if used <= max_tokens // 2:
            return prefix, max_tokens - used
    return "", max_tokens


def _packed(blocks: Sequence[Block], budget: int, count: Count) -> Iterator[_Piece]:
    """Yield texts of at most ``budget`` tokens, filled with whole blocks while they fit."""
    pieces = (piece for block in blocks for piece in _pieces(block, budget, count))
    return _joined(pieces, BLOCK_GAP, budget, count)


def _joined(pieces: Iterable[_Piece], joint: str, budget: int, count: Count) -> Iterator[_Piece]:
    """Yield neighbouring pieces joined while they fit together."""
    gap = count(joint)
    held: list[_Piece] = []
    used = 0
    for piece in pieces:
        if held and used + gap + piece.size > budget:
            yield _join(held, joint, used)
            held, used = [], 0
        used += piece.size + (gap if held else 0)
        held.append(piece)
    if held:
        yield _join(held, joint, used)


def _join(pieces: Sequence[_Piece], joint: str, size: int) -> _Piece:
    spans = [piece.span for piece in pieces if piece.span is not None]
    span = (min(start for start, _ in spans), max(end for _, end in spans)) if spans else None
    return _Piece(joint.join(piece.text for piece in pieces), size, span)


def _pieces(block: Block, budget: int, count: Count) -> Iterator[_Piece]:
    """Yield a block whole when it fits, else its sentences or lines, else its words, packed to the budget."""
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
    """Return where ``piece`` stands in ``text`` from ``at`` on; the two differ in white space only."""
    left, begin = sum(map(len, piece.split())), -1
    while left and (word := WORD.search(text, at)):
        begin = word.start() if begin < 0 else begin
        at = min(word.end(), word.start() + left)
        left -= at - word.start()
    return max(begin, 0), at


def _span(block: Block, begin: int, end: int) -> Span | None:
    """Return where ``block.text[begin:end]`` stands in the source, as narrowly as the block's marks tell."""
    if block.start is None or block.end is None:
        return None
    before = bisect_right(block.marks, begin, key=itemgetter(0)) - 1
    after = bisect_left(block.marks, end, key=itemgetter(0))
    start = block.marks[before][1] if begin > 0 and before >= 0 else block.start
    return start, block.marks[after][1] if after < len(block.marks) else block.end


def _filled(parts: Sequence[str], joint: str, budget: int, count: Count) -> Iterator[_Piece]:
    pieces = (_Piece(piece, count(piece)) for part in parts for piece in _halved(part, budget, count))
    return _joined(pieces, joint, budget, count)


def _halved(text: str, budget: int, count: Count) -> Iterator[str]:
    """Yield ``text``, cut near its middle (at a space where there is one) until every part fits."""
    if len(text) <= 1 or count(text) <= budget:
        yield text
        return
    middle = len(text) // 2
    spaces = [at for at in (text.find(" ", middle), text.rfind(" ", 0, middle)) if 0 < at < len(text) - 1]
    at = min(spaces, key=lambda place: abs(place - middle), default=middle)
    yield from _halved(text[:at].rstrip() or text[:at], budget, count)
    yield from _halved(text[at:].lstrip() or text[at:], budget, count)
