"""Wider access goes live with its release, and a person sees it before more than a few documents are open."""

from pathlib import Path
from typing import Any

import pytest

from pointsman.core.policy.holds import EXPOSED
from pointsman.settings.params import Gate, Guard
from tests.fakes.resources import documents_found
from tests.laws.access_histories import NOBODY, STAFF, AccessWorld, held, world_of
from tests.steps.holds import consent, signals_of


def test_the_tags_of_a_whole_store_that_vanish_at_once_are_held_and_nobody_finds_a_page(tmp_path: Path) -> None:
    world = AccessWorld(tmp_path, documents=0, guard=Guard(), gate=Gate())
    for nth in range(75):
        world.write(f"doc{nth:02d}.md", nth, ["staff"])
    world.refresh(approved=True)
    assert documents_found(world.resources, "who opens the door") == set()
    for nth in range(75):
        world.say(f"doc{nth:02d}.md", None)

    outcome = held(world.refresh(), EXPOSED)

    assert outcome.state.changes["exposed"] == 75
    assert documents_found(world.resources, "who opens the door") == set()


@pytest.mark.parametrize(("exposed", "holds"), [(3, False), (4, True)])
def test_wider_access_of_more_than_a_few_documents_is_held(
    tmp_path: Path, ports: tuple[Any, Any], exposed: int, holds: bool
) -> None:
    world = world_of(tmp_path, ports, documents=0)
    for nth in range(6):
        world.write(f"doc{nth:02d}.md", nth, ["board"])
    world.refresh(approved=True)
    for nth in range(exposed):
        world.say(f"doc{nth:02d}.md", ["board", "staff"])
    outcome = world.refresh()
    assert (outcome.decision.hold, len(world.found(STAFF))) == (holds, 0 if holds else exposed)
    assert ("guard.exposed" in signals_of(outcome)) is holds


def test_documents_exposed_a_few_at_a_time_are_one_accident(tmp_path: Path, ports: tuple[Any, Any]) -> None:
    world = world_of(tmp_path, ports, documents=0)
    for nth in range(6):
        world.write(f"doc{nth:02d}.md", nth, ["board"])
    world.refresh(approved=True)
    for nth in range(3):
        world.say(f"doc{nth:02d}.md", None)
    assert not world.refresh().decision.hold
    world.say("doc03.md", None)
    held(world.refresh(), EXPOSED)
    assert len(world.found(NOBODY)) == 3

    consent(world.resources)
    assert not world.refresh().decision.hold
    world.say("doc04.md", None)
    assert not world.refresh().decision.hold, "the count begins again with the approval"


def test_an_approval_of_four_documents_lets_no_fifth_pass_and_no_other_group(
    tmp_path: Path, ports: tuple[Any, Any]
) -> None:
    world = world_of(tmp_path, ports, documents=0)
    for nth in range(6):
        world.write(f"doc{nth:02d}.md", nth, ["board"])
    world.refresh(approved=True)
    for nth in range(4):
        world.say(f"doc{nth:02d}.md", ["board", "staff"])
    held(world.refresh(), EXPOSED)
    consent(world.resources)
    world.say("doc04.md", None)
    held(world.refresh(), EXPOSED)
    world.say("doc04.md", ["board"])
    world.say("doc03.md", None)
    held(world.refresh(), EXPOSED)
    assert world.found(STAFF) == set()
    world.say("doc03.md", ["board", "staff"])
    assert not world.refresh().decision.hold
    assert len(world.found(STAFF)) == 4
    assert world.found(NOBODY) == set()
