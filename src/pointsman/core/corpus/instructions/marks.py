"""Marks of passages that give orders to a language model, as a person reads them and as memory keeps them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

SCREEN_VERSION = 2
"""Version of the screen. A new version screens every document again."""
OVERRIDE, PERSONA, ANSWER, REVEAL, ADDRESS = "override", "persona", "answer", "reveal", "address"
"""Signs: what words ask of a model."""
ROLE, TOOL = "role", "tool"
"""Signs: marks of a chat's roles, and the syntax of a tool call."""
HIDDEN, CHARACTERS = "hidden", "characters"
"""Signs: text that no reader of the page sees, and characters that no reader sees."""
MEANINGS: Mapping[str, str] = {
    OVERRIDE: "tells a model to leave its instructions", PERSONA: "gives a model a role",
    ANSWER: "tells a model how to answer", REVEAL: "asks a model for its instructions or for what a reader said",
    ADDRESS: "speaks to a language model", ROLE: "has the role marks of a chat", TOOL: "has the syntax of a tool call",
    HIDDEN: "speaks to a model in text that no reader sees", CHARACTERS: "has unseen characters that carry text",
}  # fmt: skip
"""Sign → what a marked passage does."""
QUOTED = 120
"""Characters of a passage that are quoted, at most."""


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A passage that a person should look at."""

    sign: str
    """Key of ``MEANINGS``."""
    passage: str
    """As it stands in the document, at most ``QUOTED`` characters; what cannot be seen is escaped."""
    how: str = ""
    """How it is disguised or hidden; empty for open text."""
    key: str = field(default="", compare=False)
    """Digest of the sign and of the whole passage: what a person approves."""

    @property
    def sentence(self) -> str:
        """What it does, and the passage in quotes."""
        way = f" ({self.how})" if self.how else ""
        return f"{MEANINGS[self.sign]}{way}: “{self.passage}”"


@dataclass(frozen=True, slots=True)
class HiddenText:
    """A text that no reader of the page sees."""

    how: str
    """How it is hidden, in words."""
    text: str
    plain: bool = False
    """Whether text is never hidden in this way except to deceive: any sentence counts."""


def shown(passage: str) -> str:
    """Return a passage in one line, cut to ``QUOTED`` characters; what cannot be seen stands as its code."""
    line = "".join(c if c.isprintable() else _escaped(c) for c in " ".join(passage[: 4 * QUOTED].split()))
    return line if len(line) <= QUOTED else f"{line[: QUOTED - 1]}…"


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\U{code:08x}" if code > 0xFFFF else f"\\u{code:04x}"  # noqa: PLR2004 - the last code of 16 bits


def column_of(marks: Iterable[Mark]) -> str | None:
    """Return marks as one text, for a column of what was measured of a document; None without any."""
    rows = [[mark.sign, mark.passage, mark.how, mark.key] for mark in marks]
    return json.dumps(rows, ensure_ascii=False) if rows else None


def marks_of(column: str | None) -> tuple[Mark, ...]:
    """Return the marks that ``column_of`` wrote."""
    return tuple(Mark(*row) for row in json.loads(column)) if column else ()
