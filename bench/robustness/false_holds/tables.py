"""The tables of false holds and of missed accidents."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table


def history_table(result: Mapping[str, Any]) -> Table:
    """Return one row for each history and size of step."""
    table = Table(title="changes that were meant")
    for column in ("history", "step", "steps", "held", "most of the store", "false holds", "false holds by guard"):
        table.add_column(column)
    for name, found in result.items():
        for size, row in found.get("histories", {}).items():
            guards = ", ".join(f"{signal.removeprefix('guard.')} {n}" for signal, n in sorted(row["by_guard"].items()))
            cells = (row["steps"], row["held"], row["most_of_the_store"], row["false"])
            table.add_row(name, size, *map(str, cells), guards or "-")
    return table


def planted_table(result: Mapping[str, Any]) -> Table:
    """Return one row for each corpus and accident, with the guards that hold at each share."""
    shares = next((found["planted"]["shares"] for found in result.values() if "planted" in found), [])
    table = Table(title="accidents that were planted")
    for column in ("corpus", "accident", *(f"{share:.0%}" for share in shares)):
        table.add_column(column)
    for name, found in result.items():
        for accident, cells in found.get("planted", {}).get("accidents", {}).items():
            table.add_row(name, accident, *(cell_text(cell) for cell in cells))
        if slow := found.get("planted", {}).get("slow"):
            table.add_row(name, "2 % lost every hour", slow_text(slow))
    return table


def cell_text(guards: list[str]) -> str:
    """Return the guards that held, or that none did."""
    return ", ".join(signal.removeprefix("guard.") for signal in guards) if guards else "NOT HELD"


def slow_text(slow: Mapping[str, Any]) -> str:
    """Return when a slow loss was held."""
    if slow["hour"] is None:
        return "NOT HELD"
    return f"after {slow['lost']:.0%}: {cell_text(slow['guards'])}"
