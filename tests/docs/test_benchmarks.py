"""The figures of the page of benchmarks and of the README are those of the committed results."""

import json
import re
from statistics import median
from typing import Any

import pytest

from tests.docs.pages import DOCS, ROOT

TIMES = "\N{MULTIPLICATION SIGN}"
PAGE = " ".join((DOCS / "benchmarks.md").read_text(encoding="utf-8").split())
README = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())


def result(name: str) -> Any:
    return json.loads((ROOT / "bench" / "results" / f"{name}.json").read_text(encoding="utf-8"))


def interval(low: float, high: float) -> str:
    return f"[{low:.3f}, {high:.3f}]"


POLICIES = {
    "pointsman": "pointsman", "pointsman, tuned": "pointsman, limits tuned without the family",
    "strong rule": "hashes changed → act (the strong rule)", "always update": "always update", "never": "never",
    "always rebuild": "always rebuild", "always everything": "always everything",
    "over 10 % of files: everything": "over 10 % of files: everything", "AUC over 0.55: train": "AUC over 0.55: train",
    "random": "random",
}  # fmt: skip
"""Policy in the results → its name on the page."""


@pytest.mark.parametrize("policy", POLICIES)
def test_the_table_of_scenarios_is_the_measured_one(policy: str) -> None:
    found = result("scenarios")["policies"][policy]
    cells = (
        POLICIES[policy], f"{found['macro_accuracy']:.3f}",
        f"{found['mean_regret']:.3f} {interval(*found['mean_regret_interval'])}",
        f"{found['mean_regret_measuring']:.3f} {interval(*found['mean_regret_measuring_interval'])}",
        found["false_retrains"], found["missed_updates"], found["unsafe_publications"],
    )  # fmt: skip
    assert f"| {' | '.join(map(str, cells))} |" in PAGE


def test_the_table_covers_every_policy() -> None:
    assert set(result("scenarios")["policies"]) == set(POLICIES)


def test_what_is_left_without_the_scenarios_that_taught_a_rule() -> None:
    unseen = result("scenarios")["unseen"]
    for name in ("pointsman", "strong rule"):
        found = unseen[name]
        assert (
            f"{found['macro_accuracy']:.3f} and {found['mean_regret']:.3f} {interval(*found['mean_regret_interval'])}"
            in PAGE
        )


@pytest.mark.parametrize("name", ["retrieval-scifact-test", "retrieval-xquad"])
def test_the_table_of_search_quality_is_the_measured_one(name: str) -> None:
    for arm in result(name)["arms"].values():
        row = f"{arm['nDCG@10']:.4f} | {arm['R@10']:.3f} | {arm['R@100']:.3f} | {arm['RR@10']:.3f}"
        assert row in PAGE


def test_the_tables_of_error_analysis_and_drift_are_the_measured_ones() -> None:
    found = result("error_analysis")
    assert f"{found['right']} of the {found['failed']} that failed" in PAGE
    for row in found["rows"]:
        if row.get("truth"):
            assert f"{row['right']:.3f} {interval(*row['interval'])}" in PAGE, row["planted"]
    for row in result("drift_alarm")["rows"]:
        if row["batch"] == 30:
            shares = [
                row[key] for key in ("embedding", "vocabulary", "either, alpha halved", "AUC > 0.55", "MMD² > 0.015")
            ]
            assert " | ".join(f"{share:.3f}" for share in shares) in PAGE


def test_the_table_of_peers_is_the_measured_one() -> None:
    rows: dict[str, list[str]] = {}
    for run in result("peers"):
        rows.setdefault(run["scenario"], []).append(f"{run['embedded']} / {run['seconds']:.0f}")
    for scenario, cells in rows.items():
        if len(cells) == 3 and not scenario.startswith("every tenth"):
            assert f"| {scenario} | {' | '.join(cells)} |" in PAGE


def test_the_figures_of_the_gate_are_the_measured_ones() -> None:
    found = result("gate_false_promotions")
    limits = [row["promote"] for row in found["rows"] if row["min_gain"] == 0.05]
    refused = [row["refuse"] for row in found["rows"]]
    assert f"of {found['comparisons']} comparisons at most {max(limits):.1%}".replace("%", " %") in PAGE
    assert f"at most {found['worst']:.1%}".replace("%", " %") in PAGE
    assert f"{min(refused) * 100:g} to {max(refused) * 100:g} % are refused" in PAGE


def test_the_figures_of_speed_are_the_measured_ones() -> None:
    search, training, edit = result("search_latency"), result("training"), result("single_edit")
    ratio = (
        training["generator"]["Pointsman"]["tokens_per_second"]
        / training["generator"]["TRL, its defaults"]["tokens_per_second"]
    )
    embedder = training["retriever"]
    both = embedder["Pointsman"]["tokens_per_second"] / embedder["sentence-transformers"]["tokens_per_second"]
    assert f"{result('cold_build')['ratio']['chunks_per_second']:g} {TIMES} the chunks a second" in PAGE
    assert (
        f"p50 {search['dense']['p50_ms']:.1f} ms dense, {search['dense and BM25']['p50_ms']:.1f} ms dense and BM25"
        in PAGE
    )
    assert f"{ratio:.2f} {TIMES} the tokens a second" in PAGE
    assert f"{both:.2f} {TIMES} its tokens a second" in PAGE
    assert (
        f"{median(run['seconds'] for run in edit['edits'][1:]):.1f} s; cold build {edit['build']['seconds']:.0f} s"
        in PAGE
    )
    assert f"{result('answer_evaluation')['seconds']:.0f} s (limit 180 s)" in PAGE


def test_the_figures_of_robustness_are_the_measured_ones() -> None:
    found = result("crash_histories")
    crashes = sum(found["crashes"].values())
    assert found["histories"] == found["converged"]
    assert f"Of {found['histories']} histories with {crashes} crashes" in PAGE
    assert f"After {len(found['kills'])} kills" in PAGE
    assert f"{found['histories']} histories, {crashes} crashes, {len(found['kills'])} kills" in README


def test_every_goal_of_the_fine_tuning_proofs_was_met() -> None:
    assert all(result(f"finetuning-{name}")["met"] for name in "abcd")


def test_the_readme_repeats_figures_of_the_page_of_benchmarks() -> None:
    table = re.search(r"\| question \| measured \|.*?(?=One machine, one seed)", README)
    assert table
    figures = re.findall(r"(?<![\w.])\d\.\d{3}(?!\d)", table[0])
    assert len(figures) >= 8
    rounded = {f"{float(number):.3f}" for number in re.findall(r"(?<![\w.])\d\.\d{3,4}(?!\d)", PAGE)}
    assert [figure for figure in figures if figure not in rounded] == []
