"""Documents are read again although their tags are unchanged: each within the days, spread over the runs."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pointsman.adapters.stores.local import LocalStore
from pointsman.adapters.stores.names import Chosen
from pointsman.core.policy.decision import Track
from pointsman.settings.params import Store
from pointsman.steps.observe.documents import OBSERVED
from pointsman.steps.observe.sweep import DAY, STEPS, VERIFIED, Sweep, sweep_due
from pointsman.steps.refresh.fast_path import fast_path
from tests.fakes.calls import examined
from tests.fakes.resources import FakeResources, begun, page, run, served
from tests.fakes.store import FakeStore

Opened = Callable[..., FakeResources]
DAYS = 30.0
PART = DAYS * DAY / STEPS


class QuietStore(FakeStore):
    """A store whose tags do not show an edit."""

    def edit(self, document: str, text: str) -> None:
        """Replace the bytes of a document; its tag stays."""
        self._documents[document] = text.encode()


def quiet(resources: FakeResources, days: float | None = DAYS) -> tuple[FakeResources, QuietStore]:
    """Return a live workspace over such a store."""
    store = QuietStore({e.document: resources.store.read(e.document) for e in resources.store.listing()})
    made = replace(resources, store=store).with_params(store=Store("memory", verify_days=days))
    run(made)
    store.reads.clear()
    return made, store


def later(resources: FakeResources, seconds: float) -> list[str]:
    """Let time pass, refresh, and return what was read."""
    resources.clock.at += seconds
    resources.store.reads.clear()
    run(resources)
    return list(resources.store.reads)


def test_every_document_is_read_within_the_days_and_never_all_at_once(opened: Opened) -> None:
    resources, _ = quiet(opened({f"{nth:03d}.md": page(nth) for nth in range(60)}))
    rounds = [later(resources, PART + 1) for _ in range(STEPS)]
    assert {document for read in rounds for document in read} == {f"{nth:03d}.md" for nth in range(60)}
    assert max(map(len, rounds)) < 12
    assert sum(map(len, rounds)) <= 60 * 1.2


def test_runs_in_quick_succession_read_nothing_again(opened: Opened) -> None:
    resources, _ = quiet(opened(12))
    assert [later(resources, 3600) for _ in range(20)] == [[]] * 20


@pytest.mark.parametrize(("days", "read"), [(None, 0), (DAYS, 12)])
def test_after_a_long_pause_all_are_read_unless_it_is_off(opened: Opened, days: float | None, read: int) -> None:
    resources, _ = quiet(opened(12), days)
    assert len(set(later(resources, 2 * DAYS * DAY))) == read


def test_an_edit_that_no_tag_shows_goes_live_within_the_days(opened: Opened) -> None:
    resources, store = quiet(opened(12))
    store.edit("doc03.md", page(33))
    assert not any("number 33" in text for _, _, text in served(resources))
    for _ in range(STEPS):
        later(resources, PART + 1)
    assert any("number 33" in text for _, _, text in served(resources))


def test_an_unchanged_store_is_not_answered_by_the_fast_path_while_documents_are_due(opened: Opened) -> None:
    resources, _ = quiet(opened(6))
    again = fast_path(resources.intake, count_visit=True, serving=resources.serving, records=resources.records)
    assert again is not None
    resources.clock.at += PART + 1
    due = fast_path(resources.intake, count_visit=True, serving=resources.serving, records=resources.records)
    assert due is not None
    assert due.report is None


def test_a_store_with_versions_of_its_own_is_not_read_again(opened: Opened) -> None:
    resources, store = quiet(opened(6))
    store.commit = "f00d"
    assert later(resources, 2 * DAYS * DAY) == []


def test_a_clock_that_went_back_begins_anew(opened: Opened) -> None:
    resources, store = quiet(opened(6))
    resources.memory.put(VERIFIED, {"at": resources.clock() + 10 * DAY})
    assert not sweep_due(resources.memory, store, days=DAYS, now=resources.clock()).share
    assert later(resources, 1) == []
    assert resources.memory.get(VERIFIED)["at"] < resources.clock()


def test_the_due_part_of_a_cycle_is_cyclic() -> None:
    names = [f"{nth}.md" for nth in range(400)]
    late, early = Sweep(0.9, 0.2), Sweep(0.1, 0.8)
    assert all((name in late) != (name in early) for name in names)
    assert 40 < sum(name in late for name in names) < 120


def test_the_doctor_finds_an_edit_that_no_tag_shows_and_lets_the_next_refresh_read_it(opened: Opened) -> None:
    resources, store = quiet(opened(6))
    store.edit("doc03.md", page(33))
    assert run(resources).decision.index is Track.KEEP, "nothing shows it"
    found = examined(resources)
    assert (found.source_ahead, found.unnoticed, found.healthy) == (1, 1, False)
    assert run(resources).decision.index is Track.KEEP, "a diagnosis writes nothing"
    repaired = examined(resources, repair=True)
    assert (repaired.source_ahead, repaired.unnoticed, repaired.healthy) == (1, 0, True)
    assert run(resources).decision.index is Track.UPDATE
    assert any("number 33" in text for _, _, text in served(resources))
    assert examined(resources).healthy


def test_the_doctor_finds_a_refused_document_that_was_corrected_in_silence(opened: Opened) -> None:
    resources, store = quiet(opened({"a.md": page(1), "b.md": page(2), "bad.md": "two words"}))
    assert examined(resources).healthy
    store.edit("bad.md", page(3))
    assert examined(resources).unnoticed == 1


def test_an_edit_that_the_listing_shows_is_no_illness(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.write("doc03.md", page(33))
    found = examined(resources)
    assert (found.source_ahead, found.unnoticed, found.healthy) == (1, 0, True)


def test_the_doctor_works_while_the_store_is_away(opened: Opened) -> None:
    resources, store = quiet(opened(6))
    store.unreachable = "no route to host"
    assert examined(resources).unnoticed == 0


def test_listings_of_before_are_read_once_more_and_nothing_is_embedded(opened: Opened, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    for nth in range(4):
        (folder / f"{nth}.md").write_text(page(nth))
        os.utime(folder / f"{nth}.md", ns=(10**18, 10**18))
    reads: list[str] = []
    store = CountingStore(folder, Chosen.of(("**/*.md",), ()), reads)
    resources = begun(replace(opened(0), store=store))  # type: ignore[arg-type] - a real store
    known = resources.memory.get(OBSERVED)
    for row in known["documents"].values():
        row[0] = "-".join(row[0].split("-")[:2])  # size and time of change alone, as version 1 kept them
    resources.memory.put(OBSERVED, known)
    for expected in (4, 0):
        reads.clear()
        assert run(resources).decision.index is Track.KEEP
        assert len(reads) == expected


class CountingStore(LocalStore):
    """A folder that notes what is read."""

    def __init__(self, folder: Path, chosen: Chosen, reads: list[str]) -> None:
        super().__init__(folder, chosen)
        self._reads = reads

    def read(self, document: str) -> bytes:
        self._reads.append(document)
        return super().read(document)
