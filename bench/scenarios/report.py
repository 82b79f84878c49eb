"""Print the tables, and write the committed result."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table

from bench.scenarios.cases.corpora import ROOT
from bench.scenarios.matrix import Matrix
from bench.scenarios.results_page import page
from bench.scenarios.world import ACTIONS, FAMILIES, Scenario, trained_by

RESULT = ROOT / "bench" / "results" / "scenarios.json"
PAGE = ROOT / "bench" / "scenarios" / "RESULTS.md"
console = Console(width=170)


def tables(result: Mapping[str, Any]) -> None:
    """Print the committed page."""
    console.print(Markdown(page(result)))


def keep(result: Mapping[str, Any]) -> None:
    """Write bench/results/scenarios.json and RESULTS.md beside the scenarios; the same matrix gives the same bytes."""
    RESULT.write_text(as_text(result), encoding="utf-8")
    PAGE.write_text(page(result), encoding="utf-8")


def as_text(result: Mapping[str, Any]) -> str:
    """Return a result as the text of its JSON file."""
    return json.dumps(result, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def status_table(matrix: Matrix, scenarios: Sequence[Scenario]) -> None:
    """Print what is measured, by family, and the hours that the rest will take."""
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
    console.print(f"{hours(rows, scenarios):.1f} hours are left, estimated from the measured actions")


SECONDS = {"": 12.0, "generator": 300.0, "retriever": 240.0}
"""Seconds of the actions of a kind in one scenario; used until one is measured."""


def hours(rows: Mapping[str, Any], scenarios: Sequence[Scenario]) -> float:
    """Return the estimated hours of the missing actions on two cores."""
    left = 0.0
    spent = _spent(rows)
    for scenario in scenarios:
        known = rows.get(scenario.id, {"actions": {}})["actions"]
        kinds = {trained_by(action) for action in ACTIONS if action not in known}
        left += sum(spent.get((scenario.base.split("-")[0], kind), SECONDS[kind]) for kind in kinds)
    return left / 3600


def _spent(rows: Mapping[str, Any]) -> dict[tuple[str, str], float]:
    """Return the mean wall seconds of the actions of a kind in one scenario, by corpus."""
    found: dict[tuple[str, str], list[float]] = {}
    for row in rows.values():
        for kind, seconds in row.get("wall_seconds", {}).items():
            found.setdefault((row["base"].split("-")[0], kind), []).append(seconds)
    return {key: sum(values) / len(values) for key, values in found.items()}
