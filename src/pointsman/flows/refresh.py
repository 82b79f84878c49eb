"""The refresh flow: the whole loop once; each step is a Prefect task with its own retries and timeout."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import FlowRun, State, TaskRun
from prefect.flows import Flow
from prefect.tasks import Task

from pointsman.bootstrap.workspace import open_resources, silent, sole_writer
from pointsman.bootstrap.write_session import note_new_examples, writing
from pointsman.core.errors import IndexBusy, LedgerConflict, ListingFailed, StoreMoved
from pointsman.ports.progress import Progress
from pointsman.steps.erasure.erase import finish_interrupted
from pointsman.steps.erasure.request import pending
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.refresh.check import check_state, narrow_beside
from pointsman.steps.refresh.loop import refresh as run_loop
from pointsman.steps.refresh.report import Outcome, as_report
from pointsman.steps.resources import Resources

T = TypeVar("T")

MINUTE = 60.0

RETRIES = {"observe": 2, "record": 2}
"""Retries of single steps; all other steps converge when the flow runs again."""

TIMEOUT_SECONDS = {
    "observe": 30 * MINUTE, "train generator": 360 * MINUTE, "train retriever": 360 * MINUTE,
    "build index": 1440 * MINUTE, "stage": 360 * MINUTE, "catch up": 360 * MINUTE,
}  # fmt: skip
DEFAULT_TIMEOUT_SECONDS = 120 * MINUTE

ATTEMPTS = 3
"""Attempts of the loop, at most, while the store keeps changing."""


def _passing(_task: Task[Any, Any], _run: TaskRun, state: State[Any]) -> bool:
    """Return whether a retry may help: for a store out of reach, not for a wrong params.yaml."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, (ListingFailed, OSError))


def as_task(name: str, step: Callable[..., T], /, *args: Any, **named: Any) -> T:
    """Run one step of the loop as a Prefect task, and return its result."""
    runner = task(
        step if hasattr(step, "__name__") else _named(step),
        name=name,
        task_run_name=name,
        retries=RETRIES.get(name, 0),
        retry_delay_seconds=2,
        retry_condition_fn=_passing,
        timeout_seconds=TIMEOUT_SECONDS.get(name, DEFAULT_TIMEOUT_SECONDS),
        cache_policy=NO_CACHE,
        persist_result=False,
    )
    _handed.progress(name, 0, 1)
    result: T = runner(*args, **named)
    _handed.progress(name, 1, 1)
    return result


def _named(step: Callable[..., T]) -> Callable[..., T]:
    def run(*args: Any, **named: Any) -> T:
        return step(*args, **named)

    return run


def say_it_failed(flow_: Flow[Any, Any], run: FlowRun, state: State[Any]) -> None:
    """Create an artifact that says what failed and that the live release still answers."""
    create_markdown_artifact(
        key="pointsman-failure",
        markdown=f"# {flow_.name} failed\n\n`{run.name}`: {state.message}\n\n"
        "The live release still answers. The next refresh converges; `pointsman doctor` compares "
        "source, manifest and collection.",
        description="why the last refresh failed",
    )


def outcome_markdown(outcome: Outcome) -> str:
    """Return an outcome as Markdown: the decision, the gate, reasons, flips and debt."""
    decision = outcome.decision
    reasons = "\n".join(f"- **{r.signal}** = {r.value} (limit {r.limit}): {r.because}" for r in decision.reasons)
    more = "\n".join(f"- {line}" for line in (*decision.flips, *decision.debt))
    title = "hold" if decision.hold else " + ".join([str(decision.index), *decision.train])
    return f"# {title} · {outcome.gate or 'no gate'}\n\n{reasons}\n\n## Flips and debt\n\n{more or '- none'}\n"


@dataclass
class _Handed:
    """Values that a caller in this process passes to the flow; they cannot be flow parameters."""

    progress: Progress = silent
    state: WorkspaceState | None = None


_handed = _Handed()


def refresh_here(
    root: Path, *, trigger: str, progress: Progress = silent, state: WorkspaceState | None = None
) -> dict[str, Any]:
    """Run the flow in this process, and return the object of ``refresh --json``.

    Args:
        root: folder of the workspace.
        trigger: what started it; it is recorded.
        progress: shows the progress of long work.
        state: observed just before; the store is not listed again then.
    """
    _handed.progress, _handed.state = progress, state
    try:
        report: dict[str, Any] = refresh_flow(root=str(root.resolve()), trigger=trigger)
    finally:
        _handed.progress, _handed.state = silent, None
    return report


@flow(name="pointsman-refresh", on_failure=[say_it_failed], on_crashed=[say_it_failed], persist_result=False)
def refresh_flow(root: str = ".", trigger: str = "schedule", approved: bool = False) -> dict[str, Any]:
    """Run the loop once for the workspace at ``root`` and return the object of ``refresh --json``.

    Where another run is at work, narrower access takes effect all the same.

    Raises:
        PointsmanError: the loop failed; the live release still answers.
    """
    place = Path(root)
    try:
        return _refreshed(place, trigger=trigger, approved=approved)
    except IndexBusy:
        if _handed.state is None:  # else whoever observed it has applied it
            with open_resources(place, _handed.progress) as resources:
                narrow_beside(
                    resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
                )
        raise


def _refreshed(place: Path, *, trigger: str, approved: bool) -> dict[str, Any]:
    """Run the loop once, as the only writer of this machine.

    Raises:
        IndexBusy: another run is at work.
    """
    with sole_writer(place), open_resources(place, _handed.progress) as resources:
        if pending(resources.ledger):
            with writing(place, resources) as leased:
                finish_interrupted(
                    leased.intake, serving=leased.serving, records=leased.records, erasure_sweep=leased.erasure_sweep
                )
        outcome = _handed.state or check_state(
            resources.intake, approved=approved, by="a run of the flow",
            serving=resources.serving, records=resources.records, progress=resources.progress,
        )  # fmt: skip
        if isinstance(outcome, Outcome):
            note_new_examples(place, resources, outcome.state)
        else:
            outcome = _loop(place, resources, trigger, outcome)
            create_markdown_artifact(
                key="pointsman-decision", markdown=outcome_markdown(outcome), description="the last decision"
            )
        return as_report(resources.params, outcome) | {"exit_code": outcome.exit_code, "exam": outcome.evaluation}


def _loop(root: Path, resources: Resources, trigger: str, state: WorkspaceState) -> Outcome:
    """Run the loop; again, with a new listing, where the store or the live pointer changed meanwhile."""
    seen: WorkspaceState | None = state
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with writing(root, resources) as leased:
                return run_loop(
                    leased.intake, state=seen, trigger=trigger, do=as_task, serving=leased.serving,
                    records=leased.records, builder=leased.builder, progress=leased.progress,
                )  # fmt: skip
        except (StoreMoved, LedgerConflict) as error:
            if attempt == ATTEMPTS:
                raise
            get_run_logger().warning("%s; attempt %d of %d", error, attempt + 1, ATTEMPTS)
            seen = None
    raise AssertionError("the last attempt returns or raises")
