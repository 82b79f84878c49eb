"""Whatever goes wrong with one document is a row of the quarantine; the others go live, and its last version stays."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pointsman.core.corpus.documents import Block, Document, Kind, Refusal
from pointsman.core.errors import ListingFailed, StoreMoved, Unreadable
from pointsman.settings.params import Guard
from pointsman.steps.observe.isolate import PROVISIONAL
from pointsman.steps.observe.verdict_cache import count_closed
from pointsman.steps.refresh.preview import preview
from tests.fakes.calls import look
from tests.fakes.resources import FakeResources, begun, disturbed, documents_found, page, run, served
from tests.fakes.resources import opened as parse
from tests.fakes.store import FakeStore

Opened = Callable[..., FakeResources]
BAD = "doc01.md"


def raising(error: BaseException, document: str = BAD) -> Any:
    """Return a parser that raises on one document."""

    def parse_and_measure(name: str, raw: bytes) -> Any:
        if name == document:
            raise error
        return parse(name, raw)

    return parse_and_measure


def rows(resources: FakeResources) -> list[Refusal]:
    return resources.quarantine.rows("documents")


class FailingStore(FakeStore):
    """A store that raises an error where one document is read."""

    error: Exception | None = None

    def read(self, document: str) -> bytes:
        if document == BAD and self.error is not None:
            raise self.error
        return super().read(document)


def over(resources: FakeResources, error: Exception | None) -> tuple[FakeResources, FailingStore]:
    """Return the workspace over a store that fails at one document."""
    store = FailingStore({name: resources.store.read(name) for name in (e.document for e in resources.store.listing())})
    store.error = error
    return replace(resources, store=store), store


@pytest.mark.parametrize(
    "error",
    [
        KeyError("secret word of the page"), RecursionError("too deep"), MemoryError(), AssertionError("x"),
        Unreadable("cannot be read: it is damaged"), ZeroDivisionError(),
        UnicodeEncodeError("utf-8", "\ud83d", 0, 1, "surrogates not allowed"),
    ],
)  # fmt: skip
def test_any_error_of_a_reader_is_a_row_and_the_rest_goes_live(opened: Opened, error: Exception) -> None:
    resources = begun(opened(6))
    before = {text for document, _, text in served(resources)}
    for name in (BAD, "doc02.md"):
        resources.store.write(name, page(20))
    resources = replace(resources, parse_and_measure=raising(error))
    outcome = run(resources)
    assert (outcome.exit_code, outcome.gate) == (0, "promote")
    [row] = rows(resources)
    assert row.item == BAD
    assert row.reason.startswith("document cannot be read: ")
    assert "secret word" not in row.reason, "the message of an error may quote the page"
    now = {text for _, _, text in served(resources)}
    assert any("number 20" in text for text in now), "the other edit is live"
    assert any("number 1 in" in text for text in now), "the last good version is served"
    assert before - now


def test_a_document_that_was_short_of_memory_is_read_again_and_one_that_no_reader_reads_is_not(opened: Opened) -> None:
    for error, again in ((MemoryError(), True), (KeyError("x"), False)):
        resources = begun(replace(opened(4), parse_and_measure=raising(error)))
        resources.store.reads.clear()
        run(resources)
        assert (BAD in resources.store.reads) is again


@pytest.mark.parametrize(
    "error", [StoreMoved("it is gone; list again"), PermissionError(13, "Permission denied"), OSError(5)]
)
def test_a_document_that_cannot_be_opened_is_a_row_and_is_tried_again(opened: Opened, error: Exception) -> None:
    resources, store = over(opened(6), error)
    assert run(resources).exit_code == 0
    [row] = rows(resources)
    assert (row.item, row.check) == (BAD, "readable")
    assert BAD not in documents_found(resources, "who opens the door?")
    store.error = None  # nothing in the listing shows it
    assert run(resources).gate == "promote"
    assert rows(resources) == []
    assert BAD in documents_found(resources, "who opens the door?")


def test_a_store_that_is_away_is_an_error_of_the_run_and_no_row(opened: Opened) -> None:
    resources, store = over(begun(opened(6)), None)
    run(resources)
    before = served(resources)
    store.write(BAD, page(21))
    store.error = ListingFailed("no route to host")
    outcome = run(resources)
    assert outcome.decision.hold
    assert (served(resources), rows(resources)) == (before, [])


def test_readers_that_cannot_be_started_are_an_error_of_the_run_and_no_row(opened: Opened) -> None:
    resources = begun(opened(6))
    before = served(resources)
    resources.store.write(BAD, page(21))
    outcome = run(replace(resources, parse_and_measure=raising(ListingFailed("no worker starts"))))
    assert outcome.decision.hold
    assert (served(resources), rows(resources)) == (before, [])


def test_half_of_a_character_in_a_text_or_in_metadata_is_a_row(opened: Opened) -> None:
    def halved(name: str, raw: bytes) -> tuple[Document | None, dict[str, Any]]:
        blocks, facts = parse(name, raw)
        assert blocks is not None
        if name == BAD:
            blocks = replace(blocks, blocks=(*blocks.blocks, Block(Kind.PROSE, "half \ud83d")))
        if name == "doc02.md":
            blocks = replace(blocks, metadata={"title": "\udc80"})
        return blocks, facts

    resources = begun(replace(opened(6), parse_and_measure=halved))
    assert {row.item for row in rows(resources)} == {BAD, "doc02.md"}
    assert all("half of a character" in row.reason for row in rows(resources))
    assert len(served(resources)) == 8


def test_documents_that_change_all_the_time_never_fail_a_run(opened: Opened) -> None:
    resources = begun(opened(8))

    def churn(step: str) -> None:
        if step in ("prepare", "stage"):
            resources.store.write(BAD, page(churned := len(resources.store.reads) + 30))
            resources.store.write(f"new{churned}.md", page(churned))

    for nth in range(3):
        resources.store.write(BAD, page(40 + nth))
        resources.store.write("doc02.md", page(50 + nth))
        assert run(resources, do=disturbed(churn)).exit_code == 0
        assert any(f"number {50 + nth}" in text for _, _, text in served(resources)), "what did not change is live"


def test_a_plan_does_not_fail_at_a_document_that_changed_again(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.write(BAD, page(11))
    state = look(resources)
    resources.store.lost.add(BAD)
    done = preview(
        resources.intake, state, serving=resources.serving, records=resources.records, progress=resources.progress  # type: ignore[arg-type] - there is something to do
    )  # fmt: skip
    assert done.work.points_added == 0


def test_what_is_live_below_a_folder_that_cannot_be_listed_stays_live(opened: Opened) -> None:
    documents = {f"open/{nth}.md": page(nth) for nth in range(12)} | {"shut/a.md": page(30), "shut/b.md": page(31)}
    resources = begun(opened(documents))
    for name in ("shut/a.md", "shut/b.md"):
        resources.store.remove(name)
    resources.store.problems["shut/"] = "folder cannot be listed (Permission denied)"
    resources.store.write("open/1.md", page(32))
    outcome = run(resources)
    assert (outcome.exit_code, outcome.state.diff.counts["removed"]) == (0, 0)
    assert [row.item for row in rows(resources)] == ["shut/"]
    texts = {text for _, _, text in served(resources)}
    assert all(any(f"number {nth} in" in text for text in texts) for nth in (30, 31, 32))
    del resources.store.problems["shut/"]
    assert run(resources).state.diff.counts["removed"] == 2, "they are gone where the folder can be listed"


def test_many_documents_that_cannot_be_opened_are_held_for_a_person(opened: Opened) -> None:
    guard = Guard(crowd_count=None, contradicting=None, refused_count=2, refused_share=0.2)
    resources = begun(opened(8, guard=guard))
    for nth in range(4):
        resources.store.write(f"doc{nth:02d}.md", page(nth + 20))
        resources.store.lost.add(f"doc{nth:02d}.md")
    assert run(resources).decision.hold


def test_a_document_with_a_provisional_tag_is_not_counted_as_closed() -> None:
    assert not count_closed([[f"tag{PROVISIONAL}", 1, None, None, {}, 0, [], []]])
