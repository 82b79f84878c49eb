"""Example lineage over fake ports: set aside when a document changes, confirmed by a person, never lost."""

from collections.abc import Callable
from typing import Any

import pytest

from pointsman.core.errors import UsageError
from pointsman.steps.ledger.lineage import STALE
from pointsman.steps.ledger.releases import LINEAGE
from pointsman.steps.refresh.report import Outcome, as_report
from pointsman.steps.review.confirm import confirm
from pointsman.steps.review.status import status
from pointsman.steps.supervision.accept import SUPERVISION, examples_of, stale_now
from tests.fakes.calls import examined, look
from tests.fakes.resources import FakeResources, begun, page, run
from tests.steps.lessons import lessons

Opened = Callable[..., FakeResources]


def named(n: int) -> list[dict[str, Any]]:
    """Return lessons that have ids."""
    return [{**row, "id": f"lesson-{nth}"} for nth, row in enumerate(lessons(n))]


def looked(resources: FakeResources) -> Outcome:
    seen = look(resources)
    assert isinstance(seen, Outcome), "there is nothing to stage or to train here"
    return seen


def accepted(resources: FakeResources) -> set[str]:
    return {example.id for example in examples_of(resources.examples, look_at(resources))}


def look_at(resources: FakeResources) -> Any:
    seen = look(resources, count_visit=False)
    return (seen.state if isinstance(seen, Outcome) else seen).supervision


@pytest.fixture
def taught(opened: Opened) -> FakeResources:
    """Return a workspace with four accepted examples: too few to train on."""
    resources = begun(opened(6))
    resources.examples.write(named(4))
    run(resources)
    return resources


def test_an_example_whose_document_changed_is_set_aside_with_both_digests(taught: FakeResources) -> None:
    before = taught.quarantine.counts()["examples"]
    taught.store.write("doc01.md", page(41))
    outcome = run(taught)
    assert as_report(taught.params, outcome)["stale_examples"] == 1
    assert accepted(taught) == {"lesson-0", "lesson-2", "lesson-3"}
    [row] = taught.quarantine.rows("examples")
    assert (before, row.check, row.item) == (0, STALE, "all.jsonl:2")
    [found] = status(taught.serving, memory=taught.memory, quarantine=taught.quarantine)["stale"]
    assert (found["example"], found["document"]) == ("lesson-1", "doc01.md")
    assert found["true_for"] != found["now"]
    assert found["true_for"] in row.reason
    assert found["now"] in row.reason


def test_a_cosmetic_change_sets_nothing_aside(taught: FakeResources) -> None:
    taught.store.write("doc01.md", page(1).replace("\n\n", "\n\n\n"))
    assert as_report(taught.params, run(taught))["changes"]["cosmetic"] == 1
    assert len(accepted(taught)) == 4


def test_the_old_text_makes_it_true_again(taught: FakeResources) -> None:
    taught.store.write("doc01.md", page(41))
    run(taught)
    taught.store.write("doc01.md", page(1))
    run(taught)
    assert len(accepted(taught)) == 4
    assert status(taught.serving, memory=taught.memory, quarantine=taught.quarantine)["stale"] == []


def test_a_person_confirms_and_it_stays_confirmed(taught: FakeResources) -> None:
    taught.store.write("doc01.md", page(41))
    taught.store.write("doc02.md", page(42))
    run(taught)
    confirmed = confirm(
        taught.intake, ["lesson-1"], by="ann", serving=taught.serving, records=taught.records, progress=taught.progress
    )
    assert [each["example"] for each in confirmed["confirmed"]] == ["lesson-1"]
    assert [each["example"] for each in confirmed["left"]] == ["lesson-2"]
    assert accepted(taught) == {"lesson-0", "lesson-1", "lesson-3"}
    assert {note["by"] for id_ in taught.ledger.ids(LINEAGE) if (note := taught.ledger.get(LINEAGE, id_))} == {
        "",
        "ann",
    }
    taught.store.write("doc01.md", page(43))
    run(taught)
    assert "lesson-1" not in accepted(taught)


def test_everything_may_be_confirmed_at_once_and_what_is_gone_is_left(taught: FakeResources) -> None:
    taught.store.write("doc01.md", page(41))
    taught.store.remove("doc02.md")
    run(taught)
    confirmed = confirm(
        taught.intake,
        [],
        everything=True,
        by="ann",
        serving=taught.serving,
        records=taught.records,
        progress=taught.progress,
    )
    assert [each["example"] for each in confirmed["confirmed"]] == ["lesson-1"]
    assert [(each["example"], each["now"]) for each in confirmed["left"]] == [("lesson-2", None)]


def test_only_what_changed_in_one_document_may_be_confirmed(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.examples.write([{**named(1)[0], "cites": ["doc00.md", "doc01.md"]}])
    run(resources)
    resources.store.write("doc00.md", page(40))
    resources.store.write("doc01.md", page(41))
    run(resources)
    confirmed = confirm(
        resources.intake,
        ["lesson-0"],
        document="doc01.md",
        by="ann",
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
    )
    assert [each["document"] for each in confirmed["left"]] == ["doc00.md"]
    assert accepted(resources) == set()


@pytest.mark.parametrize(
    ("ids", "document", "everything", "why"),
    [
        ([], None, False, "name the examples"),
        (["lesson-1"], None, True, "name the examples"),
        (["lesson-0"], None, False, "0 stale examples"),
        (["lesson-"], None, False, "2 stale examples"),
        (["lesson-1"], "doc05.md", False, "none of these examples is stale because of 'doc05.md'"),
        (["lesson-2"], None, False, "lesson-2 cannot be confirmed"),
    ],
)
def test_a_confirmation_of_nothing_says_what_is_stale(
    taught: FakeResources, ids: list[str], document: str | None, everything: bool, why: str
) -> None:
    taught.store.write("doc01.md", page(41))
    taught.store.remove("doc02.md")
    run(taught)
    notes = taught.ledger.ids(LINEAGE)
    with pytest.raises(UsageError, match=why):
        confirm(
            taught.intake,
            ids,
            document=document,
            everything=everything,
            by="ann",
            serving=taught.serving,
            records=taught.records,
            progress=taught.progress,
        )
    assert taught.ledger.ids(LINEAGE) == notes


def test_an_edited_example_is_a_new_one_and_the_stale_line_beside_it_does_no_harm(taught: FakeResources) -> None:
    taught.store.write("doc01.md", page(41))
    run(taught)
    old = named(2)[1]
    said = [old["messages"][0], {"role": "assistant", "content": "Nobody any more."}]
    taught.examples.write([old, {**old, "messages": said}])
    looked(taught)
    [stale] = status(taught.serving, memory=taught.memory, quarantine=taught.quarantine)["stale"]
    assert stale["example"] == "lesson-1"
    [kept] = examples_of(taught.examples, look_at(taught))
    assert kept.completion == "Nobody any more."


def test_the_new_digest_may_be_written_into_the_file(taught: FakeResources) -> None:
    taught.store.write("doc01.md", page(41))
    run(taught)
    [stale] = status(taught.serving, memory=taught.memory, quarantine=taught.quarantine)["stale"]
    rows = named(4)
    rows[1]["cites"] = [{"document": "doc01.md", "digest": stale["now"]}]
    taught.examples.write(rows)
    looked(taught)
    assert len(accepted(taught)) == 4


def test_a_renamed_document_makes_its_examples_stale_and_names_the_new_one(taught: FakeResources) -> None:
    taught.store.remove("doc01.md")
    taught.store.write("moved/doc01.md", page(1))
    run(taught)
    [stale] = status(taught.serving, memory=taught.memory, quarantine=taught.quarantine)["stale"]
    assert "moved/doc01.md has its text" in stale["because"]


def test_a_lost_lineage_is_assumed_to_be_true_now_and_status_says_so(opened: Opened) -> None:
    resources = begun(opened(20))
    resources.examples.write(named(20))
    assert run(resources).gate == "promote", "the live release knows the lessons"
    assert status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["lineage_assumed"] == 0
    for id_ in resources.ledger.ids(LINEAGE):
        resources.ledger.remove(LINEAGE, id_)
    resources.memory.texts.clear()
    run(resources)
    assert status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["lineage_assumed"] == 20
    assert len(accepted(resources)) == 20


def test_doctor_brings_a_lost_lineage_back_from_the_record(opened: Opened) -> None:
    resources = begun(opened(20))
    resources.examples.write(named(12))
    run(resources)
    notes = resources.ledger.ids(LINEAGE)
    for id_ in notes:
        resources.ledger.remove(LINEAGE, id_)
    assert examined(resources).ledger_lost == len(notes) > 0
    assert examined(resources, repair=True).healthy
    resources.memory.texts.clear()
    look(resources)
    assert status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["lineage_assumed"] == 0


def test_nothing_is_judged_again_while_nothing_changes(taught: FakeResources) -> None:
    looked(taught)
    readings, notes = taught.examples.readings, taught.ledger.ids(LINEAGE)
    looked(taught)
    assert (taught.examples.readings, taught.ledger.ids(LINEAGE)) == (readings, notes)


def test_what_version_1_remembered_of_examples_is_read(opened: Opened) -> None:
    resources = begun(opened(6))
    remembered = resources.memory.get(SUPERVISION)
    resources.memory.put(SUPERVISION, {key: value for key, value in remembered.items() if key != "unnoted"})
    assert stale_now(resources.memory) == ()
