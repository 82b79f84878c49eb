"""Result tables drawn in the terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pointsman.api.tables import report as report_tables
from pointsman.api.tables import result as results
from pointsman.api.tables.result import ResultTable

WHOLE = frozenset({"when", "decision", "release", "generator", "certificate", "chunk"})
"""Columns of ids and times: half an id finds nothing."""


def drawn(table: ResultTable) -> Iterator[RenderableType]:
    """Yield what the terminal prints of a table: the table, and its footnote.

    Texts are escaped, so that a document's text is never taken for markup. A table of one column is plain lines.
    """
    if table.rows and len(table.rows[0]) == 1:
        yield from (Text(row[0]) for row in table.rows)
    else:
        yield _box(table)
    if table.footnote:
        yield Padding(Text(table.footnote, style="dim"), (0, 0, 0, 1))


def _box(table: ResultTable) -> Table:
    title = escape(table.title) or None
    if table.columns:
        box = Table(title=title, title_justify="left")
        for nth, name in enumerate(table.columns):
            _add_column(box, name, [row[nth] for row in table.rows])
    else:
        box = Table(title=title, show_header=False, title_justify="left")
        box.add_column("what", style="bold", no_wrap=True)
        box.add_column("value", overflow="fold")
    for row in table.rows:
        box.add_row(*(escape(text) for text in row))
    return box


def _add_column(box: Table, name: str, texts: Sequence[str]) -> None:
    """Add a column. In a narrow terminal ids and times stay whole, and all other texts break onto further lines."""
    whole = name in WHOLE
    longest = max((cell_len(text) for text in texts), default=0)
    box.add_column(name, overflow="fold", no_wrap=whole, min_width=longest if whole else None)


def facts_table(title: str, rows: Sequence[tuple[str, object]]) -> Table:
    """Return a table of names and values."""
    return _box(results.facts(title, rows))


def report_table(title: str, report: Mapping[str, Any]) -> Table:
    """Return the object of ``plan --json`` or ``refresh --json`` as a table."""
    return _box(report_tables.report_table(title, report))


def attribution_tables(found: Mapping[str, Any]) -> list[Table]:
    """Return how many probes of each kind passed and why the others failed, and the first of each cause."""
    return [_box(table) for table in report_tables.attribution_tables(found)]


def answers_table(measured: Mapping[str, Any]) -> Table:
    """Return the measures of the held-out answers before and after."""
    return _box(report_tables.answers_table(measured))
