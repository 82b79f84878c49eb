"""How often do the guards hold a change that was meant, and which accidents do they miss?

    python -m bench.robustness.false_holds --peps DIR --django DIR --fastapi DIR [--commits 2000] [--raw DIR]

DIR is a clone with its whole history, bare or not. The documents of each clone are replayed commit by commit, day by
day and week by week with the default guards; whatever they hold was meant by its authors. Then accidents are planted in
the last state of each corpus, at four shares of its documents. Nothing is embedded. Writes
bench/results/false_holds.json; ``--raw`` also writes what the guards looked at in every step.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.robustness.false_holds.planted import SHARES, planted
from bench.robustness.false_holds.replay import ROOT, STEPS, History, Step, new_parser, replayed
from bench.robustness.false_holds.tables import history_table, planted_table
from pointsman.adapters.backtest.in_memory_models import ParsedOnce

RESULT = ROOT / "bench" / "results" / "false_holds.json"
FOLDERS = {"peps": ".", "django": "docs", "fastapi": "docs/en/docs"}
LEFT_OUT = {"fastapi": ("release-notes.md",)}
"""Its 600 kB are edited in every second commit and take a second to read."""
MOST = 0.5
"""Share of the live documents from which on a removal or an edit is to be seen by a person, whatever it is."""


def summarised(steps: Sequence[Step], seconds: float) -> dict[str, Any]:
    """Return the holds of one history at one size of step."""
    held = [step for step in steps if step.alarms]
    false = [step for step in held if step.touched < MOST]
    return {
        "steps": len(steps),
        "held": len(held),
        "false": len(false),
        "most_of_the_store": len(held) - len(false),
        "by_guard": dict(_by_guard(false)),
        "holds": [
            {
                "commit": s.commit,
                "subject": s.subject,
                "live": s.live,
                "changes": s.changes,
                "touched": round(s.touched, 4),
            }
            | {"alarms": [{"signal": a[0], "value": a[1], "limit": a[2], "because": a[3]} for a in s.alarms]}
            for s in held
        ],
        "seconds": round(seconds, 1),
    }


def _by_guard(steps: Iterable[Step]) -> Counter[str]:
    return Counter(alarm[0] for step in steps for alarm in step.alarms)


def measured(history: History, size: str, parser: ParsedOnce, asked: argparse.Namespace) -> dict[str, Any]:
    """Replay a history at one size of step."""
    began = time.monotonic()
    steps = list(replayed(history.opened(asked.commits, size, parser)))
    if asked.raw is not None:
        rows = json.dumps([step.as_json() for step in steps], indent=1)
        asked.raw.mkdir(parents=True, exist_ok=True)
        (asked.raw / f"false_holds_{history.name}_{size}.json").write_text(rows, encoding="utf-8")
    return summarised(steps, time.monotonic() - began)


def main() -> int:
    """Replay the histories that are named, plant the accidents, and print both tables."""
    command = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in FOLDERS:
        command.add_argument(f"--{name}", type=Path)
    command.add_argument("--commits", type=int, default=2000)
    command.add_argument("--steps", nargs="*", choices=STEPS, default=STEPS[::-1])
    command.add_argument("--no-planted", action="store_true")
    command.add_argument("--quick", action="store_true", help="look for no secrets, personal data or instructions")
    command.add_argument("--raw", type=Path)
    asked = command.parse_args()
    named = [(name, place) for name in FOLDERS if (place := getattr(asked, name))]
    if not named:
        command.error("name at least one clone: --peps, --django or --fastapi")
    for name, place in named:
        record(History(name, place, FOLDERS[name], LEFT_OUT.get(name, ())), asked)
    console, result = Console(width=160), stored()
    console.print(history_table(result))
    console.print(planted_table(result))
    return 0


def record(history: History, asked: argparse.Namespace) -> None:
    """Measure one corpus, and write what was found after each size of step."""
    parser = new_parser(quick=asked.quick)
    about = {"folder": history.folder, "commits": asked.commits, "quick": asked.quick}
    for size in asked.steps:
        found = measured(history, size, parser, asked)
        print(f"{history.name} by {size}: {found['held']} of {found['steps']} steps held", file=sys.stderr)
        known = stored().get(history.name, {})
        write(history.name, known | about | {"histories": known.get("histories", {}) | {size: found}})
    if not asked.no_planted:
        write(history.name, stored().get(history.name, {}) | about | {"planted": planted(history, SHARES, parser)})


def write(name: str, found: dict[str, Any]) -> None:
    """Write the results of one corpus beside those of the others."""
    RESULT.write_text(json.dumps(stored() | {name: found}, indent=2) + "\n", encoding="utf-8")


def stored() -> dict[str, Any]:
    """Return the results so far."""
    found: dict[str, Any] = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.is_file() else {}
    return found


if __name__ == "__main__":
    sys.exit(main())
