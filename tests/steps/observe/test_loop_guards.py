"""Guards, quarantine and the gate stop a change, and the live release still answers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pointsman.core.index.points import FOREVER
from pointsman.core.policy.decision import Track
from pointsman.ports.validation import Rows
from pointsman.settings.params import Chunking, Gate, Retriever
from pointsman.steps.refresh.report import Outcome
from pointsman.steps.review.history import history
from pointsman.steps.review.status import status
from tests.fakes.calls import examined, look
from tests.fakes.resources import FakeResources, begun, disturbed, documents_found, live_id, page, pages, run, served
from tests.fakes.validator import FakeValidator

Opened = Callable[..., FakeResources]

PROBED = ((0, "lamp"), (1, "boiler"), (2, "garden"), (3, "library"))


def points_of(resources: FakeResources) -> set[tuple[str, str]]:
    return {(name, point.id) for name in resources.index.collections() for point in resources.index.points(name)}


def losing_a_point(resources: FakeResources) -> Any:
    """Return a runner that loses one staged point before the measurement."""
    before = points_of(resources)

    def lose(step: str) -> None:
        if step == "assess":
            name, point = min(points_of(resources) - before)
            resources.index.delete(name, [point])

    return disturbed(lose)


def test_many_vanished_documents_hold_until_a_person_takes_them(opened: Opened) -> None:
    resources = begun(opened(75))
    before, content = live_id(resources), served(resources)
    for nth in range(40):
        resources.store.remove(f"doc{nth:02d}.md")
    outcome = run(resources)
    assert (outcome.decision.hold, outcome.exit_code, outcome.decision.index) == (True, 3, Track.KEEP)
    assert (live_id(resources), served(resources)) == (before, content)
    assert status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["hold"]
    again = look(resources)
    assert isinstance(again, Outcome)
    assert (again.repeated, again.exit_code, again.decision.id) == (True, 3, outcome.decision.id)
    after = run(resources, approved=True)
    assert (after.decision.hold, after.exit_code, live_id(resources) != before) == (False, 0, True)
    assert status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["documents"] == 35
    assert not status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["hold"]


def test_ten_vanished_documents_pass_and_an_eleventh_holds(opened: Opened) -> None:
    resources = begun(opened(40))
    for nth in range(10):
        resources.store.remove(f"doc{nth:02d}.md")
    assert not run(resources).decision.hold
    for nth in range(10, 21):
        resources.store.remove(f"doc{nth:02d}.md")
    assert run(resources).decision.hold


def test_an_empty_listing_holds(opened: Opened) -> None:
    resources = begun(opened(6))
    before, content = live_id(resources), served(resources)
    for document in list(pages(6)):
        resources.store.remove(document)
    outcome = run(resources)
    assert (outcome.decision.hold, outcome.exit_code) == (True, 3)
    assert outcome.decision.reasons[0].signal == "guard.listing"
    assert (live_id(resources), served(resources)) == (before, content)


def test_an_approved_empty_listing_is_not_reported_as_done_when_nothing_was(opened: Opened) -> None:
    resources = begun(opened(6))
    for document in list(pages(6)):
        resources.store.remove(document)
    run(resources)
    outcome = run(resources, approved=True)
    assert served(resources) == set() or outcome.exit_code == 3


def test_a_store_that_cannot_be_listed_changes_nothing(opened: Opened) -> None:
    resources = begun(opened(6))
    before, content, memory = live_id(resources), served(resources), dict(resources.memory.texts)
    resources.store.unreachable = "no route to host"
    assert run(resources).exit_code == 3
    assert (live_id(resources), served(resources)) == (before, content)
    assert {name: resources.memory.texts[name] for name in ("observed", "supervision")} == {
        name: memory[name] for name in ("observed", "supervision")
    }


def test_a_refused_version_keeps_the_last_good_one_served(opened: Opened) -> None:
    resources = begun(opened(6))
    content = served(resources)
    resources.store.write("doc02.md", b"\x00\x01\x02 binary")
    outcome = run(resources)
    assert outcome.state.changes["quarantined"] == 1
    assert resources.quarantine.rows("documents")[0].item == "doc02.md"
    assert served(resources) == content
    resources.store.write("doc05.md", page(5, extra="\nAnd the lock was changed yesterday.\n"))
    run(resources)
    assert {row for row in content if "garden2" in row[2]} <= served(resources)


def test_a_refused_version_keeps_the_last_good_one_served_through_a_rebuild(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.write("doc02.md", b"\x00\x01\x02 binary")
    wider = resources.with_params(chunking=Chunking(60))
    outcome = run(wider)
    assert outcome.decision.index is Track.REBUILD
    assert "doc02.md" in documents_found(wider, "who opens the door of the garden2?")
    assert status(wider.serving, memory=wider.memory, quarantine=wider.quarantine)["documents"] == 6
    wider.store.write("doc02.md", page(2, extra="\nIt is well again.\n"))
    run(wider)
    assert any("well again" in text for _, _, text in served(wider))
    assert wider.quarantine.rows("documents") == []


def test_the_doctor_looks_past_a_document_whose_new_version_is_binary(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.write("doc02.md", b"\xff\xfe\x00\x01 binary")
    run(resources)
    findings = examined(resources)
    assert (findings.source_ahead, findings.missing, findings.foreign, findings.healthy) == (1, 0, 0, True)


def test_a_lost_collection_is_rebuilt_even_while_a_document_is_refused(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.write("doc02.md", b"\x00 binary")
    run(resources)
    resources.index.drop(resources.index.collections()[0])
    run(resources, approved=True)
    assert {row[2] for row in served(resources)} >= {
        f"When the lamp{0} breaks, somebody must call number 0 in the village."
    }


def test_an_index_that_lost_points_is_refused_and_the_old_release_still_answers(opened: Opened) -> None:
    resources = begun(opened(6))
    before, content = live_id(resources), served(resources)
    resources.store.write("doc01.md", page(11))

    outcome = run(resources, do=losing_a_point(resources))
    assert (outcome.gate, outcome.exit_code) == ("refuse", 3)
    assert "serves 11 points, 12 are wanted" in outcome.gates["index"].because
    assert (live_id(resources), served(resources)) == (before, content)
    assert not any(p.born > 1 or p.died < FOREVER for p in resources.index.points(resources.index.collections()[0]))


def test_an_index_refused_for_lost_points_is_made_again_by_the_next_refresh(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.write("doc01.md", page(11))

    refused = run(resources, do=losing_a_point(resources))
    assert "run the refresh again" in refused.gates["index"].because
    assert run(resources).gate == "promote"
    assert history(resources.ledger)["decisions"][0]["gate"] == "promote"


def test_a_refused_rebuild_under_another_embedder_leaves_the_old_release(opened: Opened) -> None:
    resources = begun(opened(6))
    before, content = live_id(resources), served(resources)
    resources.models.names["retriever"] = "other-embedder"

    outcome = run(resources, do=losing_a_point(resources))
    assert (outcome.gate, outcome.exit_code) == ("refuse", 3)
    assert (live_id(resources), served(resources)) == (before, content)


def test_what_the_gate_refuses_ships_nothing_even_when_another_generator_is_named(opened: Opened) -> None:
    resources = begun(opened(6)).with_params(chunking=Chunking(60))
    before = live_id(resources)
    resources.models.names["generator"] = "other-generator"
    outcome = run(resources, do=losing_a_point(resources))
    assert (outcome.gate, live_id(resources)) == ("refuse", before)


def test_a_chunk_refused_yesterday_is_still_in_quarantine_after_another_document_changed(opened: Opened) -> None:
    resources = opened({"long.md": page(9, extra="It was " + "very " * 15 + "old.\n"), "doc01.md": page(1)})
    resources = replace(resources, validator=FakeValidator(resources.params.guard, max_chunk_tokens=20))
    run(resources)
    refused = resources.quarantine.rows("chunks")
    assert len(refused) == 1
    resources.store.write("doc01.md", page(11))
    run(resources)
    assert resources.quarantine.rows("chunks") == refused


def test_a_document_carried_through_a_rebuild_is_cut_again_once_its_source_is_good(opened: Opened) -> None:
    resources = begun(opened({**pages(3), "long.md": page(9, extra="Nobody knows why the tower was built. " * 6)}))
    good = resources.store.read("long.md")
    resources.store.write("long.md", b"\x00\x01 binary")
    wider = resources.with_params(chunking=Chunking(100))
    run(wider)
    resources.store.write("long.md", good)
    run(wider)
    fresh = opened({**pages(3), "long.md": good}, chunking=Chunking(100))
    run(fresh)
    assert served(wider) == served(fresh)


def test_a_gate_limit_that_was_raised_lets_the_refused_change_be_judged_again(opened: Opened) -> None:
    resources = begun(
        opened(6, retriever=Retriever("tiny-embedder", top_k=1), gate=Gate(min_items=2, min_answers=2, max_loss=0.0))
    )
    resources.probes.write(
        [{"question": f"who looks around the {t}{n}", "documents": [f"doc0{n}.md"]} for n, t in PROBED]
    )
    resources.store.write("doc99.md", "".join(f"# {t}{n}\n\nwho looks around the {t}{n}\n\n" for n, t in PROBED))
    refused = run(resources)
    assert refused.gate == "refuse", refused.gates
    assert isinstance(
        look(resources),
        Outcome,
    )
    lenient = resources.with_params(gate=Gate(min_items=2, min_answers=2, max_loss=1.0))
    assert run(lenient).gate == "promote"


def test_probes_that_were_corrected_let_the_refused_change_be_judged_again(opened: Opened) -> None:
    resources = begun(
        opened(6, retriever=Retriever("tiny-embedder", top_k=1), gate=Gate(min_items=2, min_answers=2, max_loss=0.0))
    )
    rows = [{"question": f"who looks around the {t}{n}", "documents": [f"doc0{n}.md"]} for n, t in PROBED]
    resources.probes.write(rows)
    resources.store.write("doc99.md", "".join(f"# {t}{n}\n\nwho looks around the {t}{n}\n\n" for n, t in PROBED))
    assert run(resources).gate == "refuse"
    resources.probes.write([{**row, "documents": ["doc99.md"]} for row in rows])
    assert run(resources).gate == "promote"


def test_the_same_bytes_under_another_suffix_are_judged_again(opened: Opened) -> None:
    resources = begun(opened(6))
    judged: list[str] = []
    refuse = resources.validator.refuse

    def guarded(suite: str, rows: Rows) -> list[tuple[str, str, str]]:
        judged.extend(row["item"] for row in rows if suite == "documents")
        return refuse(suite, rows)

    resources.validator.refuse = guarded  # type: ignore[method-assign]
    resources.store.rename("doc01.md", "moved01.md")
    resources.store.rename("doc02.md", "doc02.txt")
    run(resources)
    assert judged == ["doc02.txt"]
