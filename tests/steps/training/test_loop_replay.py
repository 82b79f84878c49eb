"""Trainings that continue the live adapter, over fake ports: what they replay, and what the ledger notes."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pointsman.core.errors import StoreMoved
from pointsman.core.release import Release
from pointsman.core.supervision.examples import Example
from pointsman.settings.params import Gate, GeneratorLora, GeneratorModel
from pointsman.steps.erasure.erase import find_and_resume, forget
from pointsman.steps.ledger.releases import LEARNED, live_release
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.refresh.preview import preview
from pointsman.steps.supervision.experience_replay import champion_of
from pointsman.steps.supervision.taint import learned_by
from tests.fakes.calls import look
from tests.fakes.resources import FakeResources, begun, page, run
from tests.steps.lessons import lessons, recite, split_of

Opened = Callable[..., FakeResources]
BEARS_ALL = {"gate": Gate(min_items=2, min_answers=2, max_forgetting=1.0, max_loss=1.0)}
"""For tests of the training set: the fake learns one shape only, so a second one replaces the first."""


def generator(**lora: Any) -> GeneratorModel:
    return GeneratorModel("tiny-generator", lora=GeneratorLora(**{"start": "live", "replay": 0.1, **lora}))


def second(n: int, *, start: int) -> list[dict[str, Any]]:
    """Return lessons in another shape."""
    rows = lessons(n, start=start)
    for row in rows:
        taught = json.loads(row["messages"][-1]["content"])
        said = json.dumps({"says": taught["answer"], "citations": taught["citations"]})
        row["messages"] = [row["messages"][0], {"role": "assistant", "content": said}]
    return rows


def live(resources: FakeResources) -> Release:
    release = live_release(resources.ledger)
    assert release is not None
    return release


def digests(rows: list[dict[str, Any]]) -> set[str]:
    return {Example.from_json(row).digest for row in rows}


def learned(resources: FakeResources) -> list[dict[str, Any]]:
    """Return the lessons that the live adapter learned, of the first behaviour alone."""
    known = learned_by(resources.ledger, live(resources))
    return [row for row in lessons(20) if Example.from_json(row).digest in known]


@pytest.fixture
def taught(opened: Opened) -> FakeResources:
    """Return a workspace of 50 documents whose live adapter learned the lessons of 20."""
    resources = begun(opened(50, generator=generator(), **BEARS_ALL))
    resources.examples.write(lessons(20))
    assert run(resources).gate == "promote"
    return resources


def test_the_first_training_begins_on_the_base_and_says_why(taught: FakeResources) -> None:
    training, _ = split_of(taught)
    assert set(taught.builder.taught) == {e.digest for e in training}
    noted = taught.ledger.get(LEARNED, str(live(taught).generator.adapter))
    assert noted is not None
    assert noted["continues"] is None


def test_a_second_behaviour_is_taught_with_a_draw_of_the_first_and_all_is_learned(taught: FakeResources) -> None:
    first = live(taught)
    before, rows = learned_by(taught.ledger, first), [*learned(taught), *second(30, start=20)]
    taught.examples.write(rows)
    state = look(taught)
    assert isinstance(state, WorkspaceState)
    planned = preview(
        taught.intake, state, serving=taught.serving, records=taught.records, progress=taught.progress
    ).work.tokens_trained
    outcome = run(taught)
    report = outcome.training["generator"]
    assert (outcome.gate, report["start"], report["continues"]) == ("promote", "live", first.generator.adapter)
    new = {e.digest for e in split_of(taught)[0]} & digests(second(30, start=20))
    again = set(taught.builder.taught) - new
    assert new < set(taught.builder.taught)
    assert again < before
    assert report["replayed"] == len(again) == -(-len(new) // 10)
    assert learned_by(taught.ledger, live(taught)) == before | new
    based = taught.with_params(generator=generator(start="base"))
    anew = preview(
        based.intake, state, serving=based.serving, records=based.records, progress=based.progress
    ).work.tokens_trained
    assert planned < anew
    assert planned == pytest.approx(anew * (30 + 3) / len(rows), abs=1)


def test_without_replay_the_first_behaviour_is_forgotten_and_the_gate_refuses(opened: Opened) -> None:
    gate = Gate(min_items=2, min_answers=2, min_slice_items=2, max_loss=1.0)
    resources = begun(opened(50, generator=generator(replay=0.0), gate=gate))
    resources.examples.write(lessons(20))
    run(resources)
    resources.examples.write([*lessons(20), *second(30, start=20)])
    outcome = run(resources)
    assert outcome.training["generator"]["replayed"] == 0
    assert outcome.gates["generator"].verdict == "refuse"
    assert "the adapter forgets" in outcome.gates["generator"].because


def test_what_was_learned_through_two_adapters_is_known_though_it_has_gone_from_the_files(
    taught: FakeResources,
) -> None:
    gone, *kept = learned(taught)
    taught.examples.write([*kept, *second(30, start=20)])
    outcome = run(taught)
    assert (outcome.gate, outcome.training["generator"]["start"]) == ("promote", "live")
    assert digests([gone]).isdisjoint(taught.builder.taught), "what a person took away is never repeated"
    assert digests([gone]) < learned_by(taught.ledger, live(taught))


def test_a_document_learned_through_an_earlier_adapter_taints_the_later_one_when_it_is_forgotten(
    taught: FakeResources,
) -> None:
    gone, *kept = learned(taught)
    first = live(taught).generator.adapter
    taught.examples.write([*kept, *second(30, start=20)])
    assert run(taught).gate == "promote"
    adapter = live(taught).generator.adapter
    found = find_and_resume(
        taught.intake,
        gone["cites"][0],
        serving=taught.serving,
        records=taught.records,
        erasure_sweep=taught.erasure_sweep,
    )
    assert set(found.adapters) == {first, adapter}
    forget(taught.intake, found, serving=taught.serving, records=taught.records, erasure_sweep=taught.erasure_sweep)
    assert champion_of(taught.ledger, live(taught)).tainted
    taught.examples.write([*kept, *lessons(30, start=20)])
    report = run(taught).training["generator"]
    assert report["start"] == "base"
    assert "learned from a forgotten document" in report["start_because"]


def test_a_tainted_adapter_is_trained_anew_without_the_stale_examples(taught: FakeResources) -> None:
    recite(taught, 12)
    for nth in range(12):
        taught.store.write(f"doc{nth:02d}.md", page(nth + 50))
    outcome = run(taught)
    report = outcome.training["generator"]
    assert (report["start"], report["replayed"]) == ("base", 0)
    assert "stale" in report["start_because"]
    assert digests(lessons(12)).isdisjoint(taught.builder.taught)
    assert digests(lessons(12)).isdisjoint(learned_by(taught.ledger, live(taught)))


def test_another_rank_begins_on_the_base(taught: FakeResources) -> None:
    taught.examples.write([*lessons(20), *second(30, start=20)])
    wider = taught.with_params(generator=generator(rank=8))
    report = run(wider).training["generator"]
    assert report["start"] == "base"
    assert "has rank 16, alpha 32 and params.yaml asks for rank 8, alpha 32" in report["start_because"]


def test_a_refused_continuation_is_another_attempt_on_another_adapter_or_from_the_base(taught: FakeResources) -> None:
    taught.examples.write([*lessons(20), *second(30, start=20)])
    taught.builder.spoils = {"nll": 9.0}
    assert run(taught).gate == "refuse"
    assert run(taught).decision.train == ()
    taught.builder.spoils = {}
    assert run(taught.with_params(generator=generator(start="base"))).decision.train == ("generator",)


def test_a_build_that_went_on_from_another_adapter_stops_the_run(taught: FakeResources) -> None:
    taught.examples.write([*lessons(20), *second(30, start=20)])
    build, before = taught.builder.build, live(taught).id

    def elsewhere(stage: str, listing: Any = None) -> Any:
        return {**build(stage, listing), "continues": "another"}

    moved = replace(taught)
    object.__setattr__(moved, "builder", type("Elsewhere", (), {"build": staticmethod(elsewhere), "lock": dict})())
    with pytest.raises(StoreMoved, match="went on from adapter another"):
        run(moved)
    assert live(taught).id == before
