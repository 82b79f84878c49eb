"""What every ledger does: the fake, files, qdrant-client's local mode, and a server where one is."""

import gzip
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from filelock import FileLock
from qdrant_client import QdrantClient, models

from pointsman.adapters.ledger.file_ledger import FileLedger
from pointsman.adapters.ledger.qdrant_ledger import PART, QdrantLedger
from pointsman.adapters.qdrant.server_index import QdrantIndex
from pointsman.core.errors import IndexDamaged, LedgerConflict, UsageError
from pointsman.core.hashing import stable_uuid
from pointsman.ports.ledger import Ledger
from tests.fakes.index import Fault
from tests.fakes.ledger import FakeLedger

needs_server = pytest.mark.skipif("QDRANT_URL" not in os.environ, reason="QDRANT_URL names no Qdrant server")


@pytest.fixture(
    params=["fake", "file", "qdrant-local", pytest.param("qdrant-server", marks=needs_server)],
)
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    if request.param == "fake":
        yield FakeLedger()
    elif request.param == "file":
        yield FileLedger(tmp_path / "ledger")
    elif request.param == "qdrant-local":
        yield QdrantLedger(QdrantClient(":memory:"))
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


def test_a_pointer_that_can_be_read_is_not_mended_away(ledger: Ledger) -> None:
    ledger.mend({"release": "a"})
    with pytest.raises(LedgerConflict):
        ledger.mend({"release": "b"})
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


# Files alone.


def test_two_processes_move_the_pointer_and_no_move_is_lost(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from pointsman.adapters.ledger.file_ledger import FileLedger
from pointsman.core.errors import LedgerConflict
ledger, done = FileLedger(Path(sys.argv[1])), 0
while done < 40:
    held = ledger.pointer()
    try:
        ledger.swap(held, {"n": held["n"] + 1})
    except LedgerConflict:
        continue
    done += 1
"""
    ledger = FileLedger(tmp_path)
    ledger.swap(None, {"n": 0})
    processes = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path)]) for _ in range(2)]

    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    assert ledger.pointer() == {"n": 80}


def test_a_lock_that_is_never_released_is_a_conflict_that_names_it(tmp_path: Path) -> None:
    with FileLock(tmp_path / ".lock"), pytest.raises(LedgerConflict, match=r"\.lock"):
        FileLedger(tmp_path, timeout=0.05).swap(None, {"release": "a"})
    assert FileLedger(tmp_path).pointer() is None


@pytest.mark.parametrize("content", [b"", b'{"release": "a1', b"[]", b"\xff\xfe", b"\x1f\x8b\x08 torn"])
@pytest.mark.parametrize(("kind", "file"), [("release", "a.json"), ("manifest", "a.json.gz")])
def test_a_torn_file_is_named_with_the_way_out_and_putting_it_again_mends_it(
    tmp_path: Path, kind: str, file: str, content: bytes
) -> None:
    ledger = FileLedger(tmp_path)
    ledger.put(kind, "a", RELEASE)
    path = tmp_path / kind / file
    path.write_bytes(gzip.compress(content) if content == b"[]" and file.endswith("gz") else content)

    with pytest.raises(IndexDamaged, match=rf"{file} .*pointsman doctor"):
        ledger.get(kind, "a")

    ledger.put(kind, "a", RELEASE)
    assert ledger.get(kind, "a") == RELEASE


def test_a_torn_manifest_of_which_half_is_left_is_found_out(tmp_path: Path) -> None:
    ledger = FileLedger(tmp_path)
    ledger.put("manifest", "m", {"documents": {str(n): secrets.token_hex(16) for n in range(500)}})
    path = tmp_path / "manifest" / "m.json.gz"
    path.write_bytes(path.read_bytes()[:-100])

    with pytest.raises(IndexDamaged, match="pointsman doctor"):
        ledger.get("manifest", "m")


def test_a_torn_pointer_is_named_and_not_moved(tmp_path: Path) -> None:
    ledger = FileLedger(tmp_path)
    ledger.swap(None, {"release": "a"})
    (tmp_path / "live.json").write_text('{"release"')

    for call in (ledger.pointer, lambda: ledger.swap({"release": "a"}, {"release": "b"})):
        with pytest.raises(IndexDamaged, match=r"live\.json.*pointsman doctor"):
            call()
    assert (tmp_path / "live.json").read_text() == '{"release"'


def test_a_torn_pointer_is_mended_and_a_torn_claim_is_nobodys(tmp_path: Path) -> None:
    ledger = FileLedger(tmp_path)
    ledger.swap(None, {"release": "a"})
    ledger.set_lease(None, MINE)
    (tmp_path / "live.json").write_text('{"release"')
    (tmp_path / "writer.json").write_text("")

    ledger.mend({"release": "a"})
    assert ledger.lease() is None
    ledger.set_lease(None, THEIRS)
    assert (ledger.pointer(), ledger.lease()) == ({"release": "a"}, THEIRS)


def test_an_interrupted_write_leaves_no_object(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = FileLedger(tmp_path)

    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", broken)
    with pytest.raises(OSError, match="No space left"):
        ledger.put("release", "a", RELEASE)

    assert ledger.ids("release") == []
    assert list((tmp_path / "release").iterdir()) == []


# Qdrant alone.


def test_an_object_that_lost_a_part_is_found_out_and_mended() -> None:
    client = QdrantClient(":memory:")
    ledger = QdrantLedger(client)
    manifest = {"text": "x" * (2 * PART + 5)}
    ledger.put("manifest", "m", manifest)
    client.delete("pointsman-ledger", [stable_uuid("manifest", "m", 1)])

    with pytest.raises(IndexDamaged, match=r"manifest m .*pointsman doctor"):
        ledger.get("manifest", "m")

    ledger.put("manifest", "m", manifest)
    assert ledger.get("manifest", "m") == manifest


def test_a_pointer_that_another_client_moved_meanwhile_is_not_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    client = QdrantClient(":memory:")
    ledger = QdrantLedger(client)
    ledger.swap(None, {"release": "a"})
    upsert = client.upsert

    def overtaken(collection: str, points: list[models.PointStruct], **options: Any) -> models.UpdateResult:
        faster = models.PointStruct(
            id=points[0].id, vector={}, payload={"text": '{"release":"fast"}', "token": "other", "moves": ["other"]}
        )
        upsert(collection, [faster])
        return upsert(collection, points, **options)

    monkeypatch.setattr(client, "upsert", overtaken)
    with pytest.raises(LedgerConflict, match="fast"):
        ledger.swap({"release": "a"}, {"release": "slow"})
    assert ledger.pointer() == {"release": "fast"}


def test_a_move_that_somebody_followed_at_once_still_counts_as_made(monkeypatch: pytest.MonkeyPatch) -> None:
    client = QdrantClient(":memory:")
    ledger, other = QdrantLedger(client), QdrantLedger(client)
    ledger.swap(None, {"release": "a"})
    move = ledger._move

    def followed(*arguments: Any) -> None:
        move(*arguments)
        held = other._payload(stable_uuid("", "live"))
        other._move(held, {"text": '{"release":"c"}', "claim": None}, "their-token")

    monkeypatch.setattr(ledger, "_move", followed)
    ledger.swap({"release": "a"}, {"release": "b"})

    assert ledger.pointer() == {"release": "c"}


def test_the_ledger_is_no_collection_of_the_index() -> None:
    client = QdrantClient(":memory:")
    QdrantLedger(client).put("release", "a", {})
    client.create_collection("somebody-elses", vectors_config={})
    index = QdrantIndex(client)
    index.create("books", 4)

    assert index.collections() == ["books"]
    with pytest.raises(UsageError, match="ledger"):
        index.drop("ledger")
    assert QdrantLedger(client).ids("release") == ["a"]


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
