"""Plan, refresh and watch: the loop, looked at, run once, or run on every change."""

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pointsman.api.results import Plan, Report
from pointsman.core.errors import IndexBusy, PointsmanError, UsageError
from pointsman.core.policy.holds import HOLDS
from pointsman.core.wording import count

if TYPE_CHECKING:
    from pointsman.ports.progress import Progress
    from pointsman.steps.observe.state import WorkspaceState
    from pointsman.steps.resources import Resources

LOG = logging.getLogger("pointsman.refresh")


def plan(root: Path, progress: "Progress") -> Plan:
    """Return what the next refresh would do; readers see no change."""
    from pointsman.api.check import notices
    from pointsman.bootstrap.workspace import open_query
    from pointsman.steps.refresh.check import check_state
    from pointsman.steps.refresh.fast_path import fast_path
    from pointsman.steps.refresh.preview import preview
    from pointsman.steps.refresh.report import Outcome, as_report

    with open_query(root, progress) as resources:
        _require_store(root, resources)
        first = fast_path(resources.intake, count_visit=False, serving=resources.serving, records=resources.records)
        if first is not None and first.report is not None:
            report = dict(first.report)
        else:
            seen = check_state(
                resources.intake,
                seen=first,
                count_visit=False,
                serving=resources.serving,
                records=resources.records,
                progress=resources.progress,
            )
            if not isinstance(seen, Outcome):
                seen = preview(
                    resources.intake,
                    seen,
                    serving=resources.serving,
                    records=resources.records,
                    progress=resources.progress,
                )
            report = as_report(resources.params, seen, planned=True)
        return Plan.of(_completed(resources, report) | {"notices": notices(root, resources)})


def _require_store(root: Path, resources: "Resources") -> None:
    """Refuse a local store that is not there before anything is live: there is nothing yet that a hold would protect.

    Raises:
        UsageError: the folder does not exist.
    """
    from pointsman.adapters.stores.local_files import no_folder
    from pointsman.adapters.stores.open import local_folder

    folder = local_folder(resources.params.store.url, root.resolve())
    if folder is not None and not folder.exists() and resources.ledger.pointer() is None:
        raise UsageError(
            f"store.url: {no_folder(os.path.normpath(folder))}; make it, or correct store.url in params.yaml"
        )


def refresh(
    root: Path, progress: "Progress", *, approve: bool = False, by: str = "", trigger: str = "manual"
) -> Report:
    """Run the loop once: look first, and start Prefect only when there is something to do.

    Prefect's server starts while documents are judged. ``approve`` approves exactly what this run lists.
    """
    LOG.info("refresh began", extra={"trigger": trigger})
    report = Report.of(**_refreshed(root, progress, approve=approve, by=by or user(), trigger=trigger))
    ids = {"decision": report.decision_id, "release": report.release}
    codes = ", ".join(hold_codes(report.decision))
    LOG.info(
        "refresh ended: %s",
        "held" if report.held else report.decision["index"],
        extra=ids | ({"code": codes} if codes else {}),
    )
    return report


def _refreshed(root: Path, progress: "Progress", *, approve: bool, by: str, trigger: str) -> dict[str, Any]:
    """Return the contract's object as ``value``, and the measures of answers as ``answers``."""
    from pointsman.bootstrap.workspace import open_resources
    from pointsman.bootstrap.write_session import note_new_examples
    from pointsman.flows.local_server import server_of
    from pointsman.steps.refresh.check import check_state
    from pointsman.steps.refresh.fast_path import fast_path
    from pointsman.steps.refresh.report import Outcome, as_report

    server = server_of(root.resolve() / ".pointsman" / "prefect")
    with open_resources(root, progress, before_judging=server.start) as resources:
        _require_store(root, resources)
        first = fast_path(resources.intake, count_visit=True, serving=resources.serving, records=resources.records)
        if first is not None and first.report is not None:
            return {"value": _completed(resources, first.report)}
        seen = check_state(
            resources.intake, seen=first, approved=approve, by=by,
            serving=resources.serving, records=resources.records, progress=resources.progress,
        )  # fmt: skip
        if isinstance(seen, Outcome):
            note_new_examples(root, resources, seen.state)
            return {"value": _completed(resources, as_report(resources.params, seen))}
    progress("start Prefect", 0, 1)
    server.start()
    from pointsman.flows.refresh import refresh_here

    server.wait()
    progress("start Prefect", 1, 1)
    try:
        report = refresh_here(root, trigger=trigger, progress=progress, state=seen)
    except IndexBusy as error:
        raise _but_narrower(error, seen) from error
    answers = report.pop("exam", None)
    report.pop("exit_code", None)
    with open_resources(root, progress) as resources:
        return {"value": _completed(resources, report), "answers": answers}


def _but_narrower(error: IndexBusy, state: "WorkspaceState") -> IndexBusy:
    """Return the error of a refresh that came too late, and what took effect all the same."""
    n = len(state.access.narrowed)
    if not n:
        return error
    return IndexBusy(f"{error}, except that access of {count(n, 'document')} became narrower at once")


def _completed(resources: "Resources", report: Mapping[str, Any]) -> dict[str, Any]:
    """Return a report with the codes of the holds, and the first of what is refused, where there are any."""
    from pointsman.steps.review.quarantine import counts_without_stale, first_refused

    rows, codes = first_refused(resources.quarantine), hold_codes(report["decision"])
    total = sum(counts_without_stale(resources.quarantine).values())
    refused = {"refused": rows, "refused_total": total} if rows else {}
    return {**report, **({"holds": codes} if codes else {}), **refused}


def hold_codes(decision: Mapping[str, Any]) -> list[str]:
    """Return the stable codes of the guards that hold a decision; the docs have a section for each."""
    signals = [reason["signal"] for reason in decision["reasons"]] if decision["hold"] else []
    return [HOLDS[signal].code for signal in signals if signal in HOLDS]


def watch(
    root: Path, progress: "Progress", *, debounce: float, interval: float, once: bool, say: Callable[[str], None]
) -> Iterator[Report]:
    """Yield a report each time that something changed; an error of a refresh is said and the watch goes on."""
    from pointsman.bootstrap.watch import changes
    from pointsman.bootstrap.workspace import make_resources
    from pointsman.bootstrap.write_session import freeze_loaded_objects
    from pointsman.core.credentials import without_credentials

    resources = make_resources(root)
    say(f"watching {without_credentials(resources.params.store.url)}; Ctrl-C ends it")
    events = changes(
        resources, root, debounce_seconds=debounce, interval_seconds=interval, stop=lambda: False,
        warn=lambda error: say(f"{error}; still watching"),
    )  # fmt: skip
    for number in events:
        say(f"{number} events")
        try:
            report = refresh(root, progress, trigger="watch")
        except PointsmanError as error:
            say(f"{error}; still watching")
            continue
        yield report
        if once:
            return
        freeze_loaded_objects()


def user() -> str:
    """Return who runs this: the name of the system's user, or its number where it has no name."""
    from getpass import getuser

    try:
        return getuser()
    except (KeyError, OSError, ImportError):
        return f"uid {os.getuid()}"
