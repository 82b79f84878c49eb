"""Releases over a desk of fakes: decisions and their record, going back, two at once, a tracker down."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pointsman.core.errors import LedgerConflict, PointsmanError
from pointsman.core.evaluation.signal_names import DERIVED_GAP
from pointsman.settings.params import Gate
from pointsman.steps.ledger.releases import live_release, move_pointer, moves, previous_release
from pointsman.steps.maintenance.doctor import examine
from pointsman.steps.refresh.loop import refresh
from pointsman.steps.release.rollback import roll_back
from pointsman.steps.review.history import explain, history
from pointsman.steps.review.status import status
from tests.fakes.desk import FakeDesk, begun, disturbed, fake_desk, live_id, page, pages, run, served
from tests.fakes.index import Fault
from tests.fakes.ledger import FakeLedger

Opened = Callable[..., FakeDesk]


def changed(desk: FakeDesk, nth: int) -> str:
    """Refresh after one document was written anew, and return the release that is live then."""
    desk.store.write("doc01.md", page(nth))
    run(desk)
    return live_id(desk)


def test_the_same_situation_gives_the_same_decision_id(tmp_path: Path) -> None:
    ids = set()
    for _ in range(2):
        desk = fake_desk(tmp_path, pages(6))
        run(desk)
        desk.store.write("doc01.md", page(11))
        ids.add(run(desk).decision.id)
    assert len(ids) == 1


def test_two_different_changes_are_two_decisions(opened: Opened) -> None:
    desk = begun(opened(6))
    ids = []
    for nth in (1, 2):
        desk.store.write(f"doc0{nth}.md", page(nth, extra="\nThe lock was changed yesterday by the smith.\n"))
        ids.append(run(desk).decision.id)
    assert ids[0] != ids[1]
    assert {row["decision_id"] for row in history(desk.ledger)["decisions"]} >= set(ids)


def test_every_release_has_its_manifest_in_the_record(opened: Opened) -> None:
    desk = begun(opened(6))
    for nth in (11, 21, 31):
        changed(desk, nth)
    assert desk.tracker.manifests().keys() == set(desk.ledger.ids("manifest"))


def test_a_decision_record_replays_to_itself(opened: Opened) -> None:
    desk = begun(opened(6))
    desk.store.write("doc01.md", page(11))
    outcome = run(desk)
    record = explain(None, ledger=desk.ledger, memory=desk.memory)
    assert (record["decision_id"], record["replays"]) == (outcome.decision.id, True)
    assert {s["name"] for s in record["evidence"]["signals"]} >= {DERIVED_GAP}
    assert explain(outcome.decision.id[:8], ledger=desk.ledger, memory=desk.memory)["replays"]
    with pytest.raises(PointsmanError, match="0 decisions begin with"):
        explain("zzzz", ledger=desk.ledger, memory=desk.memory)


def test_a_hold_replays_to_itself_too(opened: Opened) -> None:
    desk = begun(opened(6))
    for document in list(pages(6)):
        desk.store.remove(document)
    run(desk)
    assert explain(None, ledger=desk.ledger, memory=desk.memory)["replays"]


def test_new_content_is_measured_even_when_a_run_died_after_staging_it(opened: Opened) -> None:
    desk = begun(opened(6))
    desk.store.write("doc01.md", page(11))

    def die(step: str) -> None:
        if step == "assess":
            raise Fault("killed")

    with pytest.raises(Fault):
        run(desk, do=disturbed(die))
    assert DERIVED_GAP in {signal.name for signal in run(desk).signals}


def test_rollback_gives_the_previous_answers_again_without_embedding(opened: Opened) -> None:
    desk = begun(opened(6))
    first, content = live_id(desk), served(desk)
    second = changed(desk, 11)
    embedded = desk.models.embedded
    found = roll_back(desk.records, None, vector_index=desk.index)
    assert (found["release"], found["left"], found["mirrored"]) == (first, second, True)
    assert (served(desk), desk.models.embedded) == (content, embedded)
    assert desk.tracker.aliases("release")["live"] == first


def test_a_refresh_after_a_rollback_holds_until_a_person_goes_on(opened: Opened) -> None:
    desk = begun(opened(6))
    first = live_id(desk)
    changed(desk, 11)
    wanted = served(desk)
    roll_back(desk.records, None, vector_index=desk.index)
    held = run(desk)
    assert (held.decision.hold, held.exit_code, live_id(desk)) == (True, 3, first)
    assert held.decision.reasons[0].signal == "guard.rolled_back"
    assert run(desk, approved=True).exit_code == 0
    assert served(desk) == wanted


def test_a_refresh_holds_after_going_back_twice_as_well(opened: Opened) -> None:
    desk = begun(opened(6))
    first = live_id(desk)
    changed(desk, 11)
    changed(desk, 21)
    roll_back(desk.records, None, vector_index=desk.index)
    roll_back(desk.records, None, vector_index=desk.index)
    assert live_id(desk) == first
    assert run(desk).decision.hold
    assert live_id(desk) == first


def test_a_rollback_is_not_taken_back_by_a_change_of_white_space(opened: Opened) -> None:
    desk = begun(opened(6))
    first = live_id(desk)
    changed(desk, 11)
    roll_back(desk.records, None, vector_index=desk.index)
    desk.store.write("doc05.md", page(5).replace("\n\n", "\n\n\n"))
    run(desk)
    assert live_id(desk) == first


def test_a_new_change_after_a_rollback_goes_on_by_itself(opened: Opened) -> None:
    desk = begun(opened(6))
    changed(desk, 11)
    roll_back(desk.records, None, vector_index=desk.index)
    desk.store.write("doc01.md", page(21))
    outcome = run(desk)
    assert (outcome.exit_code, outcome.gate) == (0, "promote")
    assert {text for _, _, text in served(desk) if "number" in text and "orchard" not in text} >= {
        "When the boiler21 breaks, somebody must call number 21 in the village."
    }


def test_a_plain_rollback_never_goes_to_a_release_that_a_person_left(opened: Opened) -> None:
    desk = begun(opened(6))
    first = live_id(desk)
    changed(desk, 11)
    roll_back(desk.records, None, vector_index=desk.index)
    changed(desk, 21)
    assert previous_release(desk.ledger) == first


def test_a_rollback_to_a_release_whose_points_were_collected_is_refused(opened: Opened) -> None:
    desk = begun(opened(6, gate=Gate(min_items=2, min_answers=2, grace_hours=0, keep_releases=2)))
    first = live_id(desk)
    for nth in (11, 21, 31):
        changed(desk, nth)
    assert examine(desk.intake, repair=True, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue).unreachable > 0
    content = served(desk)
    with pytest.raises(PointsmanError, match=first):
        roll_back(desk.records, first, vector_index=desk.index)
    assert served(desk) == content


def test_collecting_leaves_every_release_within_reach_whole(opened: Opened) -> None:
    desk = begun(opened(6, gate=Gate(min_items=2, min_answers=2, grace_hours=0, keep_releases=3)))
    for nth in (11, 21, 31):
        changed(desk, nth)
    wanted = served(desk)
    examine(desk.intake, repair=True, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue)
    for _ in range(2):
        roll_back(desk.records, None, vector_index=desk.index)
        live = live_release(desk.ledger)
        assert live is not None
        assert len(served(desk)) == live.index.points == 12
    changed(desk, 31)
    run(desk, approved=True)
    assert served(desk) == wanted


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
    desk = begun(opened(6))
    desk.store.write("doc01.md", page(11))
    others: list[str] = []

    def overtake(step: str) -> None:
        if step == at and not others:
            others.append("running")
            before = desk.store.read("doc01.md")
            desk.store.write("doc01.md", page(21))
            refresh(desk.intake, serving=desk.serving, records=desk.records, builder=desk.builder, progress=desk.progress)
            others[0] = live_id(desk)
            desk.store.write("doc01.md", before)

    with pytest.raises(LedgerConflict):
        refresh(desk.intake, do=disturbed(overtake), serving=desk.serving, records=desk.records, builder=desk.builder, progress=desk.progress)
    assert live_id(desk) == others[0]
    texts = {text for _, _, text in served(desk)}
    assert any("number 21" in text for text in texts)
    assert not any("number 11" in text for text in texts)
    assert len(texts) == 12


def test_a_tracker_that_is_down_delays_the_record_and_not_the_release(opened: Opened) -> None:
    desk = begun(opened(6))
    desk.tracker.down = True
    second = changed(desk, 11)
    assert status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["release"] == second
    assert status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["unmirrored"] == 1
    desk.tracker.down = False
    third = changed(desk, 21)
    assert status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["unmirrored"] == 0
    assert desk.tracker.aliases("release") == {"live": third, "previous": second}
    assert len(desk.tracker.runs) == 3


def test_a_reply_that_the_tracker_lost_does_not_undo_the_release(opened: Opened) -> None:
    desk = begun(opened(6))
    before = live_id(desk)
    desk.tracker.loses_replies = 1
    desk.store.write("doc01.md", page(11))
    run(desk)
    assert live_id(desk) != before
    assert status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["unmirrored"] == 1
    changed(desk, 21)
    assert status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["unmirrored"] == 0
    assert len(desk.tracker.runs) == 3


def test_a_run_killed_right_after_the_pointer_moved_is_still_recorded(opened: Opened) -> None:
    desk = begun(opened(6))
    desk.store.write("doc01.md", page(11))
    desk.ledger.faults.plant("swap", landed=1.0)
    with pytest.raises(Fault):
        run(desk)
    live = live_release(desk.ledger)
    assert live is not None
    run(desk)
    examine(desk.intake, repair=True, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue)
    assert live.decision in {row["decision_id"] for row in history(desk.ledger)["decisions"]}
    assert desk.tracker.aliases("release")["live"] == live.id


def test_the_doctor_mends_the_aliases_that_a_rollback_could_not_set(opened: Opened) -> None:
    desk = begun(opened(6))
    first = live_id(desk)
    changed(desk, 11)
    desk.tracker.down = True
    assert not roll_back(desk.records, None, vector_index=desk.index)["mirrored"]
    desk.tracker.down = False
    examine(desk.intake, repair=True, serving=desk.serving, records=desk.records, progress=desk.progress, erasure_sweep=desk.residue)
    assert desk.tracker.aliases("release")["live"] == first
