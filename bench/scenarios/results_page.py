"""RESULTS.md: the committed result as a page, from the same numbers as bench/results/scenarios.json."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bench.scenarios.utility import LAMBDAS, USUAL
from bench.scenarios.world import FAMILIES

HEAD = """# Results of the scenario benchmark

`python -m bench.scenarios score` writes this page from the committed matrix; [README.md](README.md) explains the words.
{scenarios} scenarios; in {complete} of {rows} rows every action is measured. Intervals: 95 %, bootstrap over rows.
"""

LEFT = """
In {} rows some actions are not measured: the best is the best measured one, and a policy is scored
only where its action is measured.
"""


def page(result: Mapping[str, Any]) -> str:
    """Return the tables of a result as Markdown."""
    rows = len(result["rows"])
    left = LEFT.format(rows - result["complete"]) if result["complete"] < rows else ""
    head = HEAD.format(scenarios=result["scenarios"], complete=result["complete"], rows=rows) + left
    sections = (_policies, _beside, _unseen, _alone, _overturned, _wrong, _scenarios)
    parts = [head, *(line for section in sections for line in section(result))]
    return "\n".join(parts).rstrip() + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a Markdown table."""
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]


def _policies(result: Mapping[str, Any]) -> list[str]:
    prices = [f"λ={price:g}" for price in LAMBDAS]
    head = ["policy", "rows", *FAMILIES, "macro", *prices, "mean regret", "false retrains", "missed updates", "unsafe"]
    rows = [_policy(name, row) for name, row in result["policies"].items()]
    return [f"## Accuracy per family (at λ={USUAL:g}) and regret", "", *table(head, rows), ""]


def _policy(name: str, row: Mapping[str, Any]) -> list[str]:
    accuracies = [f"{row['accuracy'][f]:.2f}" if f in row["accuracy"] else "-" for f in FAMILIES]
    counts = [str(row[key]) for key in ("false_retrains", "missed_updates", "unsafe_publications")]
    if not row["judged"]:
        return [name, "0", *accuracies, "-", *["-"] * len(LAMBDAS), "-", *counts]
    regrets = [f"{value:.3f}" for value in row["regret"].values()]
    mean = _with(row["mean_regret"], row["mean_regret_interval"])
    return [name, str(row["judged"]), *accuracies, f"{row['macro_accuracy']:.3f}", *regrets, mean, *counts]


def _beside(result: Mapping[str, Any]) -> list[str]:
    """Return the regret including the cost of measuring, and the comparison with the product on common rows."""
    rows = [
        [name, _with(row["mean_regret_measuring"], row["mean_regret_measuring_interval"]), str(both["rows"]),
         f"{both['regret']:.3f}", f"{both['pointsman']:.3f}", _with(both["difference"], both["interval"])]
        for name, row in result["policies"].items()
        if (both := row["beside_pointsman"])["rows"]
    ]  # fmt: skip
    head = ["policy", "mean regret", "common rows", "its regret there", "pointsman's", "difference"]
    return ["## Mean regret including the cost of measuring for a decision", "", *table(head, rows), ""]


def _with(value: float, interval: Sequence[float]) -> str:
    return f"{value:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"


def _unseen(result: Mapping[str, Any]) -> list[str]:
    return ["## Without the scenarios that led to a rule (`score.LED_TO_A_RULE`)", "", *_heads(result["unseen"]), ""]


def _alone(result: Mapping[str, Any]) -> list[str]:
    lost = ", ".join(f"`{row['scenario']}`" for row in result["without_obedience"]["overturned"]) or "none"
    said = f"Expectations that are wrong then: {lost}."
    shown = _heads(result["without_obedience"]["policies"])
    return ["## If ignoring params.yaml costs nothing", "", *shown, "", said, ""]


def _heads(found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    rows = [
        [
            name,
            str(row["judged"]),
            f"{row['macro_accuracy']:.3f}",
            _with(row["mean_regret"], row["mean_regret_interval"]),
        ]
        for name, row in found.items()
        if row["macro_accuracy"] is not None
    ]
    return table(["policy", "rows", "macro", "mean regret"], rows)


def _overturned(result: Mapping[str, Any]) -> list[str]:
    rows = [
        [row["scenario"], row["expected"], row["best"], ", ".join(row["right"]), f"{row['regret']:.3f}"]
        for row in result["overturned"]
    ]
    head = ["scenario", "expected", "best", "right", "regret of the expected"]
    shown = table(head, rows) if rows else ["None."]
    return ["## Expectations that are wrong by measurement", "", *shown, ""]


def _wrong(result: Mapping[str, Any]) -> list[str]:
    rows = [
        [row["scenario"], taken, ", ".join(row["right"]), _lost(row, taken)]
        for row in result["rows"]
        if (taken := row["taken"]["pointsman"]) not in row["right"]
    ]
    shown = table(["scenario", "pointsman took", "right", "regret"], rows) if rows else ["Nowhere."]
    return ["## Where pointsman is wrong", "", *shown, ""]


def _lost(row: Mapping[str, Any], taken: str) -> str:
    worth = row["utility"]
    return f"{worth[row['best']] - worth[taken]:.3f}" if taken in worth else "not measured"


def _scenarios(result: Mapping[str, Any]) -> list[str]:
    names = [name for name in ("pointsman", "strong rule") if name in result["policies"]]
    rows = [
        [row["family"], row["scenario"], row["expected"], row["best"], str(len(row["right"])),
         *(row["taken"][name] + ("" if row["taken"][name] in row["right"] else " ✗") for name in names)]
        for row in sorted(result["rows"], key=lambda row: (FAMILIES.index(row["family"]), row["scenario"]))
    ]  # fmt: skip
    head = ["family", "scenario", "expected", "best", "actions that are right", *names]
    return ["## Every scenario", "", *table(head, rows), ""]
