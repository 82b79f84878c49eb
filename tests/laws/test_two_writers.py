"""Two machines, one ledger and one set of collections: whatever the interleaving, readers see whole releases."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from qdrant_client import QdrantClient

from pointsman.adapters.ledger.qdrant_ledger import QdrantLedger
from pointsman.adapters.qdrant.server_index import QdrantIndex
from pointsman.core.errors import IndexBusy, LedgerConflict, StoreMoved
from pointsman.steps.indexing.stage import unstage
from pointsman.steps.ledger.leased_ports import leased
from pointsman.steps.ledger.releases import live_release
from pointsman.steps.ledger.write_lease import LEASE_SECONDS, WriteLease
from tests.fakes.index import FakeIndex
from tests.fakes.ledger import FakeLedger
from tests.fakes.model_loader import FakeModels
from tests.fakes.resources import FakeMemory, FakeQuarantine, fake_resources, live_id, page, pages, run, served
from tests.fakes.tap import tapped

WRITES_OF_A_REFRESH = 12
"""At least so many writes does A's refresh below make; each is a place where the other may come in."""


def fake() -> tuple[Any, Any]:
    return FakeIndex(), FakeLedger()


def local() -> tuple[Any, Any]:
    client = QdrantClient(":memory:")
    return QdrantIndex(client), QdrantLedger(client)


@pytest.fixture(params=[fake, local])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], tuple[Any, Any]]:
    """Return what opens the ports of two machines over one store, one ledger and one index, A's first release live."""

    def opened() -> tuple[Any, Any]:
        index, ledger = request.param()
        a: Any = replace(fake_resources(tmp_path, pages(4)), index=index, ledger=ledger)
        run(a)
        b = replace(
            a, memory=FakeMemory(), quarantine=FakeQuarantine(), models=FakeModels("tiny-embedder", "tiny-generator")
        )
        a.store.write("doc01.md", page(11))
        a.store.remove("doc02.md")
        return a, b

    return opened


def from_scratch(scratch: Path, resources: Any) -> Any:
    fresh = fake_resources(scratch, {d.document: resources.store.read(d.document) for d in resources.store.listing()})
    run(fresh)
    return served(fresh)


def test_a_second_machine_is_refused_while_the_first_is_at_work(pair: Any) -> None:
    a, b = pair()
    mine = WriteLease(a.ledger, "a", a.clock)
    mine.take()
    held = sorted(a.index.points(a.index.collections()[0]), key=lambda p: p.id)
    with pytest.raises(IndexBusy, match="another machine"):
        WriteLease(b.ledger, "b", b.clock).take()
    assert sorted(a.index.points(a.index.collections()[0]), key=lambda p: p.id) == held
    mine.give_back()
    WriteLease(b.ledger, "b", b.clock).take()


def test_a_machine_takes_its_own_dead_runs_claim_at_once_and_anothers_when_it_has_run_out(pair: Any) -> None:
    a, b = pair()
    WriteLease(a.ledger, "a", a.clock).take()
    WriteLease(a.ledger, "a", a.clock).take()
    b.clock.at += LEASE_SECONDS - 5
    with pytest.raises(IndexBusy):
        WriteLease(b.ledger, "b", b.clock).take()
    b.clock.at += 6
    WriteLease(b.ledger, "b", b.clock).take()


def test_a_claim_is_renewed_while_its_holder_writes(pair: Any) -> None:
    a, b = pair()
    mine = WriteLease(a.ledger, "a", a.clock)
    mine.take()
    for _ in range(5):
        a.clock.at += LEASE_SECONDS * 0.7
        mine.ensure()
        with pytest.raises(IndexBusy):
            WriteLease(b.ledger, "b", b.clock).take()


def test_the_losers_undo_never_touches_the_winners_points(pair: Any, tmp_path: Path) -> None:
    a, b = pair()
    slow = WriteLease(a.ledger, "a", a.clock)
    slow.take()
    a.clock.at += 2 * LEASE_SECONDS
    fast = WriteLease(b.ledger, "b", b.clock)
    fast.take()
    run(leased(b, fast))
    won = live_release(b.ledger)
    with pytest.raises(LedgerConflict):
        unstage(leased(a, slow).index, won.index.collection, won.index.revision)
    assert served(b) == from_scratch(tmp_path, b)


def test_wherever_the_other_overtakes_a_sleeping_writer_the_release_stays_whole(pair: Any, tmp_path: Path) -> None:
    overtaken = 0
    for nth in range(1, WRITES_OF_A_REFRESH + 1):
        a, b = pair()
        slow = WriteLease(a.ledger, "a", a.clock)
        slow.take()

        def come_in(number: int, name: str, when: str, *, nth: int = nth, a: Any = a, b: Any = b) -> None:
            if (number, when) == (nth, "before"):
                a.clock.at += 2 * LEASE_SECONDS
                a.store.write("doc01.md", page(33))  # what A is about to write is no longer right
                fast = WriteLease(b.ledger, "b", b.clock)
                fast.take()
                run(leased(b, fast))
                fast.give_back()

        sleepy, tap = tapped(leased(a, slow), come_in, "index", "ledger", "quarantine", "memory")
        before = live_id(a)
        try:
            run(sleepy)
        except (LedgerConflict, StoreMoved):
            overtaken += 1
        assert len(tap.names) >= nth, "the other never came in"
        assert live_id(a) != before
        assert served(a) == from_scratch(tmp_path, a), f"at write {nth} of {tap.names}"
        again = WriteLease(a.ledger, "a", a.clock)
        again.take()
        run(leased(a, again))
        assert served(a) == from_scratch(tmp_path, a)
    assert overtaken >= WRITES_OF_A_REFRESH / 2
