"""Finds the lines at the head of a text that may say who reads it, in any of the ways in which heads are written.

The head is what stands before the first prose: comments, licenses, front matter of any kind, a title, lines of
``key: value``. Only what a parser did not read as metadata is handed in, so each line found is one that nobody read.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from pointsman.core.corpus.statements.below import statements_below
from pointsman.core.corpus.statements.group_lists import groups_below
from pointsman.core.corpus.statements.lines import (
    BREAK,
    KEY_WORDS,
    SHOWN,
    UNSEEN,
    VALUED,
    begins_with,
    comments_statement,
    has_key,
    has_tag,
    is_name,
    is_named,
    is_prose,
    limits,
    sets_name,
    unescaped,
)
from pointsman.core.corpus.statements.marks import (
    ADORNMENT,
    CODE,
    COMMENTED,
    COMMENTS,
    DATA,
    FENCE,
    FIELD,
    HEADING,
    LEGAL,
    LIMIT_WORDS,
    LINE_COMMENT,
    LIST,
    LONGEST,
    LOUD,
    SHORT,
    STRICT,
    TITLE_WORDS,
    TITLES,
)
from pointsman.core.corpus.statements.other_names import line_limits_readers


def unread_statements(text: str, name: str, *, fields: bool = False) -> Iterator[str]:
    """Yield the lines of a text that may be an access statement.

    Args:
        text: what no parser read as metadata, from its beginning.
        name: the name of the statement.
        fields: whether ``:name:`` at the beginning of a line is a field, as in reStructuredText.
    """
    lines = [line.translate(UNSEEN) for line in BREAK.split(text[:LONGEST])]
    head = _Head(lines, name)
    yield from (line.strip()[:SHOWN] for line in head.read())
    if fields:
        yield from (line.strip()[:SHOWN] for line in lines[head.at : SHORT] if _is_field(line, name))
    yield from (line.strip()[:SHOWN] for line in statements_below(lines, head.at, name))


def commented_statements(text: str, name: str) -> Iterator[str]:
    """Yield the lines of YAML that set the name in a comment or inside a longer text."""
    for line in BREAK.split(text):
        seen = line.translate(UNSEEN)
        comment, first = COMMENTED.search(seen), VALUED.match(seen)
        commented = comment is not None and comments_statement(comment[1], name)
        if commented or (first is not None and is_name(first["key"], name)):
            yield line.strip()[:SHOWN]


def _is_field(line: str, name: str) -> bool:
    found = FIELD.match(line)
    return found is not None and is_named(found["key"], name)


@dataclass(slots=True)
class _Head:
    """Reads the lines of a head, one after the other."""

    lines: list[str]
    name: str
    at: int = 0
    """Number of the line that comes next."""
    titles: int = 0
    closings: dict[str, list[int]] = field(default_factory=dict)
    """Numbers of the lines that may close a region, by their mark."""

    def read(self) -> Iterator[str]:
        """Yield the lines of the head that may be a statement; afterwards, ``at`` is the first line below it."""
        while self.at < len(self.lines):
            line = self.lines[self.at].strip()
            if not line:
                self.at += 1
                continue
            readers = (self._comment, self._fence, self._braces, self._single)
            found = next((found for reader in readers if (found := reader(line)) is not None), None)
            if found is None:
                return
            yield from found

    def _comment(self, line: str) -> list[str] | None:
        """Read a comment and return what it says; None where none begins."""
        tight = line.replace(" ", "").lower()
        pair = next((pair for pair in COMMENTS if tight.startswith(pair[0])), None)
        if pair is not None:
            return self._long_comment(*pair)
        if not LINE_COMMENT.match(line):
            return None
        begin = self.at
        self.at += 1
        if line.startswith(".."):
            while self.at < len(self.lines) and (not self.lines[self.at].strip() or self.lines[self.at][0] in " \t"):
                self.at += 1
        return [each for each in self.lines[begin : self.at] if comments_statement(each, self.name)]

    def _long_comment(self, opening: str, closing: str) -> list[str]:
        """Read up to the end of a comment; what follows on its last line is a line of its own."""
        begin, inside = self.at, self.lines[self.at].replace(" ", "").lower().partition(opening)[2]
        while closing not in inside and self.at + 1 < len(self.lines):
            self.at += 1
            inside = self.lines[self.at].replace(" ", "").lower()
        last = self.lines[self.at]
        comment = self.lines[begin : self.at]
        end = last.lower().rfind(closing) if closing in last.lower() else -1
        rest = last[end + len(closing) :].strip() if end >= 0 else ""
        comment.append(last[: len(last) - len(rest)] if rest else last)
        if rest and rest != last.strip():
            self.lines[self.at] = rest
        else:
            self.at += 1
        return [each for each in comment if comments_statement(each, self.name) or has_tag(each, self.name)]

    def _fence(self, line: str) -> list[str] | None:
        """Read what stands between two lines of dashes or the like; None where none begins."""
        opening = FENCE.fullmatch(line)
        if opening is None:
            return None
        mark, info = line[0], (opening["info"] or "").strip(" #-")
        begin, closed = self.at + 1, self._closing(mark, self.at + 1)
        if mark in "`~" and info.split(" ")[0].strip("{}.").lower() not in DATA:
            return None
        follows = self.lines[begin].strip() if begin < len(self.lines) else ""
        end = closed if closed is not None and (mark in STRICT or closed - begin <= SHORT) else self._data_end(begin)
        if not follows:
            self.at = begin
            return [line] if sets_name(info, self.name) else []
        self.at = min(end + 1, len(self.lines)) if closed is not None and end == closed else max(end, begin)
        region = (info, *self.lines[begin:end])
        return [each for each in region if sets_name(each, self.name) or line_limits_readers(each)]

    def _closing(self, mark: str, begin: int) -> int | None:
        """Return the number of the line that closes a region, or None; the lines are looked through once."""
        if not self.closings:
            self.closings = {"": []}
            for number, each in enumerate(self.lines):
                line = each.strip()
                if line[:1] == "}":
                    self.closings.setdefault("}", []).append(number)
                elif line == "..." or (len(line) > 1 and not line.strip(line[0])):
                    self.closings.setdefault(line[0], []).append(number)
        nexts = (self.closings.get(each, []) for each in (mark, *("." if mark in STRICT else "")))
        return min(
            (numbers[at] for numbers in nexts if (at := bisect_left(numbers, begin)) < len(numbers)), default=None
        )

    def _data_end(self, at: int) -> int:
        """Return the end of the lines that look like data, in front matter that nothing closes."""
        while at < len(self.lines) and (
            not (line := self.lines[at].strip()) or VALUED.match(line) or self.lines[at][0] in " \t#-{}[],\"'"
        ):
            at += 1
        return at

    def _braces(self, line: str) -> list[str] | None:
        """Read an object in braces or brackets."""
        if line[0] not in "{[":
            return None
        begin, close = self.at, "}" if line[0] == "{" else "]"
        end = begin + 1
        if not (close in line[1:] or line[0] == "["):
            closed = self._closing(close, begin + 1)
            end = self._data_end(begin + 1) if closed is None else closed + 1
        self.at = max(end, begin + 1)
        return [each for each in self.lines[begin : self.at] if has_key(each, self.name) or line_limits_readers(each)]

    def _single(self, line: str) -> list[str] | None:
        """Read one line: a tag, a heading, a key with a value, or a title; None for prose, where the head ends."""
        said = self._is_unread_markup(line)
        if said is not None:
            self.at += 1
            return [line] if said else []
        loud, valued = LOUD.match(line), VALUED.match(line)
        if loud and is_named(loud["key"], self.name):
            self.at += 1
            return [line]
        if valued and len(valued["key"].split()) <= KEY_WORDS + 1:
            self.at += 1
            self._continued()
            if self._is_bare_statement(valued["key"], valued["value"]) or self._is_bare_limit(line):
                return [line]
            return None if self._announces(valued["value"]) else []
        return self._row_or_title(line)

    def _is_unread_markup(self, line: str) -> bool | None:
        """Tell whether a tag or a title is a statement; None for any other line."""
        if line[0] == "<":
            return has_tag(line, self.name)
        if is_named(line, self.name) and groups_below(self.lines, self.at):
            return True
        return self._is_titled_statement(line) if HEADING.match(line) else None

    def _row_or_title(self, line: str) -> list[str] | None:
        """Read a row of a table, a line of signs or of a license, or a title; None for prose and code."""
        if line.startswith(CODE):
            return None
        said = self._is_row(line) or (begins_with(line, self.name) and limits(line))
        if said or line[0] == "|" or not any(each.isalnum() for each in line):
            self.at += 1
            return [line] if said else []
        if LEGAL.search(line):
            self._pass_paragraph()
            return []
        return [] if self._pass_title(line) else None

    def _is_row(self, line: str) -> bool:
        """Tell whether a line is a row of a table with the name and its value."""
        cells = [cell.strip(" *_`") for cell in line.strip("|").split("|")] if line[0] == "|" else []
        return len(cells) == len("kv") and is_name(cells[0], self.name) and not is_prose(cells[1])

    def _pass_title(self, line: str) -> bool:
        """Go below a title, with its underline; return whether the line is one."""
        if self._is_underlined(line):
            self.at += 2
            return True
        short = len(line.split()) <= TITLE_WORDS and line[-1] not in ".!?:,"
        if self.titles >= TITLES or not short or not self._alone():
            return False
        self.titles += 1
        self.at += 1
        return True

    def _is_underlined(self, title: str) -> bool:
        """Tell whether the line below a title is a row of one punctuation mark."""
        below = self.lines[self.at + 1].strip() if self.at + 1 < len(self.lines) else ""
        return bool(ADORNMENT.fullmatch(below)) and len(below) >= min(len(title), len("---"))

    def _pass_paragraph(self) -> None:
        """Go to the end of a paragraph; a line of dashes ends it too."""
        self.at += 1
        while self.at < len(self.lines) and (line := self.lines[self.at].strip()) and not FENCE.fullmatch(line):
            self.at += 1

    def _alone(self) -> bool:
        """Tell whether the line that comes next is a paragraph of its own, or stands over data."""
        follows = self.lines[self.at + 1].strip() if self.at + 1 < len(self.lines) else ""
        return not follows or bool(VALUED.match(follows))

    def _continued(self) -> None:
        """Pass the indented lines that go on with a value."""
        while self.at < len(self.lines) and self.lines[self.at].strip() and self.lines[self.at][0] in " \t":
            if VALUED.match(self.lines[self.at].strip()):
                return
            self.at += 1

    def _announces(self, value: str) -> bool:
        """Tell whether the line above ends in a colon and announces what comes below: it is prose."""
        return not value.strip() and not (self.at < len(self.lines) and self.lines[self.at].strip())

    def _is_bare_statement(self, key: str, value: str) -> bool:
        return len(key.split()) <= KEY_WORDS and is_named(unescaped(key), self.name) and not is_prose(value)

    def _is_bare_limit(self, line: str) -> bool:
        return len(line.split()) <= LIMIT_WORDS and line[-1] not in ".!?" and line_limits_readers(line)

    def _is_titled_statement(self, line: str) -> bool:
        """Tell whether a line with ``#`` is a comment with a statement, rather than a heading about access."""
        found = VALUED.match(line)
        if not found or not is_named(found["key"], self.name):
            return False
        return not found["key"].strip().istitle() or found["value"].strip()[:1] in LIST or limits(found["value"])
