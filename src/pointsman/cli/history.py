"""Status, quarantine, show, explain, history and rollback: what is, what was, and back to it."""

from typing import Annotated

import typer

from pointsman.cli.app import As, By, Json, app, finish, workspace


@app.command()
def status(*, as_json: Json = False) -> None:
    """Show the live release, what waits for you, holds and what was refused.

    Examples: `pointsman status`, `pointsman status --json | jq .quarantine`
    """
    finish(workspace().status(), as_json=as_json)


@app.command()
def quarantine(
    *,
    why: Annotated[bool, typer.Option("--why", help="The reason of each refused item.")] = False,
    allow: Annotated[
        str, typer.Option("--allow", metavar="DOCUMENT", help="Allow the credentials and numbers found in it.")
    ] = "",
    until: Annotated[str, typer.Option(metavar="DATE", help="With --allow: the last day, as 2027-03-31.")] = "",
    fingerprint: Annotated[str, typer.Option(help="With --allow: only the finding with this fingerprint.")] = "",
    by: By = "",
    note: Annotated[str, typer.Option("--note", help="With --allow: why it may be served.")] = "",
    as_json: Json = False,
) -> None:
    """List what is refused now, where and why: documents, chunks, examples, probes, training pairs.

    With --allow, entries are added to allow.yaml for a document whose credentials or account numbers are examples.
    They cover those very values in that document until a day. Review the file and commit it.

    Examples: `pointsman quarantine`, `pointsman quarantine --why`, `pointsman quarantine --json | jq .counts`,
    `pointsman quarantine --allow guide/keys.md --until 2027-03-31 --note "a key that was never valid"`
    """
    if allow:
        finish(workspace().allow(allow, until=until, by=by, note=note, fingerprint=fingerprint), as_json=as_json)
    finish(workspace(bars=True).quarantine(why=why), as_json=as_json)


@app.command("show")
def show_document(
    document: Annotated[str, typer.Argument(help="Its id: the path below store.url.")],
    *,
    groups: As = None,
    as_json: Json = False,
) -> None:
    """Show one document: its chunks, the releases that hold it, who may read it, quarantine, when it changed.

    Its text is shown if it is open, or to a reader who may see it (`--as`).

    Examples: `pointsman show guide/hours.md`, `pointsman show pay.md --as staff --json | jq .changed`
    """
    finish(workspace().show(document, groups=groups), as_json=as_json)


@app.command()
def explain(
    decision: Annotated[str, typer.Argument(help="Beginning of a decision id; the last one by default.")] = "",
    *,
    tables: Annotated[
        bool, typer.Option("--tables", help="Also stored signal names, why probes failed, and the answers by measure.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Explain one decision on one screen: what changed and was measured, which limit decided, flips, cost, afterwards.

    Examples: `pointsman explain`, `pointsman explain 3fa9 --tables`, `pointsman explain --json | jq .evidence`
    """
    finish(workspace().explain(decision, tables=tables), as_json=as_json)


@app.command()
def history(*, as_json: Json = False) -> None:
    """List decisions and releases, newest first.

    Examples: `pointsman history`, `pointsman history --json | jq '.releases[0]'`
    """
    finish(workspace().history(), as_json=as_json)


@app.command()
def rollback(
    release: Annotated[str, typer.Argument(help="Beginning of a release id; the one before by default.")] = "",
    *,
    as_json: Json = False,
) -> None:
    """Move the live pointer back: one write, no re-embedding. The next refresh holds rather than undo it.

    Examples: `pointsman rollback`, `pointsman rollback 8c1d`
    """
    finish(workspace().rollback(release), as_json=as_json)
