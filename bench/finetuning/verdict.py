"""The result of a proof: measures with intervals, goals with limits, as a table and as a file."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.finetuning.workspace import product_id
from pointsman.core.evaluation.statistics import Signal

RESULTS = Path(__file__).parents[1] / "results"
FEWEST = 100
"""Fewest held-out items of a proof."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A measure and its limit."""

    measure: Signal
    limit: float
    """In the unit of the measure."""
    at_most: bool = False
    """Whether the limit is an upper one."""
    items: int = FEWEST
    """Fewest items of the measure."""

    @property
    def met(self) -> bool:
        """Whether the value satisfies the limit, on enough items."""
        right = self.measure.value <= self.limit if self.at_most else self.measure.value >= self.limit
        return right and self.measure.n >= self.items

    @property
    def wholly(self) -> bool:
        """Whether the whole interval satisfies the limit."""
        return self.measure.high <= self.limit if self.at_most else self.measure.low >= self.limit

    def as_json(self) -> dict[str, Any]:
        """Return the goal as a JSON value."""
        return {
            **asdict(self.measure), "limit": self.limit, "at_most": self.at_most, "items_needed": self.items,
            "met": self.met, "interval_wholly_met": self.wholly,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProofResult:
    """The result of one proof."""

    name: str
    claim: str
    goals: Sequence[Goal]
    seconds: float
    """Seconds of all steps, in all runs."""
    measures: Sequence[Signal] = ()
    """Further measures, without a limit."""
    facts: dict[str, Any] = field(default_factory=dict)
    """Counts, settings, the split, and the decisions of the product."""

    @property
    def met(self) -> bool:
        """Whether every goal is met."""
        return all(goal.met for goal in self.goals)

    def as_json(self) -> dict[str, Any]:
        """Return the result as a JSON value."""
        return {
            "proof": self.name, "claim": self.claim,
            "command": f"python -m bench.finetuning {self.name}", "met": self.met,
            "product": product_id(), "seconds": round(self.seconds, 1),
            "goals": [goal.as_json() for goal in self.goals],
            "measures": [asdict(measure) for measure in self.measures], **self.facts,
        }  # fmt: skip

    def keep(self) -> Path:
        """Write bench/results/finetuning-NAME.json."""
        path = RESULTS / f"finetuning-{self.name}.json"
        path.write_text(json.dumps(self.as_json(), indent=1) + "\n", encoding="utf-8")
        return path

    def show(self) -> None:
        """Print the table."""
        table = Table("measure", "value", "95 %", "n", "limit", "met", title=f"({self.name}) {self.claim}")
        for goal in self.goals:
            sign = "at most" if goal.at_most else "at least"
            table.add_row(*_cells(goal.measure), f"{sign} {goal.limit:g}", "yes" if goal.met else "NO")
        for measure in self.measures:
            table.add_row(*_cells(measure), "", "")
        Console(width=150).print(table)


def _cells(measure: Signal) -> tuple[str, str, str, str]:
    low, high = measure.low, measure.high
    return measure.name, f"{measure.value:.3f}", f"{low:.3f} … {high:.3f}", str(measure.n)


def yes(name: str, held: bool) -> Signal:
    """Return a measure that is 1 for yes and 0 for no."""
    return Signal(name, float(held), "1 for yes, 0 for no", 1, float(held), float(held))
