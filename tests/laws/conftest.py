"""Engines for the laws: fakes, and the real ones that need no server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from qdrant_client import QdrantClient

from pointsman.adapters.ledger.file_ledger import FileLedger
from pointsman.adapters.ledger.qdrant_ledger import QdrantLedger
from pointsman.adapters.qdrant.edge_index import EdgeIndex
from pointsman.adapters.qdrant.server_index import QdrantIndex
from tests.fakes.index import FakeIndex
from tests.fakes.ledger import FakeLedger


@pytest.fixture(params=["fake", "edge", "local"])
def ports(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Any, Any]]:
    """Return an index and a ledger: fakes, qdrant-edge with files, and qdrant-client's local mode."""
    if request.param == "local":
        client = QdrantClient(":memory:")
        yield QdrantIndex(client), QdrantLedger(client)
        return
    edge = request.param == "edge"
    index = EdgeIndex(tmp_path / "index") if edge else FakeIndex()
    yield index, FileLedger(tmp_path / "ledger") if edge else FakeLedger()
    index.close()
