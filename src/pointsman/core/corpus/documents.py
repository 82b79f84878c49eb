"""Documents as normalised blocks: a change of white space or line breaks is no change of the text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pointsman.core.hashing import canonical, digest

Metadata = Mapping[str, str | list[str]]
"""Metadata of a document: a text or a list of texts by key. ``access`` lists groups."""

NORMALISER_VERSION = 4
"""Version of the normalisation. A new version reads every document again, and each document that it reads differently
counts as changed (ADR 28). A version that only moves offsets must raise ``PAYLOAD_VERSION`` instead, because no digest
shows that.
"""

FORMATS = ("markdown", "rst", "html", "pdf", "docx", "text")
"""Names of the formats that can be read; ``store.formats`` may use them."""


class Kind(StrEnum):
    """Kind of a block."""

    HEADING = "heading"
    PROSE = "prose"
    VERBATIM = "verbatim"


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry of a store's listing."""

    document: str
    """Document id: the path below the store with ``/`` between parts, in Unicode form NFC."""
    size: int
    """Bytes."""
    tag: str
    """Version tag (size and time of change, or an ETag). An unchanged tag means that the bytes need not be read."""
    problem: str | None = None
    """Why the entry must not be opened, for example a symbolic link out of the store; None: it may."""
    settled: bool = True
    """False if it changed so recently that one more change could leave the tag as it is: do not trust the tag."""


@dataclass(frozen=True, slots=True)
class Block:
    """A normalised heading, paragraph or verbatim text (code, table)."""

    kind: Kind
    text: str
    level: int = 0
    """Level of a heading, 1 for the outermost; 0 for other blocks."""
    anchor: str | None = None
    """Id of a heading. In a document without headings: the place that begins with this block (``page=3``)."""
    start: int | None = None
    """Offset of its beginning in the source text, in characters from 0; None for formats without a text source."""
    end: int | None = None
    """Offset of its end there, exclusive."""
    marks: tuple[tuple[int, int], ...] = ()
    """In a long block: (offset in ``text``, offset in the source text) of the same word, ascending."""


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document."""

    id: str
    blocks: tuple[Block, ...]
    metadata: Metadata = field(default_factory=dict)
    byte_digest: str = ""
    """Digest of the bytes that it was parsed from."""
    size: int = 0
    """Number of bytes that it was parsed from."""

    @property
    def text(self) -> str:
        """The normalised text, with an empty line between blocks."""
        return "\n\n".join(block.text for block in self.blocks)

    @property
    def text_digest(self) -> str:
        """Digest of the normalised blocks; equal for texts that differ only in white space or line breaks."""
        return digest(canonical([[b.kind, b.level, b.text] for b in self.blocks]))

    @property
    def metadata_digest(self) -> str:
        """Digest of the metadata, in any order of its keys, and of the anchors."""
        return digest(canonical([dict(self.metadata), [b.anchor for b in self.blocks if b.anchor is not None]]))

    @property
    def title(self) -> str:
        """The title in the metadata, else the first heading, else the id."""
        named = self.metadata.get("title")
        if isinstance(named, str) and named.strip():
            return named
        return next((b.text for b in self.blocks if b.kind is Kind.HEADING), self.id)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row of the quarantine: what was refused, by which check, and why."""

    item: str
    """Id of a document, chunk, example or probe."""
    check: str
    """Name of the check that refused it."""
    reason: str
    """A sentence with the value, the limit and the way out."""
    byte_digest: str = ""
    """Digest of the bytes that were refused; empty if the item is not a document."""
