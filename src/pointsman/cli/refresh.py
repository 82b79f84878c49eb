"""Plan, refresh and watch: the loop, once or on every change."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pointsman.cli.app import Json, Yes, app, err, out, show, user
from pointsman.core.errors import PointsmanError


@app.command()
def plan(*, as_json: Json = False) -> None:
    """Say what the next refresh would do, why, and what it would cost; change nothing that readers see.

    Chunks are counted exactly; nothing is embedded or trained, and no model is loaded.

    Examples: `pointsman plan`, `pointsman plan --json | jq .work`
    """
    from pointsman.bootstrap.workspace import open_desk
    from pointsman.cli.progress import Bars
    from pointsman.cli.tables import report_table
    from pointsman.steps.refresh.fast_path import glance
    from pointsman.steps.refresh.look import look
    from pointsman.steps.refresh.preview import preview
    from pointsman.steps.refresh.report import Outcome, as_report

    with open_desk(Path(), Bars()) as desk:
        first = glance(desk, beat=False)
        if first is not None and first.report is not None:
            report = dict(first.report)
        else:
            seen = look(desk, seen=first, beat=False)
            report = as_report(desk, seen if isinstance(seen, Outcome) else preview(desk, seen))
    show(report, as_json=as_json, table=lambda: report_table("plan: what the next refresh would do", report))


@app.command()
def refresh(*, as_json: Json = False, yes: Yes = False, trigger: str = typer.Option("manual", hidden=True)) -> None:
    """Run the whole loop once: observe, stage in the dark, measure, decide, act, gate, release.

    When nothing changed it says so at once and stops. Exit code 3: held by a guard or refused by the gate.

    Examples: `pointsman refresh`, `pointsman refresh --json`, `pointsman refresh --yes` (after reading a hold)
    """
    from pointsman.cli.tables import exam_table, report_table

    report = run_refresh(Path(), yes=yes, trigger=trigger)
    code, exam = report.pop("exit_code"), report.pop("exam", None)
    show(report, as_json=as_json, table=lambda: report_table("refresh", report))
    if exam and not as_json:
        out.print(exam_table(exam))
    raise typer.Exit(code)


def run_refresh(root: Path, *, yes: bool, trigger: str) -> dict[str, Any]:
    """Look first; start Prefect only when there is something to do, its server while documents are being judged."""
    from pointsman.bootstrap.workspace import open_desk
    from pointsman.cli.progress import Bars
    from pointsman.flows.local_server import server_of
    from pointsman.steps.refresh.fast_path import glance
    from pointsman.steps.refresh.look import look
    from pointsman.steps.refresh.report import Outcome, as_report

    bars, server = Bars(), server_of(root.resolve() / ".pointsman" / "prefect")
    with open_desk(root, bars, before_judging=server.start) as desk:
        first = glance(desk, beat=True)
        if first is not None and first.report is not None:
            return {**first.report, "exit_code": 0}
        seen = look(desk, seen=first, approved=yes, by=user())
        if isinstance(seen, Outcome):
            return as_report(desk, seen) | {"exit_code": seen.exit_code}
    server.start()
    from pointsman.flows.refresh import refresh_flow, show_progress_with

    server.wait()
    show_progress_with(bars)
    report: dict[str, Any] = refresh_flow(root=str(root.resolve()), trigger=trigger)
    return report


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
    from pointsman.bootstrap.watch import changes
    from pointsman.bootstrap.workspace import make_desk
    from pointsman.bootstrap.write_session import stay
    from pointsman.cli.tables import report_table
    from pointsman.core.credentials import without_credentials

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
            stay()
    except KeyboardInterrupt:
        err.print("stopped")
