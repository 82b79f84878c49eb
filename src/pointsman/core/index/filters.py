"""Filters: what a reader may see, as the engines apply it."""

from collections.abc import Iterable
from dataclasses import dataclass

from pointsman.core.corpus.access import GROUP, OPEN, readers_of
from pointsman.core.corpus.documents import Metadata
from pointsman.core.errors import UsageError
from pointsman.core.hashing import canonical

FACT_LENGTH = 256
"""Characters of a metadata value up to which a search can be narrowed by it."""


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
