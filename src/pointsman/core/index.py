"""What lies in a collection: points that live from one revision to another."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from pointsman.core.access import GROUP, OPEN, readers_of
from pointsman.core.documents import Metadata
from pointsman.core.errors import UsageError
from pointsman.core.identity import canonical, stable_uuid

FOREVER = 2**31 - 1
"""``died`` of a point that no revision has retired yet."""

PAYLOAD_VERSION = 3
"""Goes into the chunking fingerprint: points of an older kind lack what a search asks for, hence a rebuild."""

TIE_LENGTH = 18
"""Leading characters of a point's id that its chunk alone decides: 64 bits of a UUID."""

FACT_LENGTH = 256
"""Characters of a metadata value up to which a search can be narrowed by it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A chunk as it should be served: what a point carries besides its vector and its lifetime."""

    chunk: str
    """Chunk id: uuid5 over document id, chunk digest and nth occurrence."""
    document: str
    digest: str
    """Digest of the text that is embedded; equal digests have equal vectors."""
    text: str
    """The text that is served."""
    embed_text: str
    """The text that is embedded: the heading path and the text."""
    headings: tuple[str, ...] = ()
    metadata: Mapping[str, str | list[str]] = field(default_factory=dict)
    payload_digest: str = ""
    """Digest of what may change without embedding anew: metadata, title and location."""
    title: str = ""
    """The document's title."""
    anchor: str | None = None
    """The heading's id in the rendered document, or ``page=3``: what follows ``#`` in an address."""
    start: int | None = None
    """Where the passage begins in the source text, in characters from 0; None where a format has no source text."""
    end: int | None = None
    """Where it ends there, exclusive."""

    @property
    def key(self) -> tuple[str, str]:
        """Two points with the same key serve the same thing."""
        return (self.chunk, self.payload_digest)

    def point_id(self, born: int) -> str:
        """Return the id of this chunk's point as born at ``born`` (a restored chunk has a second life).

        It begins as its chunk does, so that equal scores have one order in every life, known without any payload.
        """
        return tie_of(self.chunk) + stable_uuid(self.chunk, self.payload_digest, born)[TIE_LENGTH:]


def tie_of(chunk: str) -> str:
    """Return what orders a chunk among equal scores: the beginning of the ids of its points."""
    return stable_uuid(chunk)[:TIE_LENGTH]


@dataclass(frozen=True, slots=True)
class Held:
    """A point as a collection holds it, without vector and text."""

    id: str
    chunk: str
    document: str
    digest: str
    payload_digest: str
    born: int
    """First revision that sees it."""
    died: int
    """First revision that no longer sees it; ``FOREVER`` while it lives."""

    @property
    def key(self) -> tuple[str, str]:
        """Two points with the same key serve the same thing."""
        return (self.chunk, self.payload_digest)

    def seen_at(self, revision: int) -> bool:
        """Tell whether a reader at ``revision`` sees this point."""
        return self.born <= revision < self.died


@dataclass(frozen=True, slots=True)
class Stored:
    """A point with all that it carries, as the collection really holds it."""

    held: Held
    wanted: Wanted | None
    """What it serves; None where its payload is not one of ours."""
    vector: NDArray[np.float32] | None
    """Shape (dimension,); None where it has none."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One passage found for a question."""

    document: str
    chunk: str
    score: float
    """Reranker's logit when reranked, reciprocal-rank-fusion score when fused, cosine when dense; higher is nearer."""
    text: str
    headings: tuple[str, ...] = ()
    metadata: Mapping[str, str | list[str]] = field(default_factory=dict)
    title: str = ""
    """The document's title."""
    anchor: str | None = None
    """What follows ``#`` in an address of the passage."""
    start: int | None = None
    """Where the passage begins in the source text, in characters from 0; None where a format has no source text."""
    end: int | None = None
    """Where it ends there, exclusive."""
    also_in: tuple[str, ...] = ()
    """Other documents found with the very same passage under the same headings, best first."""

    @property
    def documents(self) -> tuple[str, ...]:
        """Every document that it was found in."""
        return (self.document, *self.also_in)

    def known_as(self, documents: Collection[str]) -> "Hit":
        """Return the passage as one of ``documents`` has it, if one of them was found with it; else as it is."""
        if self.document in documents:
            return self
        name = next((each for each in self.also_in if each in documents), None)
        return self if name is None else replace(self, document=name, also_in=_but(self.documents, name))

    @classmethod
    def of(cls, wanted: Wanted, score: float) -> "Hit":
        """Return a chunk as the passage that a search finds."""
        names = (name for name in cls.__dataclass_fields__ if name not in {"score", "also_in"})
        return cls(score=score, **{name: getattr(wanted, name) for name in names})


def _but(documents: Sequence[str], one: str) -> tuple[str, ...]:
    return tuple(each for each in documents if each != one)


def once(hits: Iterable[Hit]) -> list[Hit]:
    """Return each passage once, the best of its copies with the others' documents; the order stays."""
    copies: dict[tuple[tuple[str, ...], str], list[Hit]] = {}
    for hit in hits:
        copies.setdefault((hit.headings, hit.text), []).append(hit)
    every = [(found[0], list(dict.fromkeys(hit.document for hit in found))) for found in copies.values()]
    return [replace(best, also_in=_but(documents, best.document)) for best, documents in every]


def sources_of(hits: Iterable[Hit]) -> list[str]:
    """Return every document that these passages were found in, best first."""
    return list(dict.fromkeys(name for hit in hits for name in hit.documents))


@dataclass(frozen=True, slots=True)
class Filter:
    """What a reader may see, and what he asked to see of it. The engines apply it, and it says what they must do.

    Raises:
        UsageError: a group or a condition is impossible.
    """

    groups: frozenset[str] = frozenset()
    """Groups that the reader belongs to; without any he sees open documents alone."""
    where: tuple[tuple[str, str], ...] = ()
    """(key, value) that the metadata must have, all of them; a list has each of its items."""

    def __post_init__(self) -> None:
        for group in self.groups:
            if not GROUP.fullmatch(group):
                raise UsageError(
                    f"no group is called {group!r}; give one name of up to 128 letters, digits and _.:/@+=-"
                )
        for key, value in self.where:
            if not key or len(value) > FACT_LENGTH:
                raise UsageError(
                    f"a condition needs a key, and a value of at most {FACT_LENGTH} characters; "
                    f"this has {key!r} and {len(value)} characters"
                )

    @property
    def readers(self) -> list[str]:
        """Readers that a point must name one of, ordered."""
        return sorted({OPEN, *self.groups})

    @property
    def facts(self) -> list[str]:
        """Facts that a point must have, all of them."""
        return [fact(key, value) for key, value in self.where]

    def lets(self, metadata: Metadata) -> bool:
        """Tell whether this reader gets passages of a document with this metadata."""
        return not set(self.readers).isdisjoint(readers_of(metadata)) and set(self.facts) <= set(facts_of(metadata))

    @classmethod
    def of(cls, groups: Iterable[str], where: Iterable[str]) -> "Filter":
        """Return the filter that a command line's groups and ``key=value`` conditions spell.

        Raises:
            UsageError: a condition has no ``=``, or a part is impossible.
        """
        conditions = []
        for condition in where:
            key, equals, value = condition.partition("=")
            if not equals:
                raise UsageError(f"{condition!r} is no condition; write key=value, as in --where product=press")
            conditions.append((key.strip(), value.strip()))
        return cls(frozenset(groups), tuple(conditions))


def fact(key: str, value: str) -> str:
    """Return one key and value of the metadata as one text, the same for no other pair."""
    return canonical([key, value])


def facts_of(metadata: Metadata) -> list[str]:
    """Return every (key, value) of the metadata that a search can be narrowed by, ordered."""
    pairs = ((key, item) for key, value in metadata.items() for item in ([value] if isinstance(value, str) else value))
    return sorted({fact(key, item) for key, item in pairs if len(item) <= FACT_LENGTH})
