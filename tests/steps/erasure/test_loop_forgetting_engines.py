"""The same forgetting through the real engines and ledgers: embedded ones, and those of a Qdrant server."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from qdrant_client import QdrantClient

from pointsman.adapters.ledger.file_ledger import FileLedger
from pointsman.adapters.ledger.qdrant_ledger import QdrantLedger
from pointsman.adapters.qdrant.edge_index import EdgeIndex
from pointsman.adapters.qdrant.server_index import QdrantIndex
from pointsman.steps.erasure.erase import forget, seek
from pointsman.steps.maintenance.doctor import examine
from pointsman.steps.release.rollback import roll_back
from pointsman.steps.serving.answer import search
from tests.fakes.desk import FakeDesk, page, pages, run
from tests.steps.erasure.jane import AMENDED, JANE, TEXT

Opened = Callable[..., FakeDesk]


class KeptOpen(QdrantIndex):
    """Local mode forgets everything when its client is closed; a server does not."""

    def close(self) -> None:
        """Stay open."""


def embedded(desk: FakeDesk, root: Path) -> FakeDesk:
    return replace(desk, index=EdgeIndex(root / "qdrant"), ledger=FileLedger(root / "ledger"))


def server(desk: FakeDesk, _root: Path) -> FakeDesk:
    client = QdrantClient(":memory:")
    return replace(desk, index=KeptOpen(client), ledger=QdrantLedger(client))


@pytest.mark.parametrize("engines", [embedded, server])
def test_a_document_is_forgotten_and_rollback_still_works(opened: Opened, tmp_path: Path, engines: Callable) -> None:  # type: ignore[type-arg]
    desk = engines(opened({**pages(6), JANE: TEXT}), tmp_path)
    run(desk)
    desk.store.write(JANE, AMENDED)
    run(desk)
    desk.store.write("doc01.md", page(11))
    run(desk)
    certificate = forget(
        desk.intake,
        seek(desk.intake, JANE, serving=desk.serving, records=desk.records, erasure_sweep=desk.residue),
        serving=desk.serving,
        records=desk.records,
        erasure_sweep=desk.residue,
    )
    assert certificate["complete"]
    assert certificate["removed"]["points"] == 2
    desk.store.remove(JANE)
    for _ in range(2):
        assert examine(
            desk.intake,
            repair=False,
            serving=desk.serving,
            records=desk.records,
            progress=desk.progress,
            erasure_sweep=desk.residue,
        ).healthy
        hits = search(desk.serving, "Jane Doubtfire and her umbrellas", top_k=50)["hits"]
        assert hits
        assert JANE not in {hit["document"] for hit in hits}
        roll_back(desk.records, None, vector_index=desk.index)
