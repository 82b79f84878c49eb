"""Nothing is fetched and nothing is reported, whatever a test imports; a slow machine fails no property."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from pytest_socket import disable_socket, enable_socket

from tests.fakes.resources import FakeResources, fake_resources, pages

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
    "core", "settings", "cli", "docs", "stages", "steps", "laws", "test_walls.py",
    "adapters/erasure", "adapters/models", "adapters/parsers",
    "adapters/reports", "adapters/training", "adapters/workspace",
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


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., FakeResources]:
    """Return what opens a workspace over documents, or over that many pages, with sections of params.yaml."""

    def build(documents: Mapping[str, bytes | str] | int = 6, **sections: Any) -> FakeResources:
        return fake_resources(tmp_path, pages(documents) if isinstance(documents, int) else documents, **sections)

    return build
