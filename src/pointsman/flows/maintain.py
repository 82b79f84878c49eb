"""The nightly flow: compare store, manifest and collection, repair them, and collect garbage."""

from pathlib import Path
from typing import Any

from prefect import flow
from prefect.artifacts import create_table_artifact

from pointsman.bootstrap.workspace import open_resources, sole_writer
from pointsman.bootstrap.write_session import writing
from pointsman.steps.maintenance.doctor import diagnose


@flow(name="pointsman-maintain", persist_result=False)
def maintain_flow(root: str = ".", *, repair: bool = True) -> dict[str, Any]:
    """Run ``pointsman doctor`` on the workspace at ``root`` and return its findings."""
    place, does = Path(root), "nightly maintenance"
    with (
        sole_writer(place, does=does),
        open_resources(place) as opened,
        writing(place, opened, does=does) as resources,
    ):
        findings = diagnose(
            resources.intake,
            repair=repair,
            serving=resources.serving,
            records=resources.records,
            progress=resources.progress,
            erasure_sweep=resources.erasure_sweep,
        ).as_json()
    create_table_artifact(key="pointsman-doctor", table=[{"what": k, "value": str(v)} for k, v in findings.items()])
    return findings
