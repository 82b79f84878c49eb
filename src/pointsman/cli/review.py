"""Approve, reject and confirm: what a hold, an inconclusive gate or a stale example leaves to a person."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from pointsman.cli.app import By, Json, Note, Reviewed, app, flat, show, user
from pointsman.cli.refresh import run_refresh


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
    from pointsman.bootstrap.workspace import open_desk
    from pointsman.cli.progress import Bars
    from pointsman.cli.tables import facts_table, report_table
    from pointsman.steps.review.decide import approve as approve_of
    from pointsman.steps.review.decide import find

    with open_desk(Path(), Bars()) as desk:
        waiting = find(desk, decision or None)
        said = approve_of(desk, waiting, by=by or user(), note=note)
    told = _said(said)
    if waiting.kind == "hold" and not no_refresh:
        report = run_refresh(Path(), yes=False, trigger="approve")
        code = report.pop("exit_code")
        report.pop("exam", None)
        show(report | {"approval": told}, as_json=as_json, table=lambda: report_table("approved: refresh", report))
        raise typer.Exit(code)
    show(told, as_json=as_json, table=lambda: facts_table("approve", list(flat(told))))


@app.command()
def reject(decision: Reviewed = "", *, by: By = "", note: Note = "", as_json: Json = False) -> None:
    """Reject a held decision, or the candidate of an inconclusive gate, and keep the reason.

    A rejected hold stays held, quietly, until the change is another one; a rejection takes an approval back.

    Examples: `pointsman reject`, `pointsman reject 3fa9 --note "the mount was empty, restore it"`
    """
    from pointsman.bootstrap.workspace import open_desk
    from pointsman.cli.tables import facts_table
    from pointsman.steps.review.decide import find
    from pointsman.steps.review.decide import reject as reject_of

    with open_desk(Path()) as desk:
        told = _said(reject_of(desk, find(desk, decision or None), by=by or user(), note=note))
    show(told, as_json=as_json, table=lambda: facts_table("reject", list(flat(told))))


@app.command()
def confirm(
    examples: Annotated[list[str] | None, typer.Argument(help="Ids of stale examples, or their beginnings.")] = None,
    *,
    document: Annotated[str, typer.Option("--document", help="Only what changed in this document.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Every stale example.")] = False,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Say that stale examples still hold: their documents' present digests are written down, by whom and when.

    An example is stale when a document that it cites says something else than when it was accepted, or is gone.
    Until it is confirmed or edited, nothing learns from it and nothing is examined by it.

    Examples: `pointsman confirm yard-007`, `pointsman confirm --all --document guide/hours.md`
    """
    from pointsman.bootstrap.workspace import open_desk
    from pointsman.cli.tables import facts_table
    from pointsman.steps.review.confirm import confirm as confirm_of

    with open_desk(Path()) as desk:
        told = confirm_of(desk, examples or (), document=document or None, everything=everything, by=by or user())
    shown = {
        **told,
        "confirmed": [f"{each['example']}: {each['document']} {each['now']}" for each in told["confirmed"]],
        "left": [f"{each['example']}: {each['because']}" for each in told["left"]],
    }
    show(told, as_json=as_json, table=lambda: facts_table("confirm", list(flat(shown))))


def _said(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return a review with the values of its ceilings; the documents that they name stay in the ledger."""
    return {**said, "ceilings": {guard: ceiling["value"] for guard, ceiling in said["ceilings"].items()}}
