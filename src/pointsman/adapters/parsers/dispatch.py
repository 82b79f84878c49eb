"""Reads Markdown, reStructuredText, HTML, text, PDF and DOCX into normalised blocks; white space makes no difference.

Markdown goes through markdown-it-py's block parser. reStructuredText has a line reader of its own, because docutils
fails on what Sphinx adds: it reports each directive and role that it does not know as an error and drops the content.
To know them, it would have to import Sphinx and the extensions of the documents' authors.

What a person does not see on the rendered page is left out: comments, internal link targets, options of directives,
tables of contents, the role around a name. What a person sees stays, with the addresses of links to the web.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from pointsman.adapters.parsers.block_writer import INCLUSION, BlockWriter, count_words, text_lines
from pointsman.adapters.parsers.formats import BINARY, BY_ENDING, Formats
from pointsman.adapters.parsers.markdown import MarkdownReader, front_matter
from pointsman.adapters.parsers.offsets import SourceText, place_lines
from pointsman.adapters.parsers.rst import RestructuredReader
from pointsman.core.corpus.documents import Block, Document, Kind, Metadata
from pointsman.core.errors import Unreadable
from pointsman.core.hashing import digest

BINARY_SHARE = 0.1
"""Share of control characters above which bytes count as binary; text has hardly any."""


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What validation judges of a document's bytes; None where it could not be measured."""

    is_binary: bool
    """The bytes hold a NUL, or many control characters."""
    utf8_ok: bool
    words: int | None
    """Number of words served: headings, prose and verbatim alike, so a page of code alone is a document too."""
    link_share: float | None
    """Share of the words outside headings that are links or tables of contents, 0..1."""
    unreadable: str | None = None
    """Why a PDF, DOCX or HTML file cannot be read; None where it can."""


def read_document(document: str, raw: bytes, formats: Formats = BY_ENDING) -> Document:
    """Return the normalised blocks and the metadata of a document, read in the format that ``formats`` gives it.

    Raises:
        UnicodeDecodeError: the bytes are not UTF-8.
        Unreadable: the bytes are not of that format, or cannot be read here.
    """
    return _read(document, raw, formats.format_of(document)).document


def measure_document(document: str, raw: bytes, formats: Formats = BY_ENDING) -> DocumentFacts:
    """Return what validation judges of ``raw``; never raises."""
    return read_and_measure(document, raw, formats)[1]


def read_and_measure(document: str, raw: bytes, formats: Formats = BY_ENDING) -> tuple[Document | None, DocumentFacts]:
    """Return the document (None where its bytes cannot be read) and its facts, in one pass over the bytes."""
    format_ = formats.format_of(document)
    is_binary = format_ not in BINARY and _is_binary(raw)
    try:
        reading = _read(document, raw, format_)
    except Unreadable as error:
        return None, DocumentFacts(is_binary, utf8_ok=True, words=None, link_share=None, unreadable=str(error))
    except UnicodeDecodeError:
        return None, DocumentFacts(is_binary, utf8_ok=False, words=None, link_share=None)
    if is_binary:
        return None, DocumentFacts(is_binary, utf8_ok=True, words=None, link_share=None)
    return reading.document, DocumentFacts(is_binary, utf8_ok=True, words=reading.words, link_share=reading.link_share)


def _is_binary(raw: bytes) -> bool:
    """Tell whether bytes hold a NUL or many control characters."""
    control = raw.translate(None, bytes(set(range(256)) - (set(range(32)) - set(b"\t\n\v\f\r\x1b"))))
    return b"\0" in raw or len(control) > BINARY_SHARE * len(raw)


@dataclass(frozen=True, slots=True)
class _Reading:
    """A document, and how many of its words are links."""

    document: Document
    links: int
    hidden: int
    """Words of links that are not in the blocks, such as a table of contents."""

    @property
    def words(self) -> int:
        """Words in the blocks."""
        return sum(count_words(block.text) for block in self.document.blocks if not _is_inclusion(block))

    @property
    def link_share(self) -> float:
        """Links as a share of all words outside headings, 0..1; 0 where there are no words."""
        titles = sum(count_words(block.text) for block in self.document.blocks if block.kind is Kind.HEADING)
        below = self.words - titles + self.hidden
        return min(1.0, self.links / below) if below else 0.0


def _is_inclusion(block: Block) -> bool:
    """Tell whether a block only names another file whose text would stand there."""
    return block.kind is Kind.VERBATIM and block.text.startswith(INCLUSION)


def _read(document: str, raw: bytes, format_: str) -> _Reading:
    """Read ``raw`` in a format.

    Raises:
        UnicodeDecodeError: the bytes are not UTF-8.
        Unreadable: the bytes are not of that format, or cannot be read here.
    """
    if format_ in BINARY:
        write, blocks, metadata = _binary_reader(format_)(raw)
    else:
        write, blocks, metadata = _read_text(format_, SourceText.of(raw.decode("utf-8")))
    parsed = Document(document, blocks, metadata, byte_digest=digest(raw), size=len(raw))
    return _Reading(parsed, write.links, write.hidden)


def _binary_reader(format_: str) -> Callable[[bytes], tuple[BlockWriter, tuple[Block, ...], Metadata]]:
    """Return the function that reads PDF or DOCX."""
    if format_ == "pdf":
        from pointsman.adapters.parsers.pdf import read_pdf

        return read_pdf
    from pointsman.adapters.parsers.docx import read_docx

    return read_docx


def _read_text(format_: str, source: SourceText) -> tuple[BlockWriter, tuple[Block, ...], Metadata]:
    """Read a text format; a value in the front matter wins over the same one elsewhere in the document."""
    normal = source.normal
    front, text = front_matter(normal)
    first = normal.count("\n", 0, len(normal) - len(text))
    if format_ == "html":
        from pointsman.adapters.parsers.html import read_html

        write, blocks, metadata = read_html(source.text, begin=source.starts[first])
        return write, blocks, {**metadata, **front}
    write = BlockWriter()
    found: Metadata = {}
    if format_ == "markdown":
        MarkdownReader(write).body(text, first=first)
    elif format_ == "rst":
        reader = RestructuredReader(write)
        reader.document(text_lines(text, first=first))
        found = reader.metadata
    else:
        _paragraphs(write, text_lines(text, first=first))
    write.flush()
    return write, place_lines(write.blocks, write.spans, source), {**found, **front}


def _paragraphs(write: BlockWriter, lines: list[str]) -> None:
    """Write the paragraphs between empty lines."""
    for is_text, group in groupby(lines, key=bool):
        if is_text:
            paragraph = list(group)
            write.cover_lines(paragraph)
            write.paragraph(" ".join(paragraph))
