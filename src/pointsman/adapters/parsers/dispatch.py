"""Reads Markdown, reStructuredText, HTML, text, PDF and DOCX into normalised blocks: white space is no change.

Markdown goes through markdown-it-py's block parser. reStructuredText has a line reader of its own, because
docutils fails on what Sphinx adds: it reports every directive and role it does not know as an error and drops
the content, and knowing them means importing Sphinx and the extensions of the documents' authors.

What a reader of the rendered page does not see is left out (comments, internal link targets, options of
directives, tables of contents, the role around a name); what is seen stays, link targets on the web included.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from pointsman.adapters.parsers.block_writer import INCLUSION, BlockWriter, count_words, text_lines
from pointsman.adapters.parsers.markdown import MarkdownReader, front_matter
from pointsman.adapters.parsers.offsets import Source, place_lines
from pointsman.adapters.parsers.rst import RestructuredReader
from pointsman.core.corpus.documents import Block, Document, Kind, Metadata
from pointsman.core.errors import Unreadable
from pointsman.core.hashing import digest

MARKDOWN = (".md", ".markdown", ".mdown", ".mkd")
RESTRUCTURED = (".rst", ".rest")
HYPERTEXT = (".html", ".htm", ".xhtml")
PDF = (".pdf",)
PACKED = (*PDF, ".docx")
"""Formats that are no text: their bytes are binary by right, and offsets in them mean nothing."""
BINARY_SHARE = 0.1
"""Share of control characters from which bytes count as binary; text has hardly any."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What validation wants to know of a document's bytes; None where it could not be measured."""

    is_binary: bool
    """NUL bytes, or many control characters."""
    utf8_ok: bool
    words: int | None
    """Words served: headings, prose and verbatim alike, so that a page of code alone is a document too."""
    link_share: float | None
    """Share of words outside headings that only lead elsewhere (links, tables of contents), 0..1."""
    unreadable: str | None = None
    """Why a PDF, DOCX or HTML cannot be read, if it cannot."""


def read_document(document: str, raw: bytes) -> Document:
    """Return the normalised blocks and the metadata of a document; its suffix says how it is written.

    Raises:
        UnicodeDecodeError: the bytes are not UTF-8.
        Unreadable: they are not what the suffix says, or cannot be read here.
    """
    return _read(document, raw).document


def facts(document: str, raw: bytes) -> Facts:
    """Return what validation wants to know of ``raw``; never raises."""
    return examine(document, raw)[1]


def examine(document: str, raw: bytes) -> tuple[Document | None, Facts]:
    """Return the document and its facts in one reading; no document when the bytes cannot be read."""
    is_binary = not document.lower().endswith(PACKED) and _is_binary(raw)
    try:
        reading = _read(document, raw)
    except Unreadable as error:
        return None, Facts(is_binary, utf8_ok=True, words=None, link_share=None, unreadable=str(error))
    except UnicodeDecodeError:
        return None, Facts(is_binary, utf8_ok=False, words=None, link_share=None)
    if is_binary:
        return None, Facts(is_binary, utf8_ok=True, words=None, link_share=None)
    return reading.document, Facts(is_binary, utf8_ok=True, words=reading.words, link_share=reading.link_share)


def _is_binary(raw: bytes) -> bool:
    """Tell whether bytes have a NUL or many control characters."""
    control = raw.translate(None, bytes(set(range(256)) - (set(range(32)) - set(b"\t\n\v\f\r\x1b"))))
    return b"\0" in raw or len(control) > BINARY_SHARE * len(raw)


@dataclass(frozen=True, slots=True)
class _Reading:
    """A document and how many of its words only lead elsewhere."""

    document: Document
    links: int
    hidden: int
    """Words among them that are not in the blocks."""

    @property
    def words(self) -> int:
        """Words in the blocks."""
        return sum(count_words(block.text) for block in self.document.blocks if not _is_inclusion(block))

    @property
    def link_share(self) -> float:
        """Links as a share of all words outside headings; 0 where there are none."""
        titles = sum(count_words(block.text) for block in self.document.blocks if block.kind is Kind.HEADING)
        below = self.words - titles + self.hidden
        return min(1.0, self.links / below) if below else 0.0


def _is_inclusion(block: Block) -> bool:
    """Tell whether a block only names the file that would stand there."""
    return block.kind is Kind.VERBATIM and block.text.startswith(INCLUSION)


def _read(document: str, raw: bytes) -> _Reading:
    """Read ``raw`` by the suffix of its id.

    Raises:
        UnicodeDecodeError: the bytes are not UTF-8.
        Unreadable: they are not what the suffix says, or cannot be read here.
    """
    name = document.lower()
    if name.endswith(PACKED):
        read = _packed_reader(name)
        write, blocks, metadata = read(raw)
    else:
        write, blocks, metadata = _written(name, Source.of(raw.decode("utf-8")))
    parsed = Document(document, blocks, metadata, byte_digest=digest(raw), size=len(raw))
    return _Reading(parsed, write.links, write.hidden)


def _packed_reader(name: str) -> Callable[[bytes], tuple[BlockWriter, tuple[Block, ...], Metadata]]:
    """Return the reader of a format that is no text."""
    if name.endswith(PDF):
        from pointsman.adapters.parsers.pdf import read_pdf

        return read_pdf
    from pointsman.adapters.parsers.docx import read_docx

    return read_docx


def _written(name: str, source: Source) -> tuple[BlockWriter, tuple[Block, ...], Metadata]:
    """Read a format that is text; its front matter, if any, has the last word on the metadata."""
    normal = source.normal
    front, text = front_matter(normal)
    first = normal.count("\n", 0, len(normal) - len(text))
    if name.endswith(HYPERTEXT):
        from pointsman.adapters.parsers.html import read_html

        write, blocks, metadata = read_html(source.text, begin=source.starts[first])
        return write, blocks, {**metadata, **front}
    write = BlockWriter()
    found: Metadata = {}
    if name.endswith(MARKDOWN):
        MarkdownReader(write).body(text, first=first)
    elif name.endswith(RESTRUCTURED):
        reader = RestructuredReader(write)
        reader.document(text_lines(text, first=first))
        found = reader.metadata
    else:
        _paragraphs(write, text_lines(text, first=first))
    write.flush()
    return write, place_lines(write.blocks, write.spans, source), {**found, **front}


def _paragraphs(write: BlockWriter, lines: list[str]) -> None:
    """Write paragraphs that empty lines part."""
    for is_text, group in groupby(lines, key=bool):
        if is_text:
            paragraph = list(group)
            write.cover_lines(paragraph)
            write.paragraph(" ".join(paragraph))
