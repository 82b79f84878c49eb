"""Backtest: a git history of documents, replayed through the diff, the guards and the policy."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pointsman.cli.app import Json, app, err, finish, workspace


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
        bool, typer.Option(help="Embed the texts and measure retrieval at each moment: seconds a moment, not ms.")
    ] = False,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page with plots and every moment.")] = None,
    as_json: Json = False,
) -> None:
    """Replay a documentation history: what would have been decided, done, held; what it costs against simpler rules.

    The diff, the guards, the policy and the plan are those of a refresh; nothing is trained, and the workspace's
    releases are not touched. Without --measure no model is loaded; with it the policy decides on the gap of retrieval,
    as a refresh would, and the report says what it would have trained. First parents only. Ctrl-C shows what was
    replayed so far (exit code 1).

    Examples: `pointsman backtest --git ../handbook --path docs`,
    `pointsman backtest --git ../handbook --path docs --since 2025-01-01 --by day --html backtest.html`,
    `pointsman backtest --git ../handbook --path docs --since 2025-10-01 --by day --measure`,
    `pointsman backtest --git ../handbook --variant strict=guard.removed_share:0.05,guard.removed_count:5`
    """
    from pointsman.cli.interrupt import raise_on_interrupt

    raise_on_interrupt()
    report = workspace(bars=True).backtest(
        git, path, revision=revision, since=since, until=until, by=by.value, holds=holds.value, variant=variant,
        measure=measure, html=html,
    )  # fmt: skip
    if not report.complete:
        err.print(f"interrupted; what follows is what was replayed of {report.moments} moments", style="bold")
    if report.shallow:
        err.print(
            "the clone is shallow: its history begins where it was cut off (git fetch --unshallow brings the rest)"
        )
    finish(report, as_json=as_json)
