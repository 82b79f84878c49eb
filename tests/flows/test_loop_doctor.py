"""The doctor over a desk of fakes: what is counted, what is healed, and what is left alone."""

from collections.abc import Callable

import pytest

from pointsman.core.policy import Track
from pointsman.steps.doctoring import examine
from pointsman.steps.looking_back import roll_back
from tests.fakes.desk import FakeDesk, begun, disturbed, documents_found, live_id, page, run, served
from tests.fakes.index import Fault

Opened = Callable[..., FakeDesk]


def changed(desk: FakeDesk, nth: int) -> str:
    """Refresh after one document was written anew, and return the release that is live then."""
    desk.store.write("doc01.md", page(nth))
    run(desk)
    return live_id(desk)


def test_the_doctor_finds_nothing_to_heal_in_a_healthy_index(opened: Opened) -> None:
    desk = begun(opened(6))
    changed(desk, 11)
    findings = examine(desk, repair=False)
    assert findings.healthy
    assert (findings.points, findings.expected, findings.missing, findings.foreign) == (12, 12, 0, 0)


def test_the_doctor_counts_lost_and_foreign_points_and_heals_them(opened: Opened) -> None:
    desk = begun(opened(6))
    content, name = served(desk), desk.index.collections()[0]
    held = sorted(desk.index.held(name), key=lambda p: p.id)
    stray = desk.index.wanted(name, revision=1, documents=["doc00.md"])[:1]
    desk.index.delete(name, [p.id for p in held if p.document in {"doc03.md", "doc04.md"}])
    vectors = desk.models.embedder(desk.models.base("retriever")).embed(["stray"])
    odd = type(stray[0])("stray", "gone.md", "0" * 32, "a stray text", "a stray text")
    desk.index.upsert(name, [odd], vectors, born=1)
    found = examine(desk, repair=False)
    assert (found.missing, found.foreign, found.points, found.expected, found.healthy) == (4, 1, 9, 12, False)
    assert served(desk) != content
    healed = examine(desk, repair=True)
    assert (healed.points, healed.healthy, healed.repaired) == (12, True, True)
    assert served(desk) == content
    assert "gone.md" not in documents_found(desk, "a stray text")
    assert examine(desk, repair=False).healthy


def test_the_doctor_brings_a_lost_collection_back(opened: Opened) -> None:
    desk = begun(opened(6))
    content = served(desk)
    desk.index.drop(desk.index.collections()[0])
    assert examine(desk, repair=False).missing == 12
    assert examine(desk, repair=True).healthy
    assert served(desk) == content


def test_a_refresh_rebuilds_a_lost_collection(opened: Opened) -> None:
    desk = begun(opened(6))
    content = served(desk)
    desk.index.drop(desk.index.collections()[0])
    assert run(desk).decision.index is Track.REBUILD
    assert served(desk) == content


def test_a_release_that_was_rolled_back_from_is_healthy_and_survives_the_doctor(opened: Opened) -> None:
    desk = begun(opened(6))
    second = changed(desk, 11)
    content = served(desk)
    roll_back(desk, None)
    desk.store.write("doc01.md", page(1))
    assert examine(desk, repair=False).healthy
    examine(desk, repair=True)
    roll_back(desk, second)
    assert served(desk) == content


def test_points_of_an_unfinished_stage_are_unfinished_and_not_foreign(opened: Opened) -> None:
    desk = begun(opened(6))
    desk.store.write("doc01.md", page(11))

    def die(step: str) -> None:
        if step == "assess":
            raise Fault("killed")

    with pytest.raises(Fault):
        run(desk, do=disturbed(die))
    found = examine(desk, repair=False)
    assert (found.unfinished, found.foreign, found.missing, found.healthy) == (4, 0, 0, True)
