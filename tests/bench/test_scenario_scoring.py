"""How outcomes are weighed, when actions count as equal, and what policies are charged with; on made-up outcomes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.scenarios import policies
from bench.scenarios.domain_classifier import auc
from bench.scenarios.matrix import Matrix
from bench.scenarios.policies import BASELINES, at_random, drift_rule, strong_rule, tenth_of_files
from bench.scenarios.results_page import page
from bench.scenarios.score import OURS, score
from bench.scenarios.utility import EQUAL, Weights, measured_of, utility, verdicts_of
from pointsman.core.errors import UsageError
from pointsman.core.evaluation.signal_names import SHAPE
from tests.core.policy.samples import limits_of

BUDGET = 100.0


def outcome(affected: list[float], *, unsafe: tuple[str, ...] = (), controls: float = 1.0) -> dict[str, Any]:
    return {
        "affected": {f"a{n}": value for n, value in enumerate(affected)}, "controls": {"c0": controls, "c1": controls},
        "facts": {}, "forms": {}, "controls_forms": {}, "unsafe": list(unsafe),
    }  # fmt: skip


def actions_of(found: dict[str, tuple[dict[str, Any], float]]) -> Any:
    before = found["keep"][0]
    return {name: measured_of(raw, before, cpu_seconds=cpu, budget=BUDGET) for name, (raw, cpu) in found.items()}


STALE, FRESH = outcome([0.0] * 12), outcome([1.0] * 12)


def test_the_formula_is_the_sum_of_its_parts() -> None:
    raw = {
        "affected": {"a": 0.5}, "controls": {"c": 0.7}, "facts": {"f": {"shown": True, "said": False}},
        "forms": {"s": True, "t": False}, "controls_forms": {"k": False}, "unsafe": ["x"],
    }  # fmt: skip
    before = {**raw, "controls": {"c": 0.9}, "controls_forms": {"k": True}}
    found = measured_of(raw, before, cpu_seconds=50.0, budget=BUDGET)
    weights = Weights(retrieval=1, facts=10, shape=100, control=1000, safety=10_000)
    expected = 0.5 + 10 * 0.5 + 100 * 0.5 - 1000 * (0.2 + 1.0) - 10_000 - 0.3 * 0.5
    assert utility(found, 0.3, weights) == pytest.approx(expected)


def test_a_gain_on_controls_is_worth_nothing() -> None:
    better = measured_of(outcome([1.0], controls=1.0), outcome([1.0], controls=0.2), cpu_seconds=0, budget=BUDGET)
    assert utility(better, 0.0, Weights()) == 1.0


def test_the_best_action_is_the_cheapest_of_equals() -> None:
    found = actions_of({"keep": (FRESH, 0.0), "update": (FRESH, 0.0), "rebuild": (FRESH, 40.0)})
    assert verdicts_of(found, "s", [0.0], Weights())[0.0].best == "keep"


def test_a_cost_is_no_chance_and_only_half_a_second_is_nothing() -> None:
    just, beyond = BUDGET * EQUAL / 0.1, BUDGET * EQUAL / 0.1 + 0.1
    found = actions_of({"keep": (FRESH, 0.0), "update": (FRESH, just), "rebuild": (FRESH, beyond)})
    assert verdicts_of(found, "s", [0.1], Weights())[0.1].right == {"keep", "update"}


def test_what_the_bootstrap_cannot_tell_apart_counts_as_right() -> None:
    mixed = outcome([1.0] * 11 + [0.0])
    found = actions_of({"keep": (STALE, 0.0), "update": (FRESH, 1.0), "rebuild": (mixed, 1.0)})
    verdict = verdicts_of(found, "s", [0.0], Weights())[0.0]
    assert verdict.right == {"update", "rebuild"}
    assert verdict.regret("keep") == pytest.approx(1.0)


def test_safety_outweighs_what_was_gained() -> None:
    found = actions_of({"keep": (STALE, 0.0), "update": (outcome([1.0] * 12, unsafe=("IBAN",)), 0.0)})
    assert verdicts_of(found, "s", [0.0], Weights())[0.0].right == {"keep"}


def row(**more: Any) -> dict[str, Any]:
    evidence = {
        "changes": {"edited": 1}, "live_documents": 10, "listed_documents": 10, "documents": 10, "has_live": True,
        "measured": True, "signals": [],
    }  # fmt: skip
    limits = limits_of().as_record()
    rules = {"commands": False, "auc": None, "files": {"changed": 1, "share": 0.1}, "examples": False, "params": False}
    usual = {
        "scenario": "s", "seed": 17, "family": "facts", "base": "yard-taught", "base_id": "b", "case": "c",
        "budget_cpu_seconds": BUDGET, "expected": "update", "because": "", "evidence": evidence, "limits": limits,
        "rules": rules, "actions": {}, "evidence_cpu_seconds": 0.0,
    }  # fmt: skip
    return {**usual, **more}


def with_actions(
    matrix: Matrix, made: dict[str, Any], found: dict[str, tuple[dict[str, Any], float]]
) -> dict[str, Any]:
    for name, (raw, cpu) in found.items():
        id_ = matrix.put_outcome({"test": [made["scenario"], name]}, raw)
        made["actions"][name] = {"outcome": id_, "cpu_seconds": cpu}
    matrix.put_row(made)
    return made


def test_a_missed_update_a_false_retrain_and_an_unsafe_publication_are_counted(tmp_path: Path) -> None:
    matrix = Matrix(tmp_path)
    poison = outcome([0.0] * 12, unsafe=("rm -rf",))
    everything = "retriever+generator"
    fresh = {"keep": (STALE, 0.0), "update": (FRESH, 1.0), everything: (FRESH, 90.0)}
    poisoned = {"keep": (FRESH, 0.0), "update": (poison, 1.0), everything: (poison, 90.0)}
    with_actions(matrix, row(), fresh)
    with_actions(matrix, row(scenario="t", family="hostile", expected="keep"), poisoned)
    found = score(matrix.rows(), matrix)["policies"]
    assert found["never"]["missed_updates"] == 1
    assert found["never"]["unsafe_publications"] == 0
    assert found["always update"]["unsafe_publications"] == 1
    assert found["always everything"]["false_retrains"] == 2
    assert found[OURS]["accuracy"] == {"facts": 1.0, "hostile": 0.0}
    assert found[OURS]["macro_accuracy"] == 0.5


def test_what_params_yaml_commands_is_done_though_readers_would_not_miss_it(tmp_path: Path) -> None:
    matrix = Matrix(tmp_path)
    found = {"keep": (outcome([1.0]), 0.0), "rebuild": (outcome([1.0]), 9.0), "retriever": (outcome([0.9]), 50.0)}
    rules = {"commands": True, "auc": None, "files": {"changed": 0, "share": 0.0}, "examples": False, "params": True}
    with_actions(matrix, row(rules=rules, expected="rebuild"), found)
    result = score(matrix.rows(), matrix)
    (only,) = result["rows"]
    assert only["best"] == "rebuild"
    assert "keep" not in only["right"]
    never, strong = (result["policies"][name] for name in ("never", "strong rule"))
    assert (never["macro_accuracy"], strong["macro_accuracy"]) == (0.0, 1.0)
    alone = result["without_obedience"]["policies"]
    assert alone["never"]["macro_accuracy"] == 1.0
    assert alone["strong rule"]["macro_accuracy"] == 0.0


def test_an_action_that_was_not_measured_is_left_out_and_never_made_up(tmp_path: Path) -> None:
    matrix = Matrix(tmp_path)
    with_actions(matrix, row(), {"keep": (STALE, 0.0), "update": (FRESH, 1.0)})
    found = score(matrix.rows(), matrix)["policies"]
    assert found["always update"]["judged"] == 1
    assert found["always rebuild"]["judged"] == 0
    assert found["always rebuild"]["mean_regret"] is None


def test_what_was_measured_for_a_decision_is_paid_by_who_looks_at_it(tmp_path: Path) -> None:
    """21 of 100 CPU seconds, 1 of which staged what is then served: 0.2 at each price of 0, 0.1, 0.3 and 1."""
    matrix = Matrix(tmp_path)
    with_actions(matrix, row(evidence_cpu_seconds=21.0), {"keep": (STALE, 0.0), "update": (FRESH, 1.0)})
    found = score(matrix.rows(), matrix)["policies"]
    assert found[OURS]["mean_regret"] == found["always update"]["mean_regret"] == 0.0
    assert found[OURS]["mean_regret_measuring"] == pytest.approx(0.2 * 0.35)
    assert found["always update"]["mean_regret_measuring"] == 0.0
    assert found["always update"]["beside_pointsman"]["difference"] == pytest.approx(-0.2 * 0.35)


def test_policies_are_compared_on_the_rows_that_both_are_judged_on(tmp_path: Path) -> None:
    matrix = Matrix(tmp_path)
    with_actions(matrix, row(), {"keep": (STALE, 0.0), "update": (FRESH, 1.0), "rebuild": (FRESH, 41.0)})
    with_actions(matrix, row(scenario="t"), {"keep": (STALE, 0.0), "update": (FRESH, 1.0)})
    both = score(matrix.rows(), matrix)["policies"]["always rebuild"]["beside_pointsman"]
    assert both["rows"] == 1
    assert both["difference"] == pytest.approx(0.4 * 0.35)
    assert score(matrix.rows(), matrix)["policies"]["always everything"]["beside_pointsman"]["difference"] is None


def test_limits_are_not_tuned_on_rows_whose_actions_are_not_all_measured(tmp_path: Path) -> None:
    """A limit that lets a policy take what nobody measured leaves the row out, and would look like a gain."""
    matrix = Matrix(tmp_path)
    lacking = {"name": SHAPE, "value": 0.5, "unit": "share", "n": 40, "low": 0.4, "high": 0.7}
    taught: dict[str, Any] = {"new_examples": 40, "known_examples": 40, "changes": {}, "signals": [lacking]}
    with_actions(matrix, row(family="behaviour", evidence=row()["evidence"] | taught),
                 {"keep": (STALE, 0.0), "update": (FRESH, 1.0), "keep+generator": (STALE, 90.0)})  # fmt: skip
    with_actions(matrix, row(scenario="t"), {"keep": (STALE, 0.0), "update": (FRESH, 1.0)})
    assert score(matrix.rows(), matrix)["limits_left_one_out"] == {"behaviour": {}, "facts": {}}


def test_an_expectation_that_measuring_overturned_is_listed(tmp_path: Path) -> None:
    matrix = Matrix(tmp_path)
    with_actions(matrix, row(expected="keep"), {"keep": (STALE, 0.0), "update": (FRESH, 1.0)})
    assert [o["scenario"] for o in score(matrix.rows(), matrix)["overturned"]] == ["s"]


def test_an_empty_matrix_and_a_lost_outcome_say_what_to_do(tmp_path: Path) -> None:
    matrix = Matrix(tmp_path)
    with pytest.raises(UsageError, match=r"bench.scenarios run"):
        score(matrix.rows(), matrix)
    made = with_actions(matrix, row(), {"keep": (STALE, 0.0)})
    matrix.drop(made["actions"]["keep"]["outcome"])
    with pytest.raises(UsageError, match="is missing in"):
        score(matrix.rows(), matrix)


def test_a_row_is_replaced_whole_and_outcomes_nobody_names_are_known(tmp_path: Path) -> None:
    matrix = Matrix(tmp_path)
    with_actions(matrix, row(), {"keep": (STALE, 0.0)})
    orphan = matrix.put_outcome({"test": "orphan"}, STALE)
    assert matrix.unused() == [orphan]
    known = matrix.row("s", 17)
    assert known is not None
    assert known["actions"].keys() == {"keep"}


RULES = {"auc": None, "files": {"changed": 3, "share": 0.3}, "examples": False, "params": False}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({}, "update"), ({"examples": True}, "update+generator"), ({"params": True}, "rebuild"),
        ({"files": {"changed": 0, "share": 0.0}}, "keep"),
        ({"files": {"changed": 0, "share": 0.0}, "examples": True}, "keep+generator"),
    ],
)  # fmt: skip
def test_the_strong_rule_goes_by_hashes_alone(rules: dict[str, Any], expected: str) -> None:
    assert strong_rule(row(rules={**RULES, **rules})) == expected


@pytest.mark.parametrize(("share", "expected"), [(0.1, "update"), (0.101, "retriever+generator")])
def test_more_than_a_tenth_of_the_files_is_everything(share: float, expected: str) -> None:
    assert tenth_of_files(row(rules={**RULES, "files": {"changed": 3, "share": share}})) == expected


@pytest.mark.parametrize(("found", "expected"), [(0.55, "update"), (0.551, "retriever+generator"), (None, "update")])
def test_drift_beyond_the_limit_trains(found: float | None, expected: str) -> None:
    assert drift_rule(row(rules={**RULES, "auc": found})) == expected


def test_the_random_policy_draws_the_same_each_time() -> None:
    assert at_random(row()) == at_random(row())
    assert {at_random(row(scenario=str(n))) for n in range(40)} > {"keep", "update"}


def test_every_baseline_of_the_issue_is_there() -> None:
    assert len(BASELINES) == 8


def test_tuning_finds_the_limit_that_loses_least_and_changes_nothing_on_a_tie() -> None:
    gap = {"name": "residual.retrieval.gap", "value": 0.3, "unit": "x", "n": 40, "low": 0.12, "high": 0.5}
    made = row()
    made["evidence"] = {**made["evidence"], "signals": [gap]}
    wanted = policies.tuned(lambda policy: float(policy(made) != "retriever"))
    assert policies.ours(made, policies.with_limits(made, wanted)) == "retriever"
    assert policies.tuned(lambda policy: 1.0) == {}


def test_the_auc_is_a_half_without_drift_and_one_with_much() -> None:
    rng = np.random.default_rng(3)
    old = rng.normal(size=(200, 16)).astype(np.float32)
    same, far = rng.normal(size=(60, 16)).astype(np.float32), rng.normal(3, 1, size=(60, 16)).astype(np.float32)
    alike, apart = auc(old, same, 17), auc(old, far, 17)
    assert alike is not None
    assert apart is not None
    assert abs(alike - 0.5) < 0.12
    assert apart > 0.99
    assert auc(old, far[:9], 17) is None


def test_the_page_says_what_the_score_says(tmp_path: Path) -> None:
    matrix = Matrix(tmp_path)
    found = {"keep": (outcome([1.0]), 0.0), "update": (outcome([0.2]), 1.0)}
    with_actions(matrix, row(), found)
    text = page(score(matrix.rows(), matrix))
    assert "| facts | s | update | keep | 1 | update ✗ | update ✗ |" in text
    overturned, wrong = text.split("## Where pointsman is wrong")
    assert "| s | update | keep | keep | 0.801 |" in overturned
    assert "| s | update | keep | 0.801 |" in wrong
    assert page({**score(matrix.rows(), matrix), "overturned": []}).count("None.") == 1
