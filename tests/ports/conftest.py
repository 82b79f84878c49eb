"""Fixtures of the contract of vector indexes: every engine, and an empty collection in it."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from pointsman.adapters.qdrant import server_client, server_graph
from pointsman.ports.index import VectorIndex
from tests.ports.points import DIMENSION
from tests.ports.vector_indexes import ENGINES


@pytest.fixture(autouse=True)
def _quick_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a request that failed be repeated at once."""
    monkeypatch.setattr(server_client, "FIRST_PAUSE", 0.002)
    monkeypatch.setattr(server_graph, "POLL_SECONDS", 0.01)


@pytest.fixture(params=list(ENGINES.values()), ids=list(ENGINES))
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VectorIndex]:
    made: VectorIndex = request.param(tmp_path)
    before = set(made.collections())
    yield made
    for name in set(made.collections()) - before:
        made.drop(name)
    made.close()


@pytest.fixture
def name(index: VectorIndex) -> str:
    """Return an empty collection that no one else on the server has."""
    collection = f"contract-{secrets.token_hex(4)}"
    index.create(collection, DIMENSION)
    return collection
