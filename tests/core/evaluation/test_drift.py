"""Drift is found by permuting documents, and trains nothing."""

from collections import Counter

import numpy as np
import pytest

from pointsman.core.evaluation.drift import FEWEST, PERMUTATIONS, embedding_drift, vocabulary_drift
from pointsman.core.evaluation.signal_names import DERIVED_GAP
from pointsman.core.evaluation.statistics import Signal
from pointsman.core.policy.decide import decide
from tests.core.policy.evidence import EDITED, LIMITS
from tests.core.policy.samples import replace


def cloud(n: int, seed: int, shift: float = 0.0) -> np.ndarray:
    drawn = np.random.default_rng(seed).normal(size=(n, 16))
    drawn[:, 0] += shift
    return drawn.astype(np.float32)


def bags(n: int, seed: int, words: str) -> list[Counter[str]]:
    rng = np.random.default_rng(seed)
    return [Counter(rng.choice(list(words), size=30).tolist()) for _ in range(n)]


def test_what_is_far_away_has_the_smallest_p() -> None:
    drift = embedding_drift(cloud(40, 1), cloud(40, 2, shift=4.0), seed=0)
    assert drift is not None
    assert drift.p == 1 / (PERMUTATIONS + 1)
    assert drift.alarms(0.05)


def test_false_alarms_are_about_as_frequent_as_alpha_at_any_size() -> None:
    for n, m in ((8, 8), (30, 12)):
        ps = [embedding_drift(cloud(n, 2 * k), cloud(m, 2 * k + 1), seed=k) for k in range(100)]
        rate = np.mean([p is not None and p.alarms(0.05) for p in ps])
        assert 0.005 <= rate <= 0.1, (n, m, rate)


def test_other_words_are_a_drift_and_the_same_ones_are_none() -> None:
    same = vocabulary_drift(bags(30, 1, "abcdefgh"), bags(30, 2, "abcdefgh"), seed=0)
    other = vocabulary_drift(bags(30, 1, "abcdefgh"), bags(30, 2, "abcdexyz"), seed=0)
    assert same is not None
    assert other is not None
    assert not same.alarms(0.05)
    assert other.alarms(0.01)


def test_a_copy_of_the_reference_is_no_drift() -> None:
    drift = embedding_drift(cloud(20, 1), cloud(20, 1), seed=0)
    assert drift is not None
    assert drift.p == 1.0


def test_both_sides_of_the_fewest_documents() -> None:
    assert embedding_drift(cloud(40, 1), cloud(FEWEST - 1, 2), seed=0) is None
    assert embedding_drift(cloud(40, 1), cloud(FEWEST, 2), seed=0) is not None
    assert vocabulary_drift(bags(40, 1, "abc"), [*bags(FEWEST - 1, 2, "abc"), Counter()], seed=0) is None


def test_numbers_that_are_none_and_other_dimensions_are_refused() -> None:
    spoilt = cloud(20, 1)
    spoilt[3, 3] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        embedding_drift(cloud(20, 2), spoilt, seed=0)
    with pytest.raises(ValueError, match="dimension 16 and 8"):
        embedding_drift(cloud(20, 2), cloud(20, 3)[:, :8], seed=0)


def test_the_signal_is_the_p_value_with_its_interval() -> None:
    drift = embedding_drift(cloud(40, 1), cloud(12, 2), seed=0)
    assert drift is not None
    signal = drift.signal(0.95)
    assert (signal.name, signal.value, signal.n) == ("drift.embedding", drift.p, 12)
    assert signal.low <= signal.value <= signal.high


@pytest.mark.parametrize("p", [0.001, 0.5, 1.0])
def test_no_drift_however_sure_changes_a_decision(p: float) -> None:
    alarm = tuple(Signal(f"drift.{n}", p, "p", 200, p, p) for n in ("embedding", "vocabulary"))
    gap = Signal(DERIVED_GAP, 0.1, "share", 100, 0.05, 0.15)
    changed = replace(EDITED, signals=(gap,))
    before, after = decide(changed, LIMITS), decide(replace(changed, signals=(gap, *alarm)), LIMITS)
    assert replace(before, id="") == replace(after, id="")
    assert before.train == ()
