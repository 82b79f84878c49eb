"""Numbers in words: singular and plural, points, changes and intervals."""

import pytest

from pointsman.core.wording import be, count, interval, percent, points, signed


@pytest.mark.parametrize(("n", "words"), [(0, "0 examples"), (1, "1 example"), (2, "2 examples")])
def test_one_is_singular_and_every_other_number_plural(n: int, words: str) -> None:
    assert count(n, "example") == words


def test_a_plural_that_needs_no_s_is_given() -> None:
    assert [count(n, "query", "queries") for n in (1, 2)] == ["1 query", "2 queries"]


def test_the_verb_agrees() -> None:
    assert [be(n) for n in (0, 1, 2)] == ["are", "is", "are"]


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.2, "20 points"), (0.01, "1 point"), (0.005, "0.5 points"), (-0.2, "-20 points"), (0.0004, "0 points"),
        (-0.0004, "0 points"), (0.0996, "10 points"), (0.141, "14.1 points"),
    ],
)  # fmt: skip
def test_a_share_in_points_has_a_decimal_only_where_it_is_needed(share: float, words: str) -> None:
    assert points(share) == words


@pytest.mark.parametrize(
    ("share", "words"), [(0.2, "+20 points"), (-0.05, "-5 points"), (0.0, "0 points"), (0.0004, "0 points")]
)
def test_a_change_has_its_sign(share: float, words: str) -> None:
    assert signed(share) == words


def test_an_interval_names_the_unit_once() -> None:
    assert interval(-0.03, 0.08) == "-3 to +8 points"
    assert percent(0.9) == "90%"
