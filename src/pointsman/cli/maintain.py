"""Doctor, forget, models and ui: looking after a workspace."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from pointsman.cli.app import Json, app, clear_bars, err, finish, out, print_object, workspace
from pointsman.cli.tables import drawn
from pointsman.core.errors import UsageError


@app.command()
def doctor(
    *,
    repair: Annotated[bool, typer.Option("--repair", help="Repair what was found.")] = False,
    deep: Annotated[bool, typer.Option("--deep", help="Embed a sample of the served texts again.")] = False,
    live: Annotated[
        str, typer.Option("--live", help="Beginning of the id of the live release, where the pointer is lost.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Compare ledger, record, source, manifest and collection; with --repair, repair them.

    Exit code 1 when something is left unhealed. Nothing is deleted that cannot be made again.

    Examples: `pointsman doctor`, `pointsman doctor --deep`, `pointsman doctor --repair`
    """
    finish(workspace(bars=True).doctor(repair=repair, deep=deep, live=live), as_json=as_json)


@app.command()
def forget(
    document: Annotated[str, typer.Argument(help="Its id: the path below store.url.")] = "",
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be removed.")] = False,
    copies: Annotated[bool, typer.Option("--copies", help="Forget documents with the same text too.")] = False,
    note: Annotated[str, typer.Option(help="Why, for the certificate.")] = "",
    lift: Annotated[str, typer.Option(metavar="CERTIFICATE", help="Take a forgotten document in again.")] = "",
    as_json: Json = False,
) -> None:
    """Erase a document everywhere: index, releases, records, caches, builds; prove it, and write a certificate.

    The source and your own files are not touched. It cannot be undone. Exit code 1 when something of it was found
    afterwards: the certificate says where.

    Examples: `pointsman forget people/jane.md --dry-run`, `pointsman forget people/jane.md --yes --note "request 41"`,
    `pointsman forget --lift 9a31`
    """
    here = workspace(bars=True)
    if not (yes or dry_run or lift):
        _somebody_to_ask()
        asked = here.forget(document, dry_run=True, copies=copies)
        clear_bars()
        for table in asked.tables():
            err.print(*drawn(table), sep="\n")
        if not typer.confirm("Forget this everywhere?", err=True):
            finish(asked, as_json=as_json)
    finish(here.forget(document, dry_run=dry_run, copies=copies, note=note, lift=lift), as_json=as_json)


def _somebody_to_ask() -> None:
    """Let pass where there is a terminal.

    Raises:
        UsageError: there is nobody to ask.
    """
    if not sys.stdin.isatty():
        raise UsageError(
            "forgetting cannot be undone and there is no terminal to ask on; add --yes, or look by --dry-run"
        )


@app.command()
def models(
    *,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing when all is well.")] = False,
    as_json: Json = False,
) -> None:
    """Check the models of params.yaml by their hash; prepare what is used for the first time.

    A bundled generator is unpacked, and the embedder's OpenVINO network is made, so that searches load no torch.
    Exit code 2 when a model is missing; the list says which, and what to do.

    Examples: `pointsman models`, `pointsman models --json | jq .engine`
    """
    found = workspace().models()
    if not quiet or as_json or found.exit_code:
        finish(found, as_json=as_json)


@app.command()
def ui(
    *,
    path: Annotated[Path, typer.Option("--workspace", help="Whose record to show.")] = Path(),
    host: Annotated[str, typer.Option(help="Address to bind; this machine only by default.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 5000,
    as_json: Json = False,
) -> None:
    """Open the MLflow dashboard of a workspace; Ctrl-C ends it. With --json its address and command are printed first.

    Examples: `pointsman ui`, `pointsman ui --workspace .demo/workspace --port 5001`
    """
    from pointsman.api.workspace import Workspace
    from pointsman.bootstrap.workspace import private_umask

    found = Workspace(path).ui(host=host, port=port)
    if as_json:
        print_object(found.as_json())
    err.print(f"MLflow dashboard on {found.url}; Ctrl-C ends it", markup=False)
    out.file.flush()
    private_umask(path)
    os.execvp(found.command[0], list(found.command))  # noqa: S606 - the dashboard takes this process's place
