"""A run that is killed while it reads loses little: the next one reads on, and judges everything."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pointsman.core.corpus.documents import Document
from pointsman.settings.params import Guard
from pointsman.steps.observe.texts import read_so_far
from pointsman.steps.observe.texts.read_so_far import READ_SO_FAR, SECONDS
from pointsman.steps.observe.texts.traits import stored_traits
from tests.fakes.resources import FakeResources, pages, run, served

Opened = Callable[..., FakeResources]
DOCUMENTS = 30


def killed_after(resources: FakeResources, documents: int) -> None:
    """Run until so many documents were read, and end as SIGKILL does: nothing is written afterwards."""
    read = 0

    def parse(document: str, raw: bytes) -> tuple[Document | None, dict[str, Any]]:
        nonlocal read
        if read == documents:
            raise KeyboardInterrupt
        read += 1
        return resources.parse_and_measure(document, raw)

    with pytest.raises(KeyboardInterrupt):
        run(replace(resources, parse_and_measure=parse))


def reads_of(resources: FakeResources) -> list[str]:
    """Run to the end, and return the documents that were read to observe the store, in order."""
    read: list[str] = []

    def parse(document: str, raw: bytes) -> tuple[Document | None, dict[str, Any]]:
        read.append(document)
        return resources.parse_and_measure(document, raw)

    run(replace(resources, parse_and_measure=parse))
    return read


def test_a_run_that_was_killed_half_way_does_not_begin_again(opened: Opened) -> None:
    resources = opened(pages(DOCUMENTS))
    killed_after(resources, 20)
    kept = resources.memory.get(READ_SO_FAR)["documents"]
    assert len(kept) >= 20 - SECONDS - 1  # the clock of the tests moves a second for each document
    reads_of(resources)
    assert resources.memory.get(READ_SO_FAR) == {}


def test_only_the_rest_is_read_and_all_is_served(opened: Opened) -> None:
    resources, whole = opened(pages(DOCUMENTS)), opened(pages(DOCUMENTS))
    killed_after(resources, 20)
    kept = set(resources.memory.get(READ_SO_FAR)["documents"])
    read = reads_of(resources)
    assert kept
    assert set(read) == set(pages(DOCUMENTS)) - kept
    run(whole)
    assert served(resources) == served(whole)
    assert stored_traits(resources.memory) == stored_traits(whole.memory)


def test_what_was_read_before_the_kill_is_judged_by_the_next_run(opened: Opened) -> None:
    documents = pages(DOCUMENTS) | {"doc00.md": "too short"}
    resources = opened(documents)
    killed_after(resources, 20)
    assert "doc00.md" in resources.memory.get(READ_SO_FAR)["documents"]
    assert "doc00.md" not in reads_of(resources)
    assert {row.item for row in resources.quarantine.rows("documents")} == {"doc00.md"}


def test_a_document_that_changed_since_is_read_again(opened: Opened) -> None:
    resources = opened(pages(DOCUMENTS))
    killed_after(resources, 20)
    resources.store.write("doc00.md", pages(DOCUMENTS)["doc01.md"])
    assert "doc00.md" in reads_of(resources)


def test_other_rules_read_everything_again(opened: Opened) -> None:
    resources = opened(pages(DOCUMENTS))
    killed_after(resources, 20)
    other = resources.with_params(guard=Guard(crowd_count=None, contradicting=None, min_words=1))
    assert len(reads_of(other)) == DOCUMENTS


def test_a_damaged_row_and_a_lost_measure_are_read_again(opened: Opened) -> None:
    resources = opened(pages(DOCUMENTS))
    killed_after(resources, 20)
    stored = resources.memory.get(READ_SO_FAR)
    stored["documents"]["doc00.md"] = ["damaged"]
    resources.memory.put(READ_SO_FAR, stored)
    lost = stored["documents"]["doc01.md"][3][1]
    traits = resources.memory.get("traits")
    del traits["texts"][lost]
    resources.memory.put("traits", traits)
    assert {"doc00.md", "doc01.md"} <= set(reads_of(resources))


def test_a_short_run_writes_nothing_more(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_so_far, "SECONDS", 10_000.0)
    resources = opened(pages(3))
    run(resources)
    assert READ_SO_FAR not in resources.memory.texts


def test_many_documents_are_kept_before_they_are_judged(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_so_far, "SECONDS", 10_000.0)
    monkeypatch.setattr(read_so_far, "MANY", 5)
    resources = opened(pages(5))

    def refuse(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(resources.validator, "refuse", refuse)
    with pytest.raises(KeyboardInterrupt):
        run(resources)
    assert len(resources.memory.get(READ_SO_FAR)["documents"]) == 5
