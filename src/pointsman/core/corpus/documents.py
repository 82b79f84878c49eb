"""A document as Pointsman sees it: normalised blocks, so that white space and wrapping are no change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pointsman.core.hashing import canonical, digest

Metadata = Mapping[str, str | list[str]]
"""What front matter may say: a text or a list of texts per key; ``access`` lists groups."""

NORMALISER_VERSION = 2
"""Another version reads every document anew; what it reads otherwise is a change of that document, no more (ADR 28).

One that only moves offsets raises ``PAYLOAD_VERSION``, for no digest tells."""


class Kind(StrEnum):
    """What a block is."""

    HEADING = "heading"
    PROSE = "prose"
    VERBATIM = "verbatim"


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry of a store's listing."""

    document: str
    """Id: the path below the store, ``/`` between parts."""
    size: int
    """Bytes."""
    tag: str
    """Version tag (size and mtime, or an ETag): unchanged means the bytes need not be read."""
    problem: str | None = None
    """Why the entry must not be opened (for instance a symbolic link out of the store)."""
    settled: bool = True
    """False when it changed so recently that another change could leave the same tag: the tag is not to be trusted."""


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a paragraph or a verbatim piece (code, table), already normalised."""

    kind: Kind
    text: str
    level: int = 0
    """1 is the outermost heading; 0 for what is not a heading."""
    anchor: str | None = None
    """A heading's id; of any other block the place that begins with it where there are no headings (``page=3``)."""
    start: int | None = None
    """Where it begins in the source text, in characters from 0; None where a format has no source text."""
    end: int | None = None
    """Where it ends there, exclusive."""
    marks: tuple[tuple[int, int], ...] = ()
    """Of a long block: ascending (offset in ``text``, offset in the source text) of the same word."""


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document."""

    id: str
    blocks: tuple[Block, ...]
    metadata: Metadata = field(default_factory=dict)
    byte_digest: str = ""
    """Digest of the bytes it was parsed from."""
    size: int = 0
    """Bytes it was parsed from."""

    @property
    def text(self) -> str:
        """The normalised text, blocks parted by an empty line."""
        return "\n\n".join(block.text for block in self.blocks)

    @property
    def text_digest(self) -> str:
        """Digest of the normalised blocks; equal for texts that differ in white space or wrapping only."""
        return digest(canonical([[b.kind, b.level, b.text] for b in self.blocks]))

    @property
    def metadata_digest(self) -> str:
        """Digest of the metadata, whatever the order of its keys, and of the anchors."""
        return digest(canonical([dict(self.metadata), [b.anchor for b in self.blocks if b.anchor is not None]]))

    @property
    def title(self) -> str:
        """The title that the metadata names, else the first heading, or the id where there is neither."""
        named = self.metadata.get("title")
        if isinstance(named, str) and named.strip():
            return named
        return next((b.text for b in self.blocks if b.kind is Kind.HEADING), self.id)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One quarantine row: what was refused, by which check, and why."""

    item: str
    """Document id, chunk id or example id."""
    check: str
    """Name of the check that refused it."""
    reason: str
    """A sentence with the value, the limit and the way out."""
    byte_digest: str = ""
    """Which version of the item was refused."""
