"""Status, explain, history and rollback: what is, what was, and back to it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from pointsman.cli.app import Json, app, flat, out, show


@app.command()
def status(*, as_json: Json = False) -> None:
    """Show the live release, pending debt, holds, quarantine, and what waits.

    Examples: `pointsman status`, `pointsman status --json | jq .quarantine`
    """
    from pointsman.bootstrap.workspace import open_desk
    from pointsman.cli.tables import facts_table
    from pointsman.steps.review.decide import standing
    from pointsman.steps.review.status import status as status_of

    with open_desk(Path()) as desk:
        found = status_of(desk) | standing(desk)
    said = found | {name: [waiting(item) for item in found[name]] for name in ("waits", "rejected")}
    said["stale"] = [f"{each['example']}: {each['because']}" for each in found["stale"]]
    show(found, as_json=as_json, table=lambda: facts_table("status", list(flat(said))))


@app.command()
def explain(
    decision: Annotated[str, typer.Argument(help="Beginning of a decision id; the last one by default.")] = "",
    *,
    tables: Annotated[
        bool, typer.Option("--tables", help="Then why probes failed, and the exam measure by measure.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Explain one decision on one screen: what changed and was measured, which limit decided, flips, cost, afterwards.

    Examples: `pointsman explain`, `pointsman explain 3fa9 --tables`, `pointsman explain --json | jq .evidence`
    """
    from pointsman.bootstrap.workspace import open_desk
    from pointsman.cli.tables import attribution_tables, exam_table, facts_table
    from pointsman.core.policy.explanation import rows, screen
    from pointsman.steps.review.history import explain as explain_of

    with open_desk(Path()) as desk:
        record = explain_of(desk, decision or None)
    title = f"decision {record['decision_id']} at {record['at']} ({record['trigger']})"
    show(record, as_json=as_json, table=lambda: facts_table(title, rows(screen(record))))
    failed = (record.get("attributions") or {}).get("matrix")
    if as_json or not (failed or record["exam"]):
        return
    if not tables:
        out.print(f"why probes failed, and the exam: pointsman explain {record['decision_id'][:8]} --tables")
        return
    if failed:
        out.print(*attribution_tables(record["attributions"]), sep="\n")
    if record["exam"]:
        out.print(exam_table(record["exam"]))


@app.command()
def history(*, as_json: Json = False) -> None:
    """List decisions and releases, newest first.

    Examples: `pointsman history`, `pointsman history --json | jq '.releases[0]'`
    """
    from pointsman.bootstrap.workspace import open_desk
    from pointsman.cli.tables import rows_table
    from pointsman.steps.review.history import history as history_of

    with open_desk(Path()) as desk:
        found = history_of(desk)
    if as_json:
        show(found, as_json=True, table=str)
        return
    columns = ["at", "why", "release", "decision", "collection", "revision", "generator"]
    out.print(rows_table("releases", columns, [[m.get(c) for c in columns] for m in found["releases"]]))
    columns = ["at", "decision_id", "index", "train", "hold", "gate", "release", "went_live"]
    out.print(rows_table("decisions", columns, [[d.get(c) for c in columns] for d in found["decisions"]]))


@app.command()
def rollback(
    release: Annotated[str, typer.Argument(help="Beginning of a release id; the one before by default.")] = "",
    *,
    as_json: Json = False,
) -> None:
    """Move the live pointer back: one write, no re-embedding. The next refresh holds rather than undo it.

    Examples: `pointsman rollback`, `pointsman rollback 8c1d`
    """
    from pointsman.bootstrap.workspace import open_desk
    from pointsman.cli.tables import facts_table
    from pointsman.steps.release.rollback import roll_back

    with open_desk(Path()) as desk:
        found = roll_back(desk, release or None)
    show(found, as_json=as_json, table=lambda: facts_table("rollback", list(flat(found))))


def waiting(item: Mapping[str, Any]) -> str:
    """Return what waits, or was rejected, as a line: what, why, and the command to type."""
    ending = f"`{item['command']}`" if "command" in item else f"by {item['by']}: {item['note'] or 'no reason given'}"
    return f"{item['kind']} {item['decision']}: {item['because']} → {ending}"
