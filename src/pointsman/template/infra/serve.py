"""Serve this workspace's flows: refresh every hour, maintain at night. Yours to edit.

``PREFECT_API_URL`` names the Prefect server. Run it in the workspace: ``python infra/serve.py --every 3600``. One
refresh runs at a time; a second one waits.
"""

import argparse
import os
from pathlib import Path

from prefect import serve
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment

WORKSPACE = Path(__file__).resolve().parents[1]


def main() -> None:
    """Register both deployments and run what the server asks for, until this process is ended."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=3600, help="seconds between two refreshes")
    parser.add_argument("--nightly", default="30 3 * * *", help="cron expression of the maintenance")
    options = parser.parse_args()
    os.chdir(WORKSPACE)  # the entry points below are relative to it
    root = {"root": str(WORKSPACE)}
    one = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.ENQUEUE)
    refresh = RunnerDeployment.from_entrypoint(
        "flows/refresh.py:refresh_flow",
        name="refresh",
        interval=options.every,
        parameters={**root, "trigger": "schedule"},
        concurrency_limit=one,
        tags=["pointsman"],
    )
    maintain = RunnerDeployment.from_entrypoint(
        "flows/maintain.py:maintain_flow",
        name="maintain",
        cron=options.nightly,
        parameters=root,
        tags=["pointsman"],
    )
    serve(refresh, maintain)


if __name__ == "__main__":
    main()
