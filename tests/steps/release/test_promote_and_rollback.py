"""Releases with fake ports: decision records, rollback, two refreshes at once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pointsman.core.errors import LedgerConflict, PointsmanError
from pointsman.core.evaluation.signal_names import DERIVED_GAP
from pointsman.settings.params import Gate
from pointsman.steps.ledger.releases import live_release, move_pointer, moves, previous_release
from pointsman.steps.refresh.loop import refresh
from pointsman.steps.release.rollback import roll_back
from pointsman.steps.review.history import explain, history
from tests.fakes.calls import examined
from tests.fakes.index import Fault
from tests.fakes.ledger import FakeLedger
from tests.fakes.resources import FakeResources, begun, disturbed, fake_resources, live_id, page, pages, run, served
from tests.steps.doctor_cases import changed

Opened = Callable[..., FakeResources]


def test_the_same_state_gives_the_same_decision_id(tmp_path: Path) -> None:
    ids = set()
    for _ in range(2):
        resources = fake_resources(tmp_path, pages(6))
        run(resources)
        resources.store.write("doc01.md", page(11))
        ids.add(run(resources).decision.id)
    assert len(ids) == 1


def test_two_different_changes_are_two_decisions(opened: Opened) -> None:
    resources = begun(opened(6))
    ids = []
    for nth in (1, 2):
        resources.store.write(f"doc0{nth}.md", page(nth, extra="\nThe lock was changed yesterday by the smith.\n"))
        ids.append(run(resources).decision.id)
    assert ids[0] != ids[1]
    assert {row["decision_id"] for row in history(resources.ledger)["decisions"]} >= set(ids)


def test_every_release_has_its_manifest_in_the_record(opened: Opened) -> None:
    resources = begun(opened(6))
    for nth in (11, 21, 31):
        changed(resources, nth)
    assert resources.tracker.manifests().keys() == set(resources.ledger.ids("manifest"))


def test_a_decision_record_replays_to_itself(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.write("doc01.md", page(11))
    outcome = run(resources)
    record = explain(None, ledger=resources.ledger, memory=resources.memory)
    assert (record["decision_id"], record["replays"]) == (outcome.decision.id, True)
    assert {s["name"] for s in record["evidence"]["signals"]} >= {DERIVED_GAP}
    assert explain(outcome.decision.id[:8], ledger=resources.ledger, memory=resources.memory)["replays"]
    with pytest.raises(PointsmanError, match="0 decisions begin with"):
        explain("zzzz", ledger=resources.ledger, memory=resources.memory)


def test_a_hold_replays_to_itself_too(opened: Opened) -> None:
    resources = begun(opened(6))
    for document in list(pages(6)):
        resources.store.remove(document)
    run(resources)
    assert explain(None, ledger=resources.ledger, memory=resources.memory)["replays"]


def test_new_content_is_measured_even_when_a_run_died_after_staging_it(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.write("doc01.md", page(11))

    def die(step: str) -> None:
        if step == "assess":
            raise Fault("killed")

    with pytest.raises(Fault):
        run(resources, do=disturbed(die))
    assert DERIVED_GAP in {signal.name for signal in run(resources).signals}


def test_rollback_gives_the_previous_answers_again_without_embedding(opened: Opened) -> None:
    resources = begun(opened(6))
    first, content = live_id(resources), served(resources)
    second = changed(resources, 11)
    embedded = resources.models.embedded
    found = roll_back(resources.records, None, vector_index=resources.index)
    assert (found["release"], found["left"], found["mirrored"]) == (first, second, True)
    assert (served(resources), resources.models.embedded) == (content, embedded)
    assert resources.tracker.aliases("release")["live"] == first


def test_a_refresh_after_a_rollback_holds_until_a_person_goes_on(opened: Opened) -> None:
    resources = begun(opened(6))
    first = live_id(resources)
    changed(resources, 11)
    wanted = served(resources)
    roll_back(resources.records, None, vector_index=resources.index)
    held = run(resources)
    assert (held.decision.hold, held.exit_code, live_id(resources)) == (True, 3, first)
    assert held.decision.reasons[0].signal == "guard.rolled_back"
    assert run(resources, approved=True).exit_code == 0
    assert served(resources) == wanted


def test_a_refresh_holds_after_going_back_twice_as_well(opened: Opened) -> None:
    resources = begun(opened(6))
    first = live_id(resources)
    changed(resources, 11)
    changed(resources, 21)
    roll_back(resources.records, None, vector_index=resources.index)
    roll_back(resources.records, None, vector_index=resources.index)
    assert live_id(resources) == first
    assert run(resources).decision.hold
    assert live_id(resources) == first


def test_a_rollback_is_not_taken_back_by_a_change_of_white_space(opened: Opened) -> None:
    resources = begun(opened(6))
    first = live_id(resources)
    changed(resources, 11)
    roll_back(resources.records, None, vector_index=resources.index)
    resources.store.write("doc05.md", page(5).replace("\n\n", "\n\n\n"))
    run(resources)
    assert live_id(resources) == first


def test_a_new_change_after_a_rollback_goes_on_by_itself(opened: Opened) -> None:
    resources = begun(opened(6))
    changed(resources, 11)
    roll_back(resources.records, None, vector_index=resources.index)
    resources.store.write("doc01.md", page(21))
    outcome = run(resources)
    assert (outcome.exit_code, outcome.gate) == (0, "promote")
    assert {text for _, _, text in served(resources) if "number" in text and "orchard" not in text} >= {
        "When the boiler21 breaks, somebody must call number 21 in the village."
    }


def test_a_plain_rollback_never_goes_to_a_release_that_a_person_left(opened: Opened) -> None:
    resources = begun(opened(6))
    first = live_id(resources)
    changed(resources, 11)
    roll_back(resources.records, None, vector_index=resources.index)
    changed(resources, 21)
    assert previous_release(resources.ledger) == first


def test_a_rollback_to_a_release_whose_points_were_collected_is_refused(opened: Opened) -> None:
    resources = begun(opened(6, gate=Gate(min_items=2, min_answers=2, grace_hours=0, keep_releases=2)))
    first = live_id(resources)
    for nth in (11, 21, 31):
        changed(resources, nth)
    assert examined(resources, repair=True).unreachable > 0
    content = served(resources)
    with pytest.raises(PointsmanError, match=first):
        roll_back(resources.records, first, vector_index=resources.index)
    assert served(resources) == content


def test_collecting_leaves_every_release_within_reach_whole(opened: Opened) -> None:
    resources = begun(opened(6, gate=Gate(min_items=2, min_answers=2, grace_hours=0, keep_releases=3)))
    for nth in (11, 21, 31):
        changed(resources, nth)
    wanted = served(resources)
    examined(resources, repair=True)
    for _ in range(2):
        roll_back(resources.records, None, vector_index=resources.index)
        live = live_release(resources.ledger)
        assert live is not None
        assert len(served(resources)) == live.index.points == 12
    changed(resources, 31)
    run(resources, approved=True)
    assert served(resources) == wanted


def test_a_move_that_never_took_effect_is_no_part_of_the_history(opened: Opened) -> None:
    ledger = FakeLedger()
    for nth, (to, fails) in enumerate([("aa", False), ("zz", True), ("bb", False), ("cc", False)]):
        if fails:
            ledger.faults.plant("swap")
            with pytest.raises(Fault):
                move_pointer(ledger, ledger.pointer(), to, why="promote", decision=None, at=str(nth))
        else:
            move_pointer(ledger, ledger.pointer(), to, why="promote", decision=None, at=str(nth))
    assert [move["release"] for move in moves(ledger)] == ["aa", "bb", "cc"]
    assert previous_release(ledger) == "bb"


@pytest.mark.parametrize("at", ["prepare", "stage", "assess", "release"])
def test_of_two_refreshes_at_once_one_fails_and_readers_see_the_other_whole(opened: Opened, at: str) -> None:
    resources = begun(opened(6))
    resources.store.write("doc01.md", page(11))
    others: list[str] = []

    def overtake(step: str) -> None:
        if step == at and not others:
            others.append("running")
            before = resources.store.read("doc01.md")
            resources.store.write("doc01.md", page(21))
            refresh(
                resources.intake,
                serving=resources.serving,
                records=resources.records,
                builder=resources.builder,
                progress=resources.progress,
            )
            others[0] = live_id(resources)
            resources.store.write("doc01.md", before)

    with pytest.raises(LedgerConflict):
        refresh(
            resources.intake,
            do=disturbed(overtake),
            serving=resources.serving,
            records=resources.records,
            builder=resources.builder,
            progress=resources.progress,
        )
    assert live_id(resources) == others[0]
    texts = {text for _, _, text in served(resources)}
    assert any("number 21" in text for text in texts)
    assert not any("number 11" in text for text in texts)
    assert len(texts) == 12
