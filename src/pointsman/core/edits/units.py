"""What an edit is compared by: the sentences of a text, and the lines of its lists, tables and code."""

import re
from dataclasses import dataclass

from pointsman.core.edits.normalize import Word, words_of
from pointsman.core.edits.tables import Table, lines_with_tables
from pointsman.core.edits.word_diff import key_of

MARKER = re.compile(r"^(?:(?P<number>(?:\d+|[a-z]|[ivx]+)[.)])|[-*+•])\s+")
"""Beginning of an item of a list."""
SENTENCE = re.compile(
    r"(?<=[.!?])(?<!e\.g\.)(?<!i\.e\.)(?<!cf\.)(?i:(?<!\bmax\.)(?<!\bmin\.)(?<!\bdr\.)(?<!\bmr\.)(?<!\bmrs\.)(?<!\bms\.))\s+"
)

Path = tuple[str, ...]
"""Headings, outermost first; or the words of a unit in canonical form."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, or a line of a list, a table or code."""

    raw: str
    """The text."""
    words: tuple[Word, ...]
    """Its words in canonical form."""
    numbered: bool
    """Whether it is an item of a numbered list."""
    line: bool
    """Whether it is an item of any list. The order of items without numbers does not matter."""
    key: Path
    """Canonical form: two units with the same key say the same."""
    table: Table | None = None
    """The table that it is a line of."""


def units_of(text: str) -> list[Unit]:
    """Return the sentences of a text; of lists, tables and code the lines. Borders of tables are none."""
    units: list[Unit] = []
    for line, table in lines_with_tables(text):
        marker = MARKER.match(line)
        body = line[marker.end() :] if marker else line
        numbered, item = bool(marker and marker["number"]), marker is not None
        parts = [body] if line.startswith((" ", "\t", "|")) else SENTENCE.split(body)
        worded = ((part, tuple(words_of(part))) for part in parts if part.strip())
        units += [
            Unit(part, words, numbered=numbered, line=item, key=key_of(words), table=table)
            for part, words in worded
            if words
        ]
    return units
