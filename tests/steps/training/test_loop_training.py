"""The weights track over fake ports: what is measured, what is trained, and what is released."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from pointsman.core.errors import StoreMoved
from pointsman.core.evaluation.signal_names import FORM_AGREEMENT, SHAPE
from pointsman.core.policy.decision import Track
from pointsman.settings.params import GeneratorLora, GeneratorModel, Policy
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.refresh.preview import preview
from pointsman.steps.refresh.report import Outcome
from pointsman.steps.review.history import explain
from pointsman.steps.review.status import status
from pointsman.steps.serving.answer import ask
from tests.fakes.calls import look
from tests.fakes.resources import FakeResources, begun, page, run, served
from tests.steps.lessons import lessons
from tests.steps.live_releases import live

Opened = Callable[..., FakeResources]


def test_too_few_examples_wait_as_debt_and_load_no_model(opened: Opened) -> None:
    resources = begun(opened(20))
    resources.examples.write(lessons(7))
    outcome = look(resources)
    assert isinstance(outcome, Outcome)
    assert (outcome.decision.train, outcome.exit_code) == ((), 0)
    assert outcome.decision.debt == ("generator: waits until 1 more example arrives (7 of 8)",)
    assert outcome.state.changes["examples_added"] == 7
    assert not resources.models.generators


def test_debt_is_shown_by_status(opened: Opened) -> None:
    resources = begun(opened(20))
    resources.examples.write(lessons(7))
    run(resources)
    assert status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["debt"] == [
        "generator: waits until 1 more example arrives (7 of 8)"
    ]


def test_enough_examples_are_measured_trained_once_and_answer(opened: Opened) -> None:
    resources = begun(opened(20))
    before, content = live(resources), served(resources)
    resources.examples.write(lessons(20))
    state = look(resources)
    assert isinstance(state, WorkspaceState)
    planned = preview(
        resources.intake, state, serving=resources.serving, records=resources.records, progress=resources.progress
    )
    assert planned.decision.pending
    assert planned.work.tokens_trained > 0
    outcome = run(resources)
    assert (outcome.decision.index, outcome.decision.train) == (Track.KEEP, ("generator",))
    assert (outcome.gate, outcome.gates["generator"].verdict) == ("promote", "promote")
    assert outcome.work.tokens_trained == 1000
    assert SHAPE in {signal.name for signal in outcome.signals}
    assert live(resources).generator.adapter is not None
    assert (live(resources).index, live(resources).embedder, served(resources)) == (
        before.index,
        before.embedder,
        content,
    )
    answer = ask(resources.serving, "Who opens the door of the garden2?")
    assert (answer["cited_by"], answer["citations"]) == ("model", ["doc02.md"])
    assert explain(None, ledger=resources.ledger, memory=resources.memory)["replays"]
    again = look(resources)
    assert isinstance(again, Outcome)
    assert again.decision.idle
    assert resources.builder.calls["train_generator"] == 1


def test_facts_alone_never_train(opened: Opened) -> None:
    resources = begun(opened(26))
    resources.examples.write(lessons(20))
    run(resources)
    for nth in range(20, 26):
        resources.store.write(f"doc{nth:02d}.md", page(nth + 20))
        assert run(resources).decision.train == ()
    assert resources.builder.calls["train_generator"] == 1


@pytest.mark.parametrize(
    ("spoiled", "verdict"),
    [
        ({"keys": [["text", "str"]], "nll": 1.0}, "inconclusive"),
        ({"keys": [["text", "str"]], "nll": 9.0}, "refuse"),
        ({"nll": 9.0}, "refuse"),
        ({"nll": float("nan")}, "refuse"),
        ({"nll": float("inf")}, "refuse"),
    ],
)
def test_a_bad_challenger_never_answers_and_is_not_tried_again_on_the_same_examples(
    opened: Opened, spoiled: dict[str, Any], verdict: str
) -> None:
    resources = begun(opened(20))
    before = live(resources).id
    resources.examples.write(lessons(19))
    resources.builder.spoils = spoiled
    outcome = run(resources)
    assert outcome.gate == verdict
    assert outcome.exit_code == (3 if verdict == "refuse" else 0)
    assert live(resources).id == before
    again = run(resources)
    assert "generator: waits until examples are added" in again.decision.debt[0]
    assert resources.builder.calls["train_generator"] == 1
    resources.builder.spoils = {}
    resources.examples.write(lessons(20))
    assert run(resources).gate == "promote"
    assert resources.builder.calls["train_generator"] == 2


def test_another_learning_rate_is_another_attempt(opened: Opened) -> None:
    resources = begun(opened(20))
    resources.examples.write(lessons(20))
    resources.builder.spoils = {"nll": 9.0}
    assert run(resources).gate == "refuse"
    resources.builder.spoils = {}
    gentler = resources.with_params(generator=GeneratorModel("tiny-generator", lora=GeneratorLora(learning_rate=1e-4)))
    assert run(gentler).gate == "promote"


def test_a_training_on_other_examples_than_those_seen_stops_the_run(opened: Opened) -> None:
    resources = begun(opened(20))
    before = live(resources).id
    resources.examples.write(lessons(20))
    resources.builder.set_id = "another"
    with pytest.raises(StoreMoved, match="another"):
        run(resources)
    assert live(resources).id == before


def test_a_training_deferred_by_the_cooldown_happens_once_it_is_over(opened: Opened) -> None:
    resources = begun(opened(30, policy=Policy(min_examples=8, min_probes=4, cooldown_hours=2)))
    resources.examples.write(lessons(10))
    run(resources)
    assert resources.builder.calls["train_generator"] == 1
    rows = lessons(30)
    for row in rows:
        row["messages"][-1]["content"] = json.dumps({"reply": "Nobody knows.", "sources": row["cites"], "sure": True})
    resources.examples.write(rows)
    resources.store.write("doc01.md", page(41))
    waiting = run(resources)
    assert (waiting.decision.index, waiting.decision.train) == (Track.UPDATE, ())
    assert "cooldown" in waiting.decision.debt[0]
    resources.clock.at += 3 * 3600
    assert run(resources).decision.train == ("generator",)
    assert resources.builder.calls["train_generator"] == 2


def test_a_budget_that_is_too_small_defers_and_a_larger_one_trains(opened: Opened) -> None:
    resources = begun(opened(20))
    resources.examples.write(lessons(20))
    tight = resources.with_params(budget=type(resources.params.budget)(train_seconds=1.0))
    outcome = run(tight)
    assert outcome.decision.train == ()
    assert "budget.train_seconds" in outcome.decision.debt[0]
    assert run(resources).decision.train == ("generator",)


def test_a_training_records_what_it_was_predicted_to_take_beside_what_it_took(opened: Opened) -> None:
    resources = begun(opened(20))
    resources.examples.write(lessons(20))
    trained = run(resources).training["generator"]
    assert trained["tokens"] == 1000
    assert trained["estimate"]["tokens_ratio"] == pytest.approx(1000 / trained["estimate"]["tokens"], abs=1e-4)
    assert trained["estimate"]["seconds"] == pytest.approx(trained["estimate"]["tokens"] / 300, abs=1e-3)


def test_a_budget_of_money_that_is_too_small_defers(opened: Opened) -> None:
    resources = begun(opened(20))
    resources.examples.write(lessons(20))
    budget = type(resources.params.budget)
    outcome = run(resources.with_params(budget=budget(price_per_hour=100.0, train_money=0.01)))
    assert outcome.decision.train == ()
    assert (
        "budget.train_money"
        in status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["debt"][0]
    )
    assert run(resources.with_params(budget=budget(price_per_hour=100.0, train_money=100.0))).gate == "promote"


def test_examples_that_are_answered_well_already_train_nothing(opened: Opened) -> None:
    resources = begun(opened(40))
    resources.examples.write(lessons(20))
    run(resources)
    resources.examples.write(lessons(40))
    outcome = run(resources)
    assert outcome.decision.train == ()
    shape = next(signal for signal in outcome.signals if signal.name == SHAPE)
    assert shape.value == 1.0
    again = look(resources)
    assert isinstance(again, Outcome)
    assert resources.builder.calls["train_generator"] == 1


def test_examples_that_were_there_with_the_first_index_are_looked_at_by_the_next_refresh(opened: Opened) -> None:
    resources = opened(30)
    resources.examples.write(lessons(30))
    first = run(resources)
    assert (first.decision.index, first.decision.train) == (Track.REBUILD, ())
    second = run(resources)
    assert (second.decision.index, second.decision.train) == (Track.KEEP, ("generator",))
    assert second.gates["generator"].verdict == "promote"
    assert run(resources).decision.idle


def test_a_new_form_for_the_same_questions_waits_until_the_old_examples_are_rewritten(opened: Opened) -> None:
    resources = begun(opened(60))
    resources.examples.write(lessons(30))
    assert run(resources).decision.train == ("generator",)
    newer = lessons(30, start=30)
    for row in newer:
        row["messages"][-1]["content"] = f"Dear colleague, ask {row['cites'][0]}."
    for nth, (row, old) in enumerate(zip(newer, lessons(30), strict=True)):
        row["messages"][0]["content"] = f"{old['messages'][0]['content']} ({nth + 300})"
    resources.examples.write([*lessons(30), *newer])
    outcome = run(resources)
    assert outcome.decision.train == ()
    assert "agree on a form" in outcome.decision.debt[0]
    agreement = next(s for s in outcome.signals if s.name == FORM_AGREEMENT)
    assert (agreement.n, agreement.value < 0.5) == (30, True)
    rewritten = lessons(30)
    for row in rewritten:
        row["messages"][-1]["content"] = f"Dear colleague, ask {row['cites'][0]}."
    resources.examples.write([*rewritten, *newer])
    assert run(resources).decision.train == ("generator",)


def test_examples_that_all_contradict_one_another_are_the_reason_that_nothing_is_learned(opened: Opened) -> None:
    resources = begun(opened(20))
    rows = lessons(10)
    against = lessons(10)
    for row in against:
        row["messages"][-1]["content"] = json.dumps({"answer": "Nobody.", "citations": row["cites"]})
    resources.examples.write([*rows, *against])
    decision = run(resources).decision
    assert (decision.index, decision.train) == (Track.KEEP, ())
    assert [r.signal for r in decision.reasons] == ["examples.contradicting"]
    assert "20 examples contradict one another" in decision.reasons[0].because
