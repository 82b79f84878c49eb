"""Cheaper arms: what they say for and against training."""

import importlib.util
from pathlib import Path

import pytest

from pointsman.adapters.shelf import ModelShelf
from pointsman.core.arms import Arm, cheaper
from pointsman.core.errors import UsageError
from pointsman.core.evidence import Evidence, Limits
from pointsman.core.exam import Score
from pointsman.core.policy import SHAPE, decide
from pointsman.core.signals import proportion
from pointsman.settings import Workspace, parse


def scores(right: int, n: int = 40) -> tuple[Score, ...]:
    return tuple(Score(f"i{k}", "", k < right, k < right, 0.0, float("nan")) for k in range(n))


def test_an_arm_reports_shape_and_citations_with_intervals() -> None:
    shape, citation = Arm("live few-shot", scores(30)).signals(0.95)
    assert (shape.name, citation.name) == ("arm.live few-shot.shape_valid", "arm.live few-shot.citation_correct")
    assert (shape.value, shape.n) == (0.75, 40)
    assert shape.low < 0.75 < shape.high
    assert Arm("live few-shot", because="too long").signals(0.95) == ()


def test_a_challenger_that_is_surely_better_is_not_matched() -> None:
    found = Arm("live constrained", scores(20)).beside(scores(40), confidence=0.95, seed=1)
    assert not found["matches"]
    assert found["scores"]["shape_valid"] == 0.5
    assert "gains +0.500" in found["because"]


def test_an_arm_as_good_as_the_challenger_matches_it_and_says_so() -> None:
    found = Arm("live constrained", scores(39)).beside(scores(40), confidence=0.95, seed=1)
    assert found["matches"]
    assert found["because"].endswith("it matches training and is cheaper")


def test_an_arm_that_was_not_measured_says_why() -> None:
    assert Arm("a", because="too long").beside(scores(3), confidence=0.95, seed=1) == {
        "scores": {}, "because": "too long",
    }  # fmt: skip


@pytest.mark.parametrize(("right", "words"), [(35, "reaches 90%: a cheaper arm does"), (20, "does not reach 90%")])
def test_an_arm_is_held_against_the_limits_that_training_is_for(right: int, words: str) -> None:
    [(name, value, limit, because)] = cheaper(Arm("base few-shot", scores(right)).signals(0.95), 0.9, 0.0)
    assert (name, value, limit) == ("arm.base few-shot.shape_valid", right / 40, 0.9)
    assert words in because


def test_an_arm_must_reach_every_limit() -> None:
    signals = [
        proportion("arm.a.shape_valid", [True] * 30, 0.95),
        proportion("arm.a.citation_correct", [False] * 30, 0.95),
        proportion(SHAPE, [False] * 30, 0.95),
    ]
    [(name, _, _, because)] = cheaper(signals, 0.9, 0.5)
    assert name == "arm.a.citation_correct"
    assert "only training is left" in because
    assert [found[0] for found in cheaper(signals, 0.9, 0.0)] == ["arm.a.shape_valid"]
    assert cheaper(signals[2:], 0.9, 0.0) == []


LIMITS = Limits(24, 20, 0.9, 0.0, 0.15, 0.0, 10, 0.1, 1800.0)


def test_the_decision_says_whether_a_cheaper_arm_does_it_and_decides_as_before() -> None:
    lacks = proportion(SHAPE, [False] * 30, 0.95)
    known = {"changes": {}, "live_documents": 9, "listed_documents": 9, "has_live": True, "new_examples": 30}
    plain = decide(Evidence(**known, measured=True, signals=(lacks,)), LIMITS)
    arms = Arm("live few-shot", scores(40)).signals(0.95)
    told = decide(Evidence(**known, measured=True, signals=(lacks, *arms)), LIMITS)
    assert told.train == plain.train == ("generator",)
    assert [r.signal for r in told.reasons if r not in plain.reasons] == ["arm.live few-shot.shape_valid"]
    turned = decide(Evidence(**known, measured=True, signals=(*arms[::-1], lacks)), LIMITS)
    assert turned == told


def test_held_decoding_without_its_package_is_an_error_that_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr("pointsman.adapters.constrained.find_spec", lambda n: None if n == "llguidance" else found(n))
    raw = {
        "store": {"url": "d"}, "examples": {"path": "e"}, "probes": {"path": "p"}, "retriever": {"model": "m"},
        "generator": {"model": "m", "constrained": True},
    }  # fmt: skip
    shelf = ModelShelf(Workspace(tmp_path), parse(raw), tmp_path, lambda _label, _done, _total: None)
    with pytest.raises(UsageError, match=r"pip install 'pointsman\[constrained\]'"):
        shelf.base("generator")
