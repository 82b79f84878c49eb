"""Gain against cost, and debt: the second rules of the policy, each limit tested on both its sides."""

from dataclasses import replace
from typing import Any

import pytest

from pointsman.core.errors import UsageError
from pointsman.core.evaluation.signal_names import CITATION, DERIVED_GAP, FORM_AGREEMENT, SHAPE
from pointsman.core.evaluation.statistics import baseline_signal
from pointsman.core.policy.debt import SECONDS_PER_DAY, Account, Debt, expected_benefit, missing_point_days
from pointsman.core.policy.decide import decide
from pointsman.core.policy.decision import Track
from tests.core.policy.evidence import EDITED, LIMITS, QUIET, TAUGHT, gap, lacking, reason, signal

DAY = SECONDS_PER_DAY


@pytest.mark.parametrize(("seconds", "train"), [(700.0, ("generator",)), (700.1, ())])
def test_ten_points_for_seven_days_are_worth_seven_hundred_seconds_and_no_more(
    seconds: float, train: tuple[str, ...]
) -> None:
    decision = decide(replace(TAUGHT, train_seconds=seconds, signals=lacking(0.8)), LIMITS)
    assert decision.train == train
    (expected,) = decision.expected
    assert (expected.role, round(expected.points or 0, 9), round(expected.worth or 0, 6)) == ("generator", 10.0, 700.0)
    assert expected.money == pytest.approx(seconds * 2 / 3600)
    assert reason(decision, "budget.worth").margin == pytest.approx(700.0 - seconds)
    assert bool(decision.debt) is not bool(train)


@pytest.mark.parametrize(("borne", "train"), [(9.9, ()), (10.0, ("generator",))])
def test_a_debt_that_has_cost_as_much_as_the_training_starts_it(borne: float, train: tuple[str, ...]) -> None:
    owed = (Debt("generator", 10.0, borne),)
    evidence = replace(TAUGHT, train_seconds=800.0, owed=owed, signals=lacking(0.82))
    decision = decide(evidence, LIMITS)
    assert decision.train == train, "0.82 is 10 points below 0.92, where an open debt is closed"


def test_a_deferred_training_says_what_is_missing_and_that_is_enough() -> None:
    evidence = replace(TAUGHT, train_seconds=1000.0, signals=lacking(0.8))
    decision = decide(evidence, LIMITS)
    assert decision.debt == (
        "generator: deferred until 30.0 more point-days are borne, in about 3.0 days at this rate",
    )
    later = replace(evidence, owed=(Debt("generator", 10.0, 30.0),))
    assert decide(later, LIMITS).train == ("generator",)
    assert "at most 700 s would have been worth it" in "".join(decision.flips)


def test_a_debt_falls_due_without_anything_being_measured_again() -> None:
    waiting = replace(TAUGHT, measured=False, train_seconds=1000.0, owed=(Debt("generator", 10.0, 29.9),))
    assert decide(waiting, LIMITS).train == ()
    due = replace(waiting, owed=(Debt("generator", 10.0, 30.0),))
    assert decide(due, LIMITS).train == ("generator",)
    assert decide(due, LIMITS).pending


def test_without_a_price_for_a_point_any_gain_is_worth_any_cost() -> None:
    free = replace(LIMITS, seconds_per_point_day=None)
    decision = decide(replace(TAUGHT, train_seconds=4999.0, signals=lacking(0.899)), free)
    assert decision.train == ("generator",)
    assert decision.expected[0].worth is None


@pytest.mark.parametrize(
    ("high", "opened", "train"), [(0.9, 0.0, ()), (0.91, 0.0, ()), (0.91, 5.0, ("generator",)), (0.92, 5.0, ())]
)
def test_an_open_debt_is_closed_beyond_the_limit_that_opened_it(
    high: float, opened: float, train: tuple[str, ...]
) -> None:
    owed = (Debt("generator", opened, 1000.0),)
    assert decide(replace(TAUGHT, owed=owed, signals=lacking(high)), LIMITS).train == train


@pytest.mark.parametrize(
    ("low", "opened", "because"), [(0.15, 0.0, "within 0.15"), (0.14, 5.0, "exceeds 0.13"), (0.13, 5.0, "within 0.13")]
)
def test_an_open_debt_of_the_retriever_asks_for_a_smaller_gap(low: float, opened: float, because: str) -> None:
    decision = decide(replace(EDITED, owed=(Debt("retriever", opened, 0.0),), signals=gap(low)), LIMITS)
    assert because in reason(decision, DERIVED_GAP).because


@pytest.mark.parametrize(("n", "train"), [(11, ()), (12, ("generator",))])
def test_a_training_that_no_gate_could_promote_is_not_begun(n: int, train: tuple[str, ...]) -> None:
    decision = decide(replace(TAUGHT, signals=lacking(0.5, n=n)), LIMITS)
    assert decision.train == train
    if not train:
        assert decision.debt == ("generator: deferred until 1 more examples fall on the held-out side",)


@pytest.mark.parametrize(
    ("value", "n", "train"), [(0.9, 12, ()), (0.899, 12, ("generator",)), (1.0, 11, ("generator",))]
)
@pytest.mark.parametrize("arm", ["few_shot", "constrained"])
def test_a_cheaper_arm_that_does_as_well_makes_training_wrong(
    arm: str, value: float, n: int, train: tuple[str, ...]
) -> None:
    name = baseline_signal(SHAPE, arm)
    assert name == f"shape.{arm}"
    other = signal(name, value=value, low=value - 0.1, high=1.0, n=n)
    decision = decide(replace(TAUGHT, train_seconds=1.0, signals=lacking(0.5, other)), LIMITS)
    assert decision.train == train
    assert (f"generator.{arm} gives what" in "".join(decision.debt)) is not bool(train)
    assert (f"with generator.{arm} (is" in "".join(decision.flips)) is not bool(train)


def test_training_is_credited_only_with_what_a_cheaper_arm_does_not_give() -> None:
    half = signal("shape.constrained", value=0.8, low=0.7, high=0.9)
    alone, beside = (decide(replace(TAUGHT, signals=lacking(0.5, *more)), LIMITS) for more in ((), (half,)))
    assert [round(d.expected[0].points or 0, 6) for d in (alone, beside)] == [40.0, 10.0]


def test_an_arm_that_gives_the_shape_leaves_the_citations_to_training() -> None:
    wrong = signal(CITATION, value=0.1, low=0.0, high=0.2)
    arm = signal("shape.constrained", value=1.0, low=0.9, high=1.0)
    cited = replace(LIMITS, citation_correct=0.5)
    evidence = replace(TAUGHT, signals=lacking(0.5, wrong, arm))
    assert decide(evidence, cited).train == ("generator",)
    assert decide(evidence, cited).expected[0].points == pytest.approx(30.0)
    right = signal("citation.constrained", value=0.6, low=0.5, high=0.7)
    assert decide(replace(evidence, signals=(*evidence.signals, right)), cited).train == ()


def test_two_arms_that_each_do_half_of_it_leave_it_to_training() -> None:
    wrong = signal(CITATION, value=0.1, low=0.0, high=0.2)
    half = [
        signal(baseline_signal(measure, arm), value=1.0 if (measure == SHAPE) == (arm == "constrained") else 0.0)
        for measure in (SHAPE, CITATION)
        for arm in ("constrained", "few_shot")
    ]
    half = [replace(s, low=s.value, high=s.value) for s in half]
    cited = replace(LIMITS, citation_correct=0.5, seconds_per_point_day=None)
    evidence = replace(TAUGHT, signals=lacking(0.5, wrong, *half))
    assert decide(evidence, cited).train == ("generator",)
    assert decide(evidence, replace(cited, rules=2)).train == (), "as it was decided then"


@pytest.mark.parametrize(
    ("high", "limit", "train"),
    [(0.79, 0.8, ()), (0.8, 0.8, ("generator",)), (0.1, 0.0, ("generator",)), (0.1, None, ("generator",))],
)
def test_two_forms_that_no_question_tells_apart_are_not_trained_on(
    high: float, limit: float | None, train: tuple[str, ...]
) -> None:
    forms = signal(FORM_AGREEMENT, value=high - 0.1, low=0.0, high=high, n=36)
    evidence = replace(TAUGHT, signals=lacking(0.5, forms))
    decision = decide(evidence, replace(LIMITS, form_told=limit, seconds_per_point_day=None))
    assert decision.train == train
    if not train:
        assert "exclude each other" in reason(decision, FORM_AGREEMENT).because
        assert "rewrite or remove those of the old one" in decision.debt[0]


def test_examples_that_all_contradict_one_another_are_named() -> None:
    decision = decide(replace(QUIET, contradicting=72), LIMITS)
    assert decision.train == ()
    assert "none of them is learned" in reason(decision, "examples.contradicting").because
    assert "keeping the right one of each question" in decision.flips[0]


@pytest.mark.parametrize(
    ("tried", "since", "train"), [(19, 0, ()), (19, 1, ("generator",)), (30, 2, ()), (30, 3, ("generator",))]
)
def test_a_training_that_failed_is_tried_again_after_enough_has_changed(
    tried: int, since: int, train: tuple[str, ...]
) -> None:
    evidence = replace(TAUGHT, signals=lacking(0.5), tried=tried, since_tried=since)
    decision = decide(evidence, LIMITS)
    assert decision.train == train
    if not train:
        assert "more examples are added or changed" in decision.debt[0]


def test_a_rollback_that_a_person_takes_back_may_train_again() -> None:
    evidence = replace(TAUGHT, signals=lacking(0.5), tried=24, since_tried=0)
    assert decide(evidence, LIMITS).train == ()
    assert decide(replace(evidence, rolled_back="r1", approved=True), LIMITS).train == ("generator",)


@pytest.mark.parametrize(
    ("changed", "owed"),
    [
        ({"retriever_seconds": 5000.1}, "budget.train_seconds is at least 5001"),
        ({"hours_since_retriever": 5.0}, "for 1.0 h (cooldown)"),
        ({"retriever_seconds": 1400.1}, "more point-days are borne"),
        ({}, ""),
    ],
)
def test_a_retriever_has_a_budget_a_cooldown_and_a_price_too(changed: dict[str, Any], owed: str) -> None:
    decision = decide(replace(EDITED, **changed, signals=gap(0.2)), LIMITS)
    assert decision.train == (() if owed else ("retriever",))
    assert owed in "".join(decision.debt)
    assert decision.index is Track.UPDATE


def test_the_money_of_a_retriever_is_held_against_its_budget() -> None:
    poor = replace(LIMITS, train_money=0.1)
    assert "budget.train_money" in decide(replace(EDITED, signals=gap(0.2)), poor).debt[0]


@pytest.mark.parametrize(("borne", "train"), [(69.9, ()), (70.0, ("retriever",))])
def test_small_gaps_add_up_until_they_have_cost_a_training(borne: float, train: tuple[str, ...]) -> None:
    evidence = replace(EDITED, owed=(Debt("retriever", 0.0, borne),), signals=gap(0.10))
    decision = decide(evidence, LIMITS)
    assert decision.train == train
    assert "it is owed" in reason(decision, DERIVED_GAP).because


def test_a_gap_that_no_gate_could_tell_is_never_owed() -> None:
    decision = decide(replace(EDITED, owed=(Debt("retriever", 0.0, 1e6),), signals=gap(0.05)), LIMITS)
    assert (decision.train, decision.debt, decision.expected) == ((), (), ())


def test_what_is_owed_to_the_retriever_is_said_while_no_document_changes() -> None:
    decision = decide(replace(QUIET, owed=(Debt("retriever", 20.0, 3.0),)), LIMITS)
    assert decision.idle
    (debt,) = decision.debt
    assert debt.startswith("retriever: 20.0 points are lacking and 3.0 point-days were borne; it is weighed at")


def test_contradicting_examples_are_named_where_examples_are_too_few() -> None:
    decision = decide(replace(TAUGHT, new_examples=23, contradicting=2), LIMITS)
    assert any("2 examples contradict one another" in flip for flip in decision.flips)


def test_an_account_adds_what_is_lacking_for_each_day() -> None:
    opened = Account().measured(10.0, 5 * DAY)
    assert (opened.points, opened.point_days) == (10.0, 0.0)
    assert opened.owed("generator", 8 * DAY) == Debt("generator", 10.0, 30.0)
    better = opened.measured(2.0, 8 * DAY).until(9 * DAY)
    assert (better.points, better.point_days) == (2.0, 32.0)
    assert Account.from_json(better.as_json()) == better
    assert opened.until(1 * DAY).point_days == 0.0, "a clock that went back adds nothing"
    assert not Account().owed("generator", 9 * DAY)


def test_worth_and_what_is_missing_agree() -> None:
    missing = missing_point_days(1000.0, 10.0, 5.0, horizon_days=7.0, rate=10.0)
    assert expected_benefit(10.0, 5.0 + missing, horizon_days=7.0, seconds_per_point_day=10.0) == pytest.approx(1000.0)


@pytest.mark.parametrize(
    "wrong",
    [{"shape_valid": 1.1}, {"retrieval_gap": float("nan")}, {"train_seconds": -1.0}, {"horizon_days": float("inf")},
     {"min_examples": "many"}, {"hysteresis": True}],
)  # fmt: skip
def test_a_limit_out_of_range_is_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=f"{next(iter(wrong))} is .*a limit is a finite number of at least 0"):
        replace(LIMITS, **wrong)


@pytest.mark.parametrize("name", ["train_seconds", "retriever_seconds", "hours_since_training"])
def test_evidence_that_is_no_number_is_named(name: str) -> None:
    wrong: dict[str, Any] = {name: float("nan")}
    with pytest.raises(ValueError, match=f"{name} is nan"):
        replace(QUIET, **wrong)


@pytest.mark.parametrize("wrong", [{"low": 0.7, "high": 0.6}, {"n": -1}])
def test_a_signal_with_an_impossible_interval_cannot_be_built(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="low must be at most high, and n at least 0"):
        signal("x", **wrong)
