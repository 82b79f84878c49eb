"""What each kind of change costs, in documents opened and texts embedded."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pointsman.adapters.parsers.document import parse_and_measure
from pointsman.core.index.filters import Filter
from pointsman.core.policy.decision import Track
from pointsman.core.supervision import lineage
from pointsman.settings.params import Guard, Store
from pointsman.steps.observe import documents
from pointsman.steps.refresh.report import Outcome, as_record
from pointsman.steps.review.status import status
from pointsman.steps.serving.answer import search
from tests.fakes.calls import look
from tests.fakes.resources import FakeResources, begun, disturbed, live_id, page, run, served

Opened = Callable[..., FakeResources]

SHARED = "# Bells\n\nThe bell of the harbour rings twice at noon and once at night.\n"
MOVED = "# The tower\n\nNobody may climb the tower while the flag is up, not even the keeper.\n"


def visited(resources: FakeResources, **options: Any) -> tuple[Outcome, int, int]:
    """Refresh and return (outcome, documents opened, texts embedded, the questions of probes among them)."""
    resources.store.reads.clear()
    before = resources.models.embedded
    outcome = run(resources, **options)
    return outcome, len(resources.store.reads), resources.models.embedded - before


def test_touched_documents_are_hashed_once_and_nothing_is_embedded(opened: Opened) -> None:
    resources = begun(opened(6))
    before = live_id(resources)
    for nth in range(4):
        resources.store.write(f"doc{nth:02d}.md", page(nth))
    outcome, read, embedded = visited(resources)
    assert (read, embedded, outcome.decision.index) == (4, 0, Track.KEEP)
    assert outcome.state.changes["unchanged"] == 6
    assert live_id(resources) == before
    assert visited(resources)[1] == 0, "the new tags are known now"


def test_re_wrapped_documents_are_cosmetic_and_nothing_is_embedded(opened: Opened) -> None:
    resources = begun(opened(6))
    for nth in range(3):
        resources.store.write(f"doc{nth:02d}.md", page(nth).replace("keeper of", "keeper\nof") + "\n\n\n")
    outcome, read, embedded = visited(resources)
    assert (read, embedded, outcome.decision.index) == (3, 0, Track.KEEP)
    assert outcome.state.changes["cosmetic"] == 3
    assert visited(resources)[1] == 0


def test_another_normaliser_that_reads_the_same_opens_every_document_and_does_nothing(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = begun(opened(6))
    before = live_id(resources)
    for module in (documents, lineage):
        monkeypatch.setattr(module, "NORMALISER_VERSION", 99)
    outcome, read, embedded = visited(resources)
    assert (read, embedded, outcome.decision.index) == (6, 0, Track.KEEP)
    assert live_id(resources) == before
    assert visited(resources)[1] == 0, "its readings are known now"


def test_another_normaliser_costs_the_documents_that_it_reads_otherwise(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = begun(opened(6))
    monkeypatch.setattr(documents, "NORMALISER_VERSION", 99)
    examined = resources.parse_and_measure

    def otherwise(document: str, raw: bytes) -> Any:
        return examined(document, raw.replace(b"looks around", b"looks about") if document == "doc03.md" else raw)

    outcome, _, _ = visited(replace(resources, parse_and_measure=otherwise, read=lambda d, raw: otherwise(d, raw)[0]))
    assert (outcome.decision.index, outcome.work.chunks_embedded) == (Track.UPDATE, 1)
    assert outcome.state.changes["edited"] == 1


def test_text_that_moves_to_another_document_keeps_its_vector(opened: Opened) -> None:
    resources = begun(opened({"a.md": SHARED + "\n" + MOVED, "b.md": page(1), "c.md": page(2)}))
    resources.store.write("a.md", SHARED)
    resources.store.write("b.md", page(1) + "\n" + MOVED)
    outcome, read, embedded = visited(resources)
    assert outcome.state.changes["edited"] == 2
    assert (embedded, outcome.work.chunks_embedded, outcome.work.chunks_reused) == (0, 0, 1)
    assert read <= 4, "each edited document once when it is observed, and once when it is cut"
    [hit] = [
        h
        for h in search(resources.serving, "climb the tower while the flag is up", top_k=50)["hits"]
        if "flag" in h["text"]
    ]
    assert hit["document"] == "b.md"


def test_an_earlier_state_that_comes_back_costs_no_embedding(opened: Opened) -> None:
    resources = begun(opened(6))
    content = served(resources)
    resources.store.write("doc01.md", page(1).replace("call number 1", "write to number 1"))
    resources.store.remove("doc04.md")
    assert run(resources).work.chunks_embedded == 1
    resources.store.write("doc01.md", page(1))
    resources.store.write("doc04.md", page(4))
    work = run(resources).work
    assert (work.chunks_embedded, work.chunks_reused) == (0, 3)
    assert served(resources) == content


def test_access_groups_are_a_patch_that_opens_one_document(opened: Opened) -> None:
    resources = begun(opened({f"{n}.md": f"---\naccess: [all]\ntitle: Page {n}\n---\n{page(n)}" for n in range(5)}))
    resources.store.write("3.md", f"---\naccess: [staff, board]\ntitle: Page 3\n---\n{page(3)}")
    outcome, read, embedded = visited(resources)
    assert (outcome.decision.index, embedded) == (Track.PATCH, 0)
    assert read == 2, "once when it is observed, and once when it is cut"
    hits = search(resources.serving, "library3", top_k=50, allow=Filter(groups=frozenset({"all", "staff"})))["hits"]
    assert {tuple(h["metadata"]["access"]) for h in hits if h["document"] == "3.md"} == {("staff", "board")}
    assert {tuple(h["metadata"]["access"]) for h in hits if h["document"] != "3.md"} == {("all",)}


@pytest.mark.parametrize("batch", [1, 2, 256])
def test_work_does_not_depend_on_the_batch_size(opened: Opened, monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    monkeypatch.setattr("pointsman.steps.indexing.stage.BATCH", batch)
    resources = begun(opened(6))
    resources.store.write("doc03.md", page(3).replace("call number 3", "write to number 33"))
    resources.store.write("doc09.md", page(9) + page(9))
    resources.store.rename("doc02.md", "moved.md")
    outcome, read, _ = visited(resources)
    work = outcome.work
    assert (work.chunks_embedded, work.points_added, work.points_retired, read) == (3, 7, 3, 6)


def test_a_git_lfs_pointer_is_refused_and_the_last_good_version_stays_served(opened: Opened) -> None:
    resources = begun(opened(6))
    object.__setattr__(resources, "parse_and_measure", parse_and_measure)
    content = served(resources)
    oid = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393"
    resources.store.write("doc03.md", f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 12345\n")
    outcome = run(resources)
    assert outcome.state.changes["quarantined"] == 1
    [refusal] = resources.quarantine.rows("documents")
    assert refusal.item == "doc03.md"
    assert "Git LFS pointer" in refusal.reason
    assert served(resources) == content
    assert visited(resources)[1] == 0, "it is not opened again until it changes"


@pytest.mark.parametrize("when", ["prepare", "release", "record"])
def test_a_document_that_comes_during_a_refresh_is_indexed_by_the_next_one(opened: Opened, when: str) -> None:
    resources = begun(opened(6))
    resources.store.write("doc01.md", page(11))
    run(resources, do=disturbed(lambda step: resources.store.write("late.md", page(17)) if step == when else None))
    run(resources)
    assert any("number 17" in text for _, _, text in served(resources))


def test_the_commit_that_is_served_is_named_by_record_and_status(opened: Opened) -> None:
    resources = opened(6)
    resources.store.commit = "1f" * 20
    outcome = run(resources)
    assert as_record(outcome, "manual", now=resources.now, params=resources.params)["source_version"] == "1f" * 20
    assert (
        status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["source_version"]
        == "1f" * 20
    )
    resources.store.commit = "2f" * 20
    assert run(resources).decision.index is Track.KEEP
    assert (
        status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["source_version"]
        == "1f" * 20
    ), "nothing that is served came from the later commit"


def test_no_record_holds_the_credentials_of_the_store(opened: Opened) -> None:

    resources = opened(6, store=Store("https://reader:top-secret-word@docs.example.org/handbook"))
    outcome = run(resources)
    record = as_record(outcome, "manual", now=resources.now, params=resources.params)
    assert "top-secret-word" not in repr(record)
    assert record["params"]["store"]["url"] == "https://docs.example.org/handbook"
    for kind in ("decision", "release", "manifest", "move"):
        for id_ in resources.ledger.ids(kind):
            assert "top-secret-word" not in repr(resources.ledger.get(kind, id_))
    assert look(resources) is not None


def test_a_new_document_opens_no_other_however_long_ago_they_were_edited(opened: Opened) -> None:
    resources = begun(opened(12, guard=Guard()))
    for nth in range(2):
        resources.store.write(f"doc{nth:02d}.md", page(nth, extra="The hinge was oiled."))
    run(resources)
    resources.store.reads.clear()
    resources.store.write("new.md", "# The moat\n\nThe moat is drained in the first week of August each year.\n")
    assert run(resources).exit_code == 0
    assert set(resources.store.reads) == {"new.md"}
