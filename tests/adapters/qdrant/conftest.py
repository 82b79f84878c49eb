"""A server that fails on demand, and an index on it that repeats at once."""

from collections.abc import Iterator

import pytest

from pointsman.adapters.qdrant import server_client, server_graph, server_writes
from pointsman.adapters.qdrant.server_index import QdrantIndex, connect
from tests.fakes.qdrant.server import QdrantServer
from tests.ports.points import DIMENSION


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_client, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(server_graph, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(server_writes, "PAUSE_SECONDS", 0.01)


@pytest.fixture
def server() -> Iterator[QdrantServer]:
    made = QdrantServer()
    yield made
    made.stop()


@pytest.fixture
def index(server: QdrantServer) -> QdrantIndex:
    """Return an index with the empty collection ``books``."""
    made = connect(server.url, max_wait=1)
    made.create("books", DIMENSION)
    return made
