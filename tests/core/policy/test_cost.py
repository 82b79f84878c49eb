"""What work will cost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.policy.cost import FIRST_OVERHEAD, Estimate, Throughput, money, typical

RATES = Throughput(embed_per_second=10.0, train_tokens_per_second=100.0, overhead_seconds=5.0)


def test_work_costs_its_rates_and_the_overhead() -> None:
    assert RATES.seconds(chunks=20, tokens=300) == 5.0 + 2.0 + 3.0
    assert RATES.seconds(chunks=0, tokens=0) == 5.0


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 1000))
def test_more_work_never_costs_less(chunks: int, tokens: int, more: int) -> None:
    assert RATES.seconds(chunks=chunks + more, tokens=tokens) >= RATES.seconds(chunks=chunks, tokens=tokens)
    assert RATES.seconds(chunks=chunks, tokens=tokens + more) >= RATES.seconds(chunks=chunks, tokens=tokens)


def test_a_price_is_by_the_hour() -> None:
    assert money(1800, 3.0) == pytest.approx(1.5)
    assert money(1800, 0.0) == 0.0


def test_before_anything_was_seen_the_first_guess_is_expected() -> None:
    assert typical([]) == Throughput().overhead_seconds == FIRST_OVERHEAD


@given(st.lists(st.floats(1, 60), min_size=1, max_size=5), st.floats(3600, 90_000))
def test_one_refresh_that_hung_for_hours_does_not_spoil_the_estimate(seen: list[float], hung: float) -> None:
    assert typical([*seen, hung]) <= max(*seen, FIRST_OVERHEAD)
    assert typical(seen) in {*seen, FIRST_OVERHEAD}


def test_most_of_what_was_seen_outvotes_the_first_guess() -> None:
    assert typical([4.0, 4.0, 5.0, 5.0]) == 5.0
    assert typical([4.0, 4.0]) == 4.0


def test_an_estimate_stands_beside_what_it_took() -> None:
    report = Estimate(tokens=1000, seconds=10.0).beside({"tokens": 1500, "seconds": 20.0, "rank": 8}, 360.0)
    assert report["estimate"] == {
        "tokens": 1000, "seconds": 10.0, "money": 1.0, "tokens_ratio": 1.5, "seconds_ratio": 2.0,
    }  # fmt: skip
    assert (report["money"], report["tokens"], report["rank"]) == (2.0, 1500, 8)


def test_what_was_not_measured_has_no_ratio() -> None:
    report = Estimate(tokens=0, seconds=0.0).beside({"tokens": 10}, 1.0)
    assert report == {"tokens": 10, "estimate": {"tokens": 0, "seconds": 0.0, "money": 0.0}}
