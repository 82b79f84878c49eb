"""Every vector index that the contract is run on, by what builds it."""

import os
from pathlib import Path

import pytest
from qdrant_client import QdrantClient

from pointsman.adapters.qdrant.edge_index import EdgeIndex
from pointsman.adapters.qdrant.server_index import QdrantIndex, connect
from pointsman.ports.index import VectorIndex
from tests.fakes.index import FakeIndex


def fake_index(_root: Path) -> VectorIndex:
    return FakeIndex()


def edge_index(root: Path) -> VectorIndex:
    return EdgeIndex(root / "index")


def local_index(_root: Path) -> VectorIndex:
    return QdrantIndex(QdrantClient(":memory:"))


def server_index(_root: Path) -> VectorIndex:
    return connect(os.environ["QDRANT_URL"], os.environ.get("QDRANT_API_KEY"))


needs_server = pytest.mark.skipif("QDRANT_URL" not in os.environ, reason="QDRANT_URL names no Qdrant server")
