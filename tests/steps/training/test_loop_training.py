"""The weights track over a desk of fakes: what arrives, what is measured, what is trained, and what may answer."""

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
from pointsman.steps.maintenance.doctor import examine
from pointsman.steps.observe.state import Situation
from pointsman.steps.refresh.look import look
from pointsman.steps.refresh.preview import preview
from pointsman.steps.refresh.report import Outcome
from pointsman.steps.review.confirm import confirm
from pointsman.steps.review.decide import approve, find
from pointsman.steps.review.history import explain
from pointsman.steps.review.status import status
from pointsman.steps.serving.answer import ask
from pointsman.steps.supervision.taint import learned_by
from tests.fakes.desk import FakeDesk, begun, page, run, served
from tests.fakes.shelf import JARGON
from tests.steps.lessons import lessons, recite
from tests.steps.live_releases import live

Opened = Callable[..., FakeDesk]


def test_too_few_examples_wait_as_debt_and_load_no_model(opened: Opened) -> None:
    desk = begun(opened(20))
    desk.examples.write(lessons(7))
    outcome = look(desk.intake, serving=desk.serving, records=desk.records, progress=desk.progress)
    assert isinstance(outcome, Outcome)
    assert (outcome.decision.train, outcome.exit_code) == ((), 0)
    assert outcome.decision.debt == ("generator: deferred until 1 more examples arrive (7 wait)",)
    assert outcome.situation.changes["examples_added"] == 7
    assert not desk.models.generators


def test_debt_is_shown_by_status(opened: Opened) -> None:
    desk = begun(opened(20))
    desk.examples.write(lessons(7))
    run(desk)
    assert status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["debt"] == [
        "generator: deferred until 1 more examples arrive (7 wait)"
    ]


def test_enough_examples_are_measured_trained_once_and_answer(opened: Opened) -> None:
    desk = begun(opened(20))
    before, content = live(desk), served(desk)
    desk.examples.write(lessons(20))
    situation = look(desk.intake, serving=desk.serving, records=desk.records, progress=desk.progress)
    assert isinstance(situation, Situation)
    planned = preview(desk.intake, situation, serving=desk.serving, records=desk.records, progress=desk.progress)
    assert planned.decision.pending
    assert planned.work.tokens_trained > 0
    outcome = run(desk)
    assert (outcome.decision.index, outcome.decision.train) == (Track.KEEP, ("generator",))
    assert (outcome.gate, outcome.gates["generator"].verdict) == ("promote", "promote")
    assert outcome.work.tokens_trained == 1000
    assert SHAPE in {signal.name for signal in outcome.signals}
    assert live(desk).generator.adapter is not None
    assert (live(desk).index, live(desk).embedder, served(desk)) == (before.index, before.embedder, content)
    answer = ask(desk.serving, "Who opens the door of the garden2?")
    assert (answer["cited_by"], answer["citations"]) == ("model", ["doc02.md"])
    assert explain(None, ledger=desk.ledger, memory=desk.memory)["replays"]
    again = look(desk.intake, serving=desk.serving, records=desk.records, progress=desk.progress)
    assert isinstance(again, Outcome)
    assert again.decision.idle
    assert desk.builder.calls["train_generator"] == 1


def test_facts_alone_never_train(opened: Opened) -> None:
    desk = begun(opened(26))
    desk.examples.write(lessons(20))
    run(desk)
    for nth in range(20, 26):
        desk.store.write(f"doc{nth:02d}.md", page(nth + 20))
        assert run(desk).decision.train == ()
    assert desk.builder.calls["train_generator"] == 1


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
    desk = begun(opened(20))
    before = live(desk).id
    desk.examples.write(lessons(19))
    desk.builder.spoils = spoiled
    outcome = run(desk)
    assert outcome.gate == verdict
    assert outcome.exit_code == (3 if verdict == "refuse" else 0)
    assert live(desk).id == before
    again = run(desk)
    assert "generator: deferred until examples are added" in again.decision.debt[0]
    assert desk.builder.calls["train_generator"] == 1
    desk.builder.spoils = {}
    desk.examples.write(lessons(20))
    assert run(desk).gate == "promote"
    assert desk.builder.calls["train_generator"] == 2


def test_another_learning_rate_is_another_attempt(opened: Opened) -> None:
    desk = begun(opened(20))
    desk.examples.write(lessons(20))
    desk.builder.spoils = {"nll": 9.0}
    assert run(desk).gate == "refuse"
    desk.builder.spoils = {}
    gentler = desk.with_params(generator=GeneratorModel("tiny-generator", lora=GeneratorLora(learning_rate=1e-4)))
    assert run(gentler).gate == "promote"


def test_a_training_on_other_examples_than_those_seen_stops_the_run(opened: Opened) -> None:
    desk = begun(opened(20))
    before = live(desk).id
    desk.examples.write(lessons(20))
    desk.builder.set_id = "another"
    with pytest.raises(StoreMoved, match="another"):
        run(desk)
    assert live(desk).id == before


def test_a_training_deferred_by_the_cooldown_happens_once_it_is_over(opened: Opened) -> None:
    desk = begun(opened(30, policy=Policy(min_examples=8, min_probes=4, cooldown_hours=2)))
    desk.examples.write(lessons(10))
    run(desk)
    assert desk.builder.calls["train_generator"] == 1
    rows = lessons(30)
    for row in rows:
        row["messages"][-1]["content"] = json.dumps({"reply": "Nobody knows.", "sources": row["cites"], "sure": True})
    desk.examples.write(rows)
    desk.store.write("doc01.md", page(41))
    waiting = run(desk)
    assert (waiting.decision.index, waiting.decision.train) == (Track.UPDATE, ())
    assert "cooldown" in waiting.decision.debt[0]
    desk.clock.at += 3 * 3600
    assert run(desk).decision.train == ("generator",)
    assert desk.builder.calls["train_generator"] == 2


def test_a_budget_that_is_too_small_defers_and_a_larger_one_trains(opened: Opened) -> None:
    desk = begun(opened(20))
    desk.examples.write(lessons(20))
    tight = desk.with_params(budget=type(desk.params.budget)(train_seconds=1.0))
    outcome = run(tight)
    assert outcome.decision.train == ()
    assert "budget.train_seconds" in outcome.decision.debt[0]
    assert run(desk).decision.train == ("generator",)


def test_a_training_records_what_it_was_predicted_to_take_beside_what_it_took(opened: Opened) -> None:
    desk = begun(opened(20))
    desk.examples.write(lessons(20))
    trained = run(desk).training["generator"]
    assert trained["tokens"] == 1000
    assert trained["estimate"]["tokens_ratio"] == pytest.approx(1000 / trained["estimate"]["tokens"], abs=1e-4)
    assert trained["estimate"]["seconds"] == pytest.approx(trained["estimate"]["tokens"] / 300, abs=1e-3)


def test_a_budget_of_money_that_is_too_small_defers(opened: Opened) -> None:
    desk = begun(opened(20))
    desk.examples.write(lessons(20))
    budget = type(desk.params.budget)
    outcome = run(desk.with_params(budget=budget(price_per_hour=100.0, train_money=0.01)))
    assert outcome.decision.train == ()
    assert "budget.train_money" in status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["debt"][0]
    assert run(desk.with_params(budget=budget(price_per_hour=100.0, train_money=100.0))).gate == "promote"


def test_examples_that_are_answered_well_already_train_nothing(opened: Opened) -> None:
    desk = begun(opened(40))
    desk.examples.write(lessons(20))
    run(desk)
    desk.examples.write(lessons(40))
    outcome = run(desk)
    assert outcome.decision.train == ()
    shape = next(signal for signal in outcome.signals if signal.name == SHAPE)
    assert shape.value == 1.0
    again = look(desk.intake, serving=desk.serving, records=desk.records, progress=desk.progress)
    assert isinstance(again, Outcome)
    assert desk.builder.calls["train_generator"] == 1


def test_a_trained_generator_survives_a_rebuild_and_is_dropped_with_its_base(opened: Opened) -> None:
    desk = begun(opened(20))
    desk.examples.write(lessons(20))
    run(desk)
    trained = live(desk).generator.adapter
    desk.models.names["retriever"] = "other-embedder"
    run(desk)
    approve(
        desk.intake,
        find(None, ledger=desk.ledger, memory=desk.memory),
        by="ann",
        note="",
        serving=desk.serving,
        records=desk.records,
        progress=desk.progress,
    )
    assert (live(desk).generator.adapter, live(desk).embedder.model) == (trained, "other-embedder")
    desk.models.names["generator"] = "other-generator"
    outcome = run(desk)
    assert outcome.decision.train == ("generator",)
    assert live(desk).generator.model == "other-generator"


def test_new_jargon_that_is_not_retrieved_trains_the_retriever_and_rebuilds(opened: Opened) -> None:
    desk = begun(opened(20))
    before = live(desk)
    for nth in range(20):
        words = " ".join(f"{JARGON}{chr(97 + nth)}x{k}" for k in range(8))
        desk.store.write(f"new{nth:02d}.md", f"{words}.\n")
    outcome = run(desk)
    gap = next(signal for signal in outcome.signals if signal.name == DERIVED_GAP)
    assert gap.low > 0.15
    assert outcome.decision.train == ("retriever",)
    assert outcome.gates["retriever"].verdict == "promote"
    assert live(desk).embedder.adapter is not None
    assert live(desk).index.collection != before.index.collection
    assert len(served(desk)) == live(desk).index.points == 60
    assert isinstance(look(desk.intake, serving=desk.serving, records=desk.records, progress=desk.progress), Outcome)


def test_a_retriever_that_does_not_help_is_taken_back_and_the_update_still_ships(opened: Opened) -> None:
    desk = begun(opened(20))
    before = live(desk)
    same = " ".join(f"{JARGON}{word}" for word in ("same", "same", "same", "a", "b", "c"))
    for nth in range(20):  # sentences that differ, and words that do not: no embedder can tell them apart
        desk.store.write(f"new{nth:02d}.md", f"{same}{'!' * nth}.\n")
    outcome = run(desk)
    assert outcome.decision.train == ("retriever",)
    assert outcome.gates["retriever"].verdict != "promote"
    assert live(desk).embedder == before.embedder
    assert (live(desk).index.collection, live(desk).index.revision) == (before.index.collection, 2)
    assert len(served(desk)) == live(desk).index.points
    abandoned = set(desk.index.collections()) - {before.index.collection}
    assert all(desk.index.count(name) == 0 for name in abandoned)


def changed(desk: FakeDesk, n: int) -> None:
    """Change the first ``n`` documents that the lessons cite."""
    for nth in range(n):
        desk.store.write(f"doc{nth:02d}.md", page(nth + 40))


def test_a_generator_that_learned_what_is_stale_now_is_tainted_and_trained_again_without_it(opened: Opened) -> None:
    desk = begun(opened(30))
    desk.examples.write(lessons(30))
    run(desk)
    first = live(desk)
    learned = learned_by(desk.ledger, first)
    assert 0 < len(learned) < 30, "held-out examples are not learned"
    recite(desk, 12)
    changed(desk, 12)
    outcome = run(desk)
    assert (outcome.decision.index, outcome.decision.train) == (Track.UPDATE, ("generator",))
    reason = next(r for r in outcome.decision.reasons if r.signal == TAINT)
    assert "are stale" in reason.because
    asked = next(s for s in outcome.signals if s.name == MEMORIZED)
    assert (asked.value, asked.n) == (1.0, len(learned - now_true(desk)))
    assert outcome.gates["generator"].verdict == "promote", "not to be worse is enough"
    assert explain(None, ledger=desk.ledger, memory=desk.memory)["replays"]
    assert live(desk).generator.adapter != first.generator.adapter
    now = learned_by(desk.ledger, live(desk))
    assert now < learned
    assert status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["tainted"] == []
    assert desk.tracker.tainted[("generator", content_of(first))].endswith("stale examples")
    again = look(desk.intake, serving=desk.serving, records=desk.records, progress=desk.progress)
    assert isinstance(again, Outcome)
    assert again.decision.idle


def test_examples_that_were_there_with_the_first_index_are_looked_at_by_the_next_refresh(opened: Opened) -> None:
    desk = opened(30)
    desk.examples.write(lessons(30))
    first = run(desk)
    assert (first.decision.index, first.decision.train) == (Track.REBUILD, ())
    second = run(desk)
    assert (second.decision.index, second.decision.train) == (Track.KEEP, ("generator",))
    assert second.gates["generator"].verdict == "promote"
    assert run(desk).decision.idle


def now_true(desk: FakeDesk) -> set[str]:
    """Return the digests of the lessons whose documents ``changed(desk, 12)`` left alone."""
    return {Example.from_json(row).digest for row in lessons(30)[12:]}


@pytest.mark.parametrize(("by_heart", "train"), [(0, ()), (12, ("generator",))])
def test_a_tainted_generator_that_reads_what_is_there_now_stays(
    opened: Opened, by_heart: int, train: tuple[str, ...]
) -> None:
    desk = begun(opened(30))
    desk.examples.write(lessons(30))
    run(desk)
    recite(desk, by_heart)
    changed(desk, 12)
    outcome = run(desk)
    assert outcome.decision.train == train
    shown = next(r for r in outcome.decision.reasons if r.signal == MEMORIZED).because
    assert ("it reads, and stays" in shown) == (not train)
    assert status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["tainted"] == (
        [] if train else [live(desk).generator.adapter]
    )
    assert explain(None, ledger=desk.ledger, memory=desk.memory)["replays"]


def test_stale_examples_whose_documents_are_gone_cannot_be_asked_and_are_trained_away(opened: Opened) -> None:
    desk = begun(opened(40))
    desk.examples.write(lessons(40))
    run(desk)
    for nth in range(10):
        desk.store.remove(f"doc{nth:02d}.md")
    outcome = run(desk)
    assert outcome.decision.train == ("generator",)
    assert not [s for s in outcome.signals if s.name == MEMORIZED]


def content_of(release: Release) -> str:
    return content_id([release.generator.base, release.generator.adapter])


def test_a_small_taint_is_shown_and_borne_and_a_confirmation_lifts_it(opened: Opened) -> None:
    desk = begun(opened(30, policy=Policy(min_examples=8, min_probes=4, tainted_share=0.9)))
    desk.examples.write(lessons(30))
    run(desk)
    changed(desk, 6)
    outcome = run(desk)
    assert outcome.decision.train == ()
    assert "is borne" in next(r for r in outcome.decision.reasons if r.signal == TAINT).because
    adapter = live(desk).generator.adapter
    assert (
        status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["tainted"],
        status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["tainted_by_stale"] > 0,
    ) == ([adapter], True)
    assert list(desk.tracker.tainted) == [("generator", content_of(live(desk)))]
    confirm(
        desk.intake, [], everything=True, by="ann", serving=desk.serving, records=desk.records, progress=desk.progress
    )
    look(desk.intake, serving=desk.serving, records=desk.records, progress=desk.progress)
    assert (
        status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["tainted"],
        status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["tainted_by_stale"],
        desk.tracker.tainted,
    ) == ([], 0, {})
    assert examine(
        desk.intake,
        repair=False,
        serving=desk.serving,
        records=desk.records,
        progress=desk.progress,
        erasure_sweep=desk.residue,
    ).healthy


def test_a_retraining_without_the_stale_examples_that_is_worse_is_not_tried_again(opened: Opened) -> None:
    desk = begun(opened(30))
    desk.examples.write(lessons(30))
    run(desk)
    adapter = live(desk).generator.adapter
    recite(desk, 12)
    changed(desk, 12)
    desk.builder.spoils = {"nll": 9.0}
    outcome = run(desk)
    assert outcome.gates["generator"].verdict == "refuse"
    assert live(desk).generator.adapter == adapter
    again = run(desk)
    assert again.decision.train == ()
    assert "last attempt without the stale examples" in again.decision.debt[0]
    assert status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["tainted"] == [adapter]
    assert desk.builder.calls["train_generator"] == 2


def test_a_stale_example_that_was_only_held_out_taints_nothing(opened: Opened) -> None:
    desk = begun(opened(30))
    desk.examples.write(lessons(30))
    run(desk)
    learned = learned_by(desk.ledger, live(desk))
    held_out = [Example.from_json(row) for row in lessons(30) if Example.from_json(row).digest not in learned]
    document = held_out[0].cites[0]
    desk.store.write(document, page(50))
    outcome = run(desk)
    assert outcome.decision.train == ()
    assert TAINT not in {r.signal for r in outcome.decision.reasons}
    assert status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["tainted"] == []


def test_a_mass_deletion_that_is_held_taints_nothing(opened: Opened) -> None:
    desk = begun(opened(30))
    desk.examples.write(lessons(30))
    run(desk)
    for nth in range(20):
        desk.store.remove(f"doc{nth:02d}.md")
    outcome = run(desk)
    assert outcome.decision.hold
    assert (status(desk.serving, memory=desk.memory, quarantine=desk.quarantine)["tainted"], desk.tracker.tainted) == (
        [],
        {},
    )


def test_a_new_form_for_the_same_questions_waits_until_the_old_examples_are_rewritten(opened: Opened) -> None:
    desk = begun(opened(60))
    desk.examples.write(lessons(30))
    assert run(desk).decision.train == ("generator",)
    newer = lessons(30, start=30)
    for row in newer:
        row["messages"][-1]["content"] = f"Dear colleague, ask {row['cites'][0]}."
    for nth, (row, old) in enumerate(zip(newer, lessons(30), strict=True)):
        row["messages"][0]["content"] = f"{old['messages'][0]['content']} ({nth + 300})"
    desk.examples.write([*lessons(30), *newer])
    outcome = run(desk)
    assert outcome.decision.train == ()
    assert "agree on a form" in outcome.decision.debt[0]
    told = next(s for s in outcome.signals if s.name == FORM_AGREEMENT)
    assert (told.n, told.value < 0.5) == (30, True)
    rewritten = lessons(30)
    for row in rewritten:
        row["messages"][-1]["content"] = f"Dear colleague, ask {row['cites'][0]}."
    desk.examples.write([*rewritten, *newer])
    assert run(desk).decision.train == ("generator",)


def test_examples_that_all_contradict_one_another_are_the_reason_that_nothing_is_learned(opened: Opened) -> None:
    desk = begun(opened(20))
    rows = lessons(10)
    against = lessons(10)
    for row in against:
        row["messages"][-1]["content"] = json.dumps({"answer": "Nobody.", "citations": row["cites"]})
    desk.examples.write([*rows, *against])
    decision = run(desk).decision
    assert (decision.index, decision.train) == (Track.KEEP, ())
    assert [r.signal for r in decision.reasons] == ["examples.contradicting"]
    assert "20 examples contradict one another" in decision.reasons[0].because
