"""Backtest: a git history of documents, replayed through the diff, the guards and the policy."""

import time
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pointsman.cli.app import Json, app, err, show
from pointsman.core.errors import UsageError

if TYPE_CHECKING:
    from pointsman.bootstrap.backtest import Backtest

HOLDS_SHOWN = 12
"""Held moments in the terminal's table; all of them are in --json and --html."""


class By(StrEnum):
    """What a moment is."""

    COMMIT = "commit"
    DAY = "day"


class Holds(StrEnum):
    """What becomes of a held moment."""

    APPROVE = "approve"
    WAIT = "wait"


@app.command()
def backtest(
    *,
    git: Annotated[Path, typer.Option(help="A clone whose history is replayed; it is only read.")],
    path: Annotated[str, typer.Option(help="The folder of it that holds the documents.")] = ".",
    revision: Annotated[str, typer.Option(help="Where the history ends: a branch, a tag or a commit.")] = "HEAD",
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="First day, or time (UTC). What was there before is live then.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Last day, or time (UTC).")] = None,
    by: Annotated[
        By, typer.Option(help="A refresh after each commit, or one at the end of each day (UTC).")
    ] = By.COMMIT,
    holds: Annotated[
        Holds, typer.Option(help="A person approves every hold at once, or nobody does until the store turns back.")
    ] = Holds.APPROVE,
    variant: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=key:value,…", help="Other limits, replayed side by side; repeatable."),
    ] = None,
    measure: Annotated[
        bool, typer.Option(help="Embed the texts and measure what is left at each moment: seconds a moment, not ms.")
    ] = False,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page with plots and every moment.")] = None,
    as_json: Json = False,
) -> None:
    """Replay a documentation history: what would have been decided, done, held; what it costs against simpler rules.

    The diff, the guards, the policy and the plan are those of a refresh; nothing is trained, and the workspace's
    releases are not touched. Without --measure no model is loaded; with it the policy decides on the gap of retrieval,
    as a refresh would, and what it would have trained is told. First parents only. Ctrl-C shows what was replayed so
    far (exit code 1).

    Examples: `pointsman backtest --git ../handbook --path docs`,
    `pointsman backtest --git ../handbook --path docs --since 2025-01-01 --by day --html backtest.html`,
    `pointsman backtest --git ../handbook --path docs --since 2025-10-01 --by day --measure`,
    `pointsman backtest --git ../handbook --variant strict=guard.removed_share:0.05,guard.removed_count:5`
    """
    from pointsman.bootstrap.backtest import open_backtest
    from pointsman.cli.progress import Bars

    if html is not None:
        _writable(html)
    started = time.monotonic()
    test = open_backtest(
        Path(), git, path, revision=revision, since=since, until=until, by=by.value, approve=holds is Holds.APPROVE,
        variants=variant or [], measure=measure, progress=Bars(),
    )  # fmt: skip
    try:
        _replay(test)
    finally:
        test.close()
    report = test.report(seconds=time.monotonic() - started)
    if html is not None:
        from pointsman.adapters.reports.backtest_html import page

        html.write_text(page(report, test.curves()), encoding="utf-8")
    show(report, as_json=as_json, table=lambda: _tables(report))
    raise typer.Exit(0 if test.complete else 1)


def _writable(html: Path) -> None:
    """Refuse a page that could not be written after the replay.

    Raises:
        UsageError: its folder is not there.
    """
    if not html.absolute().parent.is_dir():
        raise UsageError(f"--html {html}: there is no folder {html.absolute().parent}; make it, or name another file")


def _replay(test: "Backtest") -> None:
    """Go through the moments, until Ctrl-C; say on stderr what is missing from the history."""
    try:
        for _ in test:
            pass
    except KeyboardInterrupt:
        err.print(f"interrupted; what follows is what was replayed of {len(test.moments)} moments", style="bold")
    if test.history.shallow:
        err.print(
            "the clone is shallow: its history begins where it was cut off (git fetch --unshallow brings the rest)"
        )


def _tables(report: Mapping[str, Any]) -> Any:
    from rich.console import Group

    from pointsman.cli.tables import rows_table

    title = (
        f"backtest of {report['repository']}, {report['path']}: {report['replayed']} of {report['moments']} moments "
        f"from {report['from']} to {report['to']}, {report['seconds']:.1f} s"
    )
    variants = report["variants"]
    names = [v["name"] for v in variants]
    tables = [rows_table(title, ["", *names], _rows([v["summary"] for v in variants]))]
    tables += [rows_table(f"predicted cost: {v['name']}", COSTS, _costs(v["summary"])) for v in variants]
    held = [(v["name"], s) for v in variants for s in v["steps"] if s["held"]]
    if held:
        more = f", the last {HOLDS_SHOWN} of {len(held)}" if len(held) > HOLDS_SHOWN else ""
        rows = [_held(name, step) for name, step in held[-HOLDS_SHOWN:]]
        tables.append(rows_table(f"held{more}", ["variant", "day", "commit", "what", "because"], rows))
    return Group(*tables)


COSTS = ["rule", "runs", "chunks embedded", "hours", "money"]


def _costs(summary: Mapping[str, Any]) -> list[Sequence[object]]:
    return [
        (r["name"], r["runs"], r["embedded"], round(r["seconds"] / 3600, 2), round(r["money"], 2))
        for r in summary["rules"]
    ]


def _rows(summaries: Sequence[Mapping[str, Any]]) -> list[Sequence[object]]:
    """Return the rows of the first table: a measure, and its value for each variant."""
    rows: list[Sequence[object]] = []
    for section in ("outcomes", "changes", "work", "holds", "debt", "measured"):
        for name in dict.fromkeys(name for s in summaries for name in s[section]):
            values = [s[section].get(name, 0) for s in summaries]
            rows.append((f"{section}: {name.replace('_', ' ')}", *map(_shown, values)))
    return rows


def _shown(value: object) -> object:
    """Return a value as a cell: guards with their counts, lists line by line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {n}" for name, n in value.items())
    return "; ".join(map(str, value)) if isinstance(value, list) else value


def _held(name: str, step: Mapping[str, Any]) -> Sequence[object]:
    from datetime import UTC, datetime

    day = datetime.fromtimestamp(step["at"], UTC).date().isoformat()
    return name, day, step["commit"][:10], step["held"], "; ".join(alarm["because"] for alarm in step["alarms"])
