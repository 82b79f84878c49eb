"""The gaps of behaviour: evaluated once, each with its limit, its baselines and the points that are missing."""

import pytest

from pointsman.core.evaluation.signal_names import CITATION, DECLINED, SHAPE
from pointsman.core.evaluation.statistics import baseline_signal
from pointsman.core.policy.debt import Debt
from pointsman.core.policy.rules.behaviour import answered
from pointsman.core.policy.rules.behaviour_gap import behaviour_gaps, missing_points
from tests.core.policy.evidence import LIMITS, TAUGHT, lacking, signal
from tests.core.policy.samples import replace

ALL = replace(LIMITS, citation_correct=0.5, declined=0.9)


def test_each_measure_with_a_limit_that_was_measured_is_one_gap_in_a_fixed_order() -> None:
    signals = (signal(DECLINED), signal(CITATION), signal(SHAPE), signal("weather"))
    evidence = replace(TAUGHT, signals=signals)
    assert [gap.name for gap in behaviour_gaps(evidence, ALL)] == [SHAPE, CITATION, DECLINED]
    assert [gap.name for gap in behaviour_gaps(evidence, LIMITS)] == [SHAPE], "a limit of 0 leaves a measure out"
    assert behaviour_gaps(TAUGHT, ALL) == ()


@pytest.mark.parametrize(("n", "counts"), [(11, False), (12, True)])
def test_declining_counts_from_enough_questions_on(n: int, counts: bool) -> None:
    evidence = replace(TAUGHT, signals=(signal(DECLINED, n=n),))
    assert bool(behaviour_gaps(evidence, ALL)) is counts


@pytest.mark.parametrize(("high", "points"), [(0.9, 0.0), (0.89, 1.0), (0.5, 40.0)])
def test_the_points_are_what_the_high_end_is_short_of_the_limit(high: float, points: float) -> None:
    gaps = behaviour_gaps(replace(TAUGHT, signals=lacking(high)), LIMITS)
    assert (gaps[0].short, gaps[0].points, missing_points(gaps)) == (points > 0, points, points)


def test_an_open_debt_asks_for_more_and_a_baseline_still_for_the_limit() -> None:
    baseline = signal(baseline_signal(SHAPE, "few_shot"), value=0.9, low=0.8, high=1.0)
    indebted = replace(TAUGHT, owed=(Debt("generator", 1.0),), signals=lacking(0.91, baseline))
    (gap,) = behaviour_gaps(indebted, LIMITS)
    assert (gap.limit, gap.start, gap.closed_by) == (0.9, 0.92, "few_shot")


def test_a_baseline_closes_a_gap_only_if_it_closes_every_one() -> None:
    good = [signal(baseline_signal(SHAPE, "constrained"), value=1.0, low=0.9, high=1.0)]
    short = (*lacking(0.5), signal(CITATION, value=0.1, low=0.0, high=0.2))
    both = [*good, signal(baseline_signal(CITATION, "constrained"), value=0.6)]
    half, whole = (behaviour_gaps(replace(TAUGHT, signals=(*short, *more)), ALL) for more in (good, both))
    assert [gap.closed_by for gap in half] == [None, None]
    assert missing_points(half) == 30.0, "of the citations; what a baseline gives is not credited to training"
    assert [gap.closed_by for gap in whole] == ["constrained", "constrained"]
    assert missing_points(whole) == 0.0


@pytest.mark.parametrize(
    ("name", "value", "n", "words"),
    [
        (SHAPE, 0.0, 6, "0 of 6 answers have your format"), (SHAPE, 1 / 6, 6, "1 of 6 answers has your format"),
        (CITATION, 1.0, 1, "1 of 1 answer cites the right documents"),
        (DECLINED, 0.5, 4, "2 of 4 questions without an answer are declined"),
    ],
)  # fmt: skip
def test_a_measure_is_said_in_counts(name: str, value: float, n: int, words: str) -> None:
    assert answered(signal(name, value=value, low=0.0, high=1.0, n=n)) == words
