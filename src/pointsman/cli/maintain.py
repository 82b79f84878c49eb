"""Doctor, forget, models and ui: looking after a workspace."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from pointsman.cli.app import Json, app, err, flat, out, show
from pointsman.core.errors import UsageError


@app.command()
def doctor(
    *,
    repair: Annotated[bool, typer.Option("--repair", help="Heal what was found.")] = False,
    deep: Annotated[bool, typer.Option("--deep", help="Embed a sample of the served texts again.")] = False,
    live: Annotated[
        str, typer.Option("--live", help="Beginning of the id of the live release, where the pointer is lost.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Compare ledger, record, source, manifest and collection; with --repair, heal them.

    Exit code 1 when something is left unhealed. Nothing is deleted that cannot be made again.

    Examples: `pointsman doctor`, `pointsman doctor --deep`, `pointsman doctor --repair`
    """
    from contextlib import nullcontext

    from pointsman.bootstrap.workspace import open_desk, sole_writer
    from pointsman.bootstrap.write_session import writing
    from pointsman.cli.progress import Bars
    from pointsman.cli.tables import facts_table
    from pointsman.steps.maintenance.doctor import examine

    with (
        sole_writer(Path()) if repair else nullcontext(),
        open_desk(Path(), Bars()) as opened,
        writing(Path(), opened) if repair else nullcontext(opened) as desk,
    ):
        findings = examine(desk, repair=repair, deep=deep, live=live or None)
    show(findings.as_json(), as_json=as_json, table=lambda: facts_table("doctor", list(flat(findings.as_json()))))
    raise typer.Exit(0 if findings.healthy else 1)


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
    from pointsman.bootstrap.workspace import open_desk, sole_writer
    from pointsman.bootstrap.write_session import writing
    from pointsman.cli.progress import Bars
    from pointsman.cli.tables import facts_table
    from pointsman.steps.erasure import erase
    from pointsman.steps.erasure import request as forgetting

    with sole_writer(Path()), open_desk(Path(), Bars()) as opened, writing(Path(), opened) as desk:
        if lift:
            result: dict[str, Any] = {"lifted": forgetting.lift(desk, lift)}
        else:
            found = erase.seek(desk, document, copies=copies)
            if dry_run or not _may_forget(found.as_json(), yes=yes):
                show(found.as_json(), as_json=as_json, table=lambda: _facts("would be forgotten", found.as_json()))
                return
            result = erase.forget(desk, found, note=note)
    show(result, as_json=as_json, table=lambda: facts_table("forget", list(flat(result))))
    raise typer.Exit(0 if result.get("complete", True) else 1)


def _facts(title: str, found: Mapping[str, Any]) -> Any:
    from pointsman.cli.tables import facts_table

    return facts_table(title, list(flat(found)))


def _may_forget(found: Mapping[str, Any], *, yes: bool) -> bool:
    """Ask a person, unless ``--yes`` answers already.

    Raises:
        UsageError: there is nobody to ask.
    """
    if yes:
        return True
    if not sys.stdin.isatty():
        raise UsageError(
            "forgetting cannot be undone and there is no terminal to ask on; add --yes, or look by --dry-run"
        )
    err.print(_facts("will be forgotten", found))
    return typer.confirm("Forget this everywhere?", err=True)


@app.command()
def models(*, quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing when all is well.")] = False) -> None:
    """Check the models of params.yaml by their hash; prepare what is used for the first time.

    A bundled generator is unpacked, and the embedder's OpenVINO network is made, so that searches load no torch.

    Examples: `pointsman models`
    """
    from pointsman.bootstrap.workspace import open_desk
    from pointsman.cli.tables import facts_table
    from pointsman.core.release import Model

    with open_desk(Path()) as desk:
        found = {role: desk.models.base(role) for role in ("retriever", "generator")}
        reranking = desk.models.reranking()
        found |= {"reranker": Model(reranking.model, reranking.base)} if reranking else {}
        engine = desk.models.engine(found["retriever"])
    if not quiet:
        rows = [(role, f"{m.model} · fingerprint {m.base}") for role, m in found.items()]
        out.print(facts_table("models", [*rows, ("embedding", engine)]))


@app.command()
def ui(
    *,
    workspace: Annotated[Path, typer.Option(help="Whose record to show.")] = Path(),
    host: Annotated[str, typer.Option(help="Address to bind; this machine only by default.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 5000,
) -> None:
    """Open the MLflow dashboard of a workspace; Ctrl-C ends it.

    Examples: `pointsman ui`, `pointsman ui --workspace .demo/workspace --port 5001`
    """
    from pointsman.bootstrap.workspace import dashboard_command

    command = dashboard_command(workspace, host, port)
    err.print(f"MLflow dashboard on http://{host}:{port}; Ctrl-C ends it", markup=False)
    os.execvp(command[0], command)  # noqa: S606 - the dashboard takes this process's place
