"""What answers say: the new items decide, the earlier ones are their control group."""

import pytest

from pointsman.core.evaluation.answer_scoring import Score
from pointsman.core.evaluation.answer_signals import F1, NLL, NLL_GAP, fresh_of, signals_of
from pointsman.core.evaluation.signal_names import CITATION, DECLINED, SHAPE
from pointsman.core.evaluation.statistics import Signal, mean_difference


def score(nth: int, *, right: bool, nll: float = 1.0, answerable: bool = True, refused: bool = False) -> Score:
    return Score(f"i{nth}", "", right, right, 0.5, nll, refused=refused, answerable=answerable)


def signals_by_name(scores: list[Score], earlier: list[bool]) -> dict[str, Signal]:
    return {s.name: s for s in signals_of(scores, earlier, 0.95, 17)}


def test_a_hundred_old_answers_do_not_hide_ten_new_ones_that_are_all_wrong() -> None:
    scores = [score(n, right=n >= 10, nll=3.0 if n < 10 else 1.0) for n in range(110)]
    found = signals_by_name(scores, [n >= 10 for n in range(110)])
    assert (found[SHAPE].value, found[SHAPE].n) == (0.0, 10)
    assert (found["control.behaviour.shape_valid"].value, found["control.behaviour.shape_valid"].n) == (1.0, 100)
    assert (found[CITATION].n, found[NLL].value, found["control.behaviour.nll"].value) == (10, 3.0, 1.0)
    assert (found[NLL_GAP].value, found[NLL_GAP].n) == (2.0, 10)
    assert found[F1].value == 0.5


def test_where_nothing_is_new_all_are_looked_at_and_there_is_no_control() -> None:
    scores = [score(n, right=True) for n in range(4)]
    for earlier in ([True] * 4, [False] * 4, []):
        assert fresh_of(scores, earlier) == [0, 1, 2, 3]
        assert not [name for name in signals_by_name(scores, earlier) if name.startswith("control.") or name == NLL_GAP]


def test_declining_is_measured_on_questions_without_an_answer_alone() -> None:
    scores = [score(0, right=True), *(score(n, right=True, answerable=False, refused=n == 1) for n in (1, 2))]
    assert (signals_by_name(scores, [])[DECLINED].value, signals_by_name(scores, [])[DECLINED].n) == (0.5, 2)
    assert DECLINED not in signals_by_name(scores[:1], [])


def test_the_difference_of_two_samples_has_an_interval_that_chance_widens() -> None:
    near = mean_difference("a", [1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0], 0.95, unit="nats", seed=1)
    assert near.low < 0 < near.high
    far = mean_difference("a", [5.0, 5.5, 6.0], [1.0, 1.5], 0.95, unit="nats", seed=1)
    assert far.low > 3
    assert (far.value, far.n) == (4.25, 2)
    assert far == mean_difference("a", [5.0, 5.5, 6.0], [1.0, 1.5], 0.95, unit="nats", seed=1)


def test_a_difference_to_nothing_is_no_signal() -> None:
    with pytest.raises(ValueError, match="one of them is empty"):
        mean_difference("a", [1.0], [], 0.95, unit="nats", seed=1)
