"""Measured numbers: intervals that hold what they are of, and nothing that is not finite."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.evaluation.statistics import Signal, mcnemar, paired, proportion, share_difference, wilson, z_of

outcomes = st.lists(st.booleans(), min_size=1, max_size=80)
confidences = st.sampled_from((0.8, 0.9, 0.95, 0.99))


@given(outcomes, confidences)
def test_a_share_lies_within_its_interval(found: list[bool], confidence: float) -> None:
    share = proportion("s", found, confidence)
    assert 0.0 <= share.low <= share.value <= share.high <= 1.0
    assert share.n == len(found)


@pytest.mark.parametrize("n", [6, 10, 24, 100])
def test_a_perfect_share_reaches_one_and_a_void_one_nought(n: int) -> None:
    assert [wilson(n, n, c)[1] for c in (0.9, 0.95, 0.99)] == [1.0] * 3
    assert [wilson(0, n, c)[0] for c in (0.9, 0.95, 0.99)] == [0.0] * 3


def test_the_interval_is_wilsons() -> None:
    assert wilson(8, 10, 0.95) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 0, 0.95) == (0.0, 1.0)
    assert z_of(0.95) == pytest.approx(1.959964, abs=1e-6)


def test_the_interval_of_a_difference_is_newcombes() -> None:
    gap = share_difference("g", [True] * 56 + [False] * 14, [True] * 48 + [False] * 32, 0.95)
    assert (gap.value, gap.low, gap.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)
    assert gap.n == 70


@given(outcomes, outcomes, confidences)
def test_a_difference_lies_within_its_interval(first: list[bool], second: list[bool], confidence: float) -> None:
    gap = share_difference("g", first, second, confidence)
    assert -1.0 <= gap.low <= gap.value <= gap.high <= 1.0
    back = share_difference("g", second, first, confidence)
    assert (back.value, back.low, back.high) == pytest.approx((-gap.value, -gap.high, -gap.low))


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=20), st.integers(0, 3))
def test_a_paired_mean_lies_within_its_interval_and_is_drawn_the_same_again(deltas: list[float], seed: int) -> None:
    once = paired("p", deltas, 0.95, unit="u", seed=seed)
    assert once == paired("p", deltas, 0.95, unit="u", seed=seed)
    assert min(deltas) - 1e-9 <= once.low <= once.high <= max(deltas) + 1e-9


def test_equal_differences_have_no_width() -> None:
    flat = paired("p", [0.25] * 7, 0.95, unit="u", seed=1)
    assert (flat.low, flat.value, flat.high) == (0.25, 0.25, 0.25)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_signal_is_finite(bad: float) -> None:
    with pytest.raises(ValueError, match="must be finite"):
        Signal("s", bad, "u", 1, 0.0, 1.0)
    with pytest.raises(ValueError, match="must be finite"):
        Signal("s", 0.5, "u", 1, 0.0, bad)


def test_nothing_measured_is_no_signal() -> None:
    with pytest.raises(ValueError, match="no outcomes"):
        proportion("s", [], 0.95)
    with pytest.raises(ValueError, match="no outcomes"):
        share_difference("s", [True], [], 0.95)
    with pytest.raises(ValueError, match="no paired items"):
        paired("s", [], 0.95, unit="u", seed=1)


@pytest.mark.parametrize(
    ("gained", "lost", "p"),
    [(0, 0, 1.0), (1, 1, 1.0), (1, 0, 0.5), (4, 0, 1 / 16), (5, 0, 1 / 32), (0, 5, 1 / 32), (9, 2, 0.0386)],
)
def test_mcnemar_is_the_binomial_mid_p_of_the_items_that_differ(gained: int, lost: int, p: float) -> None:
    first = [False] * gained + [True] * lost + [True, False] * 10
    second = [True] * gained + [False] * lost + [True, False] * 10
    found = mcnemar(first, second)
    assert (found.gained, found.lost) == (gained, lost)
    assert found.p == pytest.approx(p, abs=1e-4)


def test_mcnemar_takes_thousands_of_items() -> None:
    assert mcnemar([False] * 3000, [True] * 3000).p < 1e-300


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=60))
def test_mcnemar_is_symmetric(pairs: list[tuple[bool, bool]]) -> None:
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    there, back = mcnemar(first, second), mcnemar(second, first)
    assert (there.gained, there.lost, there.p) == (back.lost, back.gained, back.p)
    assert 0.0 <= there.p <= 1.0
