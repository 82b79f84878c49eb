"""A result as small tables: what the terminal prints and a notebook shows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import zip_longest
from typing import Any

from pointsman.api.phrases import shortened
from pointsman.core.visible import visible

STYLE = "text-align:left;vertical-align:top;padding:2px 8px"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultTable:
    """A titled table of texts."""

    title: str
    rows: tuple[tuple[str, ...], ...]
    """A text for each column; line breaks inside a text are kept."""
    columns: tuple[str, ...] = ()
    """Headers; empty for names and values."""
    footnote: str = ""
    """A line below the table: how to read it, or what to type next."""

    def __post_init__(self) -> None:
        """Show control characters as escapes, for terminals and notebooks alike."""
        for name in ("title", "footnote"):
            object.__setattr__(self, name, visible(getattr(self, name)))
        object.__setattr__(self, "columns", tuple(visible(name) for name in self.columns))
        object.__setattr__(self, "rows", tuple(tuple(visible(text) for text in row) for row in self.rows))

    def as_html(self) -> str:
        """Return the table as HTML, every text escaped."""
        head = f"<tr>{''.join(_cell('th', name) for name in self.columns)}</tr>" if self.columns else ""
        body = "".join(f"<tr>{self._row(row)}</tr>" for row in self.rows)
        note = f"<p>{escape(self.footnote)}</p>" if self.footnote else ""
        return f"<table><caption>{escape(self.title)}</caption>{head}{body}</table>{note}"

    def as_text(self) -> str:
        """Return the table as plain text, one line a row; further lines of a text stand below it."""
        rows = [self.columns, *self.rows] if self.columns else list(self.rows)
        widths = [max(len(line) for text in column for line in text.split("\n")) for column in zip(*rows, strict=True)]
        lines = [line for row in rows for line in _aligned(row, widths)]
        return "\n".join([*filter(None, [self.title]), *lines, *filter(None, [self.footnote])])

    def _row(self, row: Sequence[str]) -> str:
        first = "td" if self.columns else "th"
        return "".join(_cell(first if n == 0 else "td", text) for n, text in enumerate(row))


def _aligned(row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    """Yield the lines of a row, each column padded to its width."""
    cells = (text.split("\n") for text in row)
    for parts in zip_longest(*cells, fillvalue=""):
        yield "  ".join(part.ljust(width) for part, width in zip(parts, widths, strict=True)).rstrip()


def _cell(tag: str, text: str) -> str:
    return f'<{tag} style="{STYLE}">{escape(text).replace(chr(10), "<br>")}</{tag}>'


def said(value: object) -> str:
    """Return a value as people read it: three decimals at most, ``-`` for nothing, ids cut to 8 characters."""
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return shortened(str(value))


def facts(title: str, rows: Sequence[tuple[str, object]], *, footnote: str = "") -> ResultTable:
    """Return a table of names and values; a name that repeats the one above is left out."""
    return ResultTable(title=title, rows=tuple((name, said(value)) for name, value in rows), footnote=footnote)


def listed(name: str, lines: Sequence[object]) -> list[tuple[str, object]]:
    """Return lines as rows of which only the first has the name."""
    return [(name if n == 0 else "", line) for n, line in enumerate(lines)]


def lines_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], *, footnote: str = ""
) -> ResultTable:
    """Return a table with headers."""
    texts = tuple(tuple(said(value) for value in row) for row in rows)
    return ResultTable(title=title, columns=tuple(columns), rows=texts, footnote=footnote)


def flat(value: Mapping[str, Any], before: str = "") -> list[tuple[str, object]]:
    """Return nested values as rows, their names joined by dots; what is empty is left out."""
    rows: list[tuple[str, object]] = []
    for name, item in value.items():
        if isinstance(item, Mapping):
            rows += flat(item, f"{before}{name}.")
        elif isinstance(item, (list, tuple)):
            rows += listed(f"{before}{name}", [str(line) for line in item])
        elif item is not None:
            rows.append((f"{before}{name}", item))
    return rows
