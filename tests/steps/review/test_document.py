"""One document: its chunks, who may read it, and when it changed."""

from collections.abc import Callable

import pytest

from pointsman.core.errors import UsageError
from pointsman.core.index.filters import Filter
from pointsman.steps.release.rollback import roll_back
from pointsman.steps.review.document import StoredFile, document_report
from tests.fakes.resources import FakeResources, begun, live_id, page, run

Opened = Callable[..., FakeResources]


def test_chunks_access_releases_and_changes_are_shown(opened: Opened) -> None:
    resources = begun(opened(6))
    first = live_id(resources)
    resources.store.write("doc01.md", "---\naccess: [staff]\n---\n" + page(1))
    run(resources)
    resources.store.write("doc01.md", "---\naccess: [staff]\n---\n" + page(11))
    run(resources)
    closed = document_report(resources.serving, "doc01.md", quarantine=resources.quarantine)
    assert (closed["hidden"], closed["title"], closed["chunks"]) == (True, "", [])
    staff = Filter(frozenset({"staff"}))
    found = document_report(resources.serving, "doc01.md", quarantine=resources.quarantine, allow=staff)
    assert (found["served"], found["access"], found["hidden"]) == (True, ["staff"], False)
    assert ["library11" in chunk["text"] or "boiler11" in chunk["text"] for chunk in found["chunks"]] == [True, True]
    assert [change["what"] for change in found["changed"]] == ["text changed", "access changed", "added"]
    assert found["changed"][-1]["release"] == first
    assert len(found["releases"]) == 3
    roll_back(resources.records, first, vector_index=resources.index)
    found = document_report(resources.serving, "doc01.md", quarantine=resources.quarantine)
    assert (found["access"], found["changed"][0]["why"]) == (["staff"], "rollback")
    assert (found["hidden"], found["chunks"]) == (True, []), "a rollback grants nothing that was revoked since"


def test_a_document_that_is_gone_says_when(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.remove("doc01.md")
    run(resources)
    found = document_report(resources.serving, "doc01.md", quarantine=resources.quarantine)
    assert (found["served"], found["chunks"]) == (False, [])
    assert [change["what"] for change in found["changed"]] == ["removed", "added"]


def test_a_refused_document_shows_why_it_is_not_served(opened: Opened) -> None:
    resources = begun(opened({"good.md": page(1), "bad.md": b"\x00\x01" * 99}))
    found = document_report(resources.serving, "bad.md", quarantine=resources.quarantine)
    assert (found["served"], bool(found["quarantine"])) == (False, True)


def test_an_unknown_name_is_refused_with_the_nearest_one(opened: Opened) -> None:
    resources = begun(opened(6))
    with pytest.raises(UsageError, match=r"no release has a document 'Doc01\.md'; did you mean 'doc01\.md'"):
        document_report(resources.serving, "Doc01.md", quarantine=resources.quarantine)
    with pytest.raises(UsageError, match=r"'zzz'; give the path of one below store\.url$"):
        document_report(resources.serving, "zzz", quarantine=resources.quarantine)


@pytest.mark.parametrize(
    ("stored", "why"),
    [
        (StoredFile(size=3, taken=False), "it is in the store but no pattern of store.include takes it"),
        (StoredFile(size=3, taken=False, excluded=True), "a pattern of store.exclude leaves it out"),
        (StoredFile(size=3, taken=True), "no release has 'new.md' yet: it is in the store"),
    ],
)
def test_a_file_of_the_store_that_is_in_no_release_says_why(opened: Opened, stored: StoredFile, why: str) -> None:
    resources = begun(opened(2))
    with pytest.raises(UsageError, match=why):
        document_report(resources.serving, "new.md", quarantine=resources.quarantine, stored=stored)


def test_the_size_of_a_refused_document_is_that_of_its_file_where_it_is_known(opened: Opened) -> None:
    resources = begun(opened({"good.md": page(1), "bad.md": b"\x00\x01" * 99}))
    stored = StoredFile(size=198, taken=True)
    found = document_report(resources.serving, "bad.md", quarantine=resources.quarantine, stored=stored)
    assert found["size"] == 198
