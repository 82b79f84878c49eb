"""The loop with fake ports: the cost of each kind of change, and what readers see meanwhile."""

from collections.abc import Callable

import pytest

from pointsman.core.index.filters import Filter
from pointsman.core.policy.decision import Track
from pointsman.steps.ledger.releases import live_release
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.refresh.loop import refresh
from pointsman.steps.refresh.preview import preview
from pointsman.steps.refresh.report import Outcome, as_report
from pointsman.steps.review.status import status
from pointsman.steps.serving.answer import ask, search
from tests.fakes.calls import look
from tests.fakes.index import Fault
from tests.fakes.resources import FakeResources, begun, disturbed, documents_found, live_id, page, run, served

Opened = Callable[..., FakeResources]


def test_the_first_refresh_makes_a_release_that_answers(opened: Opened) -> None:
    resources = opened(6)
    outcome = run(resources)
    assert outcome.decision.index is Track.REBUILD
    assert outcome.work.chunks_embedded == outcome.work.points_added == 12
    assert outcome.release is not None
    assert (outcome.release.documents, outcome.release.index.points) == (6, 12)
    assert outcome.exit_code == 0
    assert search(resources.serving, "who opens the door of the garden2?")["hits"][0]["document"] == "doc02.md"


def test_an_empty_store_makes_no_release(opened: Opened) -> None:
    resources = opened(0)
    assert run(resources).release is None
    assert live_release(resources.ledger) is None


def test_an_unchanged_store_costs_one_listing_and_nothing_else(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.reads.clear()
    resources.store.listings = 0
    outcome = look(resources)
    assert isinstance(outcome, Outcome)
    assert (outcome.decision.index, outcome.exit_code) == (Track.KEEP, 0)
    assert (resources.store.listings, resources.store.reads, resources.models.embedded) == (1, [], 0)
    assert not resources.index.faults.calls
    assert len(resources.tracker.runs) == 1


def test_one_edited_section_costs_its_chunks(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.write("doc03.md", page(3).replace("call number 3", "write to number 33"))
    resources.store.reads.clear()
    outcome = run(resources)
    assert outcome.decision.index is Track.UPDATE
    assert (outcome.work.chunks_embedded, outcome.work.points_added, outcome.work.points_retired) == (1, 1, 1)
    assert set(resources.store.reads) == {"doc03.md"}
    assert outcome.state.changes["edited"] == 1


def test_a_renamed_document_costs_no_embedding_and_its_old_name_is_never_found_again(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.rename("doc02.md", "moved/doc02.md")
    outcome = run(resources)
    assert outcome.decision.index is Track.PATCH
    assert (outcome.work.chunks_embedded, resources.models.embedded) == (0, 0)
    found = documents_found(resources, "who opens the door of the garden2?")
    assert "moved/doc02.md" in found
    assert "doc02.md" not in found


def test_a_change_of_metadata_costs_no_embedding_and_is_served(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.write("doc01.md", "---\naccess: [staff]\n---\n" + page(1))
    outcome = run(resources)
    assert outcome.decision.index is Track.PATCH
    assert (outcome.work.chunks_embedded, resources.models.embedded) == (0, 0)
    staff = Filter(frozenset({"staff"}))
    found = search(resources.serving, "boiler1 door", top_k=50, allow=staff)["hits"]
    hits = [h for h in found if h["document"] == "doc01.md"]
    assert len(hits) == 2
    assert all(hit["metadata"]["access"] == ["staff"] for hit in hits)


def test_white_space_is_no_change_worth_a_release(opened: Opened) -> None:
    resources = begun(opened(6))
    before = live_id(resources)
    resources.store.write("doc01.md", page(1).replace(" ", "  ").replace("\n\n", "\n\n\n"))
    outcome = run(resources)
    assert outcome.state.changes["cosmetic"] == 1
    assert (outcome.decision.index, outcome.gate, live_id(resources)) == (Track.KEEP, None, before)
    assert not resources.index.faults.calls


def test_a_removed_document_is_served_by_the_old_release_until_the_pointer_moves(opened: Opened) -> None:
    resources = begun(opened(6))
    question = "who opens the door of the kitchen4?"
    resources.store.remove("doc04.md")
    seen: dict[str, bool] = {}
    run(resources, do=disturbed(lambda step: seen.update({step: "doc04.md" in documents_found(resources, question)})))
    assert seen["release"]
    assert "doc04.md" not in documents_found(resources, question)
    assert status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["documents"] == 5


def test_a_document_that_changes_between_listing_and_use_waits_for_the_next_run(opened: Opened) -> None:
    resources = begun(opened(6))
    before, content = live_id(resources), served(resources)
    resources.store.write("doc01.md", page(11))

    def meddle(step: str) -> None:
        if step == "prepare":
            resources.store.write("doc01.md", page(12))

    assert run(resources, do=disturbed(meddle)).exit_code == 0
    assert (live_id(resources), served(resources)) == (before, content)
    assert run(resources).decision.index is Track.UPDATE
    assert any("orchard" not in text and "number 12" in text for _, _, text in served(resources))


def test_an_index_built_from_other_documents_than_those_seen_is_caught_up_with(opened: Opened) -> None:
    resources = opened(6)
    resources.builder.corpus = "another"
    assert run(resources).exit_code == 0
    assert len(served(resources)) == 12


def test_a_plan_counts_what_a_refresh_then_does_and_writes_nothing(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.write("doc03.md", page(3).replace("call number 3", "write to number 33"))
    resources.store.rename("doc04.md", "moved.md")
    state = look(resources)
    assert isinstance(state, WorkspaceState)
    planned = preview(
        resources.intake, state, serving=resources.serving, records=resources.records, progress=resources.progress
    )
    assert not resources.index.faults.calls
    assert resources.models.embedded == 0
    done = run(resources)
    assert planned.work == done.work
    assert planned.decision.index is done.decision.index is Track.UPDATE
    assert (done.work.chunks_embedded, done.work.chunks_reused) == (1, 2)


def test_a_plan_of_the_first_index_counts_its_chunks(opened: Opened) -> None:
    resources = opened(6)
    state = look(resources)
    assert isinstance(state, WorkspaceState)
    assert (
        preview(
            resources.intake,
            state,
            serving=resources.serving,
            records=resources.records,
            progress=resources.progress,
        ).work.chunks_embedded
        == run(resources).work.chunks_embedded
        == 12
    )


def test_the_report_has_every_key_of_the_contract(opened: Opened) -> None:
    resources = opened(6)
    report = as_report(resources.params, run(resources))
    assert report.keys() >= {
        "decision_id",
        "release",
        "corpus",
        "changes",
        "decision",
        "work",
        "cost",
        "gate",
        "seconds",
    }
    assert report["changes"].keys() >= {
        "added", "removed", "renamed", "edited", "cosmetic", "metadata", "unchanged", "quarantined",
        "examples_added", "examples_removed",
    }  # fmt: skip
    assert report["decision"].keys() >= {"index", "train", "hold", "reasons", "flips", "debt"}
    assert report["work"].keys() == {
        "chunks_embedded", "chunks_reused", "points_added", "points_retired", "tokens_trained"
    }  # fmt: skip


def test_an_answer_cites_documents_of_its_context(opened: Opened) -> None:
    resources = begun(opened(6))
    answer = ask(resources.serving, "who opens the door of the garden2?")
    assert answer["release"] == live_id(resources)
    assert answer["citations"][0] == "doc02.md"
    assert set(answer["citations"]) <= {hit["document"] for hit in answer["context"]}


def test_one_slow_refresh_does_not_break_the_next_estimate(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.write("doc01.md", page(1).replace("call number 1", "write to number 1"))

    def wait(step: str) -> None:
        if step == "assess":
            resources.clock.at += 3 * 3600

    run(resources, do=disturbed(wait))
    resources.store.write("doc02.md", page(12))
    state = look(resources)
    assert isinstance(state, WorkspaceState)
    assert (
        0
        < preview(
            resources.intake,
            state,
            serving=resources.serving,
            records=resources.records,
            progress=resources.progress,
        ).estimate_seconds
        < 3600
    )


def test_a_run_that_dies_leaves_readers_as_they_were_at_every_step(opened: Opened) -> None:
    resources = begun(opened(6))
    content = served(resources)
    resources.store.write("doc01.md", page(11))
    resources.store.remove("doc04.md")
    for fatal in ("observe", "prepare", "stage", "assess", "release"):

        def die(step: str, fatal: str = fatal) -> None:
            if step == fatal:
                raise Fault(step)

        with pytest.raises(Fault, match=fatal):
            refresh(
                resources.intake,
                do=disturbed(die),
                serving=resources.serving,
                records=resources.records,
                builder=resources.builder,
                progress=resources.progress,
            )
        assert served(resources) == content
    assert run(resources).exit_code == 0
    assert any("number 11" in text for _, _, text in served(resources))
