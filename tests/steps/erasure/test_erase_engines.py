"""Erasure through the real engines and ledgers: embedded, and as on a Qdrant server."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from qdrant_client import QdrantClient

from pointsman.adapters.ledger.file_ledger import FileLedger
from pointsman.adapters.ledger.qdrant_ledger import QdrantLedger
from pointsman.adapters.qdrant.edge_index import EdgeIndex
from pointsman.adapters.qdrant.server_index import QdrantIndex
from pointsman.steps.erasure.erase import find_and_resume, forget
from pointsman.steps.release.rollback import roll_back
from pointsman.steps.serving.answer import search
from tests.fakes.calls import examined
from tests.fakes.resources import FakeResources, page, pages, run
from tests.steps.erasure.jane import AMENDED, JANE, TEXT

Opened = Callable[..., FakeResources]


class KeptOpen(QdrantIndex):
    """A client that stays open: local mode loses its data when it is closed, a server does not."""

    def close(self) -> None:
        """Stay open."""


def embedded(resources: FakeResources, root: Path) -> FakeResources:
    return replace(resources, index=EdgeIndex(root / "qdrant"), ledger=FileLedger(root / "ledger"))


def server(resources: FakeResources, _root: Path) -> FakeResources:
    client = QdrantClient(":memory:")
    return replace(resources, index=KeptOpen(client), ledger=QdrantLedger(client))


@pytest.mark.parametrize("engines", [embedded, server])
def test_a_document_is_forgotten_and_rollback_still_works(opened: Opened, tmp_path: Path, engines: Callable) -> None:  # type: ignore[type-arg]
    resources = engines(opened({**pages(6), JANE: TEXT}), tmp_path)
    run(resources)
    resources.store.write(JANE, AMENDED)
    run(resources)
    resources.store.write("doc01.md", page(11))
    run(resources)
    certificate = forget(
        resources.intake,
        find_and_resume(
            resources.intake,
            JANE,
            serving=resources.serving,
            records=resources.records,
            erasure_sweep=resources.erasure_sweep,
        ),
        serving=resources.serving,
        records=resources.records,
        erasure_sweep=resources.erasure_sweep,
    )
    assert certificate["complete"]
    assert certificate["removed"]["points"] == 2
    resources.store.remove(JANE)
    for _ in range(2):
        assert examined(resources).healthy
        hits = search(resources.serving, "Jane Doubtfire and her umbrellas", top_k=50)["hits"]
        assert hits
        assert JANE not in {hit["document"] for hit in hits}
        roll_back(resources.records, None, vector_index=resources.index)
