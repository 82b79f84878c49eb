"""Approve, reject and confirm: what a hold, an inconclusive gate or a stale example leaves to a person."""

from typing import Annotated

import typer

from pointsman.cli.app import By, Json, Note, Reviewed, app, finish, workspace


@app.command()
def approve(
    decision: Reviewed = "",
    *,
    by: By = "",
    note: Note = "",
    no_refresh: Annotated[
        bool, typer.Option("--no-refresh", help="Only record it; the next refresh, wherever it runs, honours it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Approve a held decision, or the candidate of an inconclusive gate.

    A hold: the store is listed again; when it shows no more than was held, the approval is recorded as a ceiling and
    the refresh runs at once. A candidate: it goes live, if the release it was compared with still is.
    Exit code 2: the store shows another change by now. 3: held again, or the candidate was overtaken.

    Examples: `pointsman approve`, `pointsman approve 3fa9 --note "archive moved"`, `pointsman approve --no-refresh`
    """
    finish(workspace(bars=True).approve(decision, by=by, note=note, no_refresh=no_refresh), as_json=as_json)


@app.command()
def reject(decision: Reviewed = "", *, by: By = "", note: Note = "", as_json: Json = False) -> None:
    """Reject a held decision, or the candidate of an inconclusive gate, and keep the reason.

    A rejected hold stays held, quietly, until the change is another one; a rejection takes an approval back.

    Examples: `pointsman reject`, `pointsman reject 3fa9 --note "the mount was empty, restore it"`
    """
    finish(workspace().reject(decision, by=by, note=note), as_json=as_json)


@app.command()
def confirm(
    examples: Annotated[list[str] | None, typer.Argument(help="Ids of stale examples, or their beginnings.")] = None,
    *,
    document: Annotated[str, typer.Option("--document", help="Only what changed in this document.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Every stale example.")] = False,
    by: By = "",
    note: Note = "",
    as_json: Json = False,
) -> None:
    """Say that stale examples are still true: their documents' present digests are written down, by whom, when, why.

    An example is stale when a document that it cites says something else than when it was accepted, or is gone.
    Until it is confirmed or edited, nothing learns from it and nothing is evaluated with it.

    Examples: `pointsman confirm yard-007`, `pointsman confirm --all --document guide/hours.md --note "only a typo"`
    """
    confirmed = workspace(bars=True).confirm(examples, document=document, everything=everything, by=by, note=note)
    finish(confirmed, as_json=as_json)
