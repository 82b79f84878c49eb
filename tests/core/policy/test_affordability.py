"""Benefit against cost, and debt: each limit tested on both its sides."""

import re
from typing import Any

import pytest

from pointsman.core.errors import UsageError
from pointsman.core.evaluation.signal_names import CITATION, DERIVED_GAP, FORM_AGREEMENT, GOLDEN_GAP, SHAPE
from pointsman.core.evaluation.statistics import baseline_signal
from pointsman.core.policy.debt import SECONDS_PER_DAY, Account, Debt, expected_benefit, missing_point_days
from pointsman.core.policy.decide import decide
from pointsman.core.policy.decision import Track
from tests.core.policy.evidence import EDITED, LIMITS, QUIET, TAUGHT, gap, lacking, reason, signal
from tests.core.policy.samples import approved, replace

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


@pytest.mark.parametrize(("so_far", "train"), [(9.9, ()), (10.0, ("generator",))])
def test_a_debt_that_has_cost_as_much_as_the_training_starts_it(so_far: float, train: tuple[str, ...]) -> None:
    owed = (Debt("generator", 10.0, so_far),)
    evidence = replace(TAUGHT, train_seconds=800.0, owed=owed, signals=lacking(0.82))
    decision = decide(evidence, LIMITS)
    assert decision.train == train, "0.82 is 10 points below 0.92, where an open debt is closed"


def test_a_deferred_training_says_what_is_missing_and_that_is_enough() -> None:
    evidence = replace(TAUGHT, train_seconds=1000.0, signals=lacking(0.8))
    decision = decide(evidence, LIMITS)
    assert decision.debt == (
        (
            "generator: waits until the shortfall has added up by another 10 points for 3 days, in about 3 days as "
            "things are"
        ),
    )
    later = replace(evidence, owed=(Debt("generator", 10.0, 30.0),))
    assert decide(later, LIMITS).train == ("generator",)
    assert "at most 700 s would be worth it" in "".join(decision.flips)


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
    ("low", "opened", "because"),
    [
        (0.15, 0.0, "within the limit of 15 points"),
        (0.14, 5.0, "above the limit of 13 points"),
        (0.13, 5.0, "within the limit of 13 points"),
    ],
)
def test_an_open_debt_of_the_retriever_asks_for_a_smaller_gap(low: float, opened: float, because: str) -> None:
    decision = decide(replace(EDITED, owed=(Debt("retriever", opened, 0.0),), signals=gap(low)), LIMITS)
    assert because in reason(decision, DERIVED_GAP).because


@pytest.mark.parametrize(("n", "train"), [(11, ()), (12, ("generator",))])
def test_a_training_that_no_gate_could_promote_is_not_begun(n: int, train: tuple[str, ...]) -> None:
    decision = decide(replace(TAUGHT, signals=lacking(0.5, n=n)), LIMITS)
    assert decision.train == train
    if not train:
        assert decision.debt == ("generator: waits until 1 more example falls on the held-out side",)


@pytest.mark.parametrize(
    ("value", "n", "train"), [(0.9, 12, ()), (0.899, 12, ("generator",)), (1.0, 11, ("generator",))]
)
@pytest.mark.parametrize("baseline", ["few_shot", "constrained"])
def test_a_baseline_that_does_as_well_makes_training_wrong(
    baseline: str, value: float, n: int, train: tuple[str, ...]
) -> None:
    name = baseline_signal(SHAPE, baseline)
    assert name == f"shape.{baseline}"
    other = signal(name, value=value, low=value - 0.1, high=1.0, n=n)
    decision = decide(replace(TAUGHT, train_seconds=1.0, signals=lacking(0.5, other)), LIMITS)
    assert decision.train == train
    assert (f"generator.{baseline} alone gives what" in "".join(decision.debt)) is not bool(train)
    assert (f"with generator.{baseline} alone (now" in "".join(decision.flips)) is not bool(train)


def test_training_is_credited_only_with_what_a_baseline_does_not_give() -> None:
    half = signal("shape.constrained", value=0.8, low=0.7, high=0.9)
    alone, beside = (decide(replace(TAUGHT, signals=lacking(0.5, *more)), LIMITS) for more in ((), (half,)))
    assert [round(d.expected[0].points or 0, 6) for d in (alone, beside)] == [40.0, 10.0]


def test_a_baseline_that_gives_the_shape_leaves_the_citations_to_training() -> None:
    wrong = signal(CITATION, value=0.1, low=0.0, high=0.2)
    baseline = signal("shape.constrained", value=1.0, low=0.9, high=1.0)
    cited = replace(LIMITS, citation_correct=0.5)
    evidence = replace(TAUGHT, signals=lacking(0.5, wrong, baseline))
    assert decide(evidence, cited).train == ("generator",)
    assert decide(evidence, cited).expected[0].points == pytest.approx(30.0)
    right = signal("citation.constrained", value=0.6, low=0.5, high=0.7)
    assert decide(replace(evidence, signals=(*evidence.measurements.signals, right)), cited).train == ()


def test_two_baselines_that_each_do_half_of_it_leave_it_to_training() -> None:
    wrong = signal(CITATION, value=0.1, low=0.0, high=0.2)
    half = [
        signal(
            baseline_signal(measure, baseline), value=1.0 if (measure == SHAPE) == (baseline == "constrained") else 0.0
        )
        for measure in (SHAPE, CITATION)
        for baseline in ("constrained", "few_shot")
    ]
    half = [replace(s, low=s.value, high=s.value) for s in half]
    cited = replace(LIMITS, citation_correct=0.5, seconds_per_point_day=None)
    evidence = replace(TAUGHT, signals=lacking(0.5, wrong, *half))
    assert decide(evidence, cited).train == ("generator",)


@pytest.mark.parametrize(
    ("high", "limit", "train"),
    [(0.79, 0.8, ()), (0.8, 0.8, ("generator",)), (0.1, 0.0, ("generator",)), (0.1, None, ("generator",))],
)
def test_two_forms_that_no_question_distinguishes_are_not_trained_on(
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
    assert (
        "72 examples contradict one another, so none of them is learned"
        in reason(decision, "examples.contradicting").because
    )
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
        assert re.search(r"until \d more examples? (is|are) added or changed", decision.debt[0])


def test_a_rollback_that_a_person_takes_back_may_train_again() -> None:
    evidence = replace(TAUGHT, signals=lacking(0.5), tried=24, since_tried=0)
    assert decide(evidence, LIMITS).train == ()
    assert decide(approved(replace(evidence, rolled_back="r1"), LIMITS), LIMITS).train == ("generator",)


@pytest.mark.parametrize(
    ("changed", "debt"),
    [
        ({"retriever_seconds": 5000.1}, "budget.train_seconds is at least 5001"),
        ({"hours_since_retriever": 5.0}, "waits 1.0 h more, the cooldown"),
        ({"retriever_seconds": 1400.1}, "another "),
        ({}, ""),
    ],
)
def test_a_retriever_has_a_budget_a_cooldown_and_a_price_too(changed: dict[str, Any], debt: str) -> None:
    decision = decide(replace(EDITED, **changed, signals=gap(0.2)), LIMITS)
    assert decision.train == (() if debt else ("retriever",))
    assert debt in "".join(decision.debt)
    assert decision.index is Track.UPDATE


def test_the_money_of_a_retriever_is_held_against_its_budget() -> None:
    poor = replace(LIMITS, train_money=0.1)
    assert "budget.train_money" in decide(replace(EDITED, signals=gap(0.2)), poor).debt[0]


@pytest.mark.parametrize(("so_far", "train"), [(69.9, ()), (70.0, ("retriever",))])
def test_small_gaps_add_up_until_they_have_cost_a_training(so_far: float, train: tuple[str, ...]) -> None:
    evidence = replace(EDITED, owed=(Debt("retriever", 0.0, so_far),), signals=gap(0.10))
    decision = decide(evidence, LIMITS)
    assert decision.train == train
    assert "the shortfall is added up" in reason(decision, DERIVED_GAP).because


def test_a_gap_that_no_gate_could_tell_never_adds_up() -> None:
    decision = decide(replace(EDITED, owed=(Debt("retriever", 0.0, 1e6),), signals=gap(0.05)), LIMITS)
    assert (decision.train, decision.debt, decision.expected) == ((), (), ())


def test_the_debt_of_the_retriever_is_shown_while_no_document_changes() -> None:
    decision = decide(replace(QUIET, owed=(Debt("retriever", 20.0, 3.0),)), LIMITS)
    assert decision.idle
    (debt,) = decision.debt
    assert debt == (
        "retriever: new content was found 20.0 points worse, and the shortfall has added up to 3 points for 1 day; the "
        "next change of documents decides"
    )


def test_contradicting_examples_are_named_where_examples_are_too_few() -> None:
    decision = decide(replace(TAUGHT, new_examples=23, contradicting=2), LIMITS)
    assert any("2 examples in quarantine contradict one another" in flip for flip in decision.flips)


def test_an_account_adds_the_shortfall_of_each_day() -> None:
    opened = Account().measured(10.0, 5 * DAY)
    assert (opened.points, opened.point_days) == (10.0, 0.0)
    assert opened.debt("generator", 8 * DAY) == Debt("generator", 10.0, 30.0)
    better = opened.measured(2.0, 8 * DAY).until(9 * DAY)
    assert (better.points, better.point_days) == (2.0, 32.0)
    assert Account.from_json(better.as_json()) == better
    assert opened.until(1 * DAY).point_days == 0.0, "a clock that went back adds nothing"
    assert not Account().debt("generator", 9 * DAY)


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


def test_the_benefit_is_shown_by_what_was_measured_and_the_seconds_on_both_sides() -> None:
    six = (signal(SHAPE, value=0.0, low=0.0, high=0.4, n=6),)
    few = replace(LIMITS, min_answers=6)
    worth = decide(replace(TAUGHT, train_seconds=66.2, signals=six), few)
    assert reason(worth, "budget.worth").because == (
        "training (about 66 s) is worth it, up to 3500 s: 0 of 6 answers have your format"
    )
    dear = decide(replace(TAUGHT, train_seconds=3500.1, signals=six), few)
    assert dear.train == ()
    assert reason(dear, "budget.worth").because == (
        "training (about 3501 s) is not worth it yet, only up to 3500 s: 0 of 6 answers have your format"
    )


def test_what_has_added_up_is_said_beside_the_benefit() -> None:
    debt = (Debt("retriever", 20.0, 90.0),)
    decision = decide(replace(EDITED, owed=debt, signals=gap(0.2)), LIMITS)
    assert reason(decision, "budget.worth").because == (
        "training (about 700 s) is worth it, up to 2300 s: new pages are found less often than old ones (30 points "
        "worse); the shortfall since the last training has added up to 20 points for 4.5 days"
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (-0.2, "new pages are found as well as old ones (20 points better)"),
        (0.0, "new pages are found as well as old ones (no difference)"),
        (0.0004, "new pages are found as well as old ones (no difference)"),
        (0.01, "new pages are found less often than old ones (1 point worse)"),
    ],
)
def test_a_gap_is_said_in_plain_words(value: float, words: str) -> None:
    decision = decide(replace(EDITED, signals=(signal(DERIVED_GAP, value=value, low=-0.3, high=0.1),)), LIMITS)
    assert reason(decision, DERIVED_GAP).because == (
        f"{words}; the interval is -30 to 10 points, 40 probes; re-indexing is enough while the low end is at most 15 "
        "points (policy.retrieval_gap)"
    )


@pytest.mark.parametrize(
    ("sides", "said"),
    [
        ((1, 40), "1 derived question about new pages"), ((19, 19), "19 derived questions about new pages"),
        ((40, 3), "3 derived questions about unchanged pages"),
    ],
)  # fmt: skip
def test_a_gap_of_too_few_probes_is_not_judged_and_says_how_many_are_needed(sides: tuple[int, int], said: str) -> None:
    new, control = sides
    signals = (
        signal(DERIVED_GAP, value=0.0, low=-0.278, high=0.793, n=min(sides)),
        signal("probes.derived.new", n=new), signal("probes.derived.control", n=control),
    )  # fmt: skip
    because = reason(decide(replace(EDITED, signals=signals), LIMITS), DERIVED_GAP).because
    assert because == f"not judged: {said}, 20 are needed (policy.min_probes)"


def test_as_many_probes_as_are_needed_are_judged_and_golden_ones_have_their_name() -> None:
    enough = decide(replace(EDITED, signals=gap(0.0, n=20)), LIMITS)
    assert "not judged" not in reason(enough, DERIVED_GAP).because
    few = decide(replace(EDITED, signals=(signal(GOLDEN_GAP, low=0.0, n=2),)), LIMITS)
    assert reason(few, GOLDEN_GAP).because.startswith("not judged: 2 golden probes about new pages, 20 are needed")


def test_a_small_gap_says_that_only_its_accumulated_shortfall_counts() -> None:
    said = reason(decide(replace(EDITED, signals=gap(0.10)), LIMITS), "budget.worth").because
    assert "is not worth it yet, for a gap within its limit only the past counts: new pages" in said
    debt = (Debt("retriever", 0.0, 5.0),)
    later = reason(decide(replace(EDITED, owed=debt, signals=gap(0.10)), LIMITS), "budget.worth").because
    assert "is not worth it yet, only up to 50 s: new pages" in later


@pytest.mark.parametrize(
    ("points", "debt"),
    [
        (1e-308, "waits; hardly anything adds up at this shortfall"),
        (0.2 / 36_501, "waits; hardly anything adds up at this shortfall"),
        (0.2 / 36_500, "waits until the shortfall has added up by another 0.2 points for 1 day, in about 36500 days"),
    ],
)  # fmt: skip
def test_a_wait_of_more_than_a_century_is_called_never(points: float, debt: str) -> None:
    indebted = replace(TAUGHT, measured=False, owed=(Debt("generator", points, 0.0),), train_seconds=2.0)
    (said,) = decide(indebted, replace(LIMITS, horizon_days=0.0)).debt
    assert said.startswith(f"generator: {debt}")
