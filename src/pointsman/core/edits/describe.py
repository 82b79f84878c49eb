"""One change of an edit in words, as reports and the command line show it."""

import re
from collections.abc import Mapping
from typing import Any

from pointsman.core.edits.tables import CAPTION, ROW

EXCERPT = 80
"""Characters of a document's text that a phrase quotes, at most."""

OLD_CAPTION = re.compile(
    r"^\s*(?:(?:Table|Tab\.)\s{0,8}[\w.]{0,40}\s{0,8}[:.]|(?:list-table|csv-table|table)\s+(?=\S))\s*(?P<caption>[^|:\n]+)",
    re.IGNORECASE,
)
"""How the text of a change begins with a table's caption, in a record that does not name its tables."""

TABLE_LINE = re.compile(r"^\s*(?:\||\+[-=+]{3})")
"""How a row or a border of a table begins."""


def change_in_words(change: Mapping[str, Any], *, section: bool = False) -> str:
    """Return what changed: ``added: …``, ``removed: …``, or ``… is now …``; in a table with its caption before it.

    Args:
        change: as the record of an edit keeps it; ``table`` and ``whole`` are missing in older ones.
        section: whether to say where it is, if no caption says it.

    >>> change_in_words({"before": "10", "after": "99", "table": "Fares by zone"})
    "table 'Fares by zone': '10' is now '99'"
    """
    table = change.get("table")
    said = _what(change)
    if table is not None:
        named = f"table {table!r}" if table else "a table"
        said = f"{_verb(change)}: {named}" if change.get("whole") else f"{named}: {said}"
    where = change.get("section") if section and not table else None
    return f"{said} in {where!r}" if where else said


def _verb(change: Mapping[str, Any]) -> str:
    return "added" if change.get("after") else "removed"


def _what(change: Mapping[str, Any]) -> str:
    """Return the change without the name of its table."""
    shown = cells if change.get("table") is not None else excerpt
    before, after = (str(change.get(side) or "") for side in ("before", "after"))
    if not before or not after:
        return f"{_verb(change)}: {shown(after or before)}"
    old, new = shown(before), shown(after)
    if old == new:
        moved = change.get("facet") in ("order", "section")
        return f"{old} stands in another place" if moved else f"{old} changed"
    return f"{old} is now {new}"


def excerpt(text: str) -> str:
    """Return the beginning of a text on one line, in quotes; a table is its caption, or ``a table``."""
    if caption := OLD_CAPTION.match(text):
        return f"table {caption['caption'].strip()!r}"
    return "a table" if TABLE_LINE.match(text) else _quoted(text)


def cells(text: str) -> str:
    """Return the cells of a table's row, or any other words in a table, in quotes."""
    if caption := CAPTION.match(text):
        return _quoted(caption["caption"])
    if ROW.match(text):
        return _quoted(", ".join(cell for each in text.strip().strip("|").split("|") if (cell := each.strip())))
    return _quoted(text)


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= EXCERPT else f"{line[: EXCERPT - 1].rstrip()}…")
