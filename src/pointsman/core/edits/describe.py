"""One change of an edit in words, as reports and the command line show it."""

import re
from collections.abc import Mapping
from typing import Any

EXCERPT = 80
"""Characters of a document's text that a phrase quotes, at most."""

CAPTION = re.compile(
    r"^\s*(?:(?:Table|Tab\.)\s*[\w.]*\s*[:.]|(?:list-table|csv-table|table)\s+(?=\S))\s*(?P<caption>[^|:\n]+)",
    re.IGNORECASE,
)
"""How a table's caption is written, in prose or by a directive of reStructuredText."""

TABLE_LINE = re.compile(r"^\s*(?:\||\+[-=+]{3})")
"""How a row or a border of a table begins."""


def change_in_words(change: Mapping[str, Any]) -> str:
    """Return what changed: ``added: …``, ``removed: …``, or ``… is now …``.

    >>> change_in_words({"before": "", "after": "]"})
    'added: ]'
    """
    before, after = str(change.get("before") or ""), str(change.get("after") or "")
    if not before or not after:
        return f"added: {excerpt(after)}" if after else f"removed: {excerpt(before)}"
    old, new = excerpt(before), excerpt(after)
    if old == new:
        moved = change.get("facet") in ("order", "section")
        return f"{old} stands in another place" if moved else f"{old} changed"
    return f"{old} is now {new}"


def excerpt(text: str) -> str:
    """Return the beginning of a text on one line; a table is its caption, or ``a table``."""
    if caption := CAPTION.match(text):
        return f"the table “{caption['caption'].strip()}”"
    if TABLE_LINE.match(text):
        return "a table"
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT else f"{line[: EXCERPT - 1].rstrip()}…"
