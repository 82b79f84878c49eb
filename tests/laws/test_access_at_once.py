"""Access is not content: what a reader lost he never gets again, whatever else happens to the change."""

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pointsman.core.policy.holds import REMOVED
from pointsman.steps.ledger.access_record import ACCESS_RECORD
from pointsman.steps.ledger.leased_ports import leased
from pointsman.steps.ledger.releases import live_release
from pointsman.steps.refresh.check import check_state, narrow_beside
from pointsman.steps.refresh.report import Outcome, as_report
from tests.fakes.index import FakeIndex
from tests.fakes.ledger import FakeLedger
from tests.fakes.machines import Machine, Time
from tests.fakes.resources import FakeMemory, disturbed, run
from tests.laws.access_histories import BROKEN, NOBODY, READERS, STAFF, AccessWorld, act, back_to, held, world_of

ONE = "doc01.md"


def accident(world: AccessWorld) -> dict[str, tuple[int, Any, str]]:
    """Remove so many documents that a guard holds, and return them."""
    gone = {name: world.now[name] for name in ("doc05.md", "doc06.md", "doc07.md")}
    for name in gone:
        world.remove(name)
    return gone


@pytest.mark.parametrize("seed", range(12))
def test_at_no_moment_does_a_reader_get_what_the_store_does_not_let_him_read(tmp_path: Path, seed: int) -> None:
    drawn = random.Random(seed)
    world = AccessWorld(tmp_path)
    world.refresh()
    for _ in range(20):
        act(world, drawn)
        world.check()
    world.refresh(approved=True)
    last = world.refresh(approved=True)
    world.check()
    unread = {name for name, (_, access, _) in world.now.items() if access == BROKEN}
    for groups in READERS if not last.decision.hold else ():
        assert world.found(groups) - unread == world.visible(groups), world.said


def test_what_is_revoked_while_a_hold_stands_is_gone_at_once_and_on_every_release(
    tmp_path: Path, ports: tuple[Any, Any]
) -> None:
    world = world_of(tmp_path, ports)
    first = live_release(world.resources.ledger)
    world.write("doc00.md", 10, None)
    world.refresh()
    gone = accident(world)
    held(world.refresh(), REMOVED)
    world.say(ONE, ["staff"])

    outcome = held(world.refresh(), REMOVED)

    assert outcome.state.changes["narrowed"] == 1
    report = as_report(world.resources.params, outcome)
    assert report["access"]["sentences"] == [f"access of 1 document ({ONE}) became narrower; applied at once"]
    assert (ONE in world.found(NOBODY), ONE in world.found(STAFF)) == (False, True)
    assert first is not None
    assert back_to(world, first.id)["narrowed"] == [ONE]
    world.check()
    held(world.refresh())
    world.check()
    for name, (nth, access, extra) in gone.items():
        world.write(name, nth, access, extra)
    assert not world.refresh(approved=True).decision.hold
    world.check()
    assert ONE in world.found(STAFF)
    world.remove(ONE)
    world.refresh()
    back_to(world, first.id)
    assert (ONE in world.found(NOBODY), ONE in world.found(STAFF)) == (False, True), "revoked, removed, rolled back"


def test_a_revocation_that_is_taken_back_while_a_hold_stands_ends_with_the_hold(
    tmp_path: Path, ports: tuple[Any, Any]
) -> None:
    world = world_of(tmp_path, ports)
    gone = accident(world)
    world.say(ONE, [])
    held(world.refresh(), REMOVED)
    world.say(ONE, None)
    for _ in range(3):
        held(world.refresh(), REMOVED)
    assert ONE not in world.found(STAFF), "a store that a person must look at makes nothing wider"
    for name, (nth, access, extra) in gone.items():
        world.write(name, nth, access, extra)

    ended = world.refresh()

    assert (ended.decision.hold, ended.decision.idle, ended.state.changes["exposed"]) == (False, True, 1)
    assert all(world.found(groups) == set(world.now) for groups in READERS)
    assert world.resources.ledger.ids(ACCESS_RECORD) == []


class Barred:
    """An index of which another process has the files: only the names of the collections can be listed."""

    def __init__(self, names: list[str]) -> None:
        self._names = names

    def collections(self) -> list[str]:
        return self._names


def beside(world: AccessWorld, *, another_machine: bool = False) -> Outcome | Any:
    """Look at the store as a second process does while the first one works: no index, and no write lease.

    A process of the same machine knows what the workspace saw before.
    """
    a = world.resources
    b = replace(a, memory=FakeMemory(), index=Barred(a.index.collections()))
    b.memory.texts.update({} if another_machine else a.memory.texts)
    before = dict(world.now)
    found = check_state(b.intake, serving=b.serving, records=b.records, progress=b.progress)
    world.note(before)
    return found


@pytest.mark.parametrize("another_machine", [False, True])
def test_what_is_revoked_while_another_process_trains_stays_gone_when_that_goes_live(
    tmp_path: Path, ports: tuple[Any, Any], another_machine: bool
) -> None:
    world = world_of(tmp_path, ports)
    first = live_release(world.resources.ledger)
    world.write("doc00.md", 10, None)
    world.write("doc09.md", 9, None)
    lease = Machine(Time(), "a").lease(world.resources.ledger)
    lease.take()
    plain, steps = world.resources, []

    def meanwhile(step: str) -> None:
        steps.append(step)
        if step == "assess":
            for name, access in ((ONE, ["staff"]), ("doc02.md", BROKEN), ("doc09.md", [])):
                world.say(name, access)
            world.resources = plain
            beside(world, another_machine=another_machine)
            world.check()

    before = dict(world.now)
    world.resources = leased(plain, lease)
    outcome = run(world.resources, do=disturbed(meanwhile))
    lease.give_back()
    world.resources = plain
    assert "assess" in steps
    assert before != world.now
    assert outcome.release == live_release(plain.ledger) != first, "the training went live with the old statements"
    world.check()
    assert ONE in world.found(STAFF)
    assert first is not None
    back_to(world, first.id)
    world.check()
    held(world.refresh())
    world.check()
    world.refresh(approved=True)
    world.check()
    assert (ONE in world.found(STAFF), "doc02.md" in world.found(STAFF)) == (True, False)
    world.say("doc02.md", ["staff"])
    world.refresh()
    world.check()
    assert "doc02.md" in world.found(STAFF), "the statement is right again"


def test_a_run_that_finds_another_one_at_work_lets_narrower_access_take_effect(
    tmp_path: Path, ports: tuple[Any, Any]
) -> None:
    world = world_of(tmp_path, ports)
    world.say(ONE, ["staff"])
    a = replace(world.resources, index=Barred(world.resources.index.collections()))
    narrow_beside(a.intake, serving=a.serving, records=a.records, progress=a.progress)
    assert (ONE in world.found(NOBODY), ONE in world.found(STAFF)) == (False, True)


def test_a_training_that_began_before_a_revocation_cannot_end_it(tmp_path: Path, ports: tuple[Any, Any]) -> None:
    world = world_of(tmp_path, ports)
    world.say(ONE, ["staff"])
    world.refresh()
    world.say(ONE, None)
    world.write("doc00.md", 10, None)

    def revoke(step: str) -> None:
        if step == "release":
            world.say(ONE, ["staff"])
            beside(world)

    world.refresh(do=disturbed(revoke))
    world.observed[ONE] = ["staff"]
    world.check()
    world.refresh()
    world.check()
    world.say(ONE, None)
    world.refresh()
    assert ONE in world.found(NOBODY)


def test_neither_a_rollback_nor_the_way_back_from_it_makes_access_wider(tmp_path: Path, ports: tuple[Any, Any]) -> None:
    world = world_of(tmp_path, ports)
    world.say(ONE, ["staff"])
    world.refresh()
    closed = live_release(world.resources.ledger)
    for record in world.resources.ledger.ids(ACCESS_RECORD):  # lost with the disk, say
        world.resources.ledger.remove(ACCESS_RECORD, record)
    assert back_to(world)["narrowed"] == [ONE]
    world.check()
    assert closed is not None
    assert back_to(world, closed.id)["narrowed"] == []
    world.say(ONE, None)
    world.refresh(approved=True)
    assert ONE in world.found(NOBODY)
    opened = live_release(world.resources.ledger)
    back_to(world, closed.id)
    world.say(ONE, ["staff"])
    world.refresh()
    world.check()
    assert opened is not None
    assert back_to(world, opened.id)["narrowed"] == [ONE]
    world.check()


def test_a_plan_says_that_access_becomes_narrower_and_writes_nothing(tmp_path: Path) -> None:
    world = world_of(tmp_path, (FakeIndex(), FakeLedger()))
    world.say(ONE, [])
    objects = {kind: dict(found) for kind, found in world.resources.ledger._objects.items() if found}

    seen = check_state(
        world.resources.intake, count_visit=False, serving=world.resources.serving, records=world.resources.records,
        progress=world.resources.progress,
    )  # fmt: skip

    assert not isinstance(seen, Outcome)
    report = as_report(world.resources.params, Outcome(seen, seen.decision), planned=True)
    assert "`pointsman refresh` applies it at once" in report["access"]["sentences"][0]
    assert {kind: dict(found) for kind, found in world.resources.ledger._objects.items() if found} == objects
    assert ONE in world.found(NOBODY)
