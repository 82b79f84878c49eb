"""Result tables drawn in the terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pointsman.api import report_tables
from pointsman.api import tables as results
from pointsman.api.tables import ResultTable


def drawn(table: ResultTable) -> Iterator[RenderableType]:
    """Yield what the terminal prints of a table: the table, and its note below it.

    Texts are escaped, so that a document's text is never taken for markup. A table of one column is plain lines.
    """
    if table.rows and len(table.rows[0]) == 1:
        yield from (Text(row[0]) for row in table.rows)
    else:
        yield _box(table)
    if table.note:
        yield Padding(Text(table.note, style="dim"), (0, 0, 0, 1))


def _box(table: ResultTable) -> Table:
    title = escape(table.title) or None
    if table.columns:
        box = Table(*table.columns, title=title, title_justify="left")
    else:
        box = Table(title=title, show_header=False, title_justify="left")
        box.add_column("what", style="bold", no_wrap=True)
        box.add_column("value", overflow="fold")
    for row in table.rows:
        box.add_row(*(escape(text) for text in row))
    return box


def facts_table(title: str, rows: Sequence[tuple[str, object]]) -> Table:
    """Return a table of names and values."""
    return _box(results.facts(title, rows))


def report_table(title: str, report: Mapping[str, Any]) -> Table:
    """Return the object of ``plan --json`` or ``refresh --json`` as a table."""
    return _box(report_tables.report_table(title, report))


def attribution_tables(found: Mapping[str, Any]) -> list[Table]:
    """Return how many probes of each kind passed and why the others failed, and the first of each cause."""
    return [_box(table) for table in report_tables.attribution_tables(found)]


def exam_table(exam: Mapping[str, Any]) -> Table:
    """Return the measures of the held-out answers before and after."""
    return _box(report_tables.exam_table(exam))
