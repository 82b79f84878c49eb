"""Reads PDF: the text of each page with PDFium; with pypdf the outline as headings, and the metadata."""

import logging
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

from pointsman.adapters.parsers.block_writer import BlockWriter
from pointsman.adapters.parsers.damage import MAX_STREAM, check_pdf_whole, damage_of
from pointsman.adapters.parsers.metadata.pdf_info import pdf_properties
from pointsman.adapters.parsers.metadata.properties import Properties
from pointsman.core.corpus.access import ACCESS
from pointsman.core.corpus.documents import Block
from pointsman.core.errors import Unreadable

WAY_OUT = "save it again or exclude it"
BOUNDS = {
    "zlib_maximum_output_length": MAX_STREAM,
    "lzw_maximum_output_length": MAX_STREAM,
    "array_based_stream_maximum_output_length": MAX_STREAM,
    "outline_maximum_entries": 10_000,
    "page_tree_maximum_entries": 10_000,
}
"""pypdf's own limits, set lower."""
MAX_DEPTH = 6
"""Deepest level of an outline; deeper entries count as this level."""
NUMBERING = 8
"""Characters by which a title's line may be longer than the title: its number."""

Outline = dict[int, list[tuple[int, str]]]
"""Page → (level, title) of the sections that begin on it, in order."""


def read_pdf(raw: bytes, statement: str = ACCESS) -> tuple[BlockWriter, tuple[Block, ...], Properties]:
    """Return (the writer with its counts, the blocks, the metadata) of a PDF; each page is an anchor (``page=3``).

    Raises:
        Unreadable: it is encrypted, damaged, too large or has no text, or pypdf is not installed.
    """
    if b"%PDF-" not in raw[:1024]:
        raise Unreadable(
            "is not a PDF, but is to be read as one; correct its ending or store.formats, save it again or exclude it"
        )
    try:
        import pypdf

        from pointsman.adapters.parsers.hidden.pdf_letters import pages_of
    except ModuleNotFoundError:
        raise Unreadable("is a PDF, and no reader for PDF is installed; run pip install 'pointsman[pdf]'") from None
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        with pypdf.apply_configuration(**BOUNDS):
            write, said = _read(pypdf, raw, pages_of=pages_of, statement=statement)
    except Unreadable:
        raise
    except pypdf.errors.LimitReachedError as error:
        raise Unreadable(
            f"has a part that unpacks to over {MAX_STREAM} bytes ({damage_of(error)}); exclude it"
        ) from error
    except Exception as error:  # a damaged file can raise anything in pypdf: KeyError, TypeError, RecursionError …
        reason = damage_of(error)
        raise Unreadable(f"is a damaged PDF ({reason}); {WAY_OUT}") from error
    if not any(c.isalnum() for block in write.blocks for c in block.text):
        raise Unreadable("has no text, perhaps only images; run OCR on it or exclude it")
    return write, tuple(write.blocks), said


def _read(
    pypdf: Any, raw: bytes, *, pages_of: Callable[[bytes], tuple[Any, ...]], statement: str
) -> tuple[BlockWriter, Properties]:
    reader = pypdf.PdfReader(BytesIO(raw), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable("is encrypted; save it without a password or exclude it")
    check_pdf_whole(raw, reader.pages)
    outline = _outline(reader)
    write = BlockWriter()
    pages = pages_of(raw)
    if len(pages) != len(reader.pages):
        raise Unreadable(f"is a damaged PDF: it has {len(reader.pages)} pages and {len(pages)} can be read; {WAY_OUT}")
    for number, page in enumerate(pages):
        _page(write, page.seen, outline[number], f"page={number + 1}")
    write.flush()
    return write, pdf_properties(reader.metadata or {}, _packet(reader), statement)


def _packet(reader: Any) -> bytes:
    """Return the XMP packet of a PDF, empty for none."""
    stream = reader.root_object.get("/Metadata")
    return bytes(stream.get_object().get_data()) if stream is not None else b""


def _page(write: BlockWriter, text: str, titles: list[tuple[int, str]], anchor: str) -> None:
    """Write a page, with each title of the outline at its own line, or at the top where no line has it."""
    lines = text.encode("utf-8", "replace").decode("utf-8").split("\n")
    rest = 0
    for level, title in titles:
        words = "".join(title.split()).lower()
        found = next((n for n in range(rest, len(lines)) if "".join(lines[n].split()).lower().endswith(words)), None)
        if found is not None and len("".join(lines[found].split())) <= len(words) + NUMBERING:
            _prose(write, lines[rest:found], anchor)
            rest = found + 1
        write.heading(level, title, anchor)
    _prose(write, lines[rest:], anchor)


def _prose(write: BlockWriter, lines: list[str], anchor: str) -> None:
    for paragraph in re.split(r"\n\s*\n", "\n".join(lines)):
        write.paragraph(paragraph, anchor)


def _outline(reader: Any) -> Outline:
    """Return the outline by page, without entries that lead to no page."""
    found: Outline = defaultdict(list)
    for entry, level in _entries(reader.outline):
        page = reader.get_destination_page_number(entry)
        title = " ".join(str(entry.title or "").split())
        if page is not None and page >= 0 and title:
            found[page].append((level, title))
    return found


def _entries(outline: Any) -> Iterator[tuple[Any, int]]:
    """Yield (entry, level) of the nested lists, in order."""
    waiting = [(entry, 1) for entry in reversed(outline)]
    while waiting:
        entry, level = waiting.pop()
        if isinstance(entry, list):
            waiting += [(inner, min(level + 1, MAX_DEPTH)) for inner in reversed(entry)]
        else:
            yield entry, level
