"""Reads Markdown, reStructuredText, HTML, text, PDF and DOCX into normalised blocks; white space makes no difference.

Markdown goes through markdown-it-py's block parser. reStructuredText has a line reader of its own, because docutils
fails on what Sphinx adds: it reports each directive and role that it does not know as an error and drops the content.
To know them, it would have to import Sphinx and the extensions of the documents' authors.

What a person does not see on the rendered page is left out: comments, internal link targets, options of directives,
tables of contents, the role around a name. What a person sees stays, with the addresses of links to the web.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby

from pointsman.adapters.parsers.block_writer import INCLUSION, BlockWriter, count_words, text_lines
from pointsman.adapters.parsers.formats import BINARY, BY_ENDING, Formats
from pointsman.adapters.parsers.markdown import MarkdownReader
from pointsman.adapters.parsers.metadata.front_matter import Front, front_matter
from pointsman.adapters.parsers.metadata.properties import Properties
from pointsman.adapters.parsers.offsets import SourceText, count_lines, place_lines
from pointsman.adapters.parsers.rst import RestructuredReader
from pointsman.core.corpus.access import STANDARD, AccessRule, access_problem, with_readers
from pointsman.core.corpus.documents import Block, Document, Kind
from pointsman.core.corpus.failures import HALF_CHARACTER, failure_of, is_whole_document
from pointsman.core.corpus.statements.heads import unread_statements
from pointsman.core.errors import Unreadable
from pointsman.core.hashing import digest

SHOWN_HEADS = ("html", "pdf", "docx")
"""Formats whose head is looked at as a reader sees it too: what a page of them shows is not lines of its source."""
SHOWN_BLOCKS = 20
"""Blocks at the beginning of a page that can belong to its head."""
MAX_LINES = 300_000
"""Lines of a text, at most: each costs time, however short it is. Five megabytes of prose have a third of them."""
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
    access: str | None = None
    """Why its access statement cannot be trusted; None where it can, or where there is none."""


def read_document(document: str, raw: bytes, formats: Formats = BY_ENDING, *, rule: AccessRule = STANDARD) -> Document:
    """Return the normalised blocks and the metadata of a document, read in the format that ``formats`` gives it.

    ``rule`` says how documents state who reads them.

    Raises:
        UnicodeDecodeError: the bytes are not UTF-8.
        Unreadable: the bytes are not of that format, or cannot be read here.
    """
    return _read(document, raw, formats.format_of(document), rule=rule).document


def measure_document(document: str, raw: bytes, formats: Formats = BY_ENDING) -> DocumentFacts:
    """Return what validation judges of ``raw``; never raises."""
    return read_and_measure(document, raw, formats)[1]


def read_and_measure(
    document: str, raw: bytes, formats: Formats = BY_ENDING, *, rule: AccessRule = STANDARD
) -> tuple[Document | None, DocumentFacts]:
    """Return the document (None where its bytes cannot be read) and its facts, in one pass over the bytes."""
    format_ = formats.format_of(document)
    is_binary = format_ not in BINARY and _is_binary(raw)
    try:
        reading = _read(document, raw, format_, rule=rule)
    except Unreadable as error:
        return None, DocumentFacts(is_binary, utf8_ok=True, words=None, link_share=None, unreadable=str(error))
    except UnicodeDecodeError:
        return None, DocumentFacts(is_binary, utf8_ok=False, words=None, link_share=None)
    if is_binary:
        return None, DocumentFacts(is_binary, utf8_ok=True, words=None, link_share=None)
    return reading.document, DocumentFacts(
        is_binary, utf8_ok=True, words=reading.words, link_share=reading.link_share, access=reading.access
    )


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
    access: str | None
    """Why the access statement cannot be trusted."""

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


def _read(document: str, raw: bytes, format_: str, *, rule: AccessRule) -> _Reading:
    """Read ``raw`` in a format. Whatever a reader raises on it is said of this document.

    Raises:
        UnicodeDecodeError: the bytes are not UTF-8.
        Unreadable: the bytes are not of that format, or cannot be read here.
    """
    try:
        reading = _read_format(document, raw, format_, rule=rule)
    except (Unreadable, UnicodeDecodeError):
        raise
    except Exception as error:
        raise Unreadable(f"cannot be read: {failure_of(error)}") from error
    if not is_whole_document(reading.document):
        raise Unreadable(f"cannot be read: {HALF_CHARACTER}")
    return reading


def _read_format(document: str, raw: bytes, format_: str, *, rule: AccessRule) -> _Reading:
    if format_ in BINARY:
        write, blocks, said = _binary_reader(format_)(raw, rule.key)
    else:
        text = raw.decode("utf-8")
        if (lines := count_lines(text)) > MAX_LINES:
            raise Unreadable(f"has {lines} lines, the limit is {MAX_LINES}; split it or exclude it")
        write, blocks, said = _read_text(format_, SourceText.of(text), rule.key)
    unread = (*said.unread, *(_shown_statements(blocks, rule.key) if format_ in SHOWN_HEADS else ()))
    metadata = with_readers(said.metadata, rule)
    parsed = Document(document, blocks, metadata, byte_digest=digest(raw), size=len(raw))
    return _Reading(parsed, write.links, write.hidden, access=access_problem(said.metadata, unread, rule))


def _shown_statements(blocks: tuple[Block, ...], statement: str) -> Iterator[str]:
    """Yield the statements in the first text that a reader of the page sees."""
    return unread_statements("\n\n".join(block.text for block in blocks[:SHOWN_BLOCKS]), statement)


def _binary_reader(format_: str) -> Callable[[bytes, str], tuple[BlockWriter, tuple[Block, ...], Properties]]:
    """Return the function that reads PDF or DOCX."""
    if format_ == "pdf":
        from pointsman.adapters.parsers.pdf import read_pdf

        return read_pdf
    from pointsman.adapters.parsers.docx import read_docx

    return read_docx


def _read_text(format_: str, source: SourceText, statement: str) -> tuple[BlockWriter, tuple[Block, ...], Properties]:
    """Read a text format; a value in the front matter wins over the same one elsewhere in the document."""
    normal = source.normal
    front = front_matter(normal, statement)
    text = front.text
    first = normal.count("\n", 0, len(normal) - len(text))
    if format_ == "html":
        from pointsman.adapters.parsers.html import read_html

        write, blocks, said = read_html(source.text, begin=source.starts[first], statement=statement)
        return write, blocks, _joined(front, said, statement)
    write = BlockWriter()
    said = Properties()
    if format_ == "markdown":
        MarkdownReader(write).body(text, first=first)
    elif format_ == "rst":
        reader = RestructuredReader(write, statement)
        reader.document(text_lines(text, first=first))
        said = Properties(reader.metadata, tuple(reader.unread))
    else:
        _paragraphs(write, text_lines(text, first=first))
    write.flush()
    unread = list(unread_statements(text, statement, fields=format_ == "rst"))
    if statement in said.metadata:
        read = next((line for line in unread if line.lower().startswith(f":{statement.lower()}")), None)
        unread = [line for line in unread if line is not read]
    said = Properties(said.metadata, (*said.unread, *unread))
    return write, place_lines(write.blocks, write.spans, source), _joined(front, said, statement)


def _joined(front: Front, below: Properties, statement: str) -> Properties:
    """Return what front matter and the text below it say; a statement in both is one too many."""
    twice = (f"{statement}: {below.metadata[statement]}",) if statement in below.metadata else ()
    unread = (*front.unread, *below.unread, *(twice if statement in front.metadata else ()))
    return Properties({**below.metadata, **front.metadata}, unread)


def _paragraphs(write: BlockWriter, lines: list[str]) -> None:
    """Write the paragraphs between empty lines."""
    for is_text, group in groupby(lines, key=bool):
        if is_text:
            paragraph = list(group)
            write.cover_lines(paragraph)
            write.paragraph(" ".join(paragraph))
