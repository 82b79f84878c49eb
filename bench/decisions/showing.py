"""Tables in the terminal, and the committed result."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.decisions.corpora import ROOT
from bench.decisions.markdown import page
from bench.decisions.matrix import Matrix
from bench.decisions.utility import LAMBDAS
from bench.decisions.world import ACTIONS, FAMILIES, Scenario, trained_by

RESULT = ROOT / "bench" / "results" / "decisions.json"
PAGE = ROOT / "bench" / "decisions" / "RESULTS.md"
console = Console(width=170)


def tables(result: Mapping[str, Any]) -> None:
    """Print the policies side by side, what measuring overturned, and what each policy took."""
    console.print(_policies(result["policies"], result["scenarios"]))
    console.print(_beside(result["policies"]))
    rows = len(result["rows"])
    if result["complete"] < rows:
        console.print(
            f"{rows - result['complete']} of {rows} rows lack actions: their best is the best of what was measured, "
            "and a policy is not judged where its own action was not"
        )
    heads = ", ".join(
        f"{name} {row['macro_accuracy']:.3f} and {row['mean_regret']:.3f}"
        for name, row in result["without_obedience"]["policies"].items()
        if row["macro_accuracy"] is not None and name in {"pointsman", "strong rule"}
    )
    console.print(f"where readers alone count (macro accuracy and mean regret; scoring.obeys): {heads}")
    overturned = Table("scenario", "expected", "best", "right", "regret of the expected", "every action measured",
                       title="expected actions that measuring overturned")  # fmt: skip
    for row in result["overturned"]:
        complete = "yes" if row["complete"] else "no"
        overturned.add_row(row["scenario"], row["expected"], row["best"], ", ".join(row["right"]),
                           f"{row['regret']:.3f}", complete)  # fmt: skip
    console.print(overturned)
    console.print(_wrong(result["rows"]))


def _policies(found: Mapping[str, Any], scenarios: int) -> Table:
    prices = [f"regret, λ={price:g}" for price in LAMBDAS]
    table = Table("policy", "rows", *FAMILIES, "macro", *prices, "mean regret", "false retrains", "missed updates",
                  "unsafe", title=f"{scenarios} scenarios; accuracy per family, regret in utility")  # fmt: skip
    for name, row in found.items():
        accuracies = [f"{row['accuracy'][f]:.2f}" if f in row["accuracy"] else "-" for f in FAMILIES]
        low, high = row["mean_regret_interval"] or (0.0, 0.0)
        regrets = [f"{value:.3f}" for value in row["regret"].values()] or ["-"] * len(LAMBDAS)
        whole = f"{row['mean_regret']:.3f} [{low:.3f}, {high:.3f}]" if row["judged"] else "-"
        macro = f"{row['macro_accuracy']:.3f}" if row["judged"] else "-"
        counts = [str(row[key]) for key in ("false_retrains", "missed_updates", "unsafe_publications")]
        table.add_row(name, str(row["judged"]), *accuracies, macro, *regrets, whole, *counts)
    return table


def _beside(found: Mapping[str, Any]) -> Table:
    table = Table("policy", "mean regret, measuring paid", "rows of both", "regret there", "pointsman's there",
                  "difference", title="what was measured for the decision paid as well; beside pointsman")  # fmt: skip
    for name, row in found.items():
        both = row["beside_pointsman"]
        cells = [_number(row["mean_regret_measuring"], row["mean_regret_measuring_interval"]), str(both["rows"])]
        cells += [_number(both["regret"]), _number(both["pointsman"]), _number(both["difference"], both["interval"])]
        table.add_row(name, *cells)
    return table


def _number(value: float | None, interval: Sequence[float] | None = None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" + (f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else "")


def _wrong(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table("scenario", "right", "pointsman took", "regret", title="where pointsman is not right, at λ=0.1")
    for row in rows:
        taken = row["taken"]["pointsman"]
        if taken not in row["right"]:
            worth = row["utility"]
            lost = f"{worth[row['best']] - worth[taken]:.3f}" if taken in worth else "not measured"
            table.add_row(row["scenario"], ", ".join(row["right"]), taken, lost)
    return table


def keep(result: Mapping[str, Any]) -> None:
    """Write bench/results/decisions.json and RESULTS.md beside the scenarios; the same matrix gives the same bytes."""
    RESULT.write_text(as_text(result), encoding="utf-8")
    PAGE.write_text(page(result), encoding="utf-8")


def as_text(result: Mapping[str, Any]) -> str:
    """Return a result as it is committed."""
    return json.dumps(result, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def status_table(matrix: Matrix, scenarios: Sequence[Scenario]) -> None:
    """Print what is measured and what is left, by family, with the hours that the rest would take."""
    rows = {row["scenario"]: row for row in matrix.rows()}
    table = Table(
        "family", "scenarios", "evidence", "index actions", "with the generator", "retriever", title="measured"
    )
    groups = [[action for action in ACTIONS if trained_by(action) == kind] for kind in SECONDS]
    for family in FAMILIES:
        own = [s for s in scenarios if s.family == family]
        known = [rows.get(s.id, {"evidence": None, "actions": {}}) for s in own]
        counts = [f"{sum(a in r['actions'] for r in known for a in of)} of {len(own) * len(of)}" for of in groups]
        table.add_row(family, str(len(own)), str(sum(r["evidence"] is not None for r in known)), *counts)
    console.print(table)
    console.print(f"{hours(rows, scenarios):.1f} hours are left, by what the measured ones took")


SECONDS = {"": 12.0, "generator": 300.0, "retriever": 240.0}
"""What a scenario's actions of a kind take before one was measured: the first guess of ``status``."""


def hours(rows: Mapping[str, Any], scenarios: Sequence[Scenario]) -> float:
    """Return about how long the missing actions take: two cores, one training of each kind a scenario at most."""
    left = 0.0
    spent = _spent(rows)
    for scenario in scenarios:
        known = rows.get(scenario.id, {"actions": {}})["actions"]
        kinds = {trained_by(action) for action in ACTIONS if action not in known}
        left += sum(spent.get((scenario.base.split("-")[0], kind), SECONDS[kind]) for kind in kinds)
    return left / 3600


def _spent(rows: Mapping[str, Any]) -> dict[tuple[str, str], float]:
    """Return the wall seconds that a scenario's actions of a kind took in the mean, by corpus."""
    found: dict[tuple[str, str], list[float]] = {}
    for row in rows.values():
        for kind, seconds in row.get("wall_seconds", {}).items():
            found.setdefault((row["base"].split("-")[0], kind), []).append(seconds)
    return {key: sum(values) / len(values) for key, values in found.items()}
