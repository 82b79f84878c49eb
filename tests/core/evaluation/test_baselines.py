"""Cheaper baselines: what they say for and against training."""

import importlib.util
from pathlib import Path

import pytest

from pointsman.adapters.models.loader import ModelLoader
from pointsman.core.errors import UsageError
from pointsman.core.evaluation.answer_scoring import Score
from pointsman.core.evaluation.baselines import Baseline
from pointsman.core.evaluation.signal_names import SHAPE
from pointsman.core.evaluation.statistics import proportion
from pointsman.core.policy.decide import decide
from pointsman.settings.params import parse_params
from pointsman.settings.workspace import WorkspaceFolder
from tests.core.policy.samples import evidence_of, limits_of


def scores(right: int, n: int = 40) -> tuple[Score, ...]:
    return tuple(Score(f"i{k}", "", k < right, k < right, 0.0, float("nan")) for k in range(n))


def test_a_baseline_reports_shape_and_citations_with_intervals() -> None:
    shape, citation = Baseline("live", "few_shot", scores(30)).signals(0.95)
    assert (shape.name, citation.name) == ("shape.few_shot", "citation.few_shot")
    assert (shape.value, shape.n) == (0.75, 40)
    assert shape.low < 0.75 < shape.high
    assert [s.name for s in Baseline("base", "few_shot", scores(3)).signals(0.95)] == [
        "base.shape.few_shot",
        "base.citation.few_shot",
    ]
    assert Baseline("live", "few_shot", because="too long").signals(0.95) == ()
    new = Baseline("live", "few_shot", scores(30)).signals(0.95, range(29, 33))
    assert [(s.value, s.n) for s in new] == [(0.25, 4), (0.25, 4)]


def test_a_challenger_that_is_surely_better_is_not_matched() -> None:
    found = Baseline("live", "constrained", scores(20)).beside(scores(40), confidence=0.95, seed=1)
    assert not found["matches"]
    assert found["scores"]["shape_valid"] == 0.5
    assert "gains +50 points" in found["because"]


def test_a_baseline_as_good_as_the_challenger_matches_it_and_says_so() -> None:
    found = Baseline("live", "constrained", scores(39)).beside(scores(40), confidence=0.95, seed=1)
    assert found["matches"]
    assert found["because"].endswith("the baseline does as well as training and is cheaper")


def test_a_baseline_that_was_not_measured_says_why() -> None:
    assert Baseline("live", "few_shot", because="too long").beside(scores(3), confidence=0.95, seed=1) == {
        "scores": {}, "because": "too long",
    }  # fmt: skip


@pytest.mark.parametrize(("model", "trained"), [("live", ()), ("base", ("generator",))])
def test_training_is_wrong_where_the_live_generator_does_as_well_without(model: str, trained: tuple[str, ...]) -> None:
    lacks = proportion(SHAPE, [False] * 30, 0.95)
    baselines = Baseline(model, "few_shot", scores(40)).signals(0.95)
    known = {"changes": {}, "live_documents": 9, "listed_documents": 9, "has_live": True, "new_examples": 30}
    limits = limits_of(citation_correct=0.0, cooldown_hours=0.0)
    assert decide(evidence_of(**known, measured=True, signals=(lacks, *baselines)), limits).train == trained


def test_held_decoding_without_its_package_is_an_error_that_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        "pointsman.adapters.models.constrained_decoding.find_spec", lambda n: None if n == "llguidance" else found(n)
    )
    raw = {
        "store": {"url": "d"}, "examples": {"path": "e"}, "probes": {"path": "p"}, "retriever": {"model": "m"},
        "generator": {"model": "m", "constrained": True},
    }  # fmt: skip
    loader = ModelLoader(
        WorkspaceFolder(tmp_path), parse_params(raw), models=tmp_path, progress=lambda _label, _done, _total: None
    )
    with pytest.raises(UsageError, match=r"pip install 'pointsman\[constrained\]'"):
        loader.base("generator")
