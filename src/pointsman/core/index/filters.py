"""Filters: what a reader may see, in the form that the index engines apply."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from unicodedata import normalize

from pointsman.core.corpus.access import GROUP, OPEN, readers_of
from pointsman.core.corpus.documents import Metadata
from pointsman.core.errors import UsageError
from pointsman.core.hashing import canonical

FACT_LENGTH = 256
"""Longest metadata value, in characters, that a search can be restricted to."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What a reader may see, and the conditions that the reader gave. The index engines apply both.

    Raises:
        UsageError: a group or a condition is not allowed.
    """

    groups: frozenset[str] = frozenset()
    """Groups of the reader. A reader without groups sees only documents that are open to everybody."""
    where: tuple[tuple[str, str], ...] = ()
    """(key, value) pairs that the metadata must have, all of them. A list value has each of its items."""
    hidden: frozenset[str] = frozenset()
    """Ids of documents that this reader may no longer get, whatever the index says of their readers."""

    def __post_init__(self) -> None:
        for group in self.groups:
            if not GROUP.fullmatch(group):
                raise UsageError(
                    f"{group!r} cannot be a group; give one name of up to 128 letters, digits and _.:/@+=-"
                )
        for key, value in self.where:
            if not key or len(value) > FACT_LENGTH:
                raise UsageError(
                    f"a condition has the key {key!r} and a value of {len(value)} characters; "
                    f"give a key, and a value of at most {FACT_LENGTH} characters"
                )

    @property
    def readers(self) -> list[str]:
        """Names of which a point must list at least one among its readers, sorted."""
        return sorted({OPEN, *self.groups})

    @property
    def facts(self) -> list[str]:
        """Facts that a point must have, all of them (see ``fact``)."""
        return [fact(key, value) for key, value in self.where]

    def without(self, caps: Mapping[str, tuple[str, ...]]) -> "Filter":
        """Return the filter that also hides the documents whose cap (document id → readers) leaves this reader out."""
        readers = set(self.readers)
        outside = {document for document, cap in caps.items() if OPEN not in cap and readers.isdisjoint(cap)}
        return replace(self, hidden=self.hidden | outside) if outside else self

    def shows(self, document: str, metadata: Metadata) -> bool:
        """Return whether this reader may get passages of a document with this id and metadata."""
        return document not in self.hidden and self.lets(metadata)

    def lets(self, metadata: Metadata) -> bool:
        """Return whether this reader may get passages of a document with this metadata, if it is not hidden."""
        return not set(self.readers).isdisjoint(readers_of(metadata)) and set(self.facts) <= set(facts_of(metadata))

    @classmethod
    def of(cls, groups: Iterable[str], where: Iterable[str]) -> "Filter":
        """Return the filter for the groups and ``key=value`` conditions of a command line.

        Raises:
            UsageError: a condition has no ``=``, or a part is not allowed.
        """
        conditions = []
        for condition in where:
            key, equals, value = condition.partition("=")
            if not equals:
                raise UsageError(
                    f"{condition!r} is not a condition; write key=value, for example --where product=press"
                )
            conditions.append((key.strip(), value.strip()))
        return cls(frozenset(groups), tuple(conditions))


def fact(key: str, value: str) -> str:
    """Return a key and value of the metadata as one text, in Unicode form NFC. No other pair gives the same text."""
    return canonical([normalize("NFC", key), normalize("NFC", value)])


def facts_of(metadata: Metadata) -> list[str]:
    """Return every key and value of the metadata that a search can be restricted to, each as one text, sorted."""
    pairs = ((key, item) for key, value in metadata.items() for item in ([value] if isinstance(value, str) else value))
    return sorted({fact(key, item) for key, item in pairs if len(item) <= FACT_LENGTH})
