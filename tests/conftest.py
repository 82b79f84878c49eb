"""Nothing is fetched and nothing is reported, whatever a test imports; a slow machine fails no property."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from pytest_socket import disable_socket, enable_socket

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "240")
os.environ["DVC_NO_ANALYTICS"] = "1"

settings.register_profile(
    "quick", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
settings.load_profile("quick")

TESTS = Path(__file__).parent
WALLED = (
    "core", "settings", "cli", "docs", "stages", "steps", "laws", "test_walls.py", "adapters/erasure", "adapters/models",
    "adapters/parsers", "adapters/reports", "adapters/training", "adapters/workspace",
)  # fmt: skip
"""Folders whose tests reach nothing outside; the others talk to engines, servers and processes of their own."""


@pytest.fixture(autouse=True)
def _no_socket(request: pytest.FixtureRequest) -> Iterator[None]:
    """Refuse every socket while a test of a walled folder runs."""
    place = request.path.relative_to(TESTS).as_posix()
    if not place.startswith(WALLED):
        yield
        return
    disable_socket()
    yield
    enable_socket()
