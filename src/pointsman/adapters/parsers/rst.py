"""Reads reStructuredText line by line; ``dispatch`` says why docutils does not do it."""

import re
from collections.abc import Callable
from itertools import count

from pointsman.adapters.parsers.block_writer import MAX_NESTING, BlockWriter, count_words, dedented
from pointsman.adapters.parsers.offsets import Line
from pointsman.adapters.parsers.rst_inline import TARGET, InlineReader
from pointsman.adapters.parsers.rst_lines import (
    ADORNMENT,
    ARGUED,
    FIELD,
    ITEM,
    SURE,
    begins_item,
    code_of,
    field_of,
    id_of,
    indented_to,
    meta_statements,
    next_item,
    options_of,
    unbroken_to,
    underlines,
)
from pointsman.adapters.parsers.rst_tables import csv_table
from pointsman.core.corpus.access import ACCESS

ADMONITIONS = frozenset(
    "attention caution danger error hint important note tip warning seealso todo".split()  # noqa: SIM905
)
VERSIONS = frozenset(("versionadded", "versionchanged", "deprecated", "versionremoved", "deprecated-removed"))
CODE = frozenset(
    "code code-block sourcecode literalinclude parsed-literal prompt doctest testcode testoutput "  # noqa: SIM905
    "productionlist math raw graphviz ipython jinja mermaid".split()
)
NAVIGATION = frozenset(("toctree", "include", "contents", "autosummary", "literalinclude"))
"""Directives that point to other files; the names in them count as links."""
CSV_TABLE = "csv-table"
UNSEEN = frozenset(
    "container cssclass currentmodule default-domain default-role highlight image index meta "  # noqa: SIM905
    "module only py:currentmodule py:module role rst-class sectnum tabs tab-set tabularcolumns".split()
)
"""Directives of which a reader sees only the content, not the name and the argument."""

DIRECTIVE = re.compile(r"\.\. (?:\|(?P<substituted>[^|]+)\| )?(?P<name>[A-Za-z][\w:.+-]*?) ?::(?: (?P<argument>.*))?")
COMMENT = re.compile(r"\.\.( |$)")
FOOTNOTE = re.compile(r"\.\. \[(?P<label>[^\]]+)\] ?(?P<text>.*)")
SIMPLE_TABLE = re.compile(r"=+(?: +=+)+")
GRID_TABLE = re.compile(r"\+-[-+]+-\+")


class RestructuredReader:
    """Writes the blocks of a text in reStructuredText."""

    def __init__(self, write: BlockWriter, statement: str = ACCESS) -> None:
        """Take what collects the blocks, and the name of the access statement."""
        self.metadata: dict[str, str | list[str]] = {}
        self.unread: list[str] = []
        """Options of ``meta`` that may be an access statement; they are no metadata."""
        self._statement = statement
        self._write = write
        self._inline = InlineReader(write)
        self._styles: list[tuple[str, bool]] = []
        """Heading styles in order of appearance: (adornment, whether there is a line above the title too)."""
        self._label: str | None = None
        """Name of the link target just before the next block."""
        self._ids: set[str] = set()
        self._nameless = 1
        """Number from which an id is free: those before are taken."""

    def document(self, lines: list[str]) -> None:
        """Write a whole text."""
        self._inline.learn(lines)
        self.body(lines, depth=0)

    def body(self, lines: list[str], *, depth: int) -> None:
        """Write the blocks of lines whose margin is column 0."""
        if depth > MAX_NESTING:
            self._write.cover_lines(lines)
            self._write.paragraph(self._inline.shown(" ".join(lines)))
            return
        readers: tuple[Callable[[list[str], int, int], int], ...] = (
            self._quote,
            self._explicit,
            self._heading,
            self._table,
            self._doctest,
            self._fields,
            self._list,
            self._paragraph,
        )
        at = 0
        while at < len(lines):
            if not lines[at]:
                at += 1
                continue
            begin, label = at, self._label
            at = next(end for reader in readers if (end := reader(lines, at, depth)) > at)
            if self._label is label and not COMMENT.match(lines[begin]):
                self._label = None

    def _quote(self, lines: list[str], at: int, depth: int) -> int:
        """Read an indented block: a quotation."""
        end = indented_to(lines, at)
        if end > at:
            self.body(dedented(lines[at:end]), depth=depth + 1)
        return end

    def _explicit(self, lines: list[str], at: int, depth: int) -> int:
        """Read a directive or a footnote; skip comments, and link targets, which the links show."""
        line = lines[at]
        if not re.match(r"\.\.( |$)|__ ", line):
            return at
        if line == ".." and not (at + 1 < len(lines) and lines[at + 1]):
            return at + 1
        end = indented_to(lines, at + 1)
        if directive := DIRECTIVE.fullmatch(line):
            self._directive(directive, lines[at], lines[at + 1 : end], depth)
        elif footnote := FOOTNOTE.fullmatch(line):
            self._write.cover_lines([line])
            self._write.lead(f"[{footnote['label']}]")
            self.body([Line.like(footnote["text"], line), *dedented(lines[at + 1 : end])], depth=depth + 1)
            self._write.settle()
        elif (target := TARGET.fullmatch(line)) and target["name"] and not target["url"] and end == at + 1:
            self._label = target["name"].strip("`")
        return end

    def _directive(self, match: re.Match[str], line: str, lines: list[str], depth: int) -> None:
        """Read a directive; its name decides how its content is read."""
        name, argument = match["name"].lower(), (match["argument"] or "").strip()
        if name == CSV_TABLE:
            self._write.cover_lines([line, *lines])
            self._write.verbatim(csv_table(argument, lines, self._inline.shown))
            return
        options, content = options_of(lines)
        if name in NAVIGATION:
            named = " ".join([argument, *content])
            self._write.links += count_words(named)
            self._write.hidden += count_words(named)
        if name == "meta":
            self.unread += meta_statements(lines, self._statement)
        self._write.cover_lines([line, *lines[: len(lines) - len(content)]])
        if name in CODE:
            self._write.paragraph(self._inline.shown(options.get("caption", "")))
            self._write.cover_lines([line, *content] if name in ARGUED else content)
            self._write.verbatim(code_of(name, argument, content))
        elif name in NAVIGATION:
            return
        elif name in UNSEEN:
            self._write.paragraph(self._inline.shown(options.get("alt", "")))
            self.body(dedented(content), depth=depth + 1)
        else:
            lead, body = self._titled(name, Line.like(argument, line), content)
            self._write.cover_lines([line])
            self._write.lead(self._inline.shown(f"{match['substituted'] or ''} {lead}".strip()))
            self.body(body, depth=depth + 1)
            self._write.settle()

    def _titled(self, name: str, argument: str, content: list[str]) -> tuple[str, list[str]]:
        """Return (the words before a directive's content, the content with its part of the argument)."""
        body = dedented(content)
        name = name.rpartition(":")[2] or name
        if name in ADMONITIONS:
            return f"{name}:", [argument, *body]
        if name in VERSIONS:
            version, _, rest = argument.partition(" ")
            return f"{name} {version}:", [Line.like(rest, argument), *body]
        if name in ("admonition", "rubric", "replace", "tab", "group-tab", "tab-item", "dropdown"):
            return f"{argument}:", body
        return f"{name} {argument}:" if argument else f"{name}:", body

    def _heading(self, lines: list[str], at: int, depth: int) -> int:
        """Read a section title over its line, or between two; skip a line alone, which is a transition."""
        first = ADORNMENT.fullmatch(lines[at])
        below = lines[at + 1] if at + 1 < len(lines) else ""
        last = lines[at + 2] if at + 2 < len(lines) else ""
        if first and below and depth == 0 and underlines(last, below.strip()) and last[0] == first[1]:
            self._write.cover_lines(lines[at : at + 3])
            self._title(below, first[1], over=True)
            return at + 3
        if not first and depth == 0 and underlines(below, lines[at]):
            self._write.cover_lines(lines[at : at + 2])
            self._title(lines[at], below[0], over=False)
            return at + 2
        return at + 1 if first and not below and len(lines[at]) >= SURE else at

    def _title(self, text: str, adornment: str, *, over: bool) -> None:
        """Write a heading; its level is the order in which its style first appeared."""
        style = (adornment, over)
        if style not in self._styles:
            self._styles.append(style)
        shown = self._inline.shown(text)
        self._write.heading(self._styles.index(style) + 1, shown, self._anchor(shown))

    def _anchor(self, title: str) -> str | None:
        """Return the id that docutils gives a section: its label, else one made of its title, else a number."""
        label, self._label = self._label, None
        anchor = id_of(label or "") or id_of(title)
        if anchor in self._ids or not anchor:
            self._nameless = next(n for n in count(self._nameless) if f"id{n}" not in self._ids)
            anchor = f"id{self._nameless}"
        self._ids.add(anchor)
        return anchor

    def _table(self, lines: list[str], at: int, _depth: int) -> int:
        """Read a grid table up to an empty line, or a simple table up to its closing border."""
        if GRID_TABLE.fullmatch(lines[at]):
            end = unbroken_to(lines, at)
        elif SIMPLE_TABLE.fullmatch(lines[at]):
            borders = (n for n in range(at + 1, len(lines)) if SIMPLE_TABLE.fullmatch(lines[n]))
            closing = (n for nth, n in enumerate(borders) if nth or n + 1 >= len(lines) or not lines[n + 1])
            end = next(closing, at - 1) + 1
        else:
            return at
        self._write.cover_lines(lines[at:end])
        self._write.verbatim(lines[at:end])
        return end

    def _doctest(self, lines: list[str], at: int, _depth: int) -> int:
        """Read an interactive session up to an empty line."""
        if not lines[at].startswith(">>> "):
            return at
        end = unbroken_to(lines, at)
        self._write.cover_lines(lines[at:end])
        self._write.verbatim(lines[at:end])
        return end

    def _fields(self, lines: list[str], at: int, depth: int) -> int:
        """Read a field list: at the top of the document it is metadata, elsewhere lines of prose."""
        top = depth == 0 and not self._write.below_headings
        found = []
        while at < len(lines) and (match := FIELD.fullmatch(lines[at])):
            end = indented_to(lines, at + 1)
            first = Line.like(match["text"] or "", lines[at])
            found.append((match["name"], lines[at], [first, *dedented(lines[at + 1 : end])]))
            at = next_item(lines, end, FIELD)
        if found and top:
            self.metadata |= dict(field_of(name, text, self._statement) for name, _, text in found)
        elif found:
            self._write.open_list()
            for name, line, text in found:
                self._write.cover_lines([line])
                self._write.lead(f"{name}:")
                self.body(text, depth=depth + 1)
                self._write.settle()
            self._write.close_list()
        return at

    def _list(self, lines: list[str], at: int, depth: int) -> int:
        """Read a bullet or numbered list; each item becomes a line."""
        if not begins_item(lines, at):
            return at
        self._write.open_list()
        number = 0
        while at < len(lines) and (match := ITEM.fullmatch(lines[at])):
            end = indented_to(lines, at + 1)
            label = match["number"] or ""
            number = int(label) if label.isdigit() and not number else number + 1
            self._write.cover_lines(lines[at : at + 1])
            self._write.lead(f"{number}." if label.isdigit() or label == "#" else f"{label}." if label else "-")
            first = Line.like(match["text"] or "", lines[at])
            self.body([first, *dedented(lines[at + 1 : end])], depth=depth + 1)
            self._write.settle()
            at = next_item(lines, end, ITEM)
        self._write.close_list()
        return at

    def _paragraph(self, lines: list[str], at: int, depth: int) -> int:
        """Read a paragraph, a definition (a line over an indented block), and the block that ``::`` opens."""
        inside = next((n for n in range(at + 1, len(lines)) if not lines[n] or lines[n][0] == " "), len(lines))
        indented = inside < len(lines) and bool(lines[inside])
        bar = "| " if lines[at].startswith("| ") else ""
        text = " ".join(" ".join(line.removeprefix(bar) for line in lines[at:inside]).split())
        literal = text.endswith("::")
        if literal:
            text = text.removesuffix("::").rstrip() + ("" if text.endswith(" ::") or text == "::" else ":")
        self._write.cover_lines(lines[at:inside])
        if inside == at + 1 and indented and not literal:
            self._write.lead(self._inline.shown(text).removesuffix(":") + ":")
            stop = indented_to(lines, inside)
            self.body(dedented(lines[inside:stop]), depth=depth + 1)
            self._write.settle()
            return stop
        self._write.paragraph(self._inline.shown(text))
        return self._literal(lines, inside) if literal else inside

    def _literal(self, lines: list[str], at: int) -> int:
        """Read the literal block after ``::``: indented, or quoted with one punctuation mark."""
        while at < len(lines) and not lines[at]:
            at += 1
        end = indented_to(lines, at)
        if end == at and at < len(lines) and ADORNMENT.match(lines[at][:1]) and not lines[at].startswith(".. "):
            end = unbroken_to(lines, at)
            if any(line[0] != lines[at][0] for line in lines[at:end]):
                return at
        self._write.cover_lines(lines[at:end])
        self._write.verbatim(lines[at:end])
        return end
