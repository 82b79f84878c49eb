"""Backtest: a git history of documents, replayed through the diff, the guards and the policy."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pointsman.cli.app import Json, app, err, finish, workspace

if TYPE_CHECKING:
    from pointsman.api.backtest import BacktestReport


class MomentKind(StrEnum):
    """What a moment is."""

    COMMIT = "commit"
    DAY = "day"


class Holds(StrEnum):
    """What becomes of a held moment."""

    APPROVE = "approve"
    WAIT = "wait"


Git = Annotated[Path, typer.Option(help="A clone whose history is replayed; it is only read.")]
Folder = Annotated[str, typer.Option(help="The folder of it that holds the documents.")]
Revision = Annotated[str, typer.Option(help="Where the history ends: a branch, a tag or a commit.")]
Since = Annotated[
    str | None, typer.Option(metavar="DATE", help="First day, or time (UTC). What was there before is live then.")
]
Until = Annotated[str | None, typer.Option(metavar="DATE", help="Last day, or time (UTC).")]
Moments = Annotated[MomentKind, typer.Option(help="A refresh after each commit, or one at the end of each day (UTC).")]
Reviews = Annotated[
    Holds, typer.Option(help="A person approves every hold at once, or nobody does until the store turns back.")
]
Variants = Annotated[
    list[str] | None, typer.Option(metavar="NAME=key:value,…", help="Other limits, replayed side by side; repeatable.")
]
Measure = Annotated[
    bool, typer.Option(help="Embed the texts and measure retrieval at each moment: seconds a moment, not ms.")
]
Html = Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page with plots and every moment.")]


@app.command()
def backtest(
    *,
    git: Git,
    path: Folder = ".",
    revision: Revision = "HEAD",
    since: Since = None,
    until: Until = None,
    by: Moments = MomentKind.COMMIT,
    holds: Reviews = Holds.APPROVE,
    variant: Variants = None,
    measure: Measure = False,
    html: Html = None,
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
    _say_what_is_missing(report)
    finish(report, as_json=as_json)


def _say_what_is_missing(report: "BacktestReport") -> None:
    """Say on stderr which part of the history the report does not cover."""
    if not report.complete:
        err.print(f"interrupted; what follows is what was replayed of {report.moments} moments", style="bold")
    if report.shallow:
        err.print(
            "the clone is shallow: its history begins where it was cut off (git fetch --unshallow brings the rest)"
        )
