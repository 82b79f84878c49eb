"""What every ledger does: the fake, files, qdrant-client's local mode, and a server where one is."""

import os
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from qdrant_client import QdrantClient

from pointsman.adapters.ledger.file_ledger import FileLedger
from pointsman.adapters.ledger.qdrant_ledger import PART, QdrantLedger
from pointsman.adapters.qdrant.server_client import open_client
from pointsman.core.errors import LedgerConflict, UsageError
from pointsman.ports.ledger import Ledger
from tests.fakes.index import Fault
from tests.fakes.ledger import FakeLedger
from tests.fakes.qdrant.server import QdrantServer
from tests.ports.vector_indexes import STRICT

SERVERS = ["qdrant-server"] if "QDRANT_URL" in os.environ else []


@pytest.fixture(params=["fake", "file", "qdrant-local", "qdrant-stub", "qdrant-rough", "qdrant-strict", *SERVERS])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    if request.param == "fake":
        yield FakeLedger()
    elif request.param == "file":
        yield FileLedger(tmp_path / "ledger")
    elif request.param == "qdrant-local":
        yield QdrantLedger(QdrantClient(":memory:"))
    elif request.param in {"qdrant-stub", "qdrant-rough", "qdrant-strict"}:
        server = QdrantServer()
        if request.param == "qdrant-rough":
            server.roughen(seed=len(request.node.name))
        if request.param == "qdrant-strict":
            server.strict(**STRICT)
        yield QdrantLedger(open_client(server.url, max_wait=20))
        server.stop()
    else:
        client = QdrantClient(url=os.environ["QDRANT_URL"], api_key=os.environ.get("QDRANT_API_KEY"))
        collection = f"contract-ledger-{secrets.token_hex(4)}"
        yield QdrantLedger(client, collection)
        client.delete_collection(collection)


MINE, THEIRS = {"owner": "a", "run": "1", "until": 10.0}, {"owner": "b", "run": "2", "until": 20.0}
RELEASE: dict[str, Any] = {"release": "a1f3", "n": [1, 2.5, None, True], "deep": {"ключ": 'quote " and \n line'}}


def test_a_claim_is_changed_from_where_it_was_seen_only(ledger: Ledger) -> None:
    assert ledger.lease() is None
    ledger.set_lease(None, MINE)
    with pytest.raises(LedgerConflict):
        ledger.set_lease(None, THEIRS)
    assert ledger.lease() == MINE
    ledger.set_lease(MINE, THEIRS)
    ledger.set_lease(THEIRS, None)
    assert ledger.lease() is None
    assert ledger.pointer() is None, "a lease is no pointer"


def test_the_pointer_moves_under_the_claim_that_is_held_only(ledger: Ledger) -> None:
    ledger.swap(None, {"release": "a"})
    ledger.set_lease(None, THEIRS)
    with pytest.raises(LedgerConflict):
        ledger.swap({"release": "a"}, {"release": "b"}, lease=MINE)
    assert ledger.pointer() == {"release": "a"}
    ledger.swap({"release": "a"}, {"release": "b"}, lease=THEIRS)
    assert (ledger.pointer(), ledger.lease()) == ({"release": "b"}, THEIRS)


WRITES_WITH_A_TOKEN: dict[str, Callable[[Ledger, int | None], None]] = {
    "put": lambda ledger, token: ledger.put("decision", "new", {"n": 2}, token=token),
    "replace": lambda ledger, token: ledger.replace("decision", "there", {"n": 2}, token=token),
    "remove": lambda ledger, token: ledger.remove("decision", "there", token=token),
    "restore_pointer": lambda ledger, token: ledger.restore_pointer({"release": "b"}, token=token),
}


@pytest.mark.parametrize("write", WRITES_WITH_A_TOKEN.values(), ids=list(WRITES_WITH_A_TOKEN))
def test_a_write_with_a_smaller_token_than_was_given_out_is_refused(
    ledger: Ledger, write: Callable[[Ledger, int | None], None]
) -> None:
    ledger.put("decision", "there", {"n": 1})
    ledger.set_lease(None, {**THEIRS, "token": 7})
    with pytest.raises(LedgerConflict, match="writer 6 and writer 7"):
        write(ledger, 6)
    ledger.set_lease({**THEIRS, "token": 7}, {"token": 7})
    with pytest.raises(LedgerConflict, match="writer 6 and writer 7"):
        write(ledger, 6)
    assert (ledger.get("decision", "there"), ledger.get("decision", "new"), ledger.pointer()) == ({"n": 1}, None, None)
    write(ledger, 7)
    assert (ledger.get("decision", "there"), ledger.get("decision", "new"), ledger.pointer()) != ({"n": 1}, None, None)


def test_after_a_fence_the_server_itself_refuses_late_writes(ledger: Ledger) -> None:
    ledger.put("decision", "there", {"n": 1}, token=1)
    ledger.put("decision", "old", {"n": 1})
    ledger.set_lease(None, {**THEIRS, "token": 7})
    ledger.fence(7)
    if isinstance(ledger, QdrantLedger):
        ledger._refuse = lambda token: None  # type: ignore[method-assign]  # as if it had looked before
        for id_ in ("there", "old"):
            ledger.replace("decision", id_, {"n": 2}, token=6)
            ledger.remove("decision", id_, token=6)
    assert [ledger.get("decision", id_) for id_ in ("there", "old")] == [{"n": 1}, {"n": 1}]
    assert ledger.lease() == {**THEIRS, "token": 7}
    ledger.replace("decision", "old", {"n": 3}, token=7)
    assert ledger.get("decision", "old") == {"n": 3}


def test_a_lease_that_was_given_back_leaves_its_token(ledger: Ledger) -> None:
    ledger.set_lease(None, {**MINE, "token": 3})
    assert ledger.lease() == ledger.lease_record() == {**MINE, "token": 3}
    ledger.set_lease({**MINE, "token": 3}, {"token": 3})
    assert (ledger.lease(), ledger.lease_record()) == (None, {"token": 3})
    with pytest.raises(LedgerConflict):
        ledger.set_lease(None, MINE)


def test_a_pointer_that_can_be_read_is_not_mended_away(ledger: Ledger) -> None:
    ledger.restore_pointer({"release": "a"})
    with pytest.raises(LedgerConflict):
        ledger.restore_pointer({"release": "b"})
    assert ledger.pointer() == {"release": "a"}


def test_of_many_writers_that_claim_at_once_one_wins(ledger: Ledger) -> None:
    ledger.put("release", "a", {})  # the ledger is there
    start = Barrier(8)

    def take(nth: int) -> bool:
        start.wait()
        try:
            ledger.set_lease(None, {"owner": str(nth)})
        except LedgerConflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(8))) == 1


def test_an_object_comes_back_as_it_was_put(ledger: Ledger) -> None:
    ledger.put("release", "a1f3", RELEASE)

    assert ledger.get("release", "a1f3") == RELEASE
    assert ledger.get("release", "b2") is None
    assert ledger.get("manifest", "a1f3") is None


def test_putting_the_same_id_again_changes_nothing(ledger: Ledger) -> None:
    ledger.put("release", "a1f3", RELEASE)
    ledger.put("release", "a1f3", {"other": 1})

    assert ledger.get("release", "a1f3") == RELEASE
    assert ledger.ids("release") == ["a1f3"]


def test_ids_are_ordered_and_of_one_kind(ledger: Ledger) -> None:
    for id_ in ("b", "a", "c.json", "c"):
        ledger.put("release", id_, {"id": id_})
    ledger.put("manifest", "m", {"documents": {}})

    assert ledger.ids("release") == ["a", "b", "c", "c.json"]
    assert ledger.ids("manifest") == ["m"]
    assert ledger.ids("decision") == []


def test_more_than_a_thousand_ids_are_all_listed(ledger: Ledger) -> None:
    expected = [f"{n:04d}" for n in range(1100)]
    for id_ in expected:
        ledger.put("decision", id_, {})

    assert ledger.ids("decision") == expected


def test_a_removed_object_is_gone_and_removing_it_again_is_nothing(ledger: Ledger) -> None:
    ledger.put("release", "a", {})
    ledger.remove("release", "a")
    ledger.remove("release", "a")

    assert ledger.get("release", "a") is None
    assert ledger.ids("release") == []


def test_a_manifest_of_many_megabytes_comes_back_whole(ledger: Ledger) -> None:
    manifest = {"documents": {f"folder/{n}/naïve.md": secrets.token_hex(32) for n in range(25_000)}}

    ledger.put("manifest", "m", manifest)

    assert ledger.get("manifest", "m") == manifest
    assert ledger.ids("manifest") == ["m"]
    ledger.remove("manifest", "m")
    assert ledger.get("manifest", "m") is None


@pytest.mark.parametrize("bad", ["", ".", "..", ".hidden", "../up", "a/b", "a\\b", "a b", "a\n", "é", "x" * 201])
def test_an_id_that_is_no_plain_name_is_refused(ledger: Ledger, bad: str) -> None:
    with pytest.raises(UsageError, match="cannot name"):
        ledger.put("release", bad, {})
    with pytest.raises(UsageError, match="cannot name"):
        ledger.get("release", bad)
    with pytest.raises(UsageError, match="cannot name"):
        ledger.put(bad, "a", {})
    with pytest.raises(UsageError, match="cannot name"):
        ledger.ids(bad)


def test_what_json_does_not_know_is_refused(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="JSON"):
        ledger.put("release", "a", {"score": float("nan")})
    assert ledger.get("release", "a") is None


def test_the_pointer_is_none_before_its_first_move_and_then_where_it_was_moved(ledger: Ledger) -> None:
    assert ledger.pointer() is None

    ledger.swap(None, RELEASE)
    assert ledger.pointer() == RELEASE

    ledger.swap(dict(reversed(RELEASE.items())), {"release": "b"})
    assert ledger.pointer() == {"release": "b"}
    ledger.swap({"release": "b"}, RELEASE)
    assert ledger.pointer() == RELEASE


@pytest.mark.parametrize("wrong", [None, {}, {"release": "c"}, {"release": "a", "more": 1}])
def test_a_move_from_where_the_pointer_is_not_leaves_it_alone(ledger: Ledger, wrong: dict[str, Any] | None) -> None:
    ledger.swap(None, {"release": "a"})

    with pytest.raises(LedgerConflict, match="not at"):
        ledger.swap(wrong, {"release": "b"})

    assert ledger.pointer() == {"release": "a"}


def test_a_first_move_from_somewhere_is_refused(ledger: Ledger) -> None:
    with pytest.raises(LedgerConflict):
        ledger.swap({"release": "a"}, {"release": "b"})
    assert ledger.pointer() is None


@pytest.mark.parametrize("start", [None, {"release": "start"}])
def test_of_many_threads_that_move_the_pointer_exactly_one_wins(ledger: Ledger, start: dict[str, Any] | None) -> None:
    if start is not None:
        ledger.swap(None, start)
    together = Barrier(6)

    def move(n: int) -> int | None:
        together.wait()
        try:
            ledger.swap(start, {"release": n})
        except LedgerConflict:
            return None
        return n

    with ThreadPoolExecutor(6) as pool:
        winners = [n for n in pool.map(move, range(6)) if n is not None]

    assert len(winners) == 1
    assert ledger.pointer() == {"release": winners[0]}


# The fake alone.


@pytest.mark.parametrize(("landed", "there"), [(0.0, None), (1.0, {"release": "a"})])
def test_a_planted_fault_strikes_a_move_before_or_after_it_lands(landed: float, there: dict[str, str] | None) -> None:
    ledger = FakeLedger()
    ledger.faults.plant("swap", landed=landed)

    with pytest.raises(Fault):
        ledger.swap(None, {"release": "a"})

    assert ledger.pointer() == there


def test_replacing_puts_the_new_value_in_the_old_ones_place_and_makes_one_where_there_is_none(ledger: Ledger) -> None:
    ledger.put("decision", "d1", {"n": 1})
    ledger.replace("decision", "d1", {"n": 2})
    ledger.replace("decision", "d2", {"n": 3})

    assert [ledger.get("decision", id_) for id_ in ledger.ids("decision")] == [{"n": 2}, {"n": 3}]


def test_a_long_object_can_be_replaced_by_a_short_one_and_back(ledger: Ledger) -> None:
    long = {"text": "x" * (2 * PART + 5)}
    for value in (long, {"text": "short"}, long):
        ledger.replace("decision", "d1", value)
        assert ledger.get("decision", "d1") == value
    ledger.remove("decision", "d1")
    assert ledger.ids("decision") == []


def test_kinds_are_those_that_there_are_objects_of(ledger: Ledger) -> None:
    assert ledger.kinds() == []
    ledger.put("release", "a", {})
    ledger.put("manifest", "m", {"documents": {}})
    ledger.put("decision", "d", {})
    ledger.swap(None, {"release": "a", "seq": 1})
    ledger.remove("decision", "d")
    assert ledger.kinds() == ["manifest", "release"]


def test_rewriting_changes_nothing_for_anybody(ledger: Ledger) -> None:
    for _ in range(2):
        ledger.rewrite()
        ledger.put("release", "a", RELEASE)
        ledger.put("manifest", "long", {"text": "x" * (PART + 5)})
        ledger.put("gone", "b", {"words": "secret"})
        ledger.remove("gone", "b")
        if ledger.pointer() is None:
            ledger.swap(None, {"release": "a"})
            ledger.set_lease(None, MINE)
        ledger.rewrite()
        assert ledger.get("release", "a") == RELEASE
        assert ledger.get("manifest", "long") == {"text": "x" * (PART + 5)}
        assert (ledger.pointer(), ledger.lease(), ledger.kinds()) == ({"release": "a"}, MINE, ["manifest", "release"])
    ledger.swap({"release": "a"}, {"release": "b"}, lease=MINE)
    assert ledger.pointer() == {"release": "b"}
