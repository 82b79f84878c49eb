"""Finds access statements below the first prose of a text: whole front matter, and comments of one line."""

from collections.abc import Iterator

from pointsman.core.corpus.statements.lines import VALUED, bare, is_name, is_prose, sets_name
from pointsman.core.corpus.statements.marks import CODE, FENCE, STRICT


def statements_below(lines: list[str], begin: int, name: str) -> Iterator[str]:
    """Yield the lines of front matter that stands below prose, outside blocks of code."""
    at, code = begin, ""
    while at < len(lines):
        mark = lines[at].strip()
        if code:
            code = "" if mark.startswith(code) else code
        elif mark.startswith(CODE):
            code = mark[:3]
        elif mark.startswith("<!--") and mark.endswith("-->"):
            key = VALUED.match(bare(mark))
            if key and is_name(key["key"], name) and not is_prose(key["value"]):
                yield lines[at]
        elif len(mark) >= len("---") and mark[0] in STRICT and not mark.strip(mark[0]):
            end = _end_of_data(lines, at + 1)
            if end > at + 1 and end < len(lines) and lines[end].strip().startswith((mark[:3], "...")):
                yield from (line for line in lines[at + 1 : end] if sets_name(line, name))
                at = end
        at += 1


def _end_of_data(lines: list[str], at: int) -> int:
    """Return the end of the lines from ``at`` that are keys with values, comments or items of a list."""
    begin = at
    while at < len(lines) and (line := lines[at].strip()) and not (FENCE.fullmatch(line) or line == "..."):
        if not (VALUED.match(line) or line[0] in "#-{}[],\"'" or (at > begin and lines[at][0] in " \t")):
            return len(lines)
        at += 1
    return at
