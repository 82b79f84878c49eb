"""Every vector index that the contract is run on, by what builds it."""

import os
from collections.abc import Callable
from pathlib import Path

from qdrant_client import QdrantClient

from pointsman.adapters.qdrant.edge_index import EdgeIndex
from pointsman.adapters.qdrant.server_index import QdrantIndex, connect
from pointsman.ports.index import VectorIndex
from tests.fakes.index import FakeIndex
from tests.fakes.qdrant.server import QdrantServer

STRICT = {
    "max_query_limit": 100,
    "upsert_max_batchsize": 64,
    "condition_max_size": 50,
    "filter_max_conditions": 16,
    "search_max_batchsize": 4,
    "search_max_hnsw_ef": 128,
    "unindexed_filtering_retrieve": False,
    "unindexed_filtering_update": False,
}
"""Limits of a collection in strict mode."""


def fake_index(_root: Path) -> VectorIndex:
    return FakeIndex()


def edge_index(root: Path) -> VectorIndex:
    return EdgeIndex(root / "index")


def local_index(_root: Path) -> VectorIndex:
    return QdrantIndex(QdrantClient(":memory:"))


def stub_index(_root: Path) -> VectorIndex:
    return connect(QdrantServer().url, max_wait=5)


def rough_index(root: Path) -> VectorIndex:
    """Return the index of the oldest server that will do, of whose requests a fifth fail."""
    server = QdrantServer("1.19.2")
    server.roughen(seed=len(str(root)))
    return connect(server.url, max_wait=20)


def strict_index(_root: Path) -> VectorIndex:
    server = QdrantServer()
    server.strict(**STRICT)
    return connect(server.url, max_wait=5)


def server_index(_root: Path) -> VectorIndex:
    return connect(os.environ["QDRANT_URL"], os.environ.get("QDRANT_API_KEY"))


ENGINES: dict[str, Callable[[Path], VectorIndex]] = {
    "fake": fake_index,
    "edge": edge_index,
    "qdrant-local": local_index,
    "qdrant-stub": stub_index,
    "qdrant-rough": rough_index,
    "qdrant-strict": strict_index,
    **({"qdrant-server": server_index} if "QDRANT_URL" in os.environ else {}),
}
"""Name → what opens the engine in an empty folder. A real server counts where ``QDRANT_URL`` names one."""
