"""The gaps of golden and of derived probes: either one proposes a training; each limit is tested on both sides."""

from typing import Any

import pytest

from pointsman.core.evaluation.signal_names import DERIVED_GAP, GOLDEN_GAP, GOLDEN_GAP_CONTROL, GOLDEN_GAP_NEW
from pointsman.core.evaluation.statistics import Signal, proportion, share_difference
from pointsman.core.policy.debt import Debt
from pointsman.core.policy.decide import decide
from pointsman.core.policy.decision import Decision
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.rules.retriever import unsettled_gaps
from pointsman.core.supervision.probes import Probe
from pointsman.steps.evaluation.golden_gap import GoldenGap
from tests.core.policy.evidence import EDITED, LIMITS, reason, signal
from tests.core.policy.samples import replace

TRAINED = ("retriever",)


def gap(low: float, name: str = GOLDEN_GAP, n: int = 40) -> Signal:
    return signal(name, value=low + 0.1, low=low, high=low + 0.2, n=n)


def measured(*signals: Signal, **more: Any) -> Evidence:
    return replace(EDITED, signals=signals, **more)


def decided(*signals: Signal, **more: Any) -> Decision:
    return decide(measured(*signals, **more), LIMITS)


def side(name: str, hits: int, n: int) -> Signal:
    return proportion(name, [k < hits for k in range(n)], 0.95, "hit@k, 0..1")


def asked(new: tuple[int, int], control: tuple[int, int]) -> tuple[Signal, ...]:
    """Return the signals of golden probes as they are measured, (hits, n) on each side."""
    outcomes = [[k < hits for k in range(n)] for hits, n in (new, control)]
    probes = [tuple(Probe(f"p{k}", "who?", ("a",)) for k in range(n)) for _, n in (new, control)]
    return GoldenGap(probes[0], probes[1], tuple(outcomes[0]), tuple(outcomes[1])).signals(0.95)


@pytest.mark.parametrize(("low", "train"), [(0.15, ()), (0.1501, TRAINED)])
def test_a_gap_of_golden_probes_alone_trains_from_beyond_the_limit(low: float, train: tuple[str, ...]) -> None:
    decision = decided(gap(low))
    assert decision.train == train
    said = reason(decision, GOLDEN_GAP)
    assert ("above the limit of 15 points" if train else "within the limit of 15 points") in said.because
    assert said.margin == pytest.approx(low - 0.15)


@pytest.mark.parametrize(("derived", "golden"), [(0.02, 0.6), (0.6, 0.02), (0.1, 0.6), (0.3, 0.6), (0.6, 0.3)])
def test_either_gap_proposes_a_training_and_the_larger_lower_bound_is_the_case(derived: float, golden: float) -> None:
    decision = decided(gap(derived, DERIVED_GAP), gap(golden))
    assert decision.train == TRAINED
    assert decision.expected[0].points == pytest.approx(60.0)
    assert (reason(decision, DERIVED_GAP).margin, reason(decision, GOLDEN_GAP).margin) == pytest.approx(
        (derived - 0.15, golden - 0.15)
    )
    assert not [flip for flip in decision.flips if "gap" in flip]
    assert not decision.debt


def test_the_cost_of_a_training_is_weighed_once_and_by_the_larger_gap() -> None:
    dear = decided(gap(0.16, DERIVED_GAP), gap(0.2), retriever_seconds=1401.0)
    assert dear.train == ()
    assert [r.signal for r in dear.reasons].count("budget.worth") == 1
    assert decided(gap(0.16, DERIVED_GAP), gap(0.2), retriever_seconds=1400.0).train == TRAINED


@pytest.mark.parametrize(("n", "train"), [(19, ()), (20, TRAINED)])
def test_a_gap_of_too_few_golden_probes_decides_nothing_and_removes_nothing(n: int, train: tuple[str, ...]) -> None:
    decision = decided(gap(0.02, DERIVED_GAP), gap(0.6, n=n))
    assert decision.train == train
    assert decided(gap(0.3, DERIVED_GAP), gap(0.6, n=n)).train == TRAINED
    assert bool(decision.debt) is not bool(train)


@pytest.mark.parametrize(
    ("new", "control", "missing"),
    [
        ((0, 12), (40, 40), "8 of new content"),
        ((0, 40), (15, 15), "5 of unchanged content"),
        ((0, 12), (15, 15), "8 of new content and 5 of unchanged content"),
    ],
)
def test_the_debt_says_on_which_side_golden_probes_are_missing(
    new: tuple[int, int], control: tuple[int, int], missing: str
) -> None:
    decision = decided(*asked(new, control))
    assert decision.train == ()
    assert decision.debt == (f"retriever: more held-out golden probes would decide: {missing}",)


def test_without_unchanged_content_to_compare_with_no_gap_is_made_up_and_it_is_said() -> None:
    found = asked((0, 40), (0, 0))
    assert [s.name for s in found] == [GOLDEN_GAP_NEW]
    decision = decided(*found)
    assert decision.train == ()
    (debt,) = decision.debt
    assert debt.startswith(
        "retriever: 0% of 40 golden probes of new content are answered from the right page, and none"
    )
    assert debt.endswith("; more held-out golden probes would decide: 20 of unchanged content")
    assert "12 of new content and 20 of unchanged" in decided(*asked((0, 8), (0, 0))).debt[0]
    assert asked((0, 0), (40, 40)) == (), "nobody asks of what is new"


@pytest.mark.parametrize(("high", "debts"), [(0.85, 0), (0.849, 1)])
def test_golden_probes_that_do_well_miss_no_control(high: float, debts: int) -> None:
    assert len(decided(signal(GOLDEN_GAP_NEW, value=0.5, low=0.2, high=high)).debt) == debts


def test_the_gap_is_unchanged_minus_new_with_both_sides_beside_it() -> None:
    found, control, new = asked((2, 40), (36, 40))
    assert found == share_difference(GOLDEN_GAP, [k < 36 for k in range(40)], [k < 2 for k in range(40)], 0.95)
    assert (found.value, found.n) == (pytest.approx(0.85), 40)
    assert (control.name, control.value, new.name, new.value) == (GOLDEN_GAP_CONTROL, 0.9, GOLDEN_GAP_NEW, 0.05)


@pytest.mark.parametrize(("low", "train"), [(0.13, ()), (0.1301, TRAINED)])
def test_an_open_debt_asks_for_a_smaller_gap_of_golden_probes_too(low: float, train: tuple[str, ...]) -> None:
    assert decided(gap(low), owed=(Debt("retriever", 5.0, 0.0),)).train == train


def test_the_shortfall_of_small_gaps_is_that_of_the_larger_one() -> None:
    decision = decided(gap(0.06, DERIVED_GAP), gap(0.1))
    assert decision.train == ()
    assert decision.expected[0].points == pytest.approx(10.0)
    assert all("the shortfall is added up" in reason(decision, name).because for name in (DERIVED_GAP, GOLDEN_GAP))
    assert len(decision.debt) == 1


@pytest.mark.parametrize("spoiled", [{"value": float("nan")}, {"low": float("inf")}, {"low": 0.9, "high": 0.1}])
def test_a_gap_that_is_no_number_or_no_interval_cannot_be(spoiled: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=GOLDEN_GAP):
        signal(GOLDEN_GAP, **spoiled)


def test_what_is_debt_or_was_inconclusive_stays_new_for_the_gap_that_measured_it() -> None:
    for signals, names in [
        ((gap(0.02, DERIVED_GAP), gap(0.02)), set()),
        ((gap(0.06, DERIVED_GAP), gap(0.02)), {DERIVED_GAP}),
        ((gap(0.02, DERIVED_GAP), gap(0.3)), {GOLDEN_GAP}),
        ((gap(0.02, DERIVED_GAP, n=5), gap(0.02, n=5)), {DERIVED_GAP}),
        ((gap(0.02, DERIVED_GAP), gap(0.3, n=5)), {GOLDEN_GAP}),
        ((gap(0.02, DERIVED_GAP), side(GOLDEN_GAP_NEW, 0, 40)), {GOLDEN_GAP}),
        ((gap(0.02, DERIVED_GAP), side(GOLDEN_GAP_NEW, 40, 40)), set()),
    ]:
        assert unsettled_gaps(measured(*signals), LIMITS) == names


def test_a_decision_without_golden_probes_names_none() -> None:
    decision = decided(gap(0.3, DERIVED_GAP))
    assert GOLDEN_GAP not in {r.signal for r in decision.reasons}
    assert "golden" not in str(decision.as_json())
