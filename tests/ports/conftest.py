"""Fixtures of the contract of vector indexes: every engine, and an empty collection in it."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from pointsman.ports.index import VectorIndex
from tests.ports.points import DIMENSION
from tests.ports.vector_indexes import edge_index, fake_index, local_index, needs_server, server_index


@pytest.fixture(
    params=[
        pytest.param(fake_index, id="fake"),
        pytest.param(edge_index, id="edge"),
        pytest.param(local_index, id="qdrant-local"),
        pytest.param(server_index, id="qdrant-server", marks=needs_server),
    ]
)
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
