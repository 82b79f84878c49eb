"""Champion against challenger: both sides of each limit, the laws of the verdict, and the guards."""

import math
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pointsman.core.evaluation.answer_scoring import Score
from pointsman.core.gates.generator import (
    ChallengerLimits,
    PairedScores,
    guard_forgetting,
    guard_slices,
    judge_challenger,
)
from pointsman.core.gates.ruling import Ruling, Verdict, strictest

PROMOTE, REFUSE, INCONCLUSIVE = Verdict.PROMOTE, Verdict.REFUSE, Verdict.INCONCLUSIVE
BOUNDS = ChallengerLimits(
    min_answers=12, min_gain=0.05, max_loss=0.05, min_slice_items=10, max_forgetting=0.03, confidence=0.95, seed=17
)


def scores(n: int, *, right: int, nll: float = 1.0, tags: tuple[str, ...] = ()) -> list[Score]:
    return [Score(str(k), "", k < right, k < right, 0.0, nll, tags=tags) for k in range(n)]


def challenge(old: list[Score], new: list[Score], **bounds: float) -> Ruling:
    return judge_challenger(PairedScores(old, new), replace(BOUNDS, **bounds))


def verdict(old: list[Score], new: list[Score], **bounds: float) -> Verdict:
    return challenge(old, new, **bounds).verdict


def test_a_challenger_needs_enough_items() -> None:
    assert verdict(scores(11, right=0), scores(11, right=11)) is INCONCLUSIVE
    assert (
        "11 held-out answers, 12 are needed (gate.min_answers)"
        in challenge(scores(11, right=0), scores(11, right=11)).because
    )
    assert verdict(scores(12, right=0), scores(12, right=12)) is PROMOTE


def test_a_gain_promotes_when_its_lower_bound_exceeds_the_limit() -> None:
    assert verdict(scores(12, right=0), scores(12, right=12), min_gain=0.999) is PROMOTE
    at = challenge(scores(12, right=0), scores(12, right=12), min_gain=1.0)
    assert at.verdict is INCONCLUSIVE
    assert "the low end is not above 100 points (gate.min_gain)" in at.because


@pytest.mark.parametrize(("items", "expected"), [(4, INCONCLUSIVE), (5, PROMOTE)])
def test_fewer_than_five_items_that_differ_may_be_chance_however_sure_the_bootstrap_is(
    items: int, expected: Verdict
) -> None:
    ruling = challenge(scores(items, right=0), scores(items, right=items), min_answers=1)
    assert ruling.verdict is expected, ruling.because
    assert ruling.signal is not None
    assert ruling.signal.low == 1.0
    assert f"by chance with probability {2**-items:.3f}" in ruling.because


def test_a_challenger_no_better_is_inconclusive_and_a_worse_one_refused() -> None:
    assert verdict(scores(20, right=10), scores(20, right=10)) is INCONCLUSIVE
    assert verdict(scores(20, right=20), scores(20, right=2)) is REFUSE


def test_a_better_shape_does_not_excuse_less_likely_references() -> None:
    ruling = challenge(scores(20, right=0), scores(20, right=20, nll=1.1))
    assert ruling.verdict is REFUSE
    assert "the loss of the reference answers rises by +0.100 nats per token" in ruling.because


def test_a_better_shape_does_not_pay_for_worse_citations() -> None:
    old = [Score(str(k), "", shape_valid=False, citation_correct=True, token_f1=0, nll=1) for k in range(20)]
    for lost, expected in ((5, REFUSE), (4, PROMOTE)):
        new = [replace(s, shape_valid=True, citation_correct=k >= lost) for k, s in enumerate(old)]
        assert verdict(old, new) is expected
    ruling = challenge(old, [replace(s, shape_valid=True, citation_correct=k >= 5) for k, s in enumerate(old)])
    assert (
        "answers with the right citations: 20 → 15 of 20 (0 gained, 5 lost, by chance with probability 0.031); a "
        "fall of at most 5 points is allowed (gate.max_loss)"
    ) in ruling.because


@pytest.mark.parametrize("nll", [math.nan, math.inf])
def test_a_challenger_whose_loss_is_no_number_is_refused(nll: float) -> None:
    assert verdict(scores(20, right=0), scores(20, right=20, nll=nll)) is REFUSE


def test_a_champion_whose_loss_is_no_number_can_be_replaced() -> None:
    assert verdict(scores(20, right=0, nll=math.nan), scores(20, right=20)) is PROMOTE


def test_answers_to_different_items_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="same items"):
        PairedScores(scores(2, right=0), scores(3, right=0))


PAIRS = st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=40)
SEEDS = st.integers(0, 5)


def sides_of(pairs: list[tuple[bool, bool, bool, bool]]) -> PairedScores:
    old = [Score(str(k), "", a, b, 0.0, 1.0) for k, (a, b, _, _) in enumerate(pairs)]
    new = [Score(str(k), "", c, d, 0.0, 1.0) for k, (_, _, c, d) in enumerate(pairs)]
    return PairedScores(old, new)


def ruled(sides: PairedScores, seed: int) -> Verdict:
    return judge_challenger(sides, replace(BOUNDS, min_answers=5, seed=seed)).verdict


@given(PAIRS, SEEDS)
def test_when_one_replaces_the_other_the_other_way_round_is_refused(
    pairs: list[tuple[bool, bool, bool, bool]], seed: int
) -> None:
    sides = sides_of(pairs)
    there, back = ruled(sides, seed), ruled(PairedScores(sides.challenger, sides.champion), seed)
    assert there is not PROMOTE or back is REFUSE
    assert back is not PROMOTE or there is REFUSE


@given(PAIRS, SEEDS)
def test_a_challenger_that_is_nowhere_better_is_never_promoted(
    pairs: list[tuple[bool, bool, bool, bool]], seed: int
) -> None:
    assert ruled(sides_of([(a, b, a and c, b and d) for a, b, c, d in pairs]), seed) is not PROMOTE


@given(PAIRS, st.integers(2, 5), SEEDS)
def test_more_of_the_same_evidence_never_turns_a_refusal_into_a_promotion(
    pairs: list[tuple[bool, bool, bool, bool]], times: int, seed: int
) -> None:
    assume(ruled(sides_of(pairs), seed) is REFUSE)
    assert ruled(sides_of(pairs * times), seed) is not PROMOTE


@given(PAIRS, st.integers(1, 40), SEEDS)
def test_items_that_the_challenger_loses_never_help_it(
    pairs: list[tuple[bool, bool, bool, bool]], more: int, seed: int
) -> None:
    assume(ruled(sides_of(pairs), seed) is REFUSE)
    assert ruled(sides_of([*pairs, *[(True, True, False, False)] * more]), seed) is not PROMOTE


def sliced(n: int, right: int, *, tag: str = "legal") -> PairedScores:
    """Everything else is gained; of ``n`` items of one tag, all right before, ``right`` still are."""
    kept = scores(30, right=0), scores(30, right=30)
    old = [replace(s, item=f"t{s.item}", tags=(tag,)) for s in scores(n, right=n)]
    new = [replace(s, item=f"t{s.item}", tags=(tag,)) for s in scores(n, right=right)]
    return PairedScores([*kept[0], *old], [*kept[1], *new])


def test_a_gain_over_all_does_not_pay_for_a_slice_and_the_slice_is_named() -> None:
    ruling = guard_slices(sliced(10, 5), {}, BOUNDS)
    assert ruling.verdict is REFUSE
    assert (
        "tag 'legal': the score (half format, half citation; higher is better) changes by -50 points over 10"
        in ruling.because
    )
    assert "more than the allowed fall of 5 points (gate.max_loss)" in ruling.because
    assert guard_slices(sliced(10, 9), {}, BOUNDS).verdict is PROMOTE, "the interval reaches zero"


def test_a_slice_with_too_few_items_proves_nothing() -> None:
    assert guard_slices(sliced(9, 0), {}, BOUNDS).verdict is PROMOTE
    assert (
        "1 with fewer than 10 items (gate.min_slice_items) is not judged"
        in guard_slices(sliced(9, 0), {}, BOUNDS).because
    )
    assert guard_slices(sliced(10, 0), {}, BOUNDS).verdict is REFUSE


def test_a_slice_falls_only_when_its_interval_lies_wholly_beyond_the_limit() -> None:
    assert guard_slices(sliced(10, 0), {}, replace(BOUNDS, max_loss=0.999)).verdict is REFUSE
    assert guard_slices(sliced(10, 0), {}, replace(BOUNDS, max_loss=1.0)).verdict is PROMOTE


def test_what_is_lost_as_served_refuses_too() -> None:
    served = PairedScores(scores(20, right=20), scores(20, right=5))
    ruling = guard_slices(PairedScores([], []), {"retrieved": served}, BOUNDS)
    assert ruling.verdict is REFUSE
    assert "context 'retrieved'" in ruling.because


@pytest.mark.parametrize(
    ("n", "still", "expected"),
    [(9, 0, PROMOTE), (10, 10, PROMOTE), (10, 9, INCONCLUSIVE), (10, 5, REFUSE), (100, 97, PROMOTE), (100, 93, REFUSE)],
)
def test_forgetting_is_refused_when_it_is_sure_and_left_open_when_it_may_be_chance(
    n: int, still: int, expected: Verdict
) -> None:
    ruling = guard_forgetting(PairedScores(scores(n, right=n), scores(n, right=still)), BOUNDS)
    assert ruling.verdict is expected, ruling.because
    assert "gate.m" in ruling.because, "the limit is named"


def test_the_strictest_ruling_counts_and_of_equals_the_first() -> None:
    a, b, c, d = Ruling(PROMOTE, "a"), Ruling(REFUSE, "b"), Ruling(INCONCLUSIVE, "c"), Ruling(REFUSE, "d")
    assert strictest([a, b, c, d]) is b
    assert strictest([a, c]) is c


def test_a_generator_that_unlearns_need_not_gain_and_the_limit_is_not_called_a_gain() -> None:
    ruling = challenge(scores(20, right=10), scores(20, right=10), min_gain=-0.05)
    assert ruling.verdict is PROMOTE
    assert "the low end is above -5 points (not to be worse is enough here)" in ruling.because
