"""Short ways to call steps on fake ports: each takes all of them from one object."""

from typing import Any

from pointsman.steps.maintenance.doctor import diagnose
from pointsman.steps.maintenance.findings import Findings
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.refresh.check import check_state
from pointsman.steps.refresh.report import Outcome
from pointsman.steps.resources import Resources


def look(resources: Resources, **more: Any) -> Outcome | WorkspaceState:
    """Look at the store as a refresh does first."""
    return check_state(
        resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress, **more
    )


def examined(resources: Resources, *, repair: bool = False, **more: Any) -> Findings:
    """Return what ``doctor`` finds; with ``repair``, it repairs that, and removes what nobody needs."""
    return diagnose(
        resources.intake,
        repair=repair,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
        **more,
    )
