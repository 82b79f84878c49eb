"""What work will cost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.cost import FIRST_GUESS, Throughput, money, smoothed

RATES = Throughput(embed_per_second=10.0, train_tokens_per_second=100.0, overhead_seconds=5.0)


def test_no_work_costs_nothing() -> None:
    assert RATES.seconds(chunks=0, tokens=0) == 0.0


def test_work_costs_its_rates_and_the_overhead() -> None:
    assert RATES.seconds(chunks=20, tokens=300) == 5.0 + 2.0 + 3.0


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 1000))
def test_more_work_never_costs_less(chunks: int, tokens: int, more: int) -> None:
    assert RATES.seconds(chunks=chunks + more, tokens=tokens) >= RATES.seconds(chunks=chunks, tokens=tokens)
    assert RATES.seconds(chunks=chunks, tokens=tokens + more) >= RATES.seconds(chunks=chunks, tokens=tokens)


def test_before_anything_was_measured_the_guess_is_a_slow_machine() -> None:
    assert Throughput() == Throughput(**FIRST_GUESS)


def test_a_price_is_by_the_hour() -> None:
    assert money(1800, 3.0) == pytest.approx(1.5)
    assert money(1800, 0.0) == 0.0


@given(st.floats(0.1, 1000), st.floats(0.1, 1000), st.floats(0, 1))
def test_a_smoothed_rate_lies_between_the_old_and_the_measured(old: float, new: float, weight: float) -> None:
    found = smoothed(old, new, weight)
    assert min(old, new) - 1e-9 <= found <= max(old, new) + 1e-9
