"""A rebuild over a store that changes while it runs: what is caught up, and what waits for the next refresh."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from pointsman.core.corpus.documents import Listed
from pointsman.core.errors import LedgerConflict
from pointsman.core.policy.decision import Track
from pointsman.steps.ledger.releases import live_release
from pointsman.steps.release.rollback import roll_back
from tests.fakes.resources import FakeResources, begun, disturbed, documents_found, page, pages, run, served
from tests.fakes.store import FakeStore
from tests.steps.indexing.rebuilds import FREE, look_has_work, other_embedder

Opened = Callable[..., FakeResources]


class RestlessStore(FakeStore):
    """A store in which a document changes at every listing, and another one at every read."""

    restless = False
    ticking: str | None = None
    """A document that is never the same when it is read again."""
    ticks = 0

    def listing(self) -> Iterator[Listed]:
        found = list(super().listing())
        if self.restless:
            self.ticks += 1
            self.write(f"doc{self.ticks % 6:02d}.md", page(self.ticks % 6, extra=f"\nListed {self.ticks} times.\n"))
        return iter(found)

    def read(self, document: str) -> bytes:
        if document == self.ticking:
            self.ticks += 1
            self.write(document, page(5, extra=f"\nRead {self.ticks} times.\n"))
        return super().read(document)


def restless(opened: Opened, **gate: Any) -> tuple[FakeResources, RestlessStore]:
    store = RestlessStore(pages(6))
    return replace(opened(6, gate=replace(FREE, **gate)), store=store), store


def test_what_changes_while_a_rebuild_runs_is_in_the_release_that_goes_live(opened: Opened) -> None:
    resources = begun(opened(6, gate=FREE))
    other_embedder(resources)

    def meddle(step: str) -> None:
        if step == "catch up":
            resources.store.write("doc01.md", page(11))
            resources.store.write("new.md", page(9))
            resources.store.remove("doc04.md")

    outcome = run(resources, do=disturbed(meddle))
    texts = {text for _, _, text in served(resources)}
    assert any("number 11" in text for text in texts)
    assert any("number 9 " in text for text in texts)
    assert not any("number 4 " in text for text in texts)
    assert outcome.work.chunks_embedded == 12 + 4, "the corpus, and only what changed"
    assert outcome.release is not None
    assert outcome.release.index.points == len(served(resources)) == 12
    assert not look_has_work(resources)


def test_a_rebuild_of_a_store_that_changes_at_every_listing_ends_and_the_rest_follows(opened: Opened) -> None:
    resources, store = restless(opened, catch_up_rounds=3)
    begun(resources)
    store.restless = True
    other_embedder(resources)
    listings = store.listings
    outcome = run(resources)
    assert (outcome.gate, outcome.decision.index) == ("promote", Track.REBUILD)
    assert store.listings - listings == 1 + 3, "look, and the rounds"
    store.restless = False
    assert run(resources).decision.index is Track.UPDATE
    assert any(f"Listed {store.ticks} times" in text for _, _, text in served(resources))


def test_a_document_that_changes_whenever_it_is_read_does_not_stop_a_rebuild(opened: Opened) -> None:
    resources, store = restless(opened)
    begun(resources)
    before = {row for row in served(resources) if "number 5 " in row[2] or "cellar" in row[2]}
    store.ticking = "doc05.md"
    other_embedder(resources)
    resources.store.write("doc01.md", page(11))
    run(resources)
    live = live_release(resources.ledger)
    assert live is not None
    assert live.embedder.model == "other-embedder"
    assert any("number 11" in text for _, _, text in served(resources)), "the others are as listed"
    assert documents_found(resources, "number 5 in the village") >= {"doc05.md"}
    assert before
    store.ticking = None
    assert run(resources).decision.index is Track.UPDATE
    assert any("Read" in text for _, _, text in served(resources))


def test_a_new_document_that_cannot_be_held_still_is_left_to_the_next_refresh(opened: Opened) -> None:
    resources, store = restless(opened)
    store.ticking = "doc05.md"
    outcome = run(resources)
    assert outcome.release is not None
    assert outcome.release.documents == 5
    store.ticking = None
    run(resources)
    assert len(documents_found(resources, "the")) == 6


def test_a_mass_deletion_during_a_rebuild_does_not_get_into_it(opened: Opened) -> None:
    resources = begun(opened(40, gate=FREE))
    other_embedder(resources)

    def wipe(step: str) -> None:
        if step == "catch up":
            for nth in range(30):
                resources.store.remove(f"doc{nth:02d}.md")

    outcome = run(resources, do=disturbed(wipe))
    assert outcome.release is not None
    assert (outcome.release.documents, outcome.decision.hold) == (40, False)
    assert run(resources).decision.hold


def test_a_pointer_moved_during_a_rebuild_stops_it(opened: Opened) -> None:
    resources = begun(opened(6, gate=FREE))
    resources.store.write("doc01.md", page(11))
    run(resources)
    other_embedder(resources)

    def go_back(step: str) -> None:
        if step == "catch up":
            roll_back(resources.records, None, vector_index=resources.index)

    with pytest.raises(LedgerConflict):
        run(resources, do=disturbed(go_back))


def test_what_arrives_while_an_ordinary_refresh_is_measured_is_done_by_the_next_one(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.write("doc01.md", page(11))

    def meddle(step: str) -> None:
        if step == "assess":
            resources.store.write("doc02.md", page(22))

    run(resources, do=disturbed(meddle))
    assert not any("number 22" in text for _, _, text in served(resources))
    assert run(resources).decision.index is Track.UPDATE
    assert any("number 22" in text for _, _, text in served(resources))
