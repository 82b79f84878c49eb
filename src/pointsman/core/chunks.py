"""Documents into chunks: heading-aware, bounded in the embedder's tokens, a pure function of the normalised text."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from pointsman.core.documents import NORMALISER_VERSION, Block, Document, Kind
from pointsman.core.identity import content_id, digest, stable_uuid
from pointsman.core.index import PAYLOAD_VERSION, Wanted

CHUNKER_VERSION = 1
"""Goes into the chunking fingerprint: another way to cut means other chunks, hence a rebuild."""

Count = Callable[[str], int]
"""Number of the embedder's tokens in a text."""

BLOCK_GAP = "\n\n"
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def chunking_fingerprint(max_tokens: int) -> str:
    """Return the id of a way to cut documents; part of every release."""
    versions = {"chunker": CHUNKER_VERSION, "normaliser": NORMALISER_VERSION, "payload": PAYLOAD_VERSION}
    return content_id({"max_tokens": max_tokens, **versions})


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
    """Yield each heading path with the blocks directly below it; a heading with nothing below it stands for itself."""
    path: list[tuple[int, str]] = []
    blocks: list[Block] = []
    for block in document.blocks:
        if block.kind is not Kind.HEADING:
            blocks.append(block)
            continue
        yield from _section(path, blocks, below=block.level)
        blocks = []
        path = [(level, text) for level, text in path if level < block.level]
        path.append((block.level, block.text))
    yield from _section(path, blocks, below=0)


def _section(
    path: Sequence[tuple[int, str]], blocks: list[Block], *, below: int
) -> Iterator[tuple[tuple[str, ...], list[Block]]]:
    """Yield what stands below the last heading of ``path``; ``below`` is the level of the heading that follows."""
    names = tuple(text for _, text in path)
    if blocks:
        yield names, blocks
    elif path and below <= path[-1][0]:
        yield names[:-1], [Block(Kind.PROSE, names[-1])]


def _prefix(path: tuple[str, ...], max_tokens: int, count: Count) -> tuple[str, int]:
    """Return the heading path to embed and the tokens that remain; a path longer than half is left out from its top."""
    for start in range(len(path)):
        prefix = " > ".join(path[start:])
        used = count(f"{prefix}\n")
        if used <= max_tokens // 2:
            return prefix, max_tokens - used
    return "", max_tokens


def _packed(blocks: Sequence[Block], budget: int, count: Count) -> Iterator[str]:
    """Yield texts of at most ``budget`` tokens, filled with whole blocks while they fit."""
    pieces = (piece for block in blocks for piece in _pieces(block, budget, count))
    yield from (text for text, _ in _joined(pieces, BLOCK_GAP, budget, count))


def _joined(pieces: Iterable[tuple[str, int]], joint: str, budget: int, count: Count) -> Iterator[tuple[str, int]]:
    """Yield (text, tokens) of neighbouring pieces joined while they fit together."""
    gap = count(joint)
    held: list[str] = []
    used = 0
    for piece, size in pieces:
        if held and used + gap + size > budget:
            yield joint.join(held), used
            held, used = [], 0
        used += size + (gap if held else 0)
        held.append(piece)
    if held:
        yield joint.join(held), used


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
    pieces = ((piece, count(piece)) for part in parts for piece in _halved(part, budget, count))
    yield from _joined(pieces, joint, budget, count)


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
