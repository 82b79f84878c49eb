"""CI replays every policy on the committed matrix: no model, seconds."""

from typing import Any

import pytest

from bench.scenarios.cases.catalogue import SCENARIOS
from bench.scenarios.cases.corpora import FLASK, NEXT_EDITION, base
from bench.scenarios.matrix import Matrix
from bench.scenarios.measure import VERSION
from bench.scenarios.policies import ours
from bench.scenarios.report import PAGE, RESULT, as_text
from bench.scenarios.results_page import page
from bench.scenarios.score import OURS, score
from bench.scenarios.world import ACTIONS
from pointsman.core.hashing import content_id
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.limits import Limits

MATRIX = Matrix()
ROWS = MATRIX.rows()
NAMES = [f"{row['scenario']}-{row['seed']}" for row in ROWS]


def test_there_is_a_committed_matrix() -> None:
    assert ROWS


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_every_row_is_of_a_scenario_as_it_is_now(row: dict[str, Any]) -> None:
    scenario = SCENARIOS[row["scenario"]]
    assert (row["family"], row["base"], row["expected"]) == (scenario.family, scenario.base, scenario.expected)
    if scenario.base.startswith("yard") or (FLASK / NEXT_EDITION).is_dir():
        assert row["case"] == scenario.case(base(scenario.base), row["seed"]).id, "the scenario changed: run it again"


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_every_outcome_is_named_by_the_hash_of_its_inputs_and_measured_by_this_version(row: dict[str, Any]) -> None:
    assert set(row["actions"]) <= set(ACTIONS)
    for entry in row["actions"].values():
        found = MATRIX.outcome(entry["outcome"])
        assert found is not None
        assert content_id(found["inputs"]) == entry["outcome"]
        assert found["inputs"]["version"] == VERSION


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_hold_is_what_keep_is_for_readers(row: dict[str, Any]) -> None:
    assert row["actions"]["hold"]["outcome"] == row["actions"]["keep"]["outcome"]


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_recorded_evidence_can_be_decided_on(row: dict[str, Any]) -> None:
    assert Evidence.from_json(row["evidence"]).corpus.live_documents > 0
    assert Limits.from_json(row["limits"]).behaviour.min_examples > 0
    assert ours(row) in ACTIONS


def test_no_outcome_lies_about_that_no_row_names() -> None:
    assert MATRIX.unused() == []


def test_the_committed_result_is_what_the_policies_score_now() -> None:
    found = score(ROWS, MATRIX)
    assert found["policies"][OURS]["judged"] > 0
    said = (
        "a policy or the matrix changed: run `python -m bench.scenarios score` and commit bench/results/scenarios.json"
    )
    assert as_text(found) == RESULT.read_text(encoding="utf-8"), said
    assert page(found) == PAGE.read_text(encoding="utf-8"), said
