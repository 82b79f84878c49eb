"""The commands. Each says what it does, with examples; results go to stdout, everything else to stderr."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from pointsman.core.errors import PointsmanError, UsageError

PLAIN_WIDTH = 120
"""Characters of a line where there is no terminal to ask: a log, a pipe."""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Keep an assistant's knowledge current: re-index, retrain, both or neither; measured, gated, released as one. "
    "The workspace is the current directory; it holds params.yaml.",
)
out = Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH)
err = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Yes = Annotated[bool, typer.Option("--yes", help="Approve exactly what this run lists; more than that is held again.")]
By = Annotated[str, typer.Option("--by", help="Who says so; the user of the system by default.")]
Note = Annotated[str, typer.Option("--note", help="Why; kept with the decision.")]
Reviewed = Annotated[str, typer.Argument(help="Beginning of a decision id; the one that waits by default.")]
As = Annotated[
    list[str] | None,
    typer.Option(
        "--as", metavar="GROUP", help="Read as a member of GROUP; repeatable. Without it: open documents alone."
    ),
]
Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where", metavar="KEY=VALUE", help="Only documents whose metadata say so; repeatable, all must hold."
    ),
]


def main() -> None:
    """Run the command line; every error becomes one sentence and an exit code (0 done, 1 failed, 2 usage, 3 held)."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        app()
    except PointsmanError as error:
        err.print(f"pointsman: {error}", style="red", markup=False, highlight=False)
        sys.exit(error.exit_code)


def _print(value: Mapping[str, Any], *, as_json: bool, table: Callable[[], Any]) -> None:
    if as_json:
        sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    else:
        out.print(table())


@app.command()
def plan(*, as_json: Json = False) -> None:
    """Say what the next refresh would do, why, and what it would cost; change nothing that readers see.

    Chunks are counted exactly; nothing is embedded or trained, and no model is loaded.

    Examples: `pointsman plan`, `pointsman plan --json | jq .work`
    """
    from flows.wiring import open_desk
    from pointsman.display import Bars, report_table
    from pointsman.steps.glancing import glance
    from pointsman.steps.refreshing import look, preview
    from pointsman.steps.reporting import Outcome, as_report

    with open_desk(Path(), Bars()) as desk:
        first = glance(desk, beat=False)
        if first is not None and first.report is not None:
            report = dict(first.report)
        else:
            seen = look(desk, seen=first, beat=False)
            report = as_report(desk, seen if isinstance(seen, Outcome) else preview(desk, seen))
    _print(report, as_json=as_json, table=lambda: report_table("plan: what the next refresh would do", report))


@app.command()
def refresh(*, as_json: Json = False, yes: Yes = False, trigger: str = typer.Option("manual", hidden=True)) -> None:
    """Run the whole loop once: observe, stage in the dark, measure, decide, act, gate, release.

    When nothing changed it says so at once and stops. Exit code 3: held by a guard or refused by the gate.

    Examples: `pointsman refresh`, `pointsman refresh --json`, `pointsman refresh --yes` (after reading a hold)
    """
    from pointsman.display import exam_table, report_table

    report = run_refresh(Path(), yes=yes, trigger=trigger)
    code, exam = report.pop("exit_code"), report.pop("exam", None)
    _print(report, as_json=as_json, table=lambda: report_table("refresh", report))
    if exam and not as_json:
        out.print(exam_table(exam))
    raise typer.Exit(code)


def run_refresh(root: Path, *, yes: bool, trigger: str) -> dict[str, Any]:
    """Look first; start Prefect only when there is something to do, its server while documents are being judged."""
    from flows.embedded import server_of
    from flows.wiring import open_desk
    from pointsman.display import Bars
    from pointsman.steps.glancing import glance
    from pointsman.steps.refreshing import look
    from pointsman.steps.reporting import Outcome, as_report

    bars, server = Bars(), server_of(root.resolve() / ".pointsman" / "prefect")
    with open_desk(root, bars, before_judging=server.start) as desk:
        first = glance(desk, beat=True)
        if first is not None and first.report is not None:
            return {**first.report, "exit_code": 0}
        seen = look(desk, seen=first, approved=yes, by=_user())
        if isinstance(seen, Outcome):
            return as_report(desk, seen) | {"exit_code": seen.exit_code}
    server.start()
    from flows.refresh import refresh_flow, show_progress_with

    server.wait()
    show_progress_with(bars)
    report: dict[str, Any] = refresh_flow(root=str(root.resolve()), trigger=trigger)
    return report


@app.command()
def status(*, as_json: Json = False) -> None:
    """Show the live release, pending debt, holds, quarantine, and what waits.

    Examples: `pointsman status`, `pointsman status --json | jq .quarantine`
    """
    from flows.wiring import open_desk
    from pointsman.display import facts_table
    from pointsman.steps.looking_back import status as status_of
    from pointsman.steps.reviewing import standing

    with open_desk(Path()) as desk:
        found = status_of(desk) | standing(desk)
    said = found | {name: [_waiting(item) for item in found[name]] for name in ("waits", "rejected")}
    _print(found, as_json=as_json, table=lambda: facts_table("status", list(_flat(said))))


@app.command()
def explain(
    decision: Annotated[str, typer.Argument(help="Beginning of a decision id; the last one by default.")] = "",
) -> None:
    """Explain one decision: what changed, what was measured, which limit decided, what would have flipped it.

    Examples: `pointsman explain`, `pointsman explain 3fa9`
    """
    from flows.wiring import open_desk
    from pointsman.display import exam_table, report_table, rows_table
    from pointsman.steps.looking_back import explain as explain_of

    with open_desk(Path()) as desk:
        record = explain_of(desk, decision or None)
    out.print(
        report_table(f"decision {record['decision_id']} at {record['at']} ({record['trigger']})", record["report"])
    )
    columns = ["signal", "value", "low", "high", "n", "unit"]
    if record["signals"]:
        out.print(
            rows_table("measured", columns, [[s["name"], *(s[c] for c in columns[1:])] for s in record["signals"]])
        )
    if record["exam"]:
        out.print(exam_table(record["exam"]))
    if record["went_live"] is False:
        out.print("its release never went live: the run ended before the pointer moved", style="bold")
    out.print(
        f"replayed from its evidence: {'the same decision' if record['replays'] else 'ANOTHER decision'}", style="bold"
    )


@app.command()
def history(*, as_json: Json = False) -> None:
    """List decisions and releases, newest first.

    Examples: `pointsman history`, `pointsman history --json | jq '.releases[0]'`
    """
    from flows.wiring import open_desk
    from pointsman.display import rows_table
    from pointsman.steps.looking_back import history as history_of

    with open_desk(Path()) as desk:
        found = history_of(desk)
    if as_json:
        _print(found, as_json=True, table=str)
        return
    columns = ["at", "why", "release", "decision", "collection", "revision", "generator"]
    out.print(rows_table("releases", columns, [[m.get(c) for c in columns] for m in found["releases"]]))
    columns = ["at", "decision_id", "index", "train", "hold", "gate", "release", "went_live"]
    out.print(rows_table("decisions", columns, [[d.get(c) for c in columns] for d in found["decisions"]]))


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="What to look for.")],
    *,
    top_k: Annotated[
        int | None, typer.Option("--top-k", min=1, max=1000, help="Passages; retriever.top_k by default.")
    ] = None,
    groups: As = None,
    where: Where = None,
    as_json: Json = False,
) -> None:
    """Return the passages of the live release: dense and BM25, fused.

    A document with `access: [a, b]` in its front matter is found by a reader `--as a` or `--as b`, and by no other.

    Examples: `pointsman search "how do I upload a file"`, `pointsman search "pay scale" --as staff --where year=2026`
    """
    from flows.wiring import open_desk
    from pointsman.core.index import Filter
    from pointsman.core.prompt import clipped
    from pointsman.display import rows_table
    from pointsman.steps.serving import search as search_of

    with open_desk(Path()) as desk:
        found = search_of(desk, question, top_k=top_k, allow=Filter.of(groups or (), where or ()))
    rows = [
        (
            "#".join(filter(None, (h["document"], h["anchor"]))),
            " > ".join(h["headings"]),
            h["score"],
            clipped(h["text"], 30),
        )
        for h in found["hits"]
    ]
    _print(
        found,
        as_json=as_json,
        table=lambda: rows_table(f"release {found['release']}", ["document", "section", "score", "text"], rows),
    )


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question.")],
    *,
    groups: As = None,
    where: Where = None,
    as_json: Json = False,
) -> None:
    """Answer with citations, and name the release that answered; only from what the reader may see (`--as`).

    Examples: `pointsman ask "How do I stream a response?"`, `pointsman ask "…" --as staff --json | jq .citations`
    """
    from flows.wiring import open_desk
    from pointsman.core.index import Filter
    from pointsman.display import facts_table
    from pointsman.steps.serving import ask as ask_of

    with open_desk(Path()) as desk:
        found = ask_of(desk, question, allow=Filter.of(groups or (), where or ()))
    cited = f"{', '.join(found['citations'])} (by the {found['cited_by']})"
    rows = [("question", question), ("answer", found["answer"]), ("citations", cited), ("release", found["release"])]
    _print(found, as_json=as_json, table=lambda: facts_table("ask", rows))


@app.command()
def rollback(
    release: Annotated[str, typer.Argument(help="Beginning of a release id; the one before by default.")] = "",
    *,
    as_json: Json = False,
) -> None:
    """Move the live pointer back: one write, no re-embedding. The next refresh holds rather than undo it.

    Examples: `pointsman rollback`, `pointsman rollback 8c1d`
    """
    from flows.wiring import open_desk
    from pointsman.display import facts_table
    from pointsman.steps.looking_back import roll_back

    with open_desk(Path()) as desk:
        found = roll_back(desk, release or None)
    _print(found, as_json=as_json, table=lambda: facts_table("rollback", list(_flat(found))))


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
    from flows.wiring import open_desk
    from pointsman.display import Bars, facts_table, report_table
    from pointsman.steps.reviewing import approve as approve_of
    from pointsman.steps.reviewing import find

    with open_desk(Path(), Bars()) as desk:
        waiting = find(desk, decision or None)
        said = approve_of(desk, waiting, by=by or _user(), note=note)
    told = _said(said)
    if waiting.kind == "hold" and not no_refresh:
        report = run_refresh(Path(), yes=False, trigger="approve")
        code = report.pop("exit_code")
        report.pop("exam", None)
        _print(report | {"approval": told}, as_json=as_json, table=lambda: report_table("approved: refresh", report))
        raise typer.Exit(code)
    _print(told, as_json=as_json, table=lambda: facts_table("approve", list(_flat(told))))


@app.command()
def reject(decision: Reviewed = "", *, by: By = "", note: Note = "", as_json: Json = False) -> None:
    """Reject a held decision, or the candidate of an inconclusive gate, and keep the reason.

    A rejected hold stays held, quietly, until the change is another one; a rejection takes an approval back.

    Examples: `pointsman reject`, `pointsman reject 3fa9 --note "the mount was empty, restore it"`
    """
    from flows.wiring import open_desk
    from pointsman.display import facts_table
    from pointsman.steps.reviewing import find
    from pointsman.steps.reviewing import reject as reject_of

    with open_desk(Path()) as desk:
        told = _said(reject_of(desk, find(desk, decision or None), by=by or _user(), note=note))
    _print(told, as_json=as_json, table=lambda: facts_table("reject", list(_flat(told))))


def _said(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return a review with the values of its ceilings; the documents that they name stay in the ledger."""
    return {**said, "ceilings": {guard: ceiling["value"] for guard, ceiling in said["ceilings"].items()}}


def _waiting(item: Mapping[str, Any]) -> str:
    """Return what waits, or was rejected, as a line: what, why, and the command to type."""
    ending = f"`{item['command']}`" if "command" in item else f"by {item['by']}: {item['note'] or 'no reason given'}"
    return f"{item['kind']} {item['decision']}: {item['because']} → {ending}"


def _user() -> str:
    """Return who runs this: the name of the system's user, or its number where it has no name."""
    from getpass import getuser

    try:
        return getuser()
    except (KeyError, OSError, ImportError):
        return f"uid {os.getuid()}"


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

    from flows.wiring import open_desk, sole_writer
    from flows.writing import writing
    from pointsman.display import Bars, facts_table
    from pointsman.steps.doctoring import examine

    with (
        sole_writer(Path()) if repair else nullcontext(),
        open_desk(Path(), Bars()) as opened,
        writing(Path(), opened) if repair else nullcontext(opened) as desk,
    ):
        findings = examine(desk, repair=repair, deep=deep, live=live or None)
    _print(findings.as_json(), as_json=as_json, table=lambda: facts_table("doctor", list(_flat(findings.as_json()))))
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
    from flows.wiring import open_desk, sole_writer
    from flows.writing import writing
    from pointsman.display import Bars, facts_table
    from pointsman.steps import erasing, forgetting

    with sole_writer(Path()), open_desk(Path(), Bars()) as opened, writing(Path(), opened) as desk:
        if lift:
            result: dict[str, Any] = {"lifted": forgetting.lift(desk, lift)}
        else:
            found = erasing.seek(desk, document, copies=copies)
            if dry_run or not _may_forget(found.as_json(), yes=yes):
                _print(found.as_json(), as_json=as_json, table=lambda: _facts("would be forgotten", found.as_json()))
                return
            result = erasing.forget(desk, found, note=note)
    _print(result, as_json=as_json, table=lambda: facts_table("forget", list(_flat(result))))
    raise typer.Exit(0 if result.get("complete", True) else 1)


def _facts(title: str, found: Mapping[str, Any]) -> Any:
    from pointsman.display import facts_table

    return facts_table(title, list(_flat(found)))


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
def watch(
    *,
    debounce: Annotated[float, typer.Option(min=0.05, help="Seconds of quiet before a refresh.")] = 2.0,
    interval: Annotated[
        float, typer.Option(min=0.05, help="Seconds between two listings of a store that is no local folder.")
    ] = 30.0,
    once: Annotated[bool, typer.Option("--once", help="Stop after the first refresh.")] = False,
) -> None:
    """Refresh on change, debounced: however many events arrive, one refresh re-lists the store. Ctrl-C ends it.

    Examples: `pointsman watch`, `pointsman watch --debounce 10`, `pointsman watch --interval 300` (S3, git)
    """
    from flows.watch import changes
    from flows.wiring import make_desk
    from pointsman.core.addresses import without_credentials
    from pointsman.display import report_table

    def tell(error: str) -> None:
        err.print(f"pointsman: {error}; still watching", style="red", markup=False)

    desk = make_desk(Path())
    err.print(f"watching {without_credentials(desk.params.store.url)}; Ctrl-C ends it", markup=False)
    try:
        for events in changes(
            desk, Path(), debounce_seconds=debounce, interval_seconds=interval, stop=lambda: False, tell=tell
        ):
            err.print(f"{events} events", markup=False)
            try:
                report = run_refresh(Path(), yes=False, trigger="watch")
            except PointsmanError as error:
                err.print(f"pointsman: {error}; still watching", style="red", markup=False)
                continue
            out.print(report_table("refresh", report))
            if once:
                return
    except KeyboardInterrupt:
        err.print("stopped")


@app.command()
def models(*, quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing when all is well.")] = False) -> None:
    """Check the models of params.yaml by their hash; prepare what is used for the first time.

    A bundled generator is unpacked, and the embedder's OpenVINO network is made, so that searches load no torch.

    Examples: `pointsman models`
    """
    from flows.wiring import open_desk
    from pointsman.core.release import Model
    from pointsman.display import facts_table

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
    from flows.wiring import dashboard_command

    command = dashboard_command(workspace, host, port)
    err.print(f"MLflow dashboard on http://{host}:{port}; Ctrl-C ends it", markup=False)
    os.execvp(command[0], command)  # noqa: S606 - the dashboard takes this process's place


def _flat(value: Mapping[str, Any], before: str = "") -> list[tuple[str, object]]:
    """Return nested values as rows, their names joined by dots."""
    rows: list[tuple[str, object]] = []
    for name, item in value.items():
        if isinstance(item, Mapping):
            rows += _flat(item, f"{before}{name}.")
        elif isinstance(item, list):
            rows += [(f"{before}{name}", str(line)) for line in item] or [(f"{before}{name}", None)]
        else:
            rows.append((f"{before}{name}", item))
    return rows


if __name__ == "__main__":
    main()
