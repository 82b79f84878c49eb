"""Every command explains itself, with examples, and prints JSON; tables fit the terminal."""

import pytest
from rich.console import Console
from typer.main import get_command
from typer.testing import CliRunner

from pointsman.api.tables.result import ResultTable
from pointsman.api.tables.state import history_tables, status_table
from pointsman.cli import ORDER, app
from pointsman.cli.app import _console
from pointsman.cli.tables import drawn

COMMANDS = get_command(app).commands
ID = "3fa9c1d2e4b5a697"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_has_json_and_examples_that_name_it(name: str) -> None:
    command = COMMANDS[name]
    assert "--json" in {option for each in command.params for option in each.opts}
    assert f"Examples: `pointsman {name}" in " ".join((command.help or "").split())


@pytest.mark.parametrize("name", sorted(COMMANDS))
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_short_and_long_help_are_one(name: str, option: str) -> None:
    done = CliRunner().invoke(app, [name, option])
    assert (done.exit_code, "Usage:" in done.stdout) == (0, True)


def test_the_help_lists_commands_in_the_order_in_which_people_meet_them() -> None:
    assert list(COMMANDS) == list(ORDER)


@pytest.mark.parametrize(("columns", "width"), [("100", 100), ("", 80), ("nonsense", 80)])
def test_a_pipe_is_as_wide_as_columns_or_eighty(monkeypatch: pytest.MonkeyPatch, columns: str, width: int) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert _console().width == width


def lines_of(*tables: ResultTable, width: int = 80) -> list[str]:
    console = Console(width=width, record=True)
    for table in tables:
        console.print(*drawn(table), sep="\n")
    return console.export_text().splitlines()


STATUS = {
    "release": ID, "previous": None, "rolled_back_from": None, "corpus": ID, "source_version": None, "documents": 12,
    "collection": f"c-{ID}", "revision": 3, "points": 30, "points_lost": 0, "embedder": ID, "generator": ID,
    "reranker": None, "last_decision": ID, "last_at": "2026-11-30T12:00:00+00:00", "unchanged_refreshes": 2,
    "hold": True, "debt": [], "quarantine": {"documents": 2, "examples": 0}, "unmirrored": 0, "interrupted": None,
    "stale": [{"example": "e1", "because": "a.md changed"}], "lineage_assumed": 0, "tainted": [],
    "tainted_by_stale": 0, "forgotten": 0, "forgetting": [], "rejected": [], "store": "docs",
    "waits": [{"kind": "hold", "decision": ID, "because": "20 of 30 documents are gone",
               "command": f"pointsman approve {ID}"}],
    "refused": [{"item": "x.md", "reason": "it is binary"}],
}  # fmt: skip


def test_status_shows_what_is_and_no_row_of_zeros() -> None:
    shown = "\n".join(lines_of(status_table(STATUS)))
    assert ID not in shown, "ids have 8 characters"
    assert "pointsman approve 3fa9c1d2" in shown
    assert "2 documents refused" in shown
    assert "x.md: it is binary" in shown
    assert "pointsman quarantine --why" in shown
    assert "1 stale example" in shown
    assert "1 example refused" not in shown, "a stale example is counted once"
    for absent in ("lost points", "forgotten", "tainted", "reranker", "MLflow"):
        assert absent not in shown


def test_tables_fit_eighty_columns() -> None:
    move = {"at": "2026-01-01T00:00:00+00:00", "why": "promote", "release": ID, "decision": ID, "revision": 3}
    decision = {
        "at": move["at"], "decision_id": ID, "index": "rebuild", "train": "generator, retriever", "hold": False,
        "gate": "inconclusive", "release": ID, "went_live": True,
    }  # fmt: skip
    found = {"releases": [move | {"generator": ID}], "decisions": [decision], "certificates": []}
    shown = lines_of(*history_tables(found), status_table(STATUS))
    assert max(map(len, shown)) <= 80
    assert not [line for line in shown if "…" in line], "nothing is cut off"


def test_text_of_a_document_is_never_markup() -> None:
    table = ResultTable(title="[red]t", rows=(("[bold]x[/bold]", "[link]"),), footnote="[i]n")
    shown = "\n".join(lines_of(table))
    for text in ("[red]t", "[bold]x[/bold]", "[link]", "[i]n"):
        assert text in shown
