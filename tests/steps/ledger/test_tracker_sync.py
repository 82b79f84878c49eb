"""The tracker is synced again after it was down, lost a reply, or was restored from an old backup."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace

import pytest

from pointsman.steps.ledger.releases import live_release
from pointsman.steps.release.rollback import roll_back
from pointsman.steps.review.history import explain, history
from pointsman.steps.review.status import status
from tests.fakes.calls import examined
from tests.fakes.index import Fault
from tests.fakes.resources import (
    FakeResources,
    begun,
    live_id,
    page,
    run,
)
from tests.fakes.tracker import FakeTracker
from tests.steps.doctor_cases import busy, changed

Opened = Callable[..., FakeResources]


def test_a_lost_record_is_synced_again_from_the_ledger(opened: Opened) -> None:
    resources = busy(opened(6))
    before = resources.tracker
    new = replace(resources, tracker=FakeTracker())
    found = examined(new)
    assert (found.unmirrored, found.unregistered, found.aliases_behind) == (4, 4, True)
    assert new.tracker.runs == {}
    assert examined(new, repair=True).healthy
    assert new.tracker.aliases("release") == before.aliases("release")
    assert set(new.tracker.versions("release")) == set(before.versions("release"))
    assert (new.tracker.recorded(), new.tracker.preserved()) == (before.recorded(), before.preserved())


def test_a_record_put_back_to_an_older_backup_catches_up(opened: Opened) -> None:
    resources = begun(opened(6))
    changed(resources, 11)
    backup = deepcopy(resources.tracker)
    changed(resources, 12)
    changed(resources, 13)
    old = replace(resources, tracker=backup)
    found = examined(old)
    assert (found.unmirrored, found.unregistered, found.aliases_behind) == (2, 2, True)
    assert examined(old, repair=True).healthy
    assert backup.aliases("release") == resources.tracker.aliases("release")


def test_a_kill_between_the_record_and_the_pointer_is_reported_truthfully(opened: Opened) -> None:
    resources = begun(opened(6))
    live = live_id(resources)
    resources.store.write("doc01.md", page(11))
    resources.ledger.faults.plant("swap")
    with pytest.raises(Fault):
        run(resources)
    interrupted = history(resources.ledger)["decisions"][0]
    assert (interrupted["went_live"], live_id(resources)) == (False, live)
    assert (
        status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["interrupted"]
        == interrupted["decision_id"]
    )
    assert explain(interrupted["decision_id"], ledger=resources.ledger, memory=resources.memory)["went_live"] is False
    run(resources)
    assert status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["interrupted"] is None
    assert [d["went_live"] for d in history(resources.ledger)["decisions"]] == [True, False, True]


def test_a_tracker_that_is_down_delays_the_record_and_not_the_release(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.tracker.down = True
    second = changed(resources, 11)
    assert status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["release"] == second
    assert status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["unmirrored"] == 1
    resources.tracker.down = False
    third = changed(resources, 21)
    assert status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["unmirrored"] == 0
    assert resources.tracker.aliases("release") == {"live": third, "previous": second}
    assert len(resources.tracker.runs) == 3


def test_a_reply_that_the_tracker_lost_does_not_undo_the_release(opened: Opened) -> None:
    resources = begun(opened(6))
    before = live_id(resources)
    resources.tracker.loses_replies = 1
    resources.store.write("doc01.md", page(11))
    run(resources)
    assert live_id(resources) != before
    assert status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["unmirrored"] == 1
    changed(resources, 21)
    assert status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["unmirrored"] == 0
    assert len(resources.tracker.runs) == 3


def test_a_run_killed_right_after_the_pointer_moved_is_still_recorded(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.write("doc01.md", page(11))
    resources.ledger.faults.plant("swap", landed=1.0)
    with pytest.raises(Fault):
        run(resources)
    live = live_release(resources.ledger)
    assert live is not None
    run(resources)
    examined(resources, repair=True)
    assert live.decision in {row["decision_id"] for row in history(resources.ledger)["decisions"]}
    assert resources.tracker.aliases("release")["live"] == live.id


def test_the_doctor_mends_the_aliases_that_a_rollback_could_not_set(opened: Opened) -> None:
    resources = begun(opened(6))
    first = live_id(resources)
    changed(resources, 11)
    resources.tracker.down = True
    assert not roll_back(resources.records, None, vector_index=resources.index)["mirrored"]
    resources.tracker.down = False
    examined(resources, repair=True)
    assert resources.tracker.aliases("release")["live"] == first
