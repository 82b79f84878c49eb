"""Reads Markdown, reStructuredText and plain text into normalised blocks: white space is no change.

Markdown goes through markdown-it-py's block parser. reStructuredText has a line reader of its own, because
docutils fails on what Sphinx adds: it reports every directive and role it does not know as an error and drops
the content, and knowing them means importing Sphinx and the extensions of the documents' authors.

What a reader of the rendered page does not see is left out (comments, internal link targets, options of
directives, tables of contents, the role around a name); what is seen stays, link targets on the web included.
"""

import re
from dataclasses import dataclass

from pointsman.adapters.blocks import INCLUSION, BlockWriter, count_words, text_lines
from pointsman.adapters.markdown import MarkdownReader, front_matter
from pointsman.adapters.restructured import RestructuredReader
from pointsman.core.documents import Block, Document, Kind
from pointsman.core.identity import digest

MARKDOWN = (".md", ".markdown", ".mdown", ".mkd")
RESTRUCTURED = (".rst", ".rest")
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


def read_document(document: str, raw: bytes) -> Document:
    """Return the normalised blocks and the metadata of a document; its suffix says how it is written.

    Raises:
        UnicodeDecodeError: the bytes are not UTF-8.
    """
    return _read(document, raw).document


def facts(document: str, raw: bytes) -> Facts:
    """Return what validation wants to know of ``raw``; never raises."""
    return examine(document, raw)[1]


def examine(document: str, raw: bytes) -> tuple[Document | None, Facts]:
    """Return the document and its facts in one reading; no document when the bytes are not text."""
    control = raw.translate(None, bytes(set(range(256)) - (set(range(32)) - set(b"\t\n\v\f\r\x1b"))))
    is_binary = b"\0" in raw or len(control) > BINARY_SHARE * len(raw)
    try:
        reading = _read(document, raw)
    except UnicodeDecodeError:
        return None, Facts(is_binary, utf8_ok=False, words=None, link_share=None)
    if is_binary:
        return None, Facts(is_binary, utf8_ok=True, words=None, link_share=None)
    return reading.document, Facts(is_binary, utf8_ok=True, words=reading.words, link_share=reading.link_share)


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
    """
    text = re.sub("\r\n?|\f|\v", "\n", raw.decode("utf-8-sig"))
    metadata, text = front_matter(text)
    name = document.lower()
    write = BlockWriter()
    if name.endswith(MARKDOWN):
        MarkdownReader(write).body(text)
    elif name.endswith(RESTRUCTURED):
        reader = RestructuredReader(write)
        reader.document(text_lines(text))
        metadata = {**reader.metadata, **metadata}
    else:
        for paragraph in re.split(r"\n\s*\n", text):
            write.paragraph(paragraph)
    write.flush()
    parsed = Document(document, tuple(write.blocks), metadata, byte_digest=digest(raw), size=len(raw))
    return _Reading(parsed, write.links, write.hidden)
