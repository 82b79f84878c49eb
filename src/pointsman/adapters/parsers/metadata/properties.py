"""The result of reading metadata, and how the names and values of properties are judged."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pointsman.core.corpus.documents import Metadata
from pointsman.core.corpus.statements.keys import is_alike
from pointsman.core.corpus.statements.lines import SHOWN, is_statement
from pointsman.core.corpus.statements.other_names import limits_readers, line_limits_readers


@dataclass(frozen=True, slots=True)
class Properties:
    """What a document says about itself."""

    metadata: Metadata = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    """What may be an access statement and was not read as one, as it is quoted to a person."""


def groups(text: str) -> list[str]:
    """Return the names in a list with commas, in brackets or not; a list with no name at all has one empty name."""
    inside = text.strip()
    if inside.startswith("[") and inside.endswith("]"):
        inside = inside[1:-1]
        if not inside.strip():
            return []
    named = [part.strip() for part in inside.split(",") if part.strip()]
    return named or [""]


def suspicious(named: Iterable[tuple[str, str]], statement: str) -> Iterator[str]:
    """Yield the properties whose name is like the statement's, or whose value is a statement itself."""
    for name, value in named:
        stated = name == statement or is_alike(name, statement) or is_statement(value, statement)
        if stated or limits_readers(name, value) or line_limits_readers(value):
            yield f"{name}: {value}"[:SHOWN]
