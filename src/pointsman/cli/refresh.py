"""Plan, check, refresh and watch: the loop, looked at, run once, or run on every change."""

from typing import Annotated

import typer

from pointsman.cli.app import Json, Yes, app, err, finish, print_result, workspace
from pointsman.core.visible import visible


@app.command()
def plan(*, as_json: Json = False) -> None:
    """Say what the next refresh would do, why, and what it would cost; change nothing that readers see.

    Chunks are counted exactly; nothing is embedded or trained, and no model is loaded. Exit code 3: a guard would hold
    the refresh.

    Examples: `pointsman plan`, `pointsman plan --json | jq .work`
    """
    finish(workspace(bars=True).plan(), as_json=as_json)


@app.command()
def check(*, as_json: Json = False) -> None:
    """Say what is wrong before anything is run: folders, patterns, examples, probes, keys of params.yaml.

    Exit code 1 when something is wrong, 2 when params.yaml cannot be used. What may be meant so (files that no pattern
    takes) is listed and does not count.

    Examples: `pointsman check`, `pointsman check --json | jq '.findings[].what'`
    """
    finish(workspace(bars=True).check(), as_json=as_json)


@app.command()
def refresh(
    *, as_json: Json = False, approve: Yes = False, trigger: Annotated[str, typer.Option(hidden=True)] = "manual"
) -> None:
    """Run the whole loop once: observe, stage where no reader sees it, measure, decide, act, gate, release.

    When nothing changed it says so at once and stops. Exit code 3: held by a guard or refused by the gate.

    Examples: `pointsman refresh`, `pointsman refresh --json`, `pointsman refresh --yes` (after reading a hold)
    """
    finish(workspace(bars=True).refresh(approve=approve, trigger=trigger), as_json=as_json)


@app.command()
def watch(
    *,
    debounce: Annotated[float, typer.Option(min=0.05, help="Seconds of quiet before a refresh.")] = 2.0,
    interval: Annotated[
        float, typer.Option(min=0.05, help="Seconds between two listings of a store that is no local folder.")
    ] = 30.0,
    once: Annotated[bool, typer.Option("--once", help="Stop after the first refresh.")] = False,
    as_json: Json = False,
) -> None:
    """Refresh on change, debounced: however many events arrive, one refresh re-lists the store. Ctrl-C ends it.

    With --json each refresh is a line on stdout.

    Examples: `pointsman watch`, `pointsman watch --debounce 10`, `pointsman watch --interval 300` (S3, git)
    """

    def say(line: str) -> None:
        err.print(visible(line), markup=False, highlight=False)

    reports = workspace(bars=True).watch(debounce=debounce, interval=interval, once=once, say=say)
    for report in reports:
        print_result(report, as_json=as_json)
