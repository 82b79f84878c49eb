"""A training that was put off becomes a debt, grows, falls due, and does not start again on the same evidence."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pointsman.core.evaluation.signal_names import DERIVED_GAP
from pointsman.core.policy.decision import Track
from pointsman.core.policy.explanation import screen
from pointsman.settings.params import Budget, Policy
from pointsman.steps.history.debt import ACCOUNTS, account_of
from pointsman.steps.ledger.releases import RELEASE, live_release
from pointsman.steps.observe.state import observe_state
from pointsman.steps.refresh.report import Outcome
from pointsman.steps.release.rollback import roll_back
from pointsman.steps.review.history import explain
from pointsman.steps.review.status import status
from tests.fakes.calls import look
from tests.fakes.model_loader import JARGON
from tests.fakes.resources import FakeResources, begun, page, run
from tests.steps.lessons import lessons

Opened = Callable[..., FakeResources]
DAY = 86_400


def jargon(resources: FakeResources, n: int, *, start: int = 0) -> None:
    """Write ``n`` documents with words that the embedder does not know."""
    for nth in range(start, start + n):
        words = " ".join(f"{JARGON}{chr(97 + nth)}x{k}" for k in range(8))
        resources.store.write(f"new{nth:02d}.md", f"{words}.\n")


def dear(resources: FakeResources, seconds_per_point_day: float = 0.001) -> FakeResources:
    """Return the ports with a low price per point."""
    return resources.with_params(budget=Budget(seconds_per_point_day=seconds_per_point_day))


def test_a_gain_that_is_not_worth_its_cost_becomes_a_debt_and_falls_due(opened: Opened) -> None:
    resources = dear(begun(opened(20)), 0.01)
    resources.examples.write(lessons(20))
    outcome = run(resources)
    assert outcome.decision.train == ()
    assert "has added up by another " in outcome.decision.debt[0]
    (expected,) = outcome.decision.expected
    assert expected.worth is not None
    assert expected.worth < expected.seconds
    again = look(resources)
    assert isinstance(again, Outcome), "nothing is measured again while the debt is not due"
    assert (
        "has added up by another "
        in status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["debt"][0]
    )
    resources.clock.at += 400 * DAY
    due = run(resources)
    assert due.decision.train == ("generator",)
    assert due.gate == "promote"
    assert explain(None, ledger=resources.ledger, memory=resources.memory)["replays"]
    assert resources.memory.get(ACCOUNTS)["accounts"] == {}
    assert status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["debt"] == []


def test_more_examples_keep_the_accumulated_shortfall(opened: Opened) -> None:
    resources = dear(begun(opened(30)), 0.01)
    resources.examples.write(lessons(20))
    run(resources)
    resources.clock.at += 30 * DAY
    resources.examples.write(lessons(26))
    run(resources)
    account = account_of(resources.memory, "generator")
    assert account.points > 0
    assert account.point_days == pytest.approx(30 * account.points, rel=0.3)


def test_a_lost_memory_only_makes_a_debt_wait_longer(opened: Opened) -> None:
    resources = dear(begun(opened(20)), 0.01)
    resources.examples.write(lessons(20))
    run(resources)
    resources.memory.put(ACCOUNTS, {})
    resources.store.write("doc00.md", page(41))
    assert "has added up by another " in run(resources).decision.debt[0]
    assert account_of(resources.memory, "generator").points > 0


def test_a_debt_that_another_version_wrote_is_not_read(opened: Opened) -> None:
    resources = begun(opened(20))
    resources.memory.put(ACCOUNTS, {"format": 99, "accounts": "what else"})
    resources.examples.write(lessons(20))
    assert run(resources).decision.train == ("generator",)


def test_a_retriever_training_beyond_its_budget_is_put_off_and_runs_with_the_next_change(opened: Opened) -> None:
    resources = begun(opened(20))
    tight = resources.with_params(budget=Budget(train_seconds=1.0))
    jargon(tight, 20)
    outcome = run(tight)
    assert (outcome.decision.index, outcome.decision.train) == (Track.UPDATE, ())
    assert "retriever: waits until budget.train_seconds" in outcome.decision.debt[0]
    assert "train_retriever" not in resources.builder.calls
    assert (
        "retriever: " in status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["debt"][0]
    )
    resources.store.write("doc00.md", page(41))
    paid = run(resources)
    assert next(s for s in paid.signals if s.name == DERIVED_GAP).n >= 20, "what was new then is asked again"
    assert paid.decision.train == ("retriever",)
    assert paid.gates["retriever"].verdict == "promote"
    assert account_of(resources.memory, "retriever").documents == ()


def test_probes_of_several_small_changes_add_up_to_enough(opened: Opened) -> None:
    resources = begun(opened(20, policy=Policy(min_examples=8, min_probes=12)))
    counted = []
    for nth in range(4):
        jargon(resources, 4, start=4 * nth)
        outcome = run(resources)
        counted.append((next(s for s in outcome.signals if s.name == DERIVED_GAP).n, outcome.decision.train))
    assert counted == [(4, ()), (8, ()), (12, ("retriever",)), (4, ())]


def test_a_retriever_training_reports_its_estimate_and_teaches_the_next_one(opened: Opened) -> None:
    resources = begun(opened(20))
    jargon(resources, 20)
    outcome = run(resources)
    assert outcome.decision.train == ("retriever",)
    report = outcome.training["retriever"]
    assert report["estimate"]["seconds"] > 0
    assert report["estimate"]["seconds_ratio"] > 0
    assert resources.memory.get("throughput")["retriever_tokens_per_second"] == 100.0
    assert explain(None, ledger=resources.ledger, memory=resources.memory)["replays"]


def test_a_retriever_waits_for_its_own_cooldown(opened: Opened) -> None:
    resources = begun(opened(20, policy=Policy(min_examples=8, min_probes=4, cooldown_hours=2)))
    same = " ".join(f"{JARGON}{word}" for word in ("same", "same", "same", "a", "b", "c"))
    for nth in range(20):
        resources.store.write(f"new{nth:02d}.md", f"{same}{'!' * nth}.\n")
    assert run(resources).decision.train == ("retriever",)
    for nth in range(20, 40):
        resources.store.write(f"new{nth:02d}.md", f"{same}{'!' * nth}.\n")
    waiting = run(resources)
    assert waiting.decision.train == ()
    assert "retriever: waits " in waiting.decision.debt[0]
    resources.clock.at += 3 * 3600
    resources.store.write("new50.md", f"{same} once more.\n")
    assert run(resources).decision.train == ("retriever",)


def test_a_training_that_was_rolled_back_is_not_done_again_by_the_next_edit(opened: Opened) -> None:
    resources = begun(opened(20))
    resources.examples.write(lessons(20))
    assert run(resources).gate == "promote"
    roll_back(resources.records, None, vector_index=resources.index)
    assert run(resources).decision.hold
    resources.store.write("doc00.md", page(41))
    outcome = run(resources)
    assert (outcome.decision.index, outcome.decision.train) == (Track.UPDATE, ())
    assert "added or changed" in outcome.decision.debt[0]
    live = live_release(resources.ledger)
    assert live is not None
    assert live.generator.adapter is None
    assert resources.builder.calls["train_generator"] == 1


def test_a_rolled_back_release_that_the_ledger_lost_stops_nothing(opened: Opened) -> None:
    resources = begun(opened(20))
    resources.examples.write(lessons(20))
    left = run(resources).release
    assert left is not None
    roll_back(resources.records, None, vector_index=resources.index)
    resources.store.write("doc00.md", page(41))
    assert run(resources).decision.train == ()
    assert (
        observe_state(
            resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
        ).evidence.training.since_tried
        == 0
    )
    resources.ledger.remove(RELEASE, left.id)
    assert (
        observe_state(
            resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
        ).evidence.training.since_tried
        is None
    )


def test_a_rollback_that_is_taken_back_trains_again(opened: Opened) -> None:
    resources = begun(opened(20))
    resources.examples.write(lessons(20))
    run(resources)
    roll_back(resources.records, None, vector_index=resources.index)
    assert run(resources, approved=True).decision.train == ("generator",)


def failing(resources: FakeResources, rows: list[dict[str, Any]]) -> None:
    resources.examples.write(rows)
    resources.builder.spoils = {"nll": 9.0}
    assert run(resources).gate == "refuse"
    resources.builder.spoils = {}


def test_a_few_more_examples_do_not_start_a_refused_training_again(opened: Opened) -> None:
    resources = begun(opened(40))
    failing(resources, lessons(30))
    resources.examples.write(lessons(32))
    waiting = run(resources)
    assert waiting.decision.train == ()
    assert waiting.decision.debt == ("generator: waits until 1 more example is added or changed",)
    resources.examples.write(lessons(33))
    assert run(resources).decision.train == ("generator",)


def test_changed_examples_count_once(opened: Opened) -> None:
    resources = begun(opened(40))
    rows = lessons(30)
    failing(resources, rows)
    for row in rows[:2]:
        row["messages"][0]["content"] += " Please."
    resources.examples.write(rows)
    assert "until 1 more example" in run(resources).decision.debt[0]


def test_other_training_parameters_are_not_held_against_an_attempt(opened: Opened) -> None:
    resources = begun(opened(40))
    failing(resources, lessons(30))
    gentler = resources.with_params(generator=replace(resources.params.generator, max_new_tokens=65))
    gentler.examples.write(lessons(31))
    assert run(gentler).decision.train == ("generator",)


def test_examples_that_contradict_are_counted_where_examples_are_too_few(opened: Opened) -> None:
    resources = begun(opened(20))
    rows = lessons(9)
    other = json.loads(json.dumps(rows[0]))
    other["messages"][-1]["content"] = json.dumps({"answer": "Nobody.", "citations": ["doc00.md"]})
    resources.examples.write([*rows[:8], other])
    outcome = look(resources)
    assert isinstance(outcome, Outcome)
    assert outcome.decision.train == ()
    assert any("2 examples in quarantine contradict one another" in flip for flip in outcome.decision.flips)


def test_a_follow_up_question_contradicts_none_that_follows_another(opened: Opened) -> None:
    resources = begun(opened(20))
    rows = lessons(4)
    for row in rows:
        first = [{"role": "user", "content": row["messages"][0]["content"]}, {"role": "assistant", "content": "Yes."}]
        row["messages"] = [*first, {"role": "user", "content": "And at night?"}, row["messages"][-1]]
    resources.examples.write(rows)
    look(resources)
    assert resources.quarantine.counts().get("examples", 0) == 0
    rows[1]["messages"][:3] = rows[0]["messages"][:3]
    resources.examples.write(rows)
    look(resources)
    assert {r.check for r in resources.quarantine.rows("examples")} == {"consistent"}
    assert len(resources.quarantine.rows("examples")) == 2


def test_an_explanation_says_what_became_of_the_release(opened: Opened) -> None:
    resources = begun(opened(20))
    resources.examples.write(lessons(20))
    decision = run(resources).decision.id
    made = explain(decision, ledger=resources.ledger, memory=resources.memory)
    assert [line.split(" at ")[0] for line in made["afterwards"]] == [f"release {made['release']} went live"]
    roll_back(resources.records, None, vector_index=resources.index)
    shown = dict(screen(explain(decision, ledger=resources.ledger, memory=resources.memory)))
    assert "it was replaced at" in shown["afterwards"][1]
    assert "(rollback of " in shown["afterwards"][1]
    assert "the same evidence gives the same decision" in shown["afterwards"][-1]
    assert "at least 51 points" in shown["gain against cost"][0].replace("50.967", "51")
    assert any(line.startswith("held-out answers, before and after: shape_valid 0, then 1") for line in shown["gate"])
