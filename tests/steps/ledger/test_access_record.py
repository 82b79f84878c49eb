"""Access records: written without the lease, ended only by who read them before it looked at the store."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from qdrant_client import QdrantClient

from pointsman.adapters.ledger.file_ledger import FileLedger
from pointsman.adapters.ledger.qdrant_ledger import QdrantLedger
from pointsman.core.corpus.manifest import EVERYBODY, Manifest, ManifestEntry
from pointsman.core.index.filters import Filter
from pointsman.core.release import Index, Model, Release
from pointsman.ports.ledger import Ledger
from pointsman.steps.ledger.access_record import (
    ACCESS_RECORD,
    MANY,
    caps_now,
    keep_narrow,
    put_record,
    seen_by,
    settle,
    without_documents,
)
from pointsman.steps.ledger.releases import put_release
from tests.fakes.ledger import FakeLedger

AT = "2026-11-30T00:00:00+00:00"
STAFF, BOARD = ("staff",), ("board",)
READER, MEMBER = Filter(), Filter(frozenset(STAFF))


@pytest.fixture(params=["fake", "file", "qdrant-local"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Ledger:
    if request.param == "fake":
        return FakeLedger()
    return FileLedger(tmp_path / "ledger") if request.param == "file" else QdrantLedger(QdrantClient(":memory:"))


def entry(readers: tuple[str, ...] = EVERYBODY) -> ManifestEntry:
    return ManifestEntry("b", "t", metadata_digest="/".join(readers), size=1, readers=readers)


def released(ledger: Ledger, revision: int = 1, **documents: ManifestEntry) -> Release:
    """Store a release that shows these documents."""
    manifest, model = Manifest(documents), Model("m", "base")
    release = Release(
        manifest.id, len(manifest), 100, index=Index("c-1", revision, "base", "cut"), embedder=model, generator=model,
        prompt="p", decision="d",
    )  # fmt: skip
    put_release(ledger, release, manifest)
    return release


def hidden(ledger: Ledger, release: Release, reader: Filter = READER) -> set[str]:
    return set(seen_by(reader, release, ledger=ledger).hidden)


def test_a_record_hides_a_document_from_those_who_lost_it_on_every_release(ledger: Ledger) -> None:
    one, two = released(ledger, a=entry(), b=entry()), released(ledger, 2, a=entry(STAFF), b=entry())
    assert seen_by(READER, one, ledger=ledger) is READER
    put_record(ledger, {"a": STAFF}, at=AT)
    assert [hidden(ledger, each, reader) for each in (one, two) for reader in (READER, MEMBER)] == [
        {"a"}, set(), {"a"}, set(),
    ]  # fmt: skip


def test_records_add_up_and_one_that_says_all_of_another_takes_its_place(ledger: Ledger) -> None:
    put_record(ledger, {"a": STAFF, "b": ()}, at=AT)
    put_record(ledger, {"a": BOARD}, at=AT)
    assert caps_now(ledger) == {"a": (), "b": ()}
    last = put_record(ledger, {"a": (), "b": (), "c": STAFF}, at=AT)
    assert ledger.ids(ACCESS_RECORD) == [last]


class Between(FakeLedger):
    """Does something once, right before an object is read."""

    def __init__(self) -> None:
        super().__init__()
        self.act: Any = None

    def get(self, kind: str, id_: str) -> dict[str, Any] | None:
        if kind == ACCESS_RECORD and self.act is not None:
            act, self.act = self.act, None
            act()
        return super().get(kind, id_)


def test_a_reader_misses_no_record_that_is_replaced_while_he_reads() -> None:
    ledger = Between()
    put_record(ledger, {"a": STAFF}, at=AT)
    release = released(ledger, a=entry())
    ledger.act = lambda: put_record(ledger, {"a": STAFF}, at=AT)
    assert hidden(ledger, release) == {"a"}


def test_two_writers_that_write_the_same_at_once_never_remove_both(ledger: Ledger) -> None:
    """Each one lists before the other has written, and removes after both have."""
    put_record(ledger, {"a": STAFF}, at=AT)
    listed = ledger.ids(ACCESS_RECORD)

    class Late(type(ledger)):  # type: ignore[misc] - whichever ledger it is
        def ids(self, kind: str) -> list[str]:
            return list(listed) if kind == ACCESS_RECORD else ledger.ids(kind)

        def __getattribute__(self, name: str) -> Any:
            return object.__getattribute__(self, name) if name == "ids" else getattr(ledger, name)

    late = Late.__new__(Late)
    put_record(late, {"a": STAFF}, at=AT)
    put_record(late, {"a": STAFF}, at=AT)
    assert caps_now(ledger) == {"a": STAFF}


def test_a_run_ends_the_records_that_it_read_before_it_looked_and_no_other(ledger: Ledger) -> None:
    live = released(ledger, a=entry(), b=entry())
    put_record(ledger, {"a": STAFF, "b": STAFF}, at=AT)
    seen = ledger.ids(ACCESS_RECORD)
    put_record(ledger, {"b": STAFF, "a": STAFF}, at=AT)  # somebody looks at the store once more
    settle(ledger, live, seen, stated={"a": entry(), "b": entry()}, at=AT)
    assert caps_now(ledger) == {"a": STAFF, "b": STAFF}
    settle(ledger, live, ledger.ids(ACCESS_RECORD), stated={"a": entry()}, at=AT)
    assert caps_now(ledger) == {"b": STAFF}
    assert hidden(ledger, live) == {"b"}


def test_what_was_widened_is_still_not_what_an_older_release_shows(ledger: Ledger) -> None:
    old, both = released(ledger, a=entry()), ("board", "staff")
    put_record(ledger, {"a": STAFF}, at=AT)
    new = released(ledger, 2, a=entry(both))
    kept = [Manifest({"a": entry()}), Manifest({"a": entry(both)})]
    settle(ledger, new, ledger.ids(ACCESS_RECORD), stated={"a": entry(both)}, kept=kept, at=AT)
    assert (hidden(ledger, old), hidden(ledger, old, Filter(frozenset(BOARD)))) == ({"a"}, set())
    settle(ledger, new, ledger.ids(ACCESS_RECORD), stated={"a": entry(both)}, kept=kept[1:], at=AT)
    assert ledger.ids(ACCESS_RECORD) == []


def test_settling_twice_writes_nothing(ledger: Ledger) -> None:
    live = released(ledger, a=entry(STAFF), b=entry())
    put_record(ledger, {"a": STAFF, "b": BOARD}, at=AT)
    settle(ledger, live, ledger.ids(ACCESS_RECORD), stated={"a": entry(STAFF)}, at=AT)
    before = ledger.ids(ACCESS_RECORD)
    assert len(before) == 2, "one that the release does not exceed, and one that it does"
    settle(ledger, live, before, stated={"a": entry(STAFF)}, at=AT)
    assert ledger.ids(ACCESS_RECORD) == before
    assert hidden(ledger, live) == {"b"}


def test_fifty_thousand_restricted_documents_cost_nothing_once_a_release_shows_them_so() -> None:
    ledger = FakeLedger()
    readers = {f"d{n}": entry(STAFF) for n in range(50_000)}
    put_record(ledger, dict.fromkeys(readers, STAFF), at=AT)
    live = released(ledger, 2, **readers)
    settle(ledger, live, ledger.ids(ACCESS_RECORD), stated=readers, at=AT)
    put_record(ledger, {"d7": ()}, at=AT)
    read: list[tuple[str, int]] = []
    whole = ledger.get
    ledger.get = lambda kind, id_: read.append((kind, len(str(whole(kind, id_))))) or whole(kind, id_)  # type: ignore[method-assign]
    assert seen_by(READER, live, ledger=ledger).hidden == {"d7"}
    assert all(size < 300 for _, size in read)


def test_of_many_records_only_those_count_that_the_asked_release_exceeds(ledger: Ledger) -> None:
    names = [f"d{n}" for n in range(MANY)]
    live = released(ledger, **dict.fromkeys(names[:-1], entry(STAFF)), **{names[-1]: entry()})
    put_record(ledger, dict.fromkeys(names, STAFF), at=AT)
    assert hidden(ledger, live) == {names[-1]}
    assert hidden(ledger, live, MEMBER) == set()


def test_a_forgotten_document_is_in_no_record(ledger: Ledger) -> None:
    put_record(ledger, {"a": STAFF, "jane": ()}, at=AT)
    put_record(ledger, {"jane": BOARD}, at=AT)
    assert without_documents(ledger, ["jane"], at=AT) == 2
    assert caps_now(ledger) == {"a": STAFF}
    assert without_documents(ledger, ["jane"], at=AT) == 0


def test_a_move_of_the_pointer_makes_no_access_wider(ledger: Ledger) -> None:
    """Also where the records of a ledger are lost: the release that is left says who may read what."""
    old, live = released(ledger, a=entry(), b=entry(), c=entry()), released(ledger, 2, a=entry(STAFF), b=entry())
    assert keep_narrow(ledger, left=live, target=old, at=AT) == {"a": STAFF}
    assert hidden(ledger, old) == {"a"}
    before = ledger.ids(ACCESS_RECORD)
    assert keep_narrow(ledger, left=live, target=old, at=AT) == {"a": STAFF}
    assert ledger.ids(ACCESS_RECORD) == before
    assert keep_narrow(ledger, left=old, target=live, at=AT) == {}


def test_a_filter_hides_documents_whose_readers_it_is_not_among() -> None:
    allow = replace(MEMBER, where=(("k", "v"),)).without({"a": BOARD, "b": STAFF, "c": (), "d": EVERYBODY})
    assert allow.hidden == {"a", "c"}
    assert not allow.shows("a", {"k": "v"})
    assert allow.shows("b", {"k": "v"})
