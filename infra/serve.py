"""Serve the deployments of one workspace: refresh on a schedule, maintain at night.

``PREFECT_API_URL`` names the Prefect server; run it in the workspace: ``python infra/serve.py --every 3600``.
One refresh at a time: a second one waits for its turn.
"""

import argparse
from pathlib import Path

from prefect import serve
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy

from pointsman.flows.maintain import maintain_flow
from pointsman.flows.refresh import refresh_flow


def main() -> None:
    """Register both deployments and run what the server asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, default=Path(), help="folder of params.yaml")
    parser.add_argument("--every", type=int, default=3600, help="seconds between refreshes")
    parser.add_argument("--nightly", default="30 3 * * *", help="cron expression of the maintenance")
    options = parser.parse_args()
    root = str(options.workspace.resolve())
    one = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.ENQUEUE)
    serve(
        refresh_flow.to_deployment(
            "refresh", interval=options.every, parameters={"root": root}, concurrency_limit=one, tags=["pointsman"]
        ),
        maintain_flow.to_deployment("maintain", cron=options.nightly, parameters={"root": root}, tags=["pointsman"]),
    )


if __name__ == "__main__":
    main()
