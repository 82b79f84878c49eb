"""A lost or damaged ledger is restored from the tracker; nothing is guessed."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from pointsman.core.policy.decision import Track
from pointsman.steps.ledger.restore import NAMED
from pointsman.steps.ledger.tombstones import TAINT, TOMBSTONE
from tests.fakes.calls import examined
from tests.fakes.ledger import FakeLedger
from tests.fakes.resources import FakeResources, live_id, run, served
from tests.steps.doctor_cases import busy, kept_in

Opened = Callable[..., FakeResources]


def test_a_lost_ledger_is_rebuilt_from_the_tracker_with_every_object(opened: Opened) -> None:
    resources = busy(opened(6))
    before, pointer, content = kept_in(resources), resources.ledger.pointer(), served(resources)
    gone = replace(resources, ledger=FakeLedger())
    found = examined(gone)
    assert found.pointer is not None
    assert found.ledger_lost == sum(map(len, before.values()))
    assert (found.healthy, gone.ledger.pointer()) == (False, None), "no repair without --repair"
    assert examined(gone, repair=True).healthy
    assert (kept_in(gone), gone.ledger.pointer(), served(gone)) == (before, pointer, content)
    assert run(gone).decision.index is Track.KEEP


def test_a_lost_ledger_holds_while_alias_and_newest_move_disagree_until_a_person_says(opened: Opened) -> None:
    resources = busy(opened(6))
    first, last = resources.ledger.ids("release")[0], live_id(resources)
    other = next(id_ for id_ in resources.ledger.ids("release") if id_ != last)
    value = resources.ledger.get("release", other)
    assert value is not None
    resources.tracker.sync(value, live=other, previous=first)
    gone = replace(resources, ledger=FakeLedger())
    held = examined(gone, repair=True)
    assert last in str(held.pointer)
    assert other in str(held.pointer)
    assert (gone.ledger.pointer(), gone.ledger.ids("release")) == (None, [])
    assert examined(gone, repair=True, live=other).healthy
    assert live_id(gone) == other


@pytest.mark.parametrize("kind", [kind for kind in NAMED if kind not in {TOMBSTONE, TAINT}])
def test_a_torn_object_is_counted_and_brought_back_verified(opened: Opened, kind: str) -> None:
    resources = busy(opened(6))
    before = kept_in(resources)
    for id_ in list(before[kind]):
        resources.ledger._objects[kind][id_] = '{"release": "a1'
    found = examined(resources)
    assert found.ledger_damaged == len(before[kind])
    assert found.healthy == (not before[kind])
    assert examined(resources, repair=True).healthy
    assert kept_in(resources) == before


def test_an_object_that_is_not_what_its_id_says_is_not_taken_from_the_tracker_either(opened: Opened) -> None:
    resources = busy(opened(6))
    live = live_id(resources)
    good = resources.ledger._objects["release"][live]
    for objects, key in ((resources.ledger._objects["release"], live), (resources.tracker.kept, ("release", live))):
        objects[key] = good.replace('"documents": 6', '"documents": 7')  # type: ignore[index]
    found = examined(resources, repair=True)
    assert (found.ledger_damaged, found.ledger_restored, found.healthy) == (1, 0, False)
    assert resources.ledger._objects["release"][live] != good, "nothing is deleted that cannot be made again"
    assert live in resources.ledger.ids("release")


def test_a_torn_pointer_is_written_again(opened: Opened) -> None:
    resources = busy(opened(6))
    pointer = resources.ledger.pointer()
    resources.ledger._pointer = '{"release"'
    assert examined(resources).pointer is not None
    assert examined(resources, repair=True).healthy
    assert resources.ledger.pointer() == pointer
