"""The tables in a text: which line belongs to which table, and what each is called."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

ROW = re.compile(r"^\s*\|.*\|\s*$")
"""A row of Markdown, of a grid table of reStructuredText, or of HTML as it is read."""
BORDER = re.compile(r"^\s*(?:\|(?=[\s:|]*+-)(?:[\s:-]*+\|)++|\+[-=+]{3,}|=+(?:[ ]+=+)+)\s*$")
"""The line below the heads of a table, or between its rows; nobody reads a fact in it."""
CAPTION = re.compile(r"^\s*(?:Table|Tab\.)\s{0,8}[\w.]{0,40}\s{0,8}[:.]\s*+(?P<caption>[^|\n]+)$", re.IGNORECASE)
"""A line of prose that says what a table shows."""
BOLD = re.compile(r"^\s*(?P<mark>\*\*|__)(?P<caption>[^*_|\n]+)(?P=mark)[:.]?\s*$")
DIRECTIVE = re.compile(r"^(?:table|list-table)(?::|\s++(?P<caption>[^|\n]+))$")
"""What is left of the first line of a directive of reStructuredText that makes a table."""
LIST_TABLE = "list-table"
LIST_ROW = re.compile(r"^\s*[-*+] [-*+] ")
"""The first cell of a row of a ``list-table``."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One table of a text; two are never equal, even with the same caption."""

    caption: str
    """What it is called; empty if the text does not say."""


Lines = Sequence[str]
"""The lines of a block: a part of a text between two empty lines."""


def lines_with_tables(text: str) -> Iterator[tuple[str, Table | None]]:
    """Yield each line of a text that is not empty, with the table that it belongs to; borders are left out.

    The line with the caption belongs to the table.
    """
    blocks = [block.split("\n") for block in re.split(r"\n[ \t]*\n", text)]
    for block, table in zip(blocks, _tables_of(blocks), strict=True):
        yield from ((line, table) for line in block if line.strip() and not (table and BORDER.match(line)))


def _tables_of(blocks: Sequence[Lines]) -> list[Table | None]:
    """Return the table of each block; None for other text."""
    tabular: list[bool] = []
    for n, block in enumerate(blocks):
        tabular.append(_is_table(block, after=blocks[n - 1] if n else (), continued=bool(n) and tabular[-1]))
    found: list[Table | None] = [None] * len(blocks)
    for n, block in enumerate(blocks):
        if not tabular[n]:
            continue
        above = found[n - 1] if n and tabular[n - 1] else None
        if above and not _begins(block):
            found[n] = above
            continue
        over = _caption(blocks[n - 1], CAPTION, BOLD, DIRECTIVE) if n and found[n - 1] is None else None
        last = n + 1 < len(blocks) and not tabular[n + 1] and not any(tabular[n + 2 : n + 3])
        under = _caption(blocks[n + 1], CAPTION) if last and over is None else None
        found[n] = Table(over or _inside(block) or under or "")
        if over is not None:
            found[n - 1] = found[n]
        elif under is not None and not _inside(block):
            found[n + 1] = found[n]
    return found


def _is_table(block: Lines, *, after: Lines, continued: bool) -> bool:
    """Return whether a block is a table, or a further part of one."""
    if any(ROW.match(line) for line in block[:2]) or BORDER.match(block[0]):
        return True
    return bool(LIST_ROW.match(block[0])) and (continued or " ".join(after).startswith(LIST_TABLE))


def _begins(block: Lines) -> bool:
    """Return whether a block that stands below a table is another table: it has a head or a caption of its own."""
    return bool(_inside(block)) or any(BORDER.match(line) for line in block)


def _inside(block: Lines) -> str:
    """Return the caption that is the first line of a table, as HTML has it."""
    first = block[0].strip()
    return first if len(block) > 1 and ROW.match(block[1]) and not (ROW.match(first) or BORDER.match(first)) else ""


def _caption(block: Lines, *patterns: re.Pattern[str]) -> str | None:
    """Return the caption that a block of one line is, empty for a directive that has none; None for other text."""
    found = next((f for p in patterns if (f := p.match(block[0]))), None) if len(block) == 1 else None
    return (found["caption"] or "").strip() if found else None
