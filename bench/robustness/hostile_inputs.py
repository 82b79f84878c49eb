"""What do texts and files cost that are made to take long? Each is read, checked and measured as a refresh does it.

    python -m bench.robustness.hostile_inputs [--size 5000000] [--only WORD] [--seconds 20]

Prints a table of the input, its bytes, the processor time and the verdict, and writes
bench/results/hostile_inputs.json. Each input has a worker of the product, with its limits of time and memory.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.robustness.hostile_costs import cost_of_comparing, cost_of_reading
from bench.robustness.hostile_files import FILES
from bench.robustness.hostile_texts import EDITS, TEXTS
from pointsman.adapters.intake.worker import Overrun, Worker

RESULTS = Path(__file__).parents[1] / "results" / "hostile_inputs.json"
SIZE = 4_999_000
"""Bytes of a text: as large as ``guard.max_bytes`` lets it be."""
AIM = 2.0
"""Seconds within which a text should be read or refused, on one quiet core."""


def inputs(size: int) -> Iterator[tuple[str, int, Any, tuple[Any, ...]]]:
    """Yield (name, bytes, function, arguments)."""
    for name, (document, make) in TEXTS.items():
        raw = make(size)[:size].decode("utf-8", "ignore").encode()
        yield name, len(raw), cost_of_reading, (document, raw)
    for name, (document, build) in FILES.items():
        raw = build()
        yield name, len(raw), cost_of_reading, (document, raw)
    for name, pair in EDITS.items():
        old, new = pair(size)
        yield f"edit: {name}", sum(len(text) for _, text in old), cost_of_comparing, (old, new)


def measured(size: int, seconds: float, only: str) -> Iterator[dict[str, Any]]:
    """Yield a row for each input, as it is measured."""
    workers = {each: Worker(each, seconds=seconds) for each in (cost_of_reading, cost_of_comparing)}
    for name, length, function, arguments in inputs(size):
        if only in name:
            try:
                took, verdict = workers[function](*arguments)
            except Overrun as error:
                took, verdict = seconds, f"refused: {error}"
            yield {"input": name, "bytes": length, "seconds": round(took, 2), "verdict": verdict}


def main() -> None:
    """Measure, print the table, write the result."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--size", type=int, default=SIZE, help="bytes of each text")
    asked.add_argument("--seconds", type=float, default=20.0, help="limit of processor time (guard.max_seconds)")
    asked.add_argument("--only", default="", help="a part of the names of the inputs to measure")
    given = asked.parse_args()
    table = Table("input", "bytes", "seconds", "verdict")
    rows = []
    for row in measured(given.size, given.seconds, given.only):
        rows.append(row)
        table.add_row(row["input"], f"{row['bytes']:,}", f"{row['seconds']:.2f}", row["verdict"][:70])
        print(f"{row['input']}: {row['seconds']:.2f} s, {row['verdict'][:90]}", flush=True)
    Console(width=150).print(table)
    slow = [row for row in rows if row["seconds"] > AIM]
    print(f"{len(rows)} inputs; {len(slow)} over {AIM:g} s of processor time")
    if not given.only:
        RESULTS.write_text(json.dumps({"size": given.size, "limit_seconds": given.seconds, "inputs": rows}, indent=1))


if __name__ == "__main__":
    main()
