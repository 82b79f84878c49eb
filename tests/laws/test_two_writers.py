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
from pointsman.steps.ledger.lease_record import LEASE_SECONDS
from pointsman.steps.ledger.leased_ports import leased
from pointsman.steps.ledger.releases import live_release
from tests.fakes.index import FakeIndex
from tests.fakes.ledger import FakeLedger
from tests.fakes.machines import Machine, Time
from tests.fakes.model_loader import FakeModels
from tests.fakes.resources import FakeMemory, FakeQuarantine, fake_resources, live_id, page, pages, run, served
from tests.fakes.tap import tapped

WRITES_OF_A_REFRESH = 12
"""At least so many writes does A's refresh below make; each is a place where the other may come in."""

TIME = Time()
A, B = Machine(TIME, "a"), Machine(TIME, "b")


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
    mine = A.lease(a.ledger)
    mine.take()
    held = sorted(a.index.points(a.index.collections()[0]), key=lambda p: p.id)
    with pytest.raises(IndexBusy, match=r"held by process \d+ on a"):
        B.lease(b.ledger).take()
    assert sorted(a.index.points(a.index.collections()[0]), key=lambda p: p.id) == held
    mine.give_back()
    B.lease(b.ledger).take()


def test_readers_need_no_lease(pair: Any) -> None:
    a, b = pair()
    A.lease(a.ledger).take()
    assert served(b) == served(a)


def test_the_losers_undo_never_touches_the_winners_points(pair: Any, tmp_path: Path) -> None:
    a, b = pair()
    slow = A.lease(a.ledger)
    slow.take()
    TIME.at += 2 * LEASE_SECONDS
    fast = B.lease(b.ledger)
    fast.take()
    run(leased(b, fast))
    won = live_release(b.ledger)
    with pytest.raises(LedgerConflict):
        unstage(leased(a, slow).index, won.index.collection, won.index.revision)
    assert served(b) == from_scratch(tmp_path, b)


@pytest.mark.parametrize("frozen", [False, True], ids=["slept", "its clocks stood too"])
def test_wherever_the_other_overtakes_a_sleeping_writer_the_release_stays_whole(
    pair: Any, tmp_path: Path, *, frozen: bool
) -> None:
    overtaken = 0
    for nth in range(1, WRITES_OF_A_REFRESH + 1):
        a, b = pair()
        mill = Machine(TIME, "a")
        slow = mill.lease(a.ledger)
        slow.take()

        def come_in(
            number: int, name: str, when: str, *, nth: int = nth, a: Any = a, b: Any = b, mill: Any = mill
        ) -> None:
            if (number, when) == (nth, "before"):
                TIME.at += 2 * LEASE_SECONDS
                a.store.write("doc01.md", page(33))  # what A is about to write is no longer right
                fast = B.lease(b.ledger)
                fast.take()
                fast.fence(b.index)
                run(leased(b, fast))
                fast.give_back()
                if frozen:
                    mill.paused = TIME.at

        sleepy, tap = tapped(leased(a, slow), come_in, "index", "ledger", "quarantine", "memory")
        before = live_id(a)
        try:
            run(sleepy)
        except (LedgerConflict, StoreMoved):
            overtaken += 1
        assert len(tap.names) >= nth, "the other never came in"
        assert live_id(a) != before
        assert served(a) == from_scratch(tmp_path, a), f"at write {nth} of {tap.names}"
        again = A.lease(a.ledger)
        again.take()
        run(leased(a, again))
        assert served(a) == from_scratch(tmp_path, a)
    assert overtaken >= WRITES_OF_A_REFRESH / 2
