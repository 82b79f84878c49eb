"""Reads the directive ``csv-table`` of reStructuredText: its caption, its header and its rows, a line for each."""

import csv
import re
import sys
from collections.abc import Callable, Mapping, Sequence

from pointsman.adapters.parsers.block_writer import dedented
from pointsman.adapters.parsers.rst_lines import FIELD, options_of, unbroken_to

ELSEWHERE = ("file", "url")
"""Options that name where the rows are, if they are not in the document."""
CODE_POINT = re.compile(r"(?:0x|\\?x|U\+|\\?u)(?P<hexadecimal>[0-9a-f]{1,6})|(?P<decimal>\d{2,7})", re.IGNORECASE)
"""How docutils lets a character be written: ``U+003B``, ``0x3b``, ``59``."""
NAMED_CHARACTERS = {"tab": "\t", "space": " "}


def csv_table(argument: str, lines: list[str], shown: Callable[[str], str]) -> list[str]:
    """Return what a reader sees of a table: its caption, if it has one, its header and its rows, with bars between.

    Rows in another file are not read, and the last line says so. Rows that are no CSV are returned as they are written.

    Args:
        argument: the rest of the directive's first line.
        lines: all below it that is indented.
        shown: returns what a reader sees of a cell.
    """
    end = unbroken_to(lines, 0)
    begin = next((n for n in range(end) if FIELD.fullmatch(lines[n].strip())), end)
    options, rest = options_of(lines[begin:end])
    caption = shown(" ".join([argument, *(line.strip() for line in lines[:begin])]))
    content = dedented([*rest, *lines[end:]])
    header = _rows([options.get("header", "")], options) or []
    places = [options[name].strip() for name in ELSEWHERE if name in options]
    rows = [] if places else _rows(content, options)
    below = [line for line in content if line] if rows is None else [_line(row, shown) for row in rows]
    unread = [f"{' '.join(place.split())} is not read" for place in places]
    return [*filter(None, [caption]), *(_line(row, shown) for row in header), *below, *unread]


def _rows(lines: Sequence[str], options: Mapping[str, str]) -> list[list[str]] | None:
    """Return the rows of CSV; None where the lines are none, or where tabs part the cells: tabs are expanded by now."""
    delimiter, quote = _character(options.get("delim", ",")), _character(options.get("quote", '"'))
    escape = _character(options["escape"]) if "escape" in options else None
    if delimiter in {"", "\t"} or not quote or escape == "":
        return None
    try:
        found = csv.reader(
            [f"{line}\n" for line in lines], strict=True, delimiter=delimiter, quotechar=quote, escapechar=escape,
            doublequote=escape is None, skipinitialspace="keepspace" not in options,
        )  # fmt: skip
        return [row for row in found if any(cell.strip() for cell in row)]
    except (csv.Error, ValueError):
        return None


def _character(written: str) -> str:
    """Return the character that an option names; empty if it names none."""
    written = written.strip() or " "
    if len(written) == 1:
        return written
    if (code := CODE_POINT.fullmatch(written)) is None:
        return NAMED_CHARACTERS.get(written.lower(), "")
    number = int(code["hexadecimal"], 16) if code["hexadecimal"] else int(code["decimal"])
    return chr(number) if 0 < number <= sys.maxunicode else ""


def _line(cells: Sequence[str], shown: Callable[[str], str]) -> str:
    return "| " + " | ".join(shown(" ".join(cell.split())) for cell in cells) + " |"
