"""The weights track over fake ports: what is measured, what is trained, and what is released."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from pointsman.core.errors import StoreMoved
from pointsman.core.evaluation.signal_names import DERIVED_GAP, FORM_AGREEMENT, MEMORIZED, SHAPE, TAINT
from pointsman.core.hashing import content_id
from pointsman.core.policy.decision import Track
from pointsman.core.release import Release
from pointsman.core.supervision.examples import Example
from pointsman.settings.params import GeneratorLora, GeneratorModel, Policy
from pointsman.steps.maintenance.doctor import diagnose
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.refresh.check import check_state
from pointsman.steps.refresh.preview import preview
from pointsman.steps.refresh.report import Outcome
from pointsman.steps.review.confirm import confirm
from pointsman.steps.review.decide import approve, find_review
from pointsman.steps.review.history import explain
from pointsman.steps.review.status import status
from pointsman.steps.serving.answer import ask
from pointsman.steps.supervision.taint import learned_by
from tests.fakes.model_loader import JARGON
from tests.fakes.resources import FakeResources, begun, page, run, served
from tests.steps.lessons import lessons, recite
from tests.steps.live_releases import live

Opened = Callable[..., FakeResources]


def test_too_few_examples_wait_as_debt_and_load_no_model(opened: Opened) -> None:
    resources = begun(opened(20))
    resources.examples.write(lessons(7))
    outcome = check_state(
        resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
    )
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
    state = check_state(
        resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
    )
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
    again = check_state(
        resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
    )
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
    again = check_state(
        resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
    )
    assert isinstance(again, Outcome)
    assert resources.builder.calls["train_generator"] == 1


def test_a_trained_generator_survives_a_rebuild_and_is_dropped_with_its_base(opened: Opened) -> None:
    resources = begun(opened(20))
    resources.examples.write(lessons(20))
    run(resources)
    trained = live(resources).generator.adapter
    resources.models.names["retriever"] = "other-embedder"
    run(resources)
    approve(
        resources.intake,
        find_review(None, ledger=resources.ledger, memory=resources.memory),
        by="ann",
        note="",
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
    )
    assert (live(resources).generator.adapter, live(resources).embedder.model) == (trained, "other-embedder")
    resources.models.names["generator"] = "other-generator"
    outcome = run(resources)
    assert outcome.decision.train == ("generator",)
    assert live(resources).generator.model == "other-generator"


def test_new_jargon_that_is_not_retrieved_trains_the_retriever_and_rebuilds(opened: Opened) -> None:
    resources = begun(opened(20))
    before = live(resources)
    for nth in range(20):
        words = " ".join(f"{JARGON}{chr(97 + nth)}x{k}" for k in range(8))
        resources.store.write(f"new{nth:02d}.md", f"{words}.\n")
    outcome = run(resources)
    gap = next(signal for signal in outcome.signals if signal.name == DERIVED_GAP)
    assert gap.low > 0.15
    assert outcome.decision.train == ("retriever",)
    assert outcome.gates["retriever"].verdict == "promote"
    assert live(resources).embedder.adapter is not None
    assert live(resources).index.collection != before.index.collection
    assert len(served(resources)) == live(resources).index.points == 60
    assert isinstance(
        check_state(
            resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
        ),
        Outcome,
    )


def test_a_retriever_that_does_not_help_is_taken_back_and_the_update_still_ships(opened: Opened) -> None:
    resources = begun(opened(20))
    before = live(resources)
    same = " ".join(f"{JARGON}{word}" for word in ("same", "same", "same", "a", "b", "c"))
    for nth in range(20):  # sentences that differ, and words that do not: no embedder can tell them apart
        resources.store.write(f"new{nth:02d}.md", f"{same}{'!' * nth}.\n")
    outcome = run(resources)
    assert outcome.decision.train == ("retriever",)
    assert outcome.gates["retriever"].verdict != "promote"
    assert live(resources).embedder == before.embedder
    assert (live(resources).index.collection, live(resources).index.revision) == (before.index.collection, 2)
    assert len(served(resources)) == live(resources).index.points
    abandoned = set(resources.index.collections()) - {before.index.collection}
    assert all(resources.index.count(name) == 0 for name in abandoned)


def changed(resources: FakeResources, n: int) -> None:
    """Change the first ``n`` documents that the lessons cite."""
    for nth in range(n):
        resources.store.write(f"doc{nth:02d}.md", page(nth + 40))


def test_a_generator_that_learned_what_is_stale_now_is_tainted_and_trained_again_without_it(opened: Opened) -> None:
    resources = begun(opened(30))
    resources.examples.write(lessons(30))
    run(resources)
    first = live(resources)
    learned = learned_by(resources.ledger, first)
    assert 0 < len(learned) < 30, "held-out examples are not learned"
    recite(resources, 12)
    changed(resources, 12)
    outcome = run(resources)
    assert (outcome.decision.index, outcome.decision.train) == (Track.UPDATE, ("generator",))
    reason = next(r for r in outcome.decision.reasons if r.signal == TAINT)
    assert "are stale" in reason.because
    asked = next(s for s in outcome.signals if s.name == MEMORIZED)
    assert (asked.value, asked.n) == (1.0, len(learned - now_true(resources)))
    assert outcome.gates["generator"].verdict == "promote", "not to be worse is enough"
    assert explain(None, ledger=resources.ledger, memory=resources.memory)["replays"]
    assert live(resources).generator.adapter != first.generator.adapter
    now = learned_by(resources.ledger, live(resources))
    assert now < learned
    assert status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["tainted"] == []
    assert resources.tracker.tainted[("generator", content_of(first))].endswith("stale examples")
    again = check_state(
        resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
    )
    assert isinstance(again, Outcome)
    assert again.decision.idle


def test_examples_that_were_there_with_the_first_index_are_looked_at_by_the_next_refresh(opened: Opened) -> None:
    resources = opened(30)
    resources.examples.write(lessons(30))
    first = run(resources)
    assert (first.decision.index, first.decision.train) == (Track.REBUILD, ())
    second = run(resources)
    assert (second.decision.index, second.decision.train) == (Track.KEEP, ("generator",))
    assert second.gates["generator"].verdict == "promote"
    assert run(resources).decision.idle


def now_true(resources: FakeResources) -> set[str]:
    """Return the digests of the lessons whose documents ``changed(resources, 12)`` does not change."""
    return {Example.from_json(row).digest for row in lessons(30)[12:]}


@pytest.mark.parametrize(("by_heart", "train"), [(0, ()), (12, ("generator",))])
def test_a_tainted_generator_that_reads_what_is_there_now_stays(
    opened: Opened, by_heart: int, train: tuple[str, ...]
) -> None:
    resources = begun(opened(30))
    resources.examples.write(lessons(30))
    run(resources)
    recite(resources, by_heart)
    changed(resources, 12)
    outcome = run(resources)
    assert outcome.decision.train == train
    shown = next(r for r in outcome.decision.reasons if r.signal == MEMORIZED).because
    assert ("reads what it is given, and stays" in shown) == (not train)
    assert status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["tainted"] == (
        [] if train else [live(resources).generator.adapter]
    )
    assert explain(None, ledger=resources.ledger, memory=resources.memory)["replays"]


def test_stale_examples_whose_documents_are_gone_cannot_be_asked_and_are_trained_away(opened: Opened) -> None:
    resources = begun(opened(40))
    resources.examples.write(lessons(40))
    run(resources)
    for nth in range(10):
        resources.store.remove(f"doc{nth:02d}.md")
    outcome = run(resources)
    assert outcome.decision.train == ("generator",)
    assert not [s for s in outcome.signals if s.name == MEMORIZED]


def content_of(release: Release) -> str:
    return content_id([release.generator.base, release.generator.adapter])


def test_a_small_taint_is_shown_and_tolerated_and_a_confirmation_lifts_it(opened: Opened) -> None:
    resources = begun(opened(30, policy=Policy(min_examples=8, min_probes=4, tainted_share=0.9)))
    resources.examples.write(lessons(30))
    run(resources)
    changed(resources, 6)
    outcome = run(resources)
    assert outcome.decision.train == ()
    assert "is allowed" in next(r for r in outcome.decision.reasons if r.signal == TAINT).because
    adapter = live(resources).generator.adapter
    assert (
        status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["tainted"],
        status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["tainted_by_stale"] > 0,
    ) == ([adapter], True)
    assert list(resources.tracker.tainted) == [("generator", content_of(live(resources)))]
    confirm(
        resources.intake,
        [],
        everything=True,
        by="ann",
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
    )
    check_state(resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress)
    assert (
        status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["tainted"],
        status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["tainted_by_stale"],
        resources.tracker.tainted,
    ) == ([], 0, {})
    assert diagnose(
        resources.intake,
        repair=False,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
        erasure_sweep=resources.erasure_sweep,
    ).healthy


def test_a_retraining_without_the_stale_examples_that_is_worse_is_not_tried_again(opened: Opened) -> None:
    resources = begun(opened(30))
    resources.examples.write(lessons(30))
    run(resources)
    adapter = live(resources).generator.adapter
    recite(resources, 12)
    changed(resources, 12)
    resources.builder.spoils = {"nll": 9.0}
    outcome = run(resources)
    assert outcome.gates["generator"].verdict == "refuse"
    assert live(resources).generator.adapter == adapter
    again = run(resources)
    assert again.decision.train == ()
    assert "last training without the stale examples" in again.decision.debt[0]
    assert status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["tainted"] == [adapter]
    assert resources.builder.calls["train_generator"] == 2


def test_a_stale_example_that_was_only_held_out_taints_nothing(opened: Opened) -> None:
    resources = begun(opened(30))
    resources.examples.write(lessons(30))
    run(resources)
    learned = learned_by(resources.ledger, live(resources))
    held_out = [Example.from_json(row) for row in lessons(30) if Example.from_json(row).digest not in learned]
    document = held_out[0].cites[0]
    resources.store.write(document, page(50))
    outcome = run(resources)
    assert outcome.decision.train == ()
    assert TAINT not in {r.signal for r in outcome.decision.reasons}
    assert status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["tainted"] == []


def test_a_mass_deletion_that_is_held_taints_nothing(opened: Opened) -> None:
    resources = begun(opened(30))
    resources.examples.write(lessons(30))
    run(resources)
    for nth in range(20):
        resources.store.remove(f"doc{nth:02d}.md")
    outcome = run(resources)
    assert outcome.decision.hold
    assert (
        status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["tainted"],
        resources.tracker.tainted,
    ) == (
        [],
        {},
    )


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
